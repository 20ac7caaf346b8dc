//! The settings of one invocation, final and as plain data: what the command line, the environment and the project's `flags:` came to.
//!
//! `cli` fills them, everyone below reads them, and templates see them as `flags` and `invocation_args_dict`.

mod again;
mod choice;

use std::path::PathBuf;

use serde_json::{Map, Value, json};

use crate::window::Window;

pub use again::Retried;
pub use choice::{IndirectSelection, Level, LogFormat, Wait, WarnErrors};

/// Final settings of one invocation; the field names are dbt's parameter names where dbt has them.
#[derive(Debug, Clone, PartialEq)]
pub struct Flags {
    /// dbt's word for the command: `build`, `list`, `freshness`, `run-operation`.
    pub which: String,
    /// The command line as one text, beginning with `dbt` as dbt's own does.
    pub invocation_command: String,

    /// Directory named by `--project-dir`, absolute; `None` = search from the current one upwards.
    pub project_dir: Option<PathBuf>,
    /// Directory named by `--profiles-dir`; `None` = the search order of reference 1.1.
    pub profiles_dir: Option<PathBuf>,
    pub profile: Option<String>,
    pub target: Option<String>,
    /// `None` = the project's `target-path`, else `target`.
    pub target_path: Option<PathBuf>,
    /// `None` = the project's `log-path`, else `logs`.
    pub log_path: Option<PathBuf>,
    /// From `--vars`.
    pub vars: Map<String, Value>,
    /// `None` = the profile's `threads`.
    pub threads: Option<usize>,

    /// The id that another program has for this invocation; `None` = a new one.
    pub invocation_id: Option<String>,
    pub debug: bool,
    pub quiet: bool,
    /// Whether `print()` in a template prints.
    pub print: bool,
    pub log_level: Level,
    pub log_level_file: Level,
    pub log_format: LogFormat,
    pub log_format_file: LogFormat,
    /// Bytes after which the log file is rotated; 0 = never.
    pub log_file_max_bytes: u64,
    /// What was asked for; a sink that is no terminal still gets none unless `use_colors_forced`.
    pub use_colors: bool,
    /// `--use-colors` was written out, so that pipes get colors too.
    pub use_colors_forced: bool,
    pub use_colors_file: bool,
    /// Columns of the dotted result lines.
    pub printer_width: usize,
    pub log_cache_events: bool,
    pub show_all_deprecations: bool,
    pub warn_error: bool,
    pub warn_error_options: WarnErrors,

    pub fail_fast: bool,
    pub version_check: bool,
    pub write_json: bool,
    pub partial_parse: bool,
    pub populate_cache: bool,
    pub cache_selected_only: bool,
    /// Whether queries may be sent while compiling.
    pub introspect: bool,

    pub select: Vec<String>,
    pub exclude: Vec<String>,
    pub selector: Option<String>,
    pub resource_types: Vec<String>,
    pub exclude_resource_types: Vec<String>,
    pub indirect_selection: IndirectSelection,
    pub state: Option<PathBuf>,
    pub defer: bool,
    pub defer_state: Option<PathBuf>,
    pub favor_state: bool,

    pub full_refresh: bool,
    pub empty: bool,
    /// The rows of parents that are read.
    pub sample: Option<Window>,
    /// As written: `2024-01-01` or with a time.
    pub event_time_start: Option<String>,
    pub event_time_end: Option<String>,
    pub store_failures: bool,
    /// `--show` of `seed` and `build`: print the first rows of each seed.
    pub show: bool,
    /// kiln's own.
    pub wait: Wait,

    /// What is run again, whatever the selection says; only `retry` sets it.
    pub retried: Option<Retried>,

