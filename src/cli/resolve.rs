//! From layers to final settings: command line, then environment, then the project's `flags:`, then the user's, then defaults.

use std::collections::BTreeMap;
use std::path::PathBuf;

use serde_json::{Map, Value, json};

use super::options::{self, Choice, Takes};
use super::values::{duration, from_json, from_text, long, mapping, moment, sample, variable, warn_errors};
use super::words::{Given, Words};
use crate::error::{Error, Result};
use crate::flag::{Flags, IndirectSelection, Level, LogFormat, SWITCHES, Wait, WarnErrors};
use crate::project;

/// The environment as a function, so that tests have their own.
pub(super) type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The mappings under `flags:` of the project file and of the user's own file.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) project: Map<String, Value>,
    pub(super) user: Map<String, Value>,
}

/// The final settings for `words`.
///
/// # Errors
///
/// `Usage` for values that do not fit, and for options that exclude each other.
pub(super) fn resolve(
    words: &Words,
    environment: Environment<'_>,
    written: &Written,
    command_line: String,
) -> Result<Flags> {
    let layers = Layers::new(words, environment, written)?;
    layers.refuse_contradictions()?;
    let mut flags = Flags {
        which: words.which.to_owned(),
        invocation_command: command_line,
        switches: switches(&written.project),
        ..Flags::default()
    };
    layers.fill_places(&mut flags)?;
    layers.fill_telling(&mut flags, environment)?;
    layers.fill_running(&mut flags)?;
    layers.fill_selection(&mut flags)?;
    flags.extra = layers.extra(words)?;
    Ok(flags)
}

/// The folders of the project and of profiles.yml, where the command line or the environment names them.
pub(super) fn folders(words: &Words, environment: Environment<'_>) -> Result<(Option<PathBuf>, Option<PathBuf>)> {
    let layers = Layers::new(words, environment, &Written::default())?;
    Ok((layers.path("project_dir"), layers.path("profiles_dir")))
}

/// Options that the project's `flags:` may set; dbt passes over the others there, such as `full_refresh` or `target_path`.
const OF_PROJECT: [&str; 20] = [
    "cache_selected_only",
    "debug",
    "fail_fast",
    "indirect_selection",
    "log_format",
    "log_format_file",
    "log_level",
    "log_level_file",
    "partial_parse",
    "populate_cache",
    "printer_width",
    "send_anonymous_usage_stats",
    "static_parser",
    "use_colors",
    "use_colors_file",
    "use_experimental_parser",
    "version_check",
    "warn_error",
    "warn_error_options",
    "write_json",
];

/// Values of behaviour switches in the project file, else their defaults.
fn switches(project: &Map<String, Value>) -> Vec<(&'static str, bool)> {
    let value = |name: &str| project.get(name).and_then(Value::as_bool);
    SWITCHES.iter().map(|(name, default)| (*name, value(name).unwrap_or(*default))).collect()
}

/// Whether a word of the project file that is none of the option's does nothing, as in dbt: a format that is unknown, and a mode of
/// selecting tests where nothing is selected.
fn is_passed_over(choice: &Choice, value: &Given, which: &str) -> bool {
    let (Takes::OneOf(known), Given::Word(word)) = (choice.takes, value) else { return false };
    let matters = match choice.name {
        "log_format" | "log_format_file" => false,
        "indirect_selection" => options::SELECTING.contains(&which),
        _ => true,
    };
    !matters && !known.contains(&word.to_lowercase().as_str())
}

/// What each option came to, the highest layer first, and those given on the two upper layers.
struct Layers {
    values: BTreeMap<&'static str, Given>,
    /// Given on the command line or in the environment.
    outside: Vec<&'static str>,
    /// `warn_error_options` of the project file, which is a mapping.
    warn_errors: Option<Value>,
}

