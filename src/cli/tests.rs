//! Words to settings, through all layers.

use std::ffi::OsString;
use std::time::Duration;

use serde_json::{Map, Value, json};

use super::words::{self, Asked, Words};
use super::{Command, deprecated, resolve};
use crate::error::{Error, Result};
use crate::flag::{Flags, IndirectSelection, Level, LogFormat, Wait};

fn asked(line: &[&str]) -> Result<Asked> {
    words::read("kiln", std::iter::once("kiln").chain(line.iter().copied()).map(OsString::from))
}

fn words(line: &[&str]) -> Words {
    match asked(line) {
        Ok(Asked::Run(words)) => words,
        other => panic!("{line:?} gave {other:?}"),
    }
}

/// Settings from a command line, variables, and the project's flags.
fn resolved(line: &[&str], variables: &[(&str, &str)], project: Value) -> Result<Flags> {
    let environment =
        |name: &str| variables.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    let project = project.as_object().cloned().unwrap_or_else(Map::new);
    let written = resolve::Written { project, ..resolve::Written::default() };
    let Asked::Run(words) = asked(line)? else { panic!("no command in {line:?}") };
    resolve::resolve(&words, &environment, &written, String::new())
}

#[test]
fn the_users_own_flags_stand_below_those_of_the_project() {
    let map = |json: Value| json.as_object().cloned().unwrap_or_else(Map::new);
    let user = json!({
        "quiet": true, "fail_fast": true, "printer_width": 120, "log_format": "weird", "nope": 1,
        "warn_error_options": {"error": "all"}, "allow_jinja_file_extensions": true,
    });
    let project = json!({"printer_width": 100, "quiet": false});
    let written = resolve::Written { project: map(project), user: map(user) };
    let flags = resolve::resolve(&words(&["run", "--no-fail-fast"]), &|_| None, &written, String::new()).unwrap();
    assert_eq!((flags.quiet, flags.fail_fast, flags.printer_width), (true, false, 100));
    assert!(matches!(flags.log_format, LogFormat::Default));
    assert!(flags.warn_error_options.all, "{:?}", flags.warn_error_options);
    assert!(!flags.switch("allow_jinja_file_extensions"));
}

fn flags(line: &[&str]) -> Flags {
    resolved(line, &[], json!({})).unwrap()
}

fn refusal(line: &[&str]) -> Error {
    resolved(line, &[], json!({})).unwrap_err()
}

#[test]
fn clap_finds_no_fault_in_the_table() {
    words::debug_assert();
}

#[test]
fn every_command_is_connected() {
    let lines: [&[&str]; 19] = [
        &["build"],
        &["run"],
        &["test"],
        &["seed"],
        &["snapshot"],
        &["compile"],
        &["show"],
        &["ls"],
        &["parse"],
        &["docs", "generate"],
        &["docs", "serve"],
        &["source", "freshness"],
        &["run-operation", "m"],
        &["retry"],
        &["deps"],
        &["debug"],
        &["clean"],
        &["init"],
        &["db", "url"],
    ];
    for line in lines {
        assert!(Command::from_word(words(line).which).is_some(), "{line:?}");
    }
}

#[test]
fn global_options_stand_before_or_after_the_command() {
    assert!(flags(&["--quiet", "run"]).quiet);
    assert!(flags(&["run", "-q"]).quiet);
    assert_eq!(flags(&["--target", "prod", "build"]).target.as_deref(), Some("prod"));
    let error = refusal(&["--quiet", "run", "--no-quiet"]);
    assert_eq!(error.message(), "`--quiet` is given both before and after the command");
}

#[test]
fn of_a_pair_the_last_word_holds() {
    assert!(!flags(&["run", "--fail-fast", "--no-fail-fast"]).fail_fast);
    assert!(flags(&["run", "--no-fail-fast", "--fail-fast"]).fail_fast);
    assert!(flags(&["run", "-f", "-f"]).full_refresh);
    assert_eq!(flags(&["run", "--threads", "2", "--threads", "3"]).threads, Some(3));
}

#[test]
fn selections_swallow_words_repeat_and_split() {
    let flags = flags(&["ls", "-s", "a", "b+", "--select", "c d", "--exclude", "tag:x", "--output", "json"]);
    assert_eq!(flags.select, ["a", "b+", "c", "d"]);
    assert_eq!(flags.exclude, ["tag:x"]);
    assert_eq!(flags.extra["output"], "json");
    assert_eq!(super::tests::flags(&["run", "-m", "x", "--models", "y"]).select, ["x", "y"]);
    let keys = super::tests::flags(&["ls", "--output-keys", "name config.tags", "alias"]);
    assert_eq!(keys.extra["output_keys"], json!(["name", "config.tags", "alias"]));
}