    /// Behaviour switches of the project's `flags:` (reference 2.11), each with its value or default.
    pub switches: Vec<(&'static str, bool)>,
    /// Parameters of the one command: `args`, `macro`, `inline`, `limit`, `output`...
    pub extra: Map<String, Value>,
}

/// Behaviour switches and their defaults.
pub const SWITCHES: [(&str, bool); 27] = [
    ("require_batched_execution_for_custom_microbatch_strategy", false),
    ("require_event_names_in_deprecations", false),
    ("require_explicit_package_overrides_for_builtin_materializations", true),
    ("require_resource_names_without_spaces", true),
    ("source_freshness_run_project_hooks", true),
    ("skip_nodes_if_on_run_start_fails", false),
    ("state_modified_compare_more_unrendered_values", false),
    ("state_modified_compare_vars", false),
    ("require_yaml_configuration_for_mf_time_spines", false),
    ("require_nested_cumulative_type_params", false),
    ("validate_macro_args", false),
    ("require_all_warnings_handled_by_warn_error", false),
    ("require_generic_test_arguments_property", true),
    ("require_unique_project_resource_names", false),
    ("require_ref_searches_node_package_before_root", false),
    ("require_valid_schema_from_generate_schema_name", false),
    ("require_sql_header_in_test_configs", false),
    ("require_corrected_analysis_fqns", false),
    ("require_source_and_semantic_model_names_without_spaces", false),
    ("allow_jinja_file_extensions", false),
    ("latest_version_pointer_enabled_by_default", false),
    ("hints_enabled", false),
    ("enable_truthy_nulls_equals_macro", false),
    ("postgres_skip_autocommit_transaction_statements", false),
    ("support_custom_ref_kwargs", false),
    ("enable_grouped_warn_error_parser_logs", false),
    ("use_catalogs_v2", false),
];

/// Switches that dbt 1.11 does not state while they are off.
const LATER_SWITCHES: [&str; 13] = [
    "require_event_names_in_deprecations",
    "require_valid_schema_from_generate_schema_name",
    "require_sql_header_in_test_configs",
    "require_corrected_analysis_fqns",
    "require_source_and_semantic_model_names_without_spaces",
    "allow_jinja_file_extensions",
    "latest_version_pointer_enabled_by_default",
    "hints_enabled",
    "enable_truthy_nulls_equals_macro",
    "postgres_skip_autocommit_transaction_statements",
    "support_custom_ref_kwargs",
    "enable_grouped_warn_error_parser_logs",
    "use_catalogs_v2",
];

impl Default for Flags {
    fn default() -> Flags {
        Flags {
            which: "build".to_owned(),
            invocation_command: "dbt build".to_owned(),
            project_dir: None,
            profiles_dir: None,
            profile: None,
            target: None,
            target_path: None,
            log_path: None,
            vars: Map::new(),
            threads: None,
            invocation_id: None,
            debug: false,
            quiet: false,
            print: true,
            log_level: Level::Info,
            log_level_file: Level::Debug,
            log_format: LogFormat::Default,
            log_format_file: LogFormat::Debug,
            log_file_max_bytes: 10 * 1024 * 1024,
            use_colors: true,
            use_colors_forced: false,
            use_colors_file: true,
            printer_width: 80,
            log_cache_events: false,
            show_all_deprecations: false,
            warn_error: false,
            warn_error_options: WarnErrors::default(),
            fail_fast: false,
            version_check: true,
            write_json: true,
            partial_parse: true,
            populate_cache: true,
            cache_selected_only: false,
            introspect: true,
            select: Vec::new(),
            exclude: Vec::new(),
            selector: None,
            resource_types: Vec::new(),
            exclude_resource_types: Vec::new(),
            indirect_selection: IndirectSelection::Eager,
            state: None,
            defer: false,
            defer_state: None,
            favor_state: false,
            full_refresh: false,
            empty: false,
            sample: None,
            event_time_start: None,
            event_time_end: None,
            store_failures: false,
            show: false,
            wait: Wait::AtMost(std::time::Duration::from_secs(600)),
            retried: None,
            switches: SWITCHES.to_vec(),
            extra: Map::new(),
        }
    }
}

impl Flags {
    /// The value of the behaviour switch `name`; `false` for an unknown one.
    pub fn switch(&self, name: &str) -> bool {
        self.switches.iter().any(|(known, value)| *known == name && *value)
    }

    /// All parameters under dbt's names, as `args` of `run_results.json` and `invocation_args_dict`.
    ///
    /// The `flags` of templates are the same values under upper-case names.
    pub fn to_json(&self) -> Map<String, Value> {
        let mut all = self.settings();
        for (name, value) in &self.switches {
            all.insert((*name).to_owned(), json!(value));
        }
        for (name, value) in self.choices() {
            all.insert(name.to_owned(), value);
        }
        all.extend(self.extra.clone());
        all
    }

