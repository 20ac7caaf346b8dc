//! Everything that a command tells, as plain data; what a line looks like is decided in `lines` and `blocks`.

use std::sync::Arc;

use chrono::{DateTime, Utc};
use serde_json::Value;

use super::batch_line::BatchTurn;
use super::outcome::{Outcome, Status, Step};
use crate::error::Error;
use crate::name::UniqueId;

/// What lines and JSON logs say about a node; made once for each node and shared.
#[derive(Debug, Clone, PartialEq)]
pub struct Facts {
    pub unique_id: UniqueId,
    pub name: String,
    /// What lines call it: `schema.alias` of a model, seed, snapshot or function, the name of a test, `model::test` of a unit test,
    /// `source.table`, the name of an exposure, `package.on-run-start.0` of a hook.
    pub label: String,
    /// As configured: `table`, `incremental`, `test`, a custom one; empty for an exposure. A microbatch model says `microbatch` here.
    pub materialized: String,
    /// Path inside the resource folder: `marts/orders.sql`.
    pub path: String,
    /// Path from the project's root: `models/marts/orders.sql`.
    pub original_path: String,
    pub database: String,
    pub schema: String,
    pub alias: String,
    pub relation_name: Option<String>,
    pub checksum: String,
    pub meta: Value,
    /// Name, package and owner of its group; null without one.
    pub group: Value,
}

impl Facts {
    /// `model`, `test`, `unit_test`, `seed`...: the first part of the unique id.
    pub fn resource_type(&self) -> &str {
        self.unique_id.resource_type()
    }

    /// How failures name it: `model orders (models/marts/orders.sql)`.
    pub fn in_words(&self) -> String {
        format!("{} {} ({})", self.resource_type(), self.name, self.original_path)
    }
}

/// Where a node stands among those of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Turn {
    /// Counted from 1.
    pub index: usize,
    pub total: usize,
}

/// How many of each type the project holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    pub models: usize,
    pub snapshots: usize,
    pub analyses: usize,
    pub data_tests: usize,
    /// Whether some of them are files of their own: dbt counts nodes in the order in which it has read them.
    pub has_singular_tests: bool,
    pub seeds: usize,
    /// Hooks of on-run-start and on-run-end.
    pub operations: usize,
    /// SQL of the command line.
    pub sql_operations: usize,
    pub sources: usize,
    pub exposures: usize,
    pub metrics: usize,
    pub macros: usize,
    pub groups: usize,
    pub semantic_models: usize,
    pub saved_queries: usize,
    pub unit_tests: usize,
    pub functions: usize,
}

/// A failed, warned or otherwise notable node in the end-of-run summary.
#[derive(Debug, Clone, PartialEq)]
pub struct Problem {
    pub facts: Arc<Facts>,
    pub status: Status,
    /// The outcome's message.
    pub message: String,
    /// `target/compiled/…`, when the compiled text was written.
    pub compiled_path: Option<String>,
    /// The table of a test that stores its failures, as it is quoted in SQL.
    pub failures_table: Option<String>,
}

/// The end of a run that executed nodes.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Summary {
    /// Failures and warnings in the order of their end.
    pub problems: Vec<Problem>,
    /// The user stopped the run.
    pub interrupted: bool,
    pub totals: Totals,
}

/// The numbers of the last line.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Totals {
    pub pass: usize,
    pub warn: usize,
    pub error: usize,
    pub skip: usize,
    pub no_op: usize,
    pub total: usize,
    /// Those of `total` that ended half done; not in the last line.
    pub partial: usize,
}

impl Totals {
    /// Counts outcomes as dbt does: partial successes are errors in the last line.
    pub fn count<'a>(statuses: impl IntoIterator<Item = &'a Status>) -> Totals {
        let mut totals = Totals::default();
        for status in statuses {
            totals.total += 1;
            match status {
                Status::Success | Status::Pass => totals.pass += 1,
                Status::Warn => totals.warn += 1,
                Status::Error | Status::Fail | Status::RuntimeError => totals.error += 1,
                Status::PartialSuccess => {
                    totals.error += 1;
                    totals.partial += 1;
                }
                Status::Skipped => totals.skip += 1,
                Status::NoOp => totals.no_op += 1,
            }
        }
        totals
    }
}

/// A warning; `name` is dbt's event name, which `--warn-error-options` may list.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    pub name: &'static str,
    pub text: String,
}

impl Warning {
    /// A warning called `name`.
    pub fn new(name: &'static str, text: impl Into<String>) -> Warning {
        Warning { name, text: text.into() }
    }