impl Layers {
    fn new(words: &Words, environment: Environment<'_>, written: &Written) -> Result<Layers> {
        let mut values = words.given.clone();
        for choice in options::of(Some(words.which)).filter(|choice| choice.in_environment) {
            if !values.contains_key(choice.name)
                && let Some((variable, text)) = variable(choice.name, environment)
            {
                values.insert(choice.name, from_text(choice, &text, &variable)?);
            }
        }
        let outside = values.keys().copied().collect();
        for choice in options::of(Some(words.which)) {
            let project = written.project.get(choice.name).filter(|_| OF_PROJECT.contains(&choice.name));
            // The user's file may set what the project's may not, such as `quiet`, but no behaviour switches.
            let user = written.user.get(choice.name).filter(|_| choice.in_environment);
            for value in [project, user].into_iter().flatten().filter_map(|value| from_json(choice, value)) {
                if !is_passed_over(choice, &value, words.which) {
                    values.entry(choice.name).or_insert(value);
                }
            }
        }
        let warn_errors = written.project.get("warn_error_options").or(written.user.get("warn_error_options"));
        Ok(Layers { values, outside, warn_errors: warn_errors.cloned() })
    }

    fn switch(&self, name: &str) -> Option<bool> {
        match self.values.get(name) {
            Some(Given::Switch(value)) => Some(*value),
            Some(Given::Word(_) | Given::Words(_)) | None => None,
        }
    }

    fn word(&self, name: &str) -> Option<String> {
        match self.values.get(name) {
            Some(Given::Word(word)) => Some(word.clone()),
            Some(Given::Switch(_) | Given::Words(_)) | None => None,
        }
    }

    fn words(&self, name: &str) -> Vec<String> {
        match self.values.get(name) {
            Some(Given::Words(words)) => words.clone(),
            Some(Given::Switch(_) | Given::Word(_)) | None => Vec::new(),
        }
    }

    fn path(&self, name: &str) -> Option<PathBuf> {
        let path = PathBuf::from(self.word(name)?);
        Some(std::path::absolute(&path).unwrap_or(path))
    }

    fn number(&self, name: &str) -> Result<Option<usize>> {
        let Some(text) = self.word(name) else { return Ok(None) };
        let wrong = || Error::usage(format!("`{}` must be a whole number, not `{text}`", long(name)));
        text.parse().map(Some).map_err(|_| wrong())
    }

    /// The word of a closed choice, through `from_word`.
    fn one_of<T>(&self, name: &str, from_word: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
        let Some(text) = self.word(name) else { return Ok(None) };
        let value = from_word(&text.to_lowercase());
        value.map(Some).ok_or_else(|| Error::usage(format!("`{}` cannot be `{text}`", long(name))))
    }

    fn is_outside(&self, name: &str) -> bool {
        self.outside.contains(&name)
    }

    fn refuse_contradictions(&self) -> Result<()> {
        let pairs = [
            ("warn_error", "warn_error_options"),
            ("inline", "select"),
            ("inline", "selector"),
            ("inline", "inline_direct"),
            ("inline_direct", "select"),
            ("inline_direct", "selector"),
            ("wait", "no_wait"),
            ("debug", "quiet"),
        ];
        // dbt takes `--debug --quiet`; quiet wins there and here.
        for (first, second) in pairs.into_iter().filter(|(first, _)| *first != "debug") {
            if self.is_outside(first) && self.is_outside(second) && self.switch(first) != Some(false) {
                let (first, second) = (long(first), long(second));
                return Err(Error::usage(format!("`{first}` and `{second}` exclude each other")));
            }
        }
        let moment = |name: &str| self.word(name).map(|text| moment(name, &text)).transpose();
        match (moment("event_time_start")?, moment("event_time_end")?) {
            (Some(_), None) => Err(Error::usage("`--event-time-start` needs `--event-time-end`")),
            (None, Some(_)) => Err(Error::usage("`--event-time-end` needs `--event-time-start`")),
            (Some(start), Some(end)) if start >= end => {
                Err(Error::usage("`--event-time-start` must be before `--event-time-end`"))
            }
            (Some(_), Some(_)) | (None, None) => Ok(()),
        }
    }

    fn fill_places(&self, flags: &mut Flags) -> Result<()> {
        flags.project_dir = self.path("project_dir");
        flags.profiles_dir = self.path("profiles_dir");
        flags.profile = self.word("profile");
        flags.target = self.word("target");
        // Artifacts state these as they were given.
        flags.target_path = self.word("target_path").map(PathBuf::from);
        flags.log_path = self.word("log_path").map(PathBuf::from);
        flags.state = self.word("state").map(PathBuf::from);
        flags.defer_state = self.word("defer_state").map(PathBuf::from);
        if let Some(text) = self.word("vars") {
            flags.vars = project::parse_vars(&text)?;
        }
        Ok(())
    }

