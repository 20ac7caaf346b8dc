//! Texts of the command line, the environment and the project file as values.

use std::time::Duration;

use serde_json::{Map, Value};

use super::options::{Choice, Takes};
use super::resolve::Environment;
use super::words::Given;
use crate::error::{Error, Result};
use crate::flag::WarnErrors;
use crate::project;
use crate::report::{closest_event_name, is_event_name};
use crate::window::Window;

/// The option `name` as a user writes it.
pub(super) fn long(name: &str) -> String {
    format!("--{}", name.replace('_', "-"))
}

/// The variable that sets `name`, and its text; an empty one sets nothing.
pub(super) fn variable(name: &str, environment: Environment<'_>) -> Option<(String, String)> {
    let plural = matches!(name, "resource_type" | "exclude_resource_type").then_some("S").unwrap_or_default();
    let current = format!("{}{plural}", name.to_uppercase());
    let earlier = EARLIER.iter().filter(|(known, _)| *known == name).map(|(_, earlier)| (*earlier).to_owned());
    std::iter::once(current).chain(earlier).find_map(|name| {
        ["DBT_ENGINE_", "DBT_"].iter().find_map(|prefix| {
            let variable = format!("{prefix}{name}");
            let text = environment(&variable).filter(|text| !text.trim().is_empty())?;
            Some((variable, text))
        })
    })
}

/// Options with the names that their variables had in earlier versions of dbt, which still count.
pub(super) const EARLIER: [(&str, &str); 3] =
    [("defer", "DEFER_TO_STATE"), ("favor_state", "FAVOR_STATE_MODE"), ("state", "ARTIFACT_STATE_PATH")];

/// The text of an environment variable as what `choice` takes.
pub(super) fn from_text(choice: &Choice, text: &str, variable: &str) -> Result<Given> {
    match choice.takes {
        Takes::Nothing | Takes::Pair { .. } => match text.trim().to_lowercase().as_str() {
            "1" | "true" | "t" | "yes" | "y" | "on" => Ok(Given::Switch(true)),
            "0" | "false" | "f" | "no" | "n" | "off" => Ok(Given::Switch(false)),
            _ => Err(Error::usage(format!("the variable `{variable}` is `{text}`, which is neither true nor false"))),
        },
        Takes::Word(_) | Takes::Number(_) | Takes::OneOf(_) => Ok(Given::Word(text.to_owned())),
        Takes::Words(_) | Takes::Some(_) => Ok(Given::Words(text.split_whitespace().map(str::to_owned).collect())),
    }
}

/// A value of the project's `flags:` as what `choice` takes; `None` where it does not fit or says nothing.
pub(super) fn from_json(choice: &Choice, value: &Value) -> Option<Given> {
    match (choice.takes, value) {
        (Takes::Nothing | Takes::Pair { .. }, Value::Bool(value)) => Some(Given::Switch(*value)),
        (Takes::Word(_) | Takes::OneOf(_), Value::String(text)) => Some(Given::Word(text.clone())),
        (Takes::Number(_), Value::Number(number)) => Some(Given::Word(number.to_string())),
        (Takes::Words(_) | Takes::Some(_), Value::Array(items)) => {
            Some(Given::Words(items.iter().filter_map(Value::as_str).map(str::to_owned).collect()))
        }
        (
            Takes::Nothing
            | Takes::Pair { .. }
            | Takes::Word(_)
            | Takes::OneOf(_)
            | Takes::Number(_)
            | Takes::Words(_)
            | Takes::Some(_),
            _,
        ) => None,
    }
}

/// The YAML mapping that `text` holds.
pub(super) fn mapping(option: &str, text: &str) -> Result<Map<String, Value>> {
    let wrong =
        || Error::usage(format!("`{option}` must be a YAML mapping, not `{text}`")).hint("write '{key: value}'");
    match project::parse_text(text, option).map_err(|cause| wrong().because(cause))?.to_json() {
        Value::Object(map) => Ok(map),
        Value::Null => Ok(Map::new()),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Err(wrong()),
    }
}

/// `{error: all | [names], warn: [names], silence: [names]}`, also under the older names `include` and `exclude`.
pub(super) fn warn_errors(options: &Map<String, Value>) -> Result<WarnErrors> {
    for (one, other) in [("error", "include"), ("warn", "exclude")] {
        if options.contains_key(one) && options.contains_key(other) {
            let message = format!("`--warn-error-options` has both `{one}` and `{other}`, its older name");
            return Err(Error::usage(message).hint(format!("keep `{one}`")));
        }
    }
    let value = |new: &str, old: &str| options.get(new).or_else(|| options.get(old));
    let names = |value: Option<&Value>| -> Vec<String> {
        let items = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let error = value("error", "include");
    if let Some(word) = error.and_then(Value::as_str).filter(|word| !is_all(word)) {
        return Err(Error::usage(format!("`error` in `--warn-error-options` is `all` or a list, not `{word}`")));
    }
    let listed = [names(error), names(value("warn", "exclude")), names(options.get("silence"))];
    if let Some(name) = listed.iter().flatten().find(|name| !is_event_name(name) && !is_all(name)) {
        let refusal = Error::usage(format!("`{name}` in `--warn-error-options` is the name of no warning"));
        return Err(match closest_event_name(name) {
            Some(near) => refusal.hint(format!("did you mean `{near}`?")),
            None => refusal,
        });
    }
    Ok(WarnErrors {
        all: error.and_then(Value::as_str).is_some_and(is_all),
        error: names(error),
        warn: names(value("warn", "exclude")),
        silence: names(options.get("silence")),
    })
}

/// The words for every warning.
fn is_all(word: &str) -> bool {
    word == "all" || word == "*"
}

/// `2024-01-01`, with a time after `T` or a blank.
pub(super) fn moment(name: &str, text: &str) -> Result<chrono::NaiveDateTime> {
    let midnight = format!("{text}T00:00:00");
    let forms = [text.replacen(' ', "T", 1), midnight];
    forms.iter().find_map(|form| chrono::NaiveDateTime::parse_from_str(form, "%Y-%m-%dT%H:%M:%S").ok()).ok_or_else(
        || {
            Error::usage(format!("`{}` is no time: `{text}`", long(name)))
                .hint("write 2024-01-31 or 2024-01-31T12:00:00")
        },
    )
}

/// The window of `--sample`: `3 days`, or a mapping of `start` and `end`.
pub(super) fn sample(text: &str) -> Result<Window> {
    let mapping = text.trim_start().starts_with('{').then(|| mapping("--sample", text)).transpose()?.map(Value::Object);
    Window::of_sample(text, mapping.as_ref(), chrono::Utc::now()).map_err(|why| {
        Error::usage(format!("Invalid value for `--sample`: {why}"))
            .hint("write '3 days', or '{start: \"2024-01-01\", end: \"2024-01-31\"}'")
    })
}

/// `30s`, `10m`, `1h`, or seconds.
pub(super) fn duration(text: &str) -> Result<Duration> {
    let (digits, seconds) = match text.trim().split_at_checked(text.trim().len().saturating_sub(1)) {
        Some((digits, "s")) => (digits, 1),
        Some((digits, "m")) => (digits, 60),
        Some((digits, "h")) => (digits, 3600),
        Some(_) | None => (text.trim(), 1),
    };
    let count: u64 = digits
        .parse()
        .map_err(|_| Error::usage(format!("`--wait` is no time: `{text}`")).hint("write 30s, 10m or 1h"))?;
    Ok(Duration::from_secs(count * seconds))
}
