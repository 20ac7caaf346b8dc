//! Data tests: from the three counts of a test's query to pass, warn or fail.

use crate::manifest::Config;
use crate::report::Status;
use crate::template::TestCounts;

/// What a data test comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// `Pass`, `Warn` or `Fail`.
    pub status: Status,
    /// Number of failures, by the test's `fail_calc`; none are told of what passed.
    pub failures: i64,
    /// Why it did not pass.
    pub message: Option<String>,
}

/// Judges by `severity`, `warn_if` and `error_if`: with severity `warn`, nothing is ever an error.
///
/// Where a warning `is_failure`, it is judged as one.
pub fn judge(config: &Config, counts: TestCounts, is_failure: bool) -> Verdict {
    let is_error = !config.text("severity").unwrap_or("error").eq_ignore_ascii_case("warn");
    let verdict = |status, key| Verdict {
        status,
        failures: counts.failures,
        message: Some(message(counts.failures, status, config.text(key).unwrap_or("!= 0"))),
    };
    if is_error && counts.should_error {
        return verdict(Status::Fail, "error_if");
    }
    if counts.should_warn {
        return verdict(if is_failure { Status::Fail } else { Status::Warn }, "warn_if");
    }
    Verdict { status: Status::Pass, failures: 0, message: None }
}

fn message(failures: i64, status: Status, condition: &str) -> String {
    let plural = if failures == 1 { "" } else { "s" };
    let word = if status == Status::Warn { "warn" } else { "fail" };
    format!("Got {failures} result{plural}, configured to {word} if {condition}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judged(config: serde_json::Value, should_warn: bool, should_error: bool) -> Verdict {
        let config = Config(config.as_object().cloned().unwrap_or_default());
        judge(&config, TestCounts { failures: 2, should_warn, should_error }, false)
    }

    #[test]
    fn failures_fail_unless_the_severity_is_warn() {
        let failed = judged(json!({"severity": "ERROR", "error_if": "> 1"}), true, true);
        assert_eq!(failed.status, Status::Fail);
        assert_eq!(failed.message.as_deref(), Some("Got 2 results, configured to fail if > 1"));
        assert_eq!(judged(json!({"severity": "warn"}), true, true).status, Status::Warn);
    }

    #[test]
    fn what_is_below_error_if_may_still_warn() {
        let warned = judged(json!({"severity": "error", "error_if": "> 10", "warn_if": "!= 0"}), true, false);
        assert_eq!(warned.status, Status::Warn);
        assert_eq!(warned.message.as_deref(), Some("Got 2 results, configured to warn if != 0"));
        assert_eq!(judged(json!({}), false, false), Verdict { status: Status::Pass, failures: 0, message: None });
    }
}