    /// Nothing was selected for a command that runs nodes.
    pub fn nothing_to_do() -> Warning {
        Warning::new("NothingToDo", "Nothing to do. Try checking your model configs and model specification args")
    }

    /// Nothing was selected for `ls`.
    pub fn nothing_selected() -> Warning {
        Warning::new("NoNodesSelected", "No nodes selected!")
    }
}

/// The warnings that have a name of their own.
pub mod warning {
    /// `(name, code)` of each but for deprecated forms; an unknown name is told under `code` I000.
    pub const CODES: [(&str, &str); 29] = [
        ("NoNodesForSelectionCriteria", "M030"),
        ("DepsUnpinned", "M029"),
        ("NothingToDo", "Q035"),
        ("NoNodesSelected", "Q038"),
        ("SnapshotTimestampWarning", "Q043"),
        ("LogTestResult", "Q007"),
        ("LogFreshnessResult", "Q018"),
        ("ValidationWarning", "I009"),
        ("UnusedResourceConfigPath", "I051"),
        ("UnusedTables", "I056"),
        ("WrongResourceSchemaFile", "I057"),
        ("NoNodeForYamlKey", "I058"),
        ("MacroNotFoundForPatch", "I059"),
        ("NodeNotFoundOrDisabled", "I060"),
        ("JinjaLogWarning", "I061"),
        ("UnpinnedRefNewVersionAvailable", "I064"),
        ("DeprecatedModel", "I065"),
        ("UpcomingReferenceDeprecation", "I066"),
        ("DeprecatedReference", "I067"),
        ("UnsupportedConstraintMaterialization", "I068"),
        ("UnversionedBreakingChange", "I071"),
        ("WarnStateTargetEqual", "I072"),
        ("FreshnessConfigProblem", "I073"),
        ("MicrobatchModelNoEventTimeInputs", "I074"),
        ("InvalidConcurrentBatchesConfig", "I075"),
        ("InvalidMacroAnnotation", "I076"),
        ("PackageNodeDependsOnRootProjectNode", "I077"),
        ("GetMetaKeyWarning", "D041"),
        ("RunResultWarning", "Z021"),
    ];

    /// `exceptions.warn` of a template.
    pub const JINJA: &str = "JinjaLogWarning";
}

/// Something to tell.
#[derive(Debug, Clone)]
pub enum Event {
    /// The first line, and with which settings the command runs.
    Version { args: serde_json::Map<String, Value> },
    /// The database's kind is known.
    Adapter,
    /// What the project holds.
    Found(Found),
    /// How many sessions work, and on which target; `nodes` is how many will run.
    Concurrency { threads: usize, target: String, nodes: usize },

    /// A node begins.
    NodeStart { turn: Turn, facts: Arc<Facts>, at: DateTime<Utc> },
    /// A node is rendered, or what came of that is sent to the server.
    NodeStep { facts: Arc<Facts>, step: Step },
    /// A node that was started ended: done, failed, tested, or nothing to do.
    NodeEnd { turn: Turn, facts: Arc<Facts>, outcome: Arc<Outcome> },
    /// A node was passed over because of a parent or a stop; it was not started.
    NodeSkip { turn: Turn, facts: Arc<Facts> },
    /// A batch of a microbatch model begins, or an overload of a function.
    BatchStart { turn: BatchTurn, facts: Arc<Facts> },
    /// It ended, or was passed over.
    BatchEnd { turn: BatchTurn, facts: Arc<Facts>, outcome: Arc<Outcome> },
    /// A project hook begins; `label` of its facts is `package.on-run-start.0`.
    HookStart { turn: Turn, facts: Arc<Facts> },
    /// A project hook ended.
    HookEnd { turn: Turn, facts: Arc<Facts>, outcome: Arc<Outcome> },

    /// The line of counts: nodes by kind as `(resource type, materialization)`, elapsed seconds.
    Finished { nodes: Vec<Arc<Facts>>, seconds: f64 },
    /// Success or the blocks of problems, and the last line with its counts.
    Summary(Summary),
    /// The end of `source freshness`: its problems, without counts.
    FreshnessSummary(Vec<Problem>),
    /// The command ended.
    Completed { success: bool, seconds: f64 },

    /// A warning that is not an error; send warnings through `Reporter::warn`, which decides that.
    Warning(Warning),
    /// The command could not run.
    Error(Arc<Error>),
    /// The same because of a node, whose outcome has this message.
    Refused(String),
    /// What `run-operation` runs failed.
    OperationFailed(Arc<Error>),
    /// Something the user should know; `info` level.
    Note(String),
    /// Something for the log file; `debug` level.
    Detail(String),

