//! Deprecated words of the command line and of the settings around it: they count, with a warning each.

use std::ffi::OsString;

use serde_json::{Map, Value};

use super::options::{self, CHOICES, IDLE};
use super::resolve::Environment;
use super::values::{EARLIER, mapping, variable};
use super::words::{Given, Words};
use crate::report::Warning;

/// Warnings on what `words` and the settings of the project say in old ways; `line` is the command line without the program.
pub(super) fn warnings(
    words: &Words,
    line: &[String],
    environment: Environment<'_>,
    project: &Map<String, Value>,
) -> Vec<Warning> {
    let of_options = [
        has_old_warn_errors(words, environment, project).then(|| {
            Warning::new(
                "WEOIncludeExcludeDeprecation",
                "`include` and `exclude` in `warn_error_options` are the old names of `error` and `warn`.",
            )
        }),
        has_model_option(words, line).then(|| {
            Warning::new("ModelParamUsageDeprecation", "`--models`, `--model` and `-m` are old names of `--select`.")
        }),
        (words.which == "freshness" && words.given.contains_key("output")).then(|| {
            let text = "`--output` of `source freshness` is deprecated: other commands look for `sources.json` in the target \
                        folder. Use `--target-path` to have it elsewhere.";
            Warning::new("CustomOutputPathInSourceFreshnessDeprecation", text)
        }),
    ];
    of_options.into_iter().flatten().chain(renamed_variables(environment)).collect()
}

/// A warning for each variable that is set under a name of earlier versions.
fn renamed_variables(environment: Environment<'_>) -> impl Iterator<Item = Warning> {
    EARLIER.into_iter().chain([("print", "NO_PRINT")]).filter_map(move |(name, earlier)| {
        environment(&format!("DBT_{earlier}")).filter(|text| !text.trim().is_empty())?;
        let text = format!("the variable `DBT_{earlier}` is an old name of `DBT_{}`", name.to_uppercase());
        Some(Warning::new("EnvironmentVariableRenamed", text))
    })
}

/// A warning for each variable that begins as dbt's newer ones do and sets nothing.
pub(super) fn unknown_variables(names: impl Iterator<Item = OsString>) -> Vec<Warning> {
    let is_known = |name: &str| {
        name == "NO_PRINT"
            || EARLIER.iter().any(|(_, earlier)| *earlier == name)
            || CHOICES.iter().chain(IDLE).any(|choice| {
                let upper = choice.name.to_uppercase();
                name == upper || name.strip_suffix('S') == Some(&upper)
            })
    };
    let unknown = names.filter_map(|name| {
        let name = name.to_str()?.to_owned();
        let rest = name.strip_prefix("DBT_ENGINE_")?;
        (!is_known(rest)).then(|| {
            let text =
                format!("the variable `{name}` sets nothing; names with `DBT_ENGINE_` are reserved for settings");
            Warning::new("EnvironmentVariableNamespaceDeprecation", text)
        })
    });
    unknown.collect()
}

/// Whether nodes are selected by the option's old names.
pub(super) fn has_model_option(words: &Words, line: &[String]) -> bool {
    let selects = options::of(Some(words.which)).any(|choice| choice.name == "select");
    let is_old = |word: &String| {
        let long = word.split('=').next().unwrap_or(word);
        matches!(long, "--models" | "--model") || word.starts_with("-m")
    };
    selects && words.given.contains_key("select") && line.iter().any(is_old)
}

/// Whether the setting that counts says which warnings are errors under the old keys.
fn has_old_warn_errors(words: &Words, environment: Environment<'_>, project: &Map<String, Value>) -> bool {
    let given = match words.given.get("warn_error_options") {
        Some(Given::Word(text)) => Some(text.clone()),
        Some(Given::Switch(_) | Given::Words(_)) | None => None,
    };
    let text = given.or_else(|| variable("warn_error_options", environment).map(|(_, text)| text));
    let options = match text {
        Some(text) => mapping("--warn-error-options", &text).ok().map(Value::Object),
        None => project.get("warn_error_options").cloned(),
    };
    options.is_some_and(|options| ["include", "exclude"].iter().any(|key| options.get(key).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::words::{self, Asked};

    #[test]
    fn old_variables_are_named() {
        let environment = |name: &str| (name == "DBT_DEFER_TO_STATE").then(|| "1".to_owned());
        let told: Vec<Warning> = renamed_variables(&environment).collect();
        assert_eq!(told.len(), 1);
        assert!(told[0].text.contains("`DBT_DEFER`"), "{}", told[0].text);
    }

    fn names(line: &[&str], project: Value) -> Vec<&'static str> {
        let args = std::iter::once("kiln").chain(line.iter().copied()).map(OsString::from);
        let Ok(Asked::Run(words)) = words::read("kiln", args) else { panic!("{line:?}") };
        let line: Vec<String> = line.iter().map(|word| (*word).to_owned()).collect();
        let project = project.as_object().cloned().unwrap_or_default();
        warnings(&words, &line, &|_| None, &project).into_iter().map(|warning| warning.name).collect()
    }

    #[test]
    fn old_words_are_named_once_each() {
        let none: [&str; 0] = [];
        assert_eq!(names(&["run", "--select", "a"], Value::Null), none);
        assert_eq!(names(&["run", "--models", "a"], Value::Null), ["ModelParamUsageDeprecation"]);
        assert_eq!(names(&["ls", "-m", "a", "--model=b"], Value::Null), ["ModelParamUsageDeprecation"]);
        assert_eq!(
            names(&["source", "freshness", "-o", "x.json"], Value::Null),
            ["CustomOutputPathInSourceFreshnessDeprecation"]
        );
        let project = serde_json::json!({"warn_error_options": {"include": "all"}});
        assert_eq!(names(&["run"], project.clone()), ["WEOIncludeExcludeDeprecation"]);
        assert_eq!(names(&["run", "--warn-error-options", "{error: all}"], project), none);
    }
}
