//! The table of all options: what each is called, takes, and is for, and which commands have it.

/// One option of the command line.
pub(super) struct Choice {
    /// dbt's parameter name; with `-` for `_` it is the long form.
    pub name: &'static str,
    pub short: Option<char>,
    /// Further long forms, not shown.
    pub aliases: &'static [&'static str],
    pub takes: Takes,
    pub on: On,
    /// Whether `DBT_<NAME>` and `DBT_ENGINE_<NAME>` set it too.
    pub in_environment: bool,
    /// One line, with the default in brackets.
    pub help: &'static str,
}

/// What follows an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    /// Nothing: it is there or not.
    Nothing,
    /// Nothing, and `--no-…` says the opposite; the flag tells which of both help shows.
    Pair { is_on_by_default: bool },
    /// One word, shown in help under this name.
    Word(&'static str),
    /// A whole number.
    Number(&'static str),
    /// One of these words.
    OneOf(&'static [&'static str]),
    /// All words up to the next option; it may be repeated.
    Words(&'static str),
    /// As `Words`, each one of these.
    Some(&'static [&'static str]),
}

/// Which commands have an option.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum On {
    /// All, and it may stand before the command.
    Every,
    /// These.
    Only(&'static [&'static str]),
}

impl Choice {
    /// The long form without its dashes.
    pub fn long(&self) -> String {
        self.name.replace('_', "-")
    }

    const fn short(mut self, short: char) -> Choice {
        self.short = Some(short);
        self
    }

    const fn also(mut self, aliases: &'static [&'static str]) -> Choice {
        self.aliases = aliases;
        self
    }

    const fn without_environment(mut self) -> Choice {
        self.in_environment = false;
        self
    }

    const fn only(mut self, commands: &'static [&'static str]) -> Choice {
        self.on = On::Only(commands);
        self
    }
}

const fn choice(name: &'static str, takes: Takes, help: &'static str) -> Choice {
    Choice { name, short: None, aliases: &[], takes, on: On::Every, in_environment: true, help }
}

const ON: Takes = Takes::Pair { is_on_by_default: true };
const OFF: Takes = Takes::Pair { is_on_by_default: false };
const LEVELS: Takes = Takes::OneOf(&["debug", "info", "warn", "error", "none", "off"]);
const FORMATS: Takes = Takes::OneOf(&["text", "debug", "json", "default", "otel"]);
const TYPES: Takes = Takes::Some(&[
    "model",
    "seed",
    "snapshot",
    "test",
    "unit_test",
    "source",
    "exposure",
    "analysis",
    "metric",
    "semantic_model",
    "saved_query",
    "function",
    "default",
    "all",
]);

/// Commands that take `--select`.
pub(super) const SELECTING: &[&str] =
    &["build", "run", "test", "seed", "snapshot", "compile", "show", "list", "freshness", "generate", "clone"];
const TYPED: &[&str] = &["build", "test", "list", "clone"];
const REBUILDING: &[&str] = &["build", "run", "seed", "compile", "show", "retry", "clone"];
const EMPTYING: &[&str] = &["build", "run", "snapshot", "seed", "compile"];
const TIMED: &[&str] = &["build", "run"];
const LOCKING: &[&str] = &["build", "run", "test", "seed", "snapshot", "freshness", "run-operation", "retry", "clone"];