#[test]
fn resource_types_are_checked() {
    let types = flags(&["build", "--resource-type", "model", "seed", "--exclude-resource-types", "test"]);
    assert_eq!(types.resource_types, ["model", "seed"]);
    assert_eq!(types.exclude_resource_types, ["test"]);
    assert_eq!(refusal(&["ls", "--resource-type", "modle"]).message(), "`--resource-type` cannot be `modle`");
}

#[test]
fn layers_go_from_the_command_line_to_the_project() {
    let variables = [("DBT_PRINTER_WIDTH", "100"), ("DBT_FAIL_FAST", "1"), ("DBT_QUIET", "")];
    let project = json!({
        "printer_width": 120, "fail_fast": false, "debug": true, "indirect_selection": "cautious", "full_refresh": true,
        "require_unique_project_resource_names": true,
    });
    let flags = resolved(&["run", "--no-fail-fast"], &variables, project).unwrap();
    assert_eq!(flags.printer_width, 100);
    assert!(!flags.fail_fast);
    assert!(flags.debug && !flags.full_refresh);
    assert_eq!(flags.indirect_selection, IndirectSelection::Cautious);
    assert!(flags.switch("require_unique_project_resource_names"));
    assert!(flags.switch("source_freshness_run_project_hooks"));
}

#[test]
fn the_newer_name_of_a_variable_wins() {
    let variables = [("DBT_TARGET", "old"), ("DBT_ENGINE_TARGET", "new")];
    assert_eq!(resolved(&["run"], &variables, json!({})).unwrap().target.as_deref(), Some("new"));
    let error = resolved(&["run"], &[("DBT_DEBUG", "maybe")], json!({})).unwrap_err();
    assert_eq!(error.message(), "the variable `DBT_DEBUG` is `maybe`, which is neither true nor false");
}

#[test]
fn a_reserved_variable_that_sets_nothing_is_warned_about() {
    let names = ["DBT_ENGINE_TARGET", "DBT_ENGINE_RESOURCE_TYPES", "DBT_ENGINE_FOO", "DBT_FOO"];
    let warnings = deprecated::unknown_variables(names.into_iter().map(OsString::from));
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].text.contains("`DBT_ENGINE_FOO`"));
}

#[test]
fn the_file_follows_the_console_unless_it_is_set_itself() {
    let json = flags(&["run", "--log-format", "json", "--log-level", "WARN"]);
    assert_eq!((json.log_format_file, json.log_level_file), (LogFormat::Json, Level::Warn));
    let apart = flags(&["run", "--log-format", "json", "--log-format-file", "text"]);
    assert_eq!(apart.log_format_file, LogFormat::Text);
    let plain = flags(&["run"]);
    assert_eq!((plain.log_format_file, plain.log_level_file), (LogFormat::Debug, Level::Debug));
}

#[test]
fn colors_follow_no_color_and_the_words_before_it() {
    let no_color = [("NO_COLOR", "1")];
    assert!(!resolved(&["run"], &no_color, json!({})).unwrap().use_colors);
    let forced = resolved(&["run", "--use-colors"], &no_color, json!({})).unwrap();
    assert!(forced.use_colors && forced.use_colors_forced);
    assert!(!flags(&["--no-use-colors", "run"]).use_colors);
    assert!(!flags(&["run"]).use_colors_forced);
}

#[test]
fn options_that_exclude_each_other_are_refused() {
    let both = refusal(&["run", "--warn-error", "--warn-error-options", "{error: all}"]);
    assert_eq!(both.message(), "`--warn-error` and `--warn-error-options` exclude each other");
    assert!(refusal(&["show", "--inline", "select 1", "-s", "x"]).message().contains("exclude each other"));
    assert!(refusal(&["run", "--event-time-start", "2024-01-01"]).message().contains("needs"));
    let turned = ["run", "--event-time-start", "2024-01-02", "--event-time-end", "2024-01-01 10:00:00"];
    assert!(refusal(&turned).message().contains("must be before"));
}

