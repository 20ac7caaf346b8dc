//! What the flags of a command say about telling.

use super::deprecation;
use super::event_name::is_own;
use super::shape::Shape;
use crate::flag::{Flags, Level, LogFormat, WarnErrors};

/// What `Flags` say about telling.
pub(super) struct Settings {
    pub console: Shape,
    pub console_level: Level,
    pub file: Shape,
    pub file_level: Level,
    pub file_max_bytes: u64,
    pub width: usize,
    /// Given by who called; none for a new one.
    pub invocation_id: Option<String>,
    /// dbt's word for the command.
    pub command: String,
    /// The words that a user writes for it.
    pub words: String,
    pub quiet: bool,
    pub prints: bool,
    pub warn_error: bool,
    pub options: WarnErrors,
    /// Tell every deprecated form, not only the first of its kind.
    pub all_deprecations: bool,
    /// Whether also those warnings can be errors that dbt tells without asking: `require_all_warnings_handled_by_warn_error`.
    pub handles_all: bool,
    /// Name the event of a deprecation in its line.
    pub named_deprecations: bool,
}

/// Columns of a result line besides its dots: the time before them, the bracket behind them.
const BESIDE_DOTS: usize = "HH:MM:SS  ".len() + " [CREATE VIEW in 0.00s]".len();

/// Warnings that stay warnings whatever `--warn-error` says, unless a flag of the project has it decide on all.
const UNHANDLED: [&str; 7] = [
    "FreshnessConfigProblem",
    "GetMetaKeyWarning",
    "LogFreshnessResult",
    "MicrobatchModelNoEventTimeInputs",
    "RunResultWarning",
    "SemanticValidationFailure",
    "WarnStateTargetEqual",
];

/// What becomes of a warning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Error,
    Warning,
    Silence,
}

/// The words that a user writes for the command: `source freshness`, `ls`.
fn words(flags: &Flags) -> String {
    match flags.which.as_str() {
        "generate" | "serve" => format!("docs {}", flags.which),
        "freshness" => "source freshness".to_owned(),
        "list" if flags.invocation_command.split_whitespace().any(|word| word == "ls") => "ls".to_owned(),
        which => which.to_owned(),
    }
}

impl Settings {
    /// Whether a sink wants more of a line than its text.
    pub fn has_data(&self) -> bool {
        [self.console.format, self.file.format].iter().any(|format| matches!(format, LogFormat::Json | LogFormat::Otel))
    }

    /// What becomes of warnings called `name`: a list that names it counts before one that names its group.
    pub fn fate(&self, name: &str) -> Fate {
        match self.wish(name) {
            Fate::Error if !self.handles_all && UNHANDLED.contains(&name) => Fate::Warning,
            fate => fate,
        }
    }

    /// What the options, or `--warn-error`, say of warnings called `name`.
    fn wish(&self, name: &str) -> Fate {
        let options = &self.options;
        let group = deprecation::is_deprecation(name).then_some(deprecation::GROUP);
        for wanted in [Some(name), group].into_iter().flatten() {
            let lists = |names: &[String]| names.iter().any(|listed| listed == wanted);
            if lists(&options.silence) {
                return Fate::Silence;
            }
            if lists(&options.warn) {
                return Fate::Warning;
            }
            if lists(&options.error) {
                return Fate::Error;
            }
        }
        let is_spared = is_own(name) || name == deprecation::SUMMARY;
        let is_every_one_wrong = (self.warn_error || options.all) && !is_spared;
        if is_every_one_wrong { Fate::Error } else { Fate::Warning }
    }

    /// Shortens the dotted lines to what fits on a terminal with so many columns.
    pub fn fit(&mut self, columns: usize) {
        self.width = self.width.min(columns.saturating_sub(BESIDE_DOTS));
    }

    pub fn new(flags: &Flags, is_terminal: bool) -> Settings {
        let console_level = match (flags.debug, flags.quiet) {
            (_, true) => flags.log_level.max(Level::Error),
            (true, false) => Level::Debug,
            (false, false) => flags.log_level,
        };
        let colors = flags.use_colors && (is_terminal || flags.use_colors_forced);
        let file_format = match flags.log_format_file {
            LogFormat::Default => LogFormat::Debug,
            LogFormat::Text | LogFormat::Debug | LogFormat::Json | LogFormat::Otel => flags.log_format_file,
        };
        let console_format = match flags.log_format {
            LogFormat::Default => LogFormat::Text,
            LogFormat::Text | LogFormat::Debug | LogFormat::Json | LogFormat::Otel => flags.log_format,
        };
        Settings {
            console: Shape { format: console_format, colors },
            console_level,
            file: Shape { format: file_format, colors: flags.use_colors_file && flags.use_colors_forced },
            file_level: flags.log_level_file,
            file_max_bytes: flags.log_file_max_bytes,
            width: flags.printer_width,
            invocation_id: flags.invocation_id.clone(),
            command: flags.which.clone(),
            words: words(flags),
            quiet: flags.quiet,
            prints: flags.print,
            warn_error: flags.warn_error,
            options: flags.warn_error_options.clone(),
            all_deprecations: flags.show_all_deprecations,
            handles_all: flags.switch("require_all_warnings_handled_by_warn_error"),
            named_deprecations: flags.switch("require_event_names_in_deprecations"),
        }
    }
}
