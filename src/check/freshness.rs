//! Freshness: from the age of a source's newest row to pass, warn or error.

use serde_json::{Value, json};

use crate::report::Status;

/// Age of the newest row, in seconds by the clock of Postgres; none when the source is empty.
pub type Age = Option<f64>;

/// Judges an age by the source's rules; an empty source is as old as can be.
pub fn judge_age(rules: &Value, age: Age) -> Status {
    let is_over = |key: &str| limit(&rules[key]).is_some_and(|limit| age.is_none_or(|age| age > limit));
    if is_over("error_after") {
        Status::Error
    } else if is_over("warn_after") {
        Status::Warn
    } else {
        Status::Pass
    }
}

/// A rule `{count, period}` in seconds; none when it says nothing.
fn limit(rule: &Value) -> Option<f64> {
    let count = rule["count"].as_f64()?;
    let seconds = match rule["period"].as_str()? {
        "minute" => 60.0,
        "hour" => 3_600.0,
        "day" => 86_400.0,
        _ => return None,
    };
    Some(count * seconds)
}

/// The rules as `sources.json` has them.
pub fn criteria(rules: &Value) -> Value {
    let rule = |key: &str| {
        let rule = &rules[key];
        json!({"count": rule["count"], "period": rule["period"]})
    };
    json!({"warn_after": rule("warn_after"), "error_after": rule("error_after"), "filter": rules["filter"]})
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_age_over_both_limits_is_an_error_and_over_one_a_warning() {
        let rules = json!({"warn_after": {"count": 1, "period": "hour"}, "error_after": {"count": 1, "period": "day"}});
        assert_eq!(judge_age(&rules, Some(3_600.0)), Status::Pass);
        assert_eq!(judge_age(&rules, Some(3_601.0)), Status::Warn);
        assert_eq!(judge_age(&rules, Some(90_000.0)), Status::Error);
        assert_eq!(judge_age(&rules, None), Status::Error);
    }

    #[test]
    fn a_rule_without_a_count_says_nothing() {
        let rules =
            json!({"warn_after": {"count": null, "period": null}, "error_after": {"count": null, "period": null}});
        assert_eq!(judge_age(&rules, None), Status::Pass);
    }
}