#[test]
fn warnings_are_chosen_in_yaml_under_old_and_new_names() {
    let new = flags(&["run", "--warn-error-options", "{error: all, warn: [NothingToDo], silence: [JinjaLogWarning]}"]);
    let options = new.warn_error_options;
    assert!(options.all);
    assert_eq!((options.warn, options.silence), (vec!["NothingToDo".to_owned()], vec!["JinjaLogWarning".to_owned()]));
    let old = flags(&["run", "--warn-error-options", "include: [NothingToDo]\nexclude: [JinjaLogWarning]"])
        .warn_error_options;
    assert_eq!((old.error, old.warn), (vec!["NothingToDo".to_owned()], vec!["JinjaLogWarning".to_owned()]));
    let slip = refusal(&["run", "--warn-error-options", "{error: [NothingTodo]}"]);
    assert!(slip.hints()[0].contains("`NothingToDo`"));
    assert!(refusal(&["run", "--warn-error-options", "{error: [], include: []}"]).message().contains("both"));
}

#[test]
fn a_single_command_has_parameters_of_its_own() {
    let operation = flags(&["run-operation", "grant_all", "--args", "{schema: s, n: 2}"]);
    assert_eq!(operation.extra["macro"], "grant_all");
    assert_eq!(operation.extra["args"], json!({"schema": "s", "n": 2}));
    let show = flags(&["show", "--inline", "select 1", "--limit", "-1"]);
    assert_eq!((show.extra["inline"].clone(), show.extra["limit"].clone()), (json!("select 1"), json!(-1)));
    assert_eq!(flags(&["show"]).extra["limit"], 5);
    assert_eq!(flags(&["source", "freshness", "-o", "x.json", "-s", "raw"]).extra["output"], "x.json");
    assert_eq!(flags(&["clean", "--no-clean-project-files-only"]).extra["clean_project_files_only"], false);
    assert_eq!(flags(&["init", "shop", "-s"]).extra["skip_profile_setup"], true);
    assert_eq!(flags(&["db", "shell"]).extra["action"], "shell");
}

#[test]
fn waiting_is_a_time_or_not_at_all() {
    assert_eq!(flags(&["build"]).wait, Wait::AtMost(Duration::from_secs(600)));
    assert_eq!(flags(&["build", "--wait", "2m"]).wait, Wait::AtMost(Duration::from_secs(120)));
    assert_eq!(flags(&["build", "--no-wait"]).wait, Wait::Not);
    assert_eq!(refusal(&["build", "--wait", "soon"]).message(), "`--wait` is no time: `soon`");
}

#[test]
fn wrong_words_come_with_a_hint() {
    let option = refusal(&["run", "--full-refesh"]);
    assert_eq!(option.message(), "unexpected argument `--full-refesh` found");
    assert_eq!(option.hints(), ["did you mean `--full-refresh`?"]);
    let command = refusal(&["biuld"]);
    assert_eq!(command.hints(), ["did you mean `build`?"]);
    assert!(refusal(&["login"]).message().contains("does not have yet"));
    assert!(refusal(&["run", "--select"]).message().contains("--select"));
    assert!(refusal(&["run-operation"]).message().contains("the name of a macro"));
    assert!(refusal(&["run-operation", "m", "--sql", "select 1"]).message().contains("the name of a macro"));
    assert_eq!(flags(&["run-operation", "--sql", "-- nothing"]).extra["inline"], "-- nothing");
    assert_eq!(flags(&["show", "--inline-direct", "select 1"]).extra["inline"], "{% raw %}select 1{% endraw %}");
    assert!(refusal(&["run", "extra"]).message().contains("`extra`"));
}

#[test]
fn version_and_help_are_answers() {
    assert!(matches!(asked(&["--version"]), Ok(Asked::Version)));
    assert!(matches!(asked(&["run", "-v"]), Ok(Asked::Version)));
    assert!(matches!(asked(&["ls", "--help"]), Ok(Asked::Help(_))));
    assert!(matches!(asked(&[]), Ok(Asked::Nothing(_))));
}

#[test]
fn the_arguments_are_given_to_templates_under_dbts_names() {
    let flags = flags(&["build", "-s", "a", "--full-refresh", "--threads", "3", "--vars", "{a: 1}"]);
    let args = flags.to_json();
    assert_eq!(args["which"], "build");
    assert_eq!(args["select"], json!(["a"]));
    assert_eq!(args["full_refresh"], true);
    assert_eq!(args["threads"], 3);
    assert_eq!(args["vars"], json!({"a": 1}));
}