/// Every option, in the order of help.
pub(super) const CHOICES: &[Choice] = &[
    choice("select", Takes::Words("NODES"), "Nodes to take: names, paths, `tag:x`, `+parents`, `children+`")
        .short('s')
        .also(&["models", "model"])
        .only(SELECTING)
        .without_environment(),
    choice("exclude", Takes::Words("NODES"), "Nodes to leave out").only(SELECTING).without_environment(),
    choice("selector", Takes::Word("NAME"), "Selector of selectors.yml to take").only(SELECTING).without_environment(),
    choice("resource_type", TYPES, "Only nodes of these types").also(&["resource-types"]).only(TYPED),
    choice("exclude_resource_type", TYPES, "No nodes of these types").also(&["exclude-resource-types"]).only(TYPED),
    choice(
        "indirect_selection",
        Takes::OneOf(&["eager", "cautious", "buildable", "empty"]),
        "Which tests of selected nodes come along [default: eager]",
    ),
    choice("full_refresh", Takes::Nothing, "Rebuild incremental models and seeds from nothing")
        .short('f')
        .only(REBUILDING),
    choice("empty", OFF, "Read no rows from parents, to check that everything runs").only(EMPTYING),
    choice("sample", Takes::Word("WINDOW"), "Read only rows of this window from parents").only(TIMED),
    choice("event_time_start", Takes::Word("TIME"), "First moment that microbatch models build").only(TIMED),
    choice("event_time_end", Takes::Word("TIME"), "Moment before which microbatch models stop").only(TIMED),
    choice("store_failures", Takes::Nothing, "Keep the rows that fail a test in a table").only(&["build", "test"]),
    choice("show", Takes::Nothing, "Print the first rows of each seed").only(&["build", "seed"]).without_environment(),
    choice("inline", Takes::Word("SQL"), "Take this SQL in the stead of a node")
        .only(&["compile", "show"])
        .without_environment(),
    choice("sql", Takes::Word("SQL"), "Send this SQL in the stead of calling a macro")
        .only(&["run-operation"])
        .without_environment(),
    choice("limit", Takes::Number("ROWS"), "Rows to show, -1 for all [default: 5]")
        .only(&["show"])
        .without_environment(),
    choice("wait", Takes::Word("TIME"), "Wait this long for another run: `30s`, `10m` [default: 10m]")
        .only(LOCKING)
        .without_environment(),
    choice("no_wait", Takes::Nothing, "Fail at once when another run holds the lock")
        .only(LOCKING)
        .without_environment(),
    choice("target", Takes::Word("NAME"), "Output of the profile [default: the profile's `target`]").short('t'),
    choice("profile", Takes::Word("NAME"), "Profile of profiles.yml [default: the project's]"),
    choice("profiles_dir", Takes::Word("FOLDER"), "Folder of profiles.yml [default: here, else ~/.dbt]"),
    choice("project_dir", Takes::Word("FOLDER"), "Folder of the project [default: here, else the nearest above]"),
    choice("target_path", Takes::Word("FOLDER"), "Where artifacts and compiled SQL go [default: target]"),
    choice("log_path", Takes::Word("FOLDER"), "Where dbt.log goes [default: logs]"),
    choice("vars", Takes::Word("YAML"), "Variables, as one YAML mapping: '{day: 2024-01-31}'").without_environment(),
    choice("threads", Takes::Number("COUNT"), "Nodes at a time [default: the profile's `threads`, else 1]")
        .without_environment(),
    choice("fail_fast", OFF, "Stop at the first failure").short('x'),
    choice("debug", OFF, "Tell everything, every statement included").short('d'),
    choice("quiet", OFF, "Tell only errors and what was asked for").short('q'),
    choice("print", ON, "Keep `print()` of templates silent"),
    choice("log_level", LEVELS, "Least level told on the console [default: info]"),
    choice("log_level_file", LEVELS, "Least level told in the log file [default: debug]"),
    choice("log_format", FORMATS, "Form of lines on the console [default: text]"),
    choice("log_format_file", FORMATS, "Form of lines in the log file [default: debug]"),
    choice("use_colors", ON, "No colors on the console"),
    choice("use_colors_file", ON, "No colors in the log file"),
    choice("printer_width", Takes::Number("COLUMNS"), "Width of the dotted lines [default: 80]"),
    choice("log_cache_events", OFF, "Tell what becomes of the relation cache"),
    choice("log_file_max_bytes", Takes::Number("BYTES"), "Size at which dbt.log is rotated [default: 10485760]"),
    choice("warn_error", OFF, "Every warning is an error"),
    choice("warn_error_options", Takes::Word("YAML"), "Which warnings are errors: '{error: all, warn: [NothingToDo]}'"),
    choice("show_all_deprecations", OFF, "Tell each use of something deprecated, not only the first"),
    choice("write_json", ON, "Write no artifacts"),
    choice("version_check", ON, "Do not enforce `require-dbt-version`"),
    choice("partial_parse", ON, "Parse everything anew"),
    choice("populate_cache", ON, "Do not read the schemas' relations at the start"),
    choice("cache_selected_only", OFF, "Read only the relations of the selected nodes' schemas"),
    choice("introspect", ON, "Send no queries while compiling"),
    choice("state", Takes::Word("FOLDER"), "Artifacts of an earlier run, to compare with"),
    choice("defer", OFF, "Take what is not built here from the state"),
    choice("defer_state", Takes::Word("FOLDER"), "Artifacts to defer to [default: the state]"),
    choice("favor_state", OFF, "Prefer the state also to what is built here"),
    choice("output", Takes::OneOf(&["text", "json"]), "Form of the result [default: text]")
        .only(&["compile", "show"])
        .without_environment(),
    choice("output", Takes::OneOf(&["selector", "name", "path", "json"]), "How nodes are written [default: selector]")
        .only(&["list"])
        .without_environment(),
    choice("output", Takes::Word("FILE"), "Where sources.json goes [default: target/sources.json]")
        .short('o')
        .only(&["freshness"])
        .without_environment(),
    choice("output_keys", Takes::Words("KEYS"), "Keys of JSON lines, such as `name config.materialized`")
        .only(&["list"])
        .without_environment(),
    choice("args", Takes::Word("YAML"), "Arguments of the macro, as one YAML mapping")
        .only(&["run-operation"])
        .without_environment(),
    choice("lock", Takes::Nothing, "Only write package-lock.yml").only(&["deps"]).without_environment(),
    choice("upgrade", Takes::Nothing, "Take the newest versions that are accepted")
        .only(&["deps"])
        .without_environment(),
    choice("add_package", Takes::Word("NAME@VERSION"), "Add a package to packages.yml first")
        .only(&["deps"])
        .without_environment(),
    choice("source", Takes::OneOf(&["hub", "git", "local"]), "Where the added package is [default: hub]")
        .only(&["deps"])
        .without_environment(),
    choice("compile", ON, "Leave compiled SQL as it is").only(&["generate"]).without_environment(),
    choice("static", OFF, "Write static_index.html too, which has everything in it")
        .only(&["generate"])
        .without_environment(),
    choice("empty_catalog", OFF, "Ask the database nothing; the catalog is empty")
        .only(&["generate"])
        .without_environment(),
    choice("host", Takes::Word("NAME"), "Address to serve on [default: 127.0.0.1]")
        .only(&["serve"])
        .without_environment(),
    choice("port", Takes::Number("PORT"), "Port to serve on, 0 for any [default: 8080]")
        .only(&["serve"])
        .without_environment(),
    choice("browser", ON, "Do not open a browser").only(&["serve"]).without_environment(),
    choice("connection", Takes::Nothing, "Only test the connection").only(&["debug"]).without_environment(),
    choice("config_dir", Takes::Nothing, "Print the folder of profiles.yml").only(&["debug"]).without_environment(),
    choice("clean_project_files_only", ON, "Delete also outside the project").only(&["clean"]),
    choice("skip_profile_setup", Takes::Nothing, "Write no profile").short('s').only(&["init"]).without_environment(),
];