    /// The same as `run_results.json` has them: without switches of later versions that are off, and what was not given.
    pub fn args(&self) -> Map<String, Value> {
        let mut all = self.to_json();
        all.retain(|name, value| {
            !value.is_null() && (*value != json!(false) || !LATER_SWITCHES.contains(&name.as_str()))
        });
        if self.which == "compile" {
            all.insert("inject_ephemeral_ctes".to_owned(), json!(true));
        }
        if self.which == "build" {
            for name in ["export_saved_queries", "include_saved_query"] {
                all.entry(name).or_insert(json!(false));
            }
        }
        all
    }

    /// Those which always have a value.
    fn settings(&self) -> Map<String, Value> {
        let value = json!({
            "which": self.which,
            "invocation_command": self.invocation_command,
            "vars": self.vars,
            "print": self.print,
            "quiet": self.quiet,
            "log_level": if self.debug { "debug" } else { self.log_level.word() },
            "log_level_file": self.log_level_file.word(),
            "log_format": self.log_format.word(),
            "log_format_file": self.log_format_file.word(),
            "log_file_max_bytes": self.log_file_max_bytes,
            "use_colors": self.use_colors,
            "use_colors_file": self.use_colors_file,
            "printer_width": self.printer_width,
            "show_all_deprecations": self.show_all_deprecations,
            "version_check": self.version_check,
            "write_json": self.write_json,
            "partial_parse": self.partial_parse,
            "partial_parse_file_diff": true,
            "populate_cache": self.populate_cache,
            "cache_selected_only": self.cache_selected_only,
            "introspect": self.introspect,
            "indirect_selection": self.indirect_selection.word(),
            "defer": self.defer,
            "favor_state": self.favor_state,
            "warn_error_options": self.warn_error_options.to_json(),
            "static_parser": true,
            "use_fast_test_edges": false,
            "strict_mode": false,
            "macro_debugging": false,
            "show_resource_report": false,
            "send_anonymous_usage_stats": false,
            "upload_to_artifacts_ingest_api": false,
        });
        match value {
            Value::Object(map) => map,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => Map::new(),
        }
    }

    /// Those which only some commands have, or which stand only where they were given.
    fn choices(&self) -> Vec<(&'static str, Value)> {
        let path = |path: &Option<PathBuf>| path.as_ref().map(|path| json!(path.to_string_lossy()));
        let word = |word: &Option<String>| word.as_ref().map(|word| json!(word));
        let on = |value: bool| value.then_some(json!(true));
        let optional = [
            ("project_dir", path(&self.project_dir)),
            ("profiles_dir", path(&self.profiles_dir)),
            ("profile", word(&self.profile)),
            ("target", word(&self.target)),
            ("target_path", path(&self.target_path)),
            ("log_path", path(&self.log_path)),
            ("threads", self.threads.map(|count| json!(count))),
            ("selector", word(&self.selector)),
            ("state", path(&self.state)),
            ("defer_state", path(&self.defer_state)),
            ("sample", self.sample.map(|window| window.to_json())),
            ("event_time_start", word(&self.event_time_start)),
            ("event_time_end", word(&self.event_time_end)),
            ("debug", on(self.debug)),
            ("fail_fast", on(self.fail_fast)),
            ("warn_error", on(self.warn_error)),
            ("full_refresh", on(self.full_refresh)),
            ("store_failures", on(self.store_failures)),
            ("log_cache_events", on(self.log_cache_events)),
        ];
        let mut all: Vec<_> = optional.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
        if self.selects_nodes() {
            all.push(("select", json!(self.select)));
            all.push(("exclude", json!(self.exclude)));
            if !matches!(self.which.as_str(), "test" | "seed" | "generate" | "show" | "clone") {
                all.push(("empty", json!(self.empty)));
            }
        }
        if self.filters_types() {
            all.push(("resource_types", json!(self.resource_types)));
            all.push(("exclude_resource_types", json!(self.exclude_resource_types)));
        }
        if matches!(self.which.as_str(), "seed" | "build") {
            all.push(("show", json!(self.show)));
        }
        all
    }

    /// Whether the command takes `--select`.
    fn selects_nodes(&self) -> bool {
        let with =
            ["build", "run", "test", "seed", "snapshot", "compile", "show", "list", "freshness", "clone", "generate"];
        with.contains(&self.which.as_str())
    }

    /// Whether the command takes `--resource-type`.
    fn filters_types(&self) -> bool {
        matches!(self.which.as_str(), "build" | "test" | "list" | "clone")
    }
}
