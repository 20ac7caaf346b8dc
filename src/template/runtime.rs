//! What a running node needs besides its text: other nodes, the session, the cache of relations.

use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use serde_json::{Map, Value as Json};

use super::cache::RelationCache;
use super::node::lock;
use super::subject::Subject;
use crate::csv;
use crate::error::Result;
use crate::jinja::SourceMap;
use crate::name::{Relation, UniqueId};
use crate::postgres::{Response, Session};
use crate::window::Window;

/// What a `ref`, `source` or `function` leads to.
#[derive(Debug, Clone)]
pub struct Target {
    /// The node or source.
    pub unique_id: UniqueId,
    /// Its relation in this environment.
    pub relation: Relation,
    /// Its relation in the environment that is deferred to.
    pub deferred: Option<Deferred>,
    /// Whether it has no relation but becomes a common table expression; `relation` is then made from its name here.
    pub is_ephemeral: bool,
    /// Its config `event_time`, by which batches and samples are cut.
    pub event_time: Option<String>,
}

/// A relation of another environment, which stands in for one that this one does not have.
#[derive(Debug, Clone)]
pub struct Deferred {
    /// The relation there.
    pub relation: Relation,
    /// Whether it is taken even where the own one exists.
    pub is_favored: bool,
}

/// Answers for the graph; implemented by what holds all nodes.
pub trait Resolver: Send + Sync {
    /// What `ref` means in the text of `from`.
    ///
    /// # Errors
    ///
    /// `Compilation` when there is no such node, it is disabled, or `from` may not see it.
    fn resolve_ref(&self, from: &UniqueId, package: Option<&str>, name: &str, version: Option<&str>) -> Result<Target>;

    /// What `source` means in the text of `from`.
    ///
    /// # Errors
    ///
    /// `Compilation` when there is no such source.
    fn resolve_source(&self, from: &UniqueId, source: &str, table: &str) -> Result<Target>;

    /// What `function` means in the text of `from`.
    ///
    /// # Errors
    ///
    /// `Compilation` when there is no such function.
    fn resolve_function(&self, from: &UniqueId, package: Option<&str>, name: &str) -> Result<Target>;

    /// The whole graph as dbt's `graph`; asked for at most once in an invocation.
    fn graph(&self) -> Json;

    /// Unique ids of what was selected.
    fn selected_resources(&self) -> Vec<String>;

    /// The text of a `{% docs %}` block, seen from `package`.
    fn doc(&self, package: &str, wanted_package: Option<&str>, name: &str) -> Option<String>;
}

/// One batch of a microbatch model.
#[derive(Debug, Clone)]
pub struct Batch {
    /// `20240131`, `20240131T05`.
    pub id: String,
    /// All of it, as the text sees it.
    pub whole: Window,
    /// What of it this run reads of parents: less, where it samples.
    pub cut: Window,
}

/// A seed's file, as its materialization reads it.
#[derive(Debug, Clone)]
pub struct SeedFile {
    /// Where it is on disk.
    pub path: PathBuf,
    /// How it is to be read.
    pub options: csv::Options,
}

/// What a unit test puts in the stead of macros, vars and environment variables, by name.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    /// What macros give.
    pub macros: Map<String, Json>,
    /// Vars.
    pub vars: Map<String, Json>,
    /// Environment variables.
    pub env_vars: Map<String, Json>,
}

/// A compiled text, and how its places lead back to the user's file.
#[derive(Debug)]
pub(super) struct Rendered {
    pub(super) text: String,
    pub(super) map: SourceMap,
    pub(super) subject: Arc<Subject>,
}

/// What a node left behind, also when it failed.
#[derive(Debug, Default)]
pub(super) struct Trace {
    /// Texts that were compiled for it, its own and those of ephemeral parents.
    pub(super) rendered: Vec<Rendered>,
    pub(super) written: Option<String>,
    pub(super) main: Option<Response>,
    /// Relations that its open transaction has dropped.
    pub(super) dropped: Vec<Relation>,
    /// What `config.set` put into the configs of nodes.
    pub(super) set: Vec<(UniqueId, String, Json)>,
}

/// Everything a node gets to run with; made new for each node.
#[derive(Clone)]
pub struct Runtime {
    /// Other nodes.
    pub resolver: Arc<dyn Resolver>,
    /// The session; none where queries are not allowed.
    pub session: Option<Arc<Mutex<Session>>>,
    /// What relations there are; one for all nodes.
    pub cache: Arc<RelationCache>,
    /// `--empty`: every parent gives no rows.
    pub is_empty: bool,
    /// The batch that is built.
    pub batch: Option<Batch>,
    /// `--sample`, where it counts: the window by which parents are cut when there is no batch.
    pub sample: Option<Window>,
    /// Outcomes, for `on-run-end`: `results`, `schemas`, `database_schemas`.
    pub run_end: Option<Map<String, Json>>,
    /// What a unit test replaces.
    pub overrides: Overrides,
    /// The node's relation in the environment that it is deferred to.
    pub defer_relation: Option<Relation>,
    /// The materialization that runs in the stead of the node's own.
    pub materialization: Option<&'static str>,
    /// The file of a seed.
    pub seed: Option<SeedFile>,
    /// What stands behind the node and may be dropped with its old relation.
    pub behind: Behind,
    /// Set when the user asks to stop.
    pub cancelled: Arc<AtomicBool>,
    pub(super) trace: Arc<Mutex<Trace>>,
}

/// Relations of the project that stand behind a node and may be dropped where its old relation cannot go without them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Behind {
    /// Those that this run makes after the node.
    pub made_later: Vec<Relation>,
    /// Those that this run does not make; only of seeds that are made anew, where the next run makes them again.
    pub left_out: Vec<Relation>,
}

impl Behind {
    /// All of them.
    pub fn all(&self) -> Vec<Relation> {
        [self.made_later.as_slice(), self.left_out.as_slice()].concat()
    }
}

impl Runtime {
    /// The window by which parents with an event time are cut.
    pub(super) fn cut(&self) -> Option<Window> {
        self.batch.as_ref().map(|batch| batch.cut).or(self.sample)
    }

    /// What every node of an invocation needs; the rest is set where a node has it.
    pub fn new(
        resolver: Arc<dyn Resolver>,
        cache: Arc<RelationCache>,
        session: Option<Arc<Mutex<Session>>>,
    ) -> Runtime {
        Runtime {
            resolver,
            session,
            cache,
            is_empty: false,
            batch: None,
            sample: None,
            run_end: None,
            overrides: Overrides::default(),
            defer_relation: None,
            materialization: None,
            seed: None,
            behind: Behind::default(),
            cancelled: Arc::default(),
            trace: Arc::default(),
        }
    }

    /// What the node's `main` statement was, for the folder `run`; also when it failed.
    pub fn written_sql(&self) -> Option<String> {
        lock(&self.trace).written.clone()
    }

    /// What `config.set` gave a node under `key` while it was rendered.
    pub fn set_config(&self, id: &UniqueId, key: &str) -> Option<Json> {
        let trace = lock(&self.trace);
        let found = trace.set.iter().rev().find(|(owner, name, _)| owner == id && name == key);
        found.map(|(_, _, value)| value.clone())
    }

    /// The answer to the `main` statement.
    pub fn main_response(&self) -> Option<Response> {
        lock(&self.trace).main.clone()
    }
}