/// Options that dbt knows and that mean nothing here; they are accepted and not shown.
pub(super) const IDLE: &[Choice] = &[
    choice("record_timing_info", Takes::Word("FILE"), "").short('r'),
    choice("send_anonymous_usage_stats", ON, ""),
    choice("upload_to_artifacts_ingest_api", OFF, ""),
    choice("static_parser", ON, ""),
    choice("use_experimental_parser", OFF, ""),
    choice("use_v2_parser", OFF, ""),
    choice("macro_debugging", OFF, ""),
    choice("single_threaded", OFF, ""),
    choice("use_fast_test_edges", OFF, ""),
    choice("partial_parse_file_diff", ON, ""),
    choice("show_resource_report", OFF, ""),
    choice("deprecated_favor_state", Takes::Word("X"), ""),
    choice("deprecated_defer", Takes::Word("X"), ""),
    choice("deprecated_print", OFF, ""),
    choice("deprecated_no_print", Takes::Nothing, "").without_environment(),
    choice("inline_direct", Takes::Word("SQL"), "").only(&["show"]).without_environment(),
    choice("skip_debug", Takes::Nothing, "").only(&["init"]).without_environment(),
    choice("v2_parser", Takes::Word("COMMAND"), ""),
    choice("hints_enabled", OFF, ""),
    choice("maximum_seed_size_mib", Takes::Number("MIB"), ""),
    choice("snowflake_projects_otel", OFF, ""),
    choice("partial_parse_file_path", Takes::Word("FILE"), ""),
    choice("sqlparse", Takes::Word("YAML"), ""),
    choice("inject_ephemeral_ctes", ON, "").only(&["compile"]),
    choice("export_saved_queries", OFF, "").only(&["build"]),
    choice("include_saved_query", OFF, "").only(&["build"]),
    choice("invocation_id", Takes::Word("ID"), "").without_environment(),
    choice("deprecated_state", Takes::Word("X"), ""),
];

/// The options of the command that dbt calls `which`; those of every command for `None`.
pub(super) fn of(which: Option<&str>) -> impl Iterator<Item = &'static Choice> {
    CHOICES.iter().chain(IDLE).filter(move |choice| match (choice.on, which) {
        (On::Every, _) => true,
        (On::Only(commands), Some(which)) => commands.contains(&which),
        (On::Only(_), None) => false,
    })
}