    fn fill_telling(&self, flags: &mut Flags, environment: Environment<'_>) -> Result<()> {
        let on = |name: &str, default: bool| self.switch(name).unwrap_or(default);
        flags.debug = on("debug", false);
        flags.quiet = on("quiet", false);
        let no_print =
            variable("no_print", environment).is_some_and(|(_, text)| !matches!(&*text, "0" | "false" | "False"));
        flags.print = on("print", !no_print);
        flags.invocation_id = self.word("invocation_id");
        flags.log_cache_events = on("log_cache_events", false);
        flags.show_all_deprecations = on("show_all_deprecations", false);
        let no_color = environment("NO_COLOR").is_some_and(|value| !value.is_empty());
        flags.use_colors = on("use_colors", !no_color);
        flags.use_colors_forced = self.is_outside("use_colors") && flags.use_colors;
        flags.use_colors_file = on("use_colors_file", flags.use_colors);
        flags.printer_width = self.number("printer_width")?.unwrap_or(flags.printer_width);
        let level = self.one_of("log_level", Level::from_word)?;
        let format = self.one_of("log_format", LogFormat::from_word)?;
        // What is said of the console alone holds for the file too.
        let file_level = self.one_of("log_level_file", Level::from_word)?.or(level);
        let file_format = self.one_of("log_format_file", LogFormat::from_word)?.or(format);
        flags.log_level = level.unwrap_or(flags.log_level);
        flags.log_format = format.unwrap_or(flags.log_format);
        flags.log_level_file = file_level.unwrap_or(flags.log_level_file);
        flags.log_format_file = file_format.unwrap_or(flags.log_format_file);
        if let Some(bytes) = self.number("log_file_max_bytes")? {
            flags.log_file_max_bytes = bytes as u64;
        }
        flags.warn_error = on("warn_error", false);
        flags.warn_error_options = match (self.word("warn_error_options"), &self.warn_errors) {
            (Some(text), _) => warn_errors(&mapping("--warn-error-options", &text)?)?,
            (None, Some(Value::Object(options))) => warn_errors(options)?,
            (None, _) => WarnErrors::default(),
        };
        Ok(())
    }

    fn fill_running(&self, flags: &mut Flags) -> Result<()> {
        let on = |name: &str, default: bool| self.switch(name).unwrap_or(default);
        flags.threads = match on("single_threaded", false) {
            true => Some(1),
            false => self.number("threads")?,
        };
        if flags.threads == Some(0) {
            return Err(Error::usage("`--threads` must be at least 1"));
        }
        flags.fail_fast = on("fail_fast", false);
        flags.version_check = on("version_check", true);
        flags.write_json = on("write_json", true);
        flags.partial_parse = on("partial_parse", true);
        flags.populate_cache = on("populate_cache", true);
        flags.cache_selected_only = on("cache_selected_only", false);
        flags.introspect = on("introspect", true);
        flags.full_refresh = on("full_refresh", false);
        flags.empty = on("empty", false);
        flags.store_failures = on("store_failures", false);
        flags.show = on("show", false);
        flags.defer = on("defer", false);
        flags.favor_state = on("favor_state", false);
        flags.sample = self.word("sample").map(|text| sample(&text)).transpose()?;
        let time = |name: &str| self.word(name).map(|text| moment(name, &text)).transpose();
        let iso = |time: chrono::NaiveDateTime| time.format("%Y-%m-%dT%H:%M:%S").to_string();
        flags.event_time_start = time("event_time_start")?.map(iso);
        flags.event_time_end = time("event_time_end")?.map(iso);
        flags.wait = match (on("no_wait", false), self.word("wait")) {
            (true, _) => Wait::Not,
            (false, Some(text)) => Wait::AtMost(duration(&text)?),
            (false, None) => flags.wait,
        };
        Ok(())
    }

    fn fill_selection(&self, flags: &mut Flags) -> Result<()> {
        flags.select = self.words("select");
        flags.exclude = self.words("exclude");
        flags.selector = self.word("selector").filter(|name| !name.is_empty());
        flags.resource_types = self.types("resource_type")?;
        flags.exclude_resource_types = self.types("exclude_resource_type")?;
        if let Some(mode) = self.one_of("indirect_selection", IndirectSelection::from_word)? {
            flags.indirect_selection = mode;
        }
        Ok(())
    }

