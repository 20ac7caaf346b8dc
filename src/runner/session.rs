//! Sessions of a run, and what is done once before its first node: schemas made, relations listed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::{Error, Result};
use crate::manifest::{Node, NodeKind};
use crate::name::UniqueId;
use crate::postgres::{Session, catalog};
use crate::report::{DebugEvent, Event};
use crate::template::Runtime;

use super::Run;

/// A session as templates share it.
pub type SharedSession = Arc<Mutex<Session>>;

/// The name of the session that belongs to no node: that of project hooks.
pub(super) const MAIN: &str = "master";

/// Opens a session for what belongs to no node.
///
/// # Errors
///
/// `Connection` when the server cannot be reached or refuses.
pub fn open(run: &Run) -> Result<SharedSession> {
    open_for(run, MAIN)
}

/// Opens a session for `connection`, which is the id of a node or a name.
pub(super) fn open_for(run: &Run, connection: &str) -> Result<SharedSession> {
    let connection = connection.to_owned();
    run.reporter.tell(Event::Debug(DebugEvent::SessionNew { connection }));
    run.reporter.tell(Event::Debug(DebugEvent::SessionOpening));
    Ok(Arc::new(Mutex::new(run.server.session()?)))
}

/// `session`, or a new one where its connection is gone.
///
/// # Errors
///
/// `Connection` when the server cannot be reached or refuses.
pub fn kept_or_new(run: &Run, session: SharedSession) -> Result<SharedSession> {
    if is_broken(&session) { open(run) } else { Ok(session) }
}

/// Makes the schemas that the chosen nodes build in, and fills the cache with the relations of all schemas of the project.
///
/// # Errors
///
/// `Database` when a schema cannot be made, `Runtime` for a node of another database.
pub fn prepare(run: &Run, session: &SharedSession, chosen: &BTreeSet<UniqueId>) -> Result<()> {
    let manifest = &run.answers.manifest;
    let building = || chosen.iter().filter_map(|id| manifest.nodes.get(id)).filter(|node| builds(run, node));
    if let Some(node) = building().find(|node| !node.database.eq_ignore_ascii_case(&run.database())) {
        return Err(other_database(node, &run.database()));
    }
    let built: BTreeSet<String> = building().map(schema_of).collect();
    let missing = fill_cache(run, session, run.flags.cache_selected_only.then_some(&built))?;
    let missing: Vec<String> = missing.into_iter().filter(|schema| built.contains(schema)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let runtime = Arc::new(run.runtime(session));
    for schema in missing {
        let made = run.templates.create_schema(&run.database(), &schema, &runtime);
        made.map_err(|error| error.hint(format!("this was to make the schema `{schema}`, which is not there")))?;
    }
    run.end_transaction(session, MAIN)
}

/// Fills the cache, for commands that build nothing.
///
/// # Errors
///
/// `Database` when the catalog cannot be read.
pub fn prepare_to_read(run: &Run, session: &SharedSession) -> Result<()> {
    fill_cache(run, session, None).map(|_| ())
}

/// Lists the relations of the schemas (`only`, or all in which the project builds), and gives back those that do not exist.
fn fill_cache(run: &Run, session: &SharedSession, only: Option<&BTreeSet<String>>) -> Result<Vec<String>> {
    // A comment that is none would fail every node: it ends the command, as with dbt.
    run.templates.check_comment(&Arc::new(run.runtime(session)))?;
    let wanted: BTreeSet<String> = match only {
        Some(only) => only.clone(),
        None => run.answers.manifest.nodes.values().filter(|node| builds(run, node)).map(schema_of).collect(),
    };
    let mut guard = session.lock().unwrap_or_else(PoisonError::into_inner);
    let existing: BTreeSet<String> = catalog::schemas(&mut guard)?.into_iter().collect();
    let (there, missing): (Vec<String>, Vec<String>) = wanted.into_iter().partition(|schema| existing.contains(schema));
    if run.flags.populate_cache {
        let listed = catalog::relations(&mut guard, &there)?;
        run.cache.fill(&run.database(), &there, &listed);
    }
    if guard.is_in_transaction() {
        guard.rollback()?;
    }
    Ok(missing)
}

impl Run {
    /// Name of the database that is connected to.
    pub fn database(&self) -> String {
        self.templates.globals().target_text("dbname").to_owned()
    }
}

/// Postgres answers for one database only.
fn other_database(node: &Node, own: &str) -> Error {
    let message = format!("cross-db references not allowed in postgres ({} vs {own})", node.database);
    Error::runtime(message).hint(format!("`{}` has another `database` than the target", node.unique_id))
}

fn schema_of(node: &Node) -> String {
    node.schema.clone()
}

/// Whether the node leaves a relation in its schema.
fn builds(run: &Run, node: &Node) -> bool {
    match node.kind {
        NodeKind::Model => !node.is_ephemeral(),
        NodeKind::Seed | NodeKind::Snapshot | NodeKind::Function => true,
        NodeKind::Test => match node.config.flag("store_failures") {
            Some(is_stored) => is_stored,
            None => run.flags.store_failures,
        },
        NodeKind::Analysis | NodeKind::Operation | NodeKind::SqlOperation => false,
    }
}

impl Run {
    /// What a node gets to run with, on this session.
    pub fn runtime(&self, session: &SharedSession) -> Runtime {
        let mut runtime = Runtime::new(self.answers.clone(), Arc::clone(&self.cache), Some(Arc::clone(session)));
        runtime.is_empty = self.flags.empty;
        runtime.cancelled = Arc::clone(&self.cancelled);
        runtime
    }
}

/// Whether the connection is gone, so that the next node needs a new one.
pub(super) fn is_broken(session: &SharedSession) -> bool {
    session.lock().unwrap_or_else(PoisonError::into_inner).is_broken()
}