    /// `log()` of a template; told at `info` when `info` is set, else at `debug`. `node` is as at `Statement`, null where none runs.
    JinjaLog { text: String, info: bool, node: Value },
    /// `print()` of a template.
    JinjaPrint { text: String },
    /// A statement goes to the server.
    Statement {
        connection: String,
        sql: String,
        /// Name, kind and id of the node that sends it; null where it is none's.
        node: Value,
    },
    /// The server has answered it.
    Answer {
        tag: String,
        seconds: f64,
        /// Name, kind and id of the node that sent it.
        node: Value,
    },
    /// A file under the target folder was written.
    Wrote { what: &'static str, path: String },

    /// What happens below the surface.
    Debug(DebugEvent),

    /// What `docs generate` comes to.
    Docs(DocsEvent),
    /// What `deps` does with a package.
    Deps(DepsEvent),
    /// What `clean` does with a folder.
    Clean(CleanEvent),
    /// What `debug` finds.
    Check(CheckEvent),

    /// What a command was asked for: lines of `ls`, SQL of `compile`, rows of `show`. Goes to stdout without a time, also with `--quiet`.
    Payload(Payload),
}

/// What happens below the surface, told at `debug` level only.
#[derive(Debug, Clone)]
pub enum DebugEvent {
    /// A session is made for what has this name.
    SessionNew { connection: String },
    /// It is being opened.
    SessionOpening,
    /// A session that is open goes over to another node.
    SessionTaken { connection: String, before: String },
    /// A session was closed.
    SessionClosed { connection: String },
    /// A transaction ends, and what was done in it stays.
    Committed { connection: String },
    /// A transaction ends, and what was done in it is undone.
    RolledBack { connection: String },
    /// The server refused a statement; `node` is as at `Statement`.
    Refused { message: String, node: Value },
    /// The rendered text of the node with this id is written to a file.
    Writing(String),
    /// A node begins that has no result line: it is compiled, shown or cloned.
    Begun { facts: Arc<Facts>, at: DateTime<Utc> },
    /// It ended.
    Done { facts: Arc<Facts>, outcome: Arc<Outcome> },
    /// A node failed with this message.
    Failed { facts: Arc<Facts>, message: String },
    /// What waits for this node is passed over.
    SkipsChildren(Arc<Outcome>),
    /// All nodes have ended.
    Ended { outcomes: Vec<Outcome>, seconds: f64, success: bool },
    /// The project is parsed whole, as always.
    WholeParse,
}

/// What `docs generate` has to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocsEvent {
    /// The database is being asked for its relations.
    Building,
    /// A question to the catalog failed; the database's words.
    Problem(String),
    /// That many questions failed.
    Failed(usize),
    /// `catalog.json` is written, at this path.
    Written(String),
}

/// What `debug` finds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CheckEvent {
    /// A setting, or what is done next.
    Said(String),
    /// What was looked at, and whether it is well.
    Checked { what: String, is_well: bool, verdict: String },
    /// What it comes to.
    Result(String),
}

/// What `clean` does with a folder, named by its whole path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CleanEvent {
    /// It is looked at.
    Checking(String),
    /// It is gone.
    Removed(String),
    /// That was all.
    Done,
}

/// What `deps` does with a package.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DepsEvent {
    /// It is being brought to the disk.
    Installing(String),
    /// It is there, from where this says.
    Installed(String),
    /// The project asks for no packages.
    NoneAsked,
    /// The lock file at this path is written anew.
    Locking(String),
    /// A package was added to the list: what was asked for, and the file.
    Added { package: String, file: String },
    /// Newer versions of these packages are there.
    Outdated(Vec<String>),
}

/// What a command was asked for.
#[derive(Debug, Clone, PartialEq)]
pub enum Payload {
    /// One node of `ls`, already in its output form.
    Listed(String),
    /// SQL of `compile`: the node's name (`None` = inline), the text, as JSON or not.
    Compiled { node: Option<String>, unique_id: String, sql: String, json: bool },
    /// Rows of `show`.
    Shown { node: Option<String>, unique_id: String, table: Preview, json: bool },
    /// Plain lines: `db url`.
    Text(String),
}

/// A small table to print.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Preview {
    pub columns: Vec<String>,
    /// One value a column; JSON null is an SQL null.
    pub rows: Vec<Vec<Value>>,
}