    /// Resource types, each a known one.
    fn types(&self, name: &str) -> Result<Vec<String>> {
        let words = self.words(name);
        let known = options::CHOICES.iter().find(|choice| choice.name == name).map(|choice| choice.takes);
        let Some(Takes::Some(known)) = known else { return Ok(words) };
        match words.iter().find(|word| !known.contains(&word.as_str())) {
            Some(word) => Err(Error::usage(format!("`{}` cannot be `{word}`", long(name)))
                .hint(format!("one of: {}", known.join(", ")))),
            None => Ok(words),
        }
    }

    /// Parameters that only this command has, under dbt's names.
    fn extra(&self, words: &Words) -> Result<Map<String, Value>> {
        let mut extra = Map::new();
        let mut put = |name: &str, value: Value| {
            extra.insert(name.to_owned(), value);
        };
        let flag = |name: &str| json!(self.switch(name).unwrap_or(false));
        match words.which {
            "compile" | "show" => {
                put("output", json!(self.word("output").unwrap_or_else(|| "text".to_owned())));
                // What is not to be rendered is SQL to the letter.
                let direct = self.word("inline_direct").map(|sql| format!("{{% raw %}}{sql}{{% endraw %}}"));
                put("inline", json!(self.word("inline").or(direct)));
                if words.which == "show" {
                    let limit = self.word("limit").and_then(|text| text.parse::<i64>().ok());
                    put("limit", json!(limit.unwrap_or(5)));
                }
            }
            "list" => {
                put("output", json!(self.word("output").unwrap_or_else(|| "selector".to_owned())));
                put("output_keys", json!(self.words("output_keys")));
            }
            "freshness" => {
                if let Some(path) = self.word("output") {
                    put("output", json!(path));
                }
            }
            "generate" => {
                put("compile", json!(self.switch("compile").unwrap_or(true)));
                put("static", flag("static"));
                put("empty_catalog", flag("empty_catalog"));
            }
            "serve" => {
                put("host", json!(self.word("host").unwrap_or_else(|| "127.0.0.1".to_owned())));
                put("port", json!(self.word("port").and_then(|text| text.parse::<u64>().ok()).unwrap_or(8080)));
                put("browser", json!(self.switch("browser").unwrap_or(true)));
            }
            "run-operation" => extra.extend(self.operation(words)?),
            "build" | "seed" => put("show", flag("show")),
            "debug" => {
                put("connection", flag("connection"));
                put("config_dir", flag("config_dir"));
            }
            "clean" => put("clean_project_files_only", json!(self.switch("clean_project_files_only").unwrap_or(true))),
            "init" => {
                put("project_name", json!(words.positional));
                put("skip_profile_setup", flag("skip_profile_setup"));
            }
            "deps" => {
                put("lock", flag("lock"));
                put("upgrade", flag("upgrade"));
                put("add_package", json!(self.word("add_package")));
                put("source", json!(self.word("source")));
            }
            "db" => put("action", json!(words.positional)),
            _ => {}
        }
        Ok(extra)
    }

    /// What `run-operation` runs: a macro with its arguments, or SQL.
    fn operation(&self, words: &Words) -> Result<Map<String, Value>> {
        let sql = self.word("sql").filter(|sql| !sql.is_empty());
        if words.positional.is_some() == sql.is_some() {
            let error = Error::usage("`run-operation` takes the name of a macro, or SQL with `--sql`");
            return Err(error.hint("write `kiln run-operation NAME`, or `kiln run-operation --sql 'select ...'`"));
        }
        if sql.is_some() && self.is_outside("args") {
            let error = Error::usage("`--args` are those of a macro, and do not go with `--sql`");
            return Err(error.hint("write the values into the SQL"));
        }
        let args = self.word("args").map(|text| mapping("--args", &text)).transpose()?;
        let mut extra = Map::new();
        extra.insert("macro".to_owned(), json!(words.positional));
        extra.insert("args".to_owned(), Value::Object(args.unwrap_or_default()));
        extra.extend(sql.map(|sql| ("inline".to_owned(), json!(sql))));
        Ok(extra)
    }
}
