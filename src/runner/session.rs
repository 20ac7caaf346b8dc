//! Sessions of a run, and what is done once before its first node: schemas made, relations listed.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::error::Result;
use crate::manifest::{Node, NodeKind};
use crate::name::UniqueId;
use crate::postgres::{Session, catalog};
use crate::template::Runtime;

use super::Run;

/// A session as templates share it.
pub type SharedSession = Arc<Mutex<Session>>;

/// Opens a session.
///
/// # Errors
///
/// `Connection` when the server cannot be reached or refuses.
pub fn open(run: &Run) -> Result<SharedSession> {
    Ok(Arc::new(Mutex::new(run.server.session()?)))
}

/// Makes the schemas that the chosen nodes build in, and fills the cache with all relations in them and in those that they read.
///
/// # Errors
///
/// `Database` when a schema cannot be made.
pub fn prepare(run: &Run, session: &SharedSession, chosen: &BTreeSet<UniqueId>) -> Result<()> {
    let manifest = &run.answers.manifest;
    let built: BTreeSet<&str> =
        chosen.iter().filter_map(|id| manifest.nodes.get(id)).filter(|node| builds(run, node)).map(schema_of).collect();
    let known: BTreeSet<&str> = if run.flags.cache_selected_only {
        built.clone()
    } else {
        manifest.nodes.values().filter(|node| builds(run, node)).map(schema_of).collect()
    };
    let mut guard = session.lock().unwrap_or_else(PoisonError::into_inner);
    let existing: BTreeSet<String> = catalog::schemas(&mut guard)?.into_iter().collect();
    let (missing, there): (Vec<&str>, Vec<&str>) = known.into_iter().partition(|schema| !existing.contains(*schema));
    let listed = if run.flags.populate_cache {
        catalog::relations(&mut guard, &there.iter().map(|schema| (*schema).to_owned()).collect::<Vec<_>>())?
    } else {
        Vec::new()
    };
    drop(guard);
    let database = run.server.settings().database.clone();
    run.cache.fill(&database, there, listed);
    let runtime = run.runtime(session);
    for schema in missing.into_iter().filter(|schema| built.contains(schema)) {
        run.templates.create_schema(&database, schema, &runtime)?;
    }
    let mut guard = session.lock().unwrap_or_else(PoisonError::into_inner);
    guard.commit()
}

fn schema_of(node: &Node) -> &str {
    &node.schema
}

/// Whether the node leaves a relation in its schema.
fn builds(run: &Run, node: &Node) -> bool {
    match node.kind {
        NodeKind::Model => !node.is_ephemeral(),
        NodeKind::Seed | NodeKind::Snapshot => true,
        NodeKind::Test => match node.config.flag("store_failures") {
            Some(is_stored) => is_stored,
            None => run.flags.store_failures,
        },
        NodeKind::Analysis | NodeKind::Operation | NodeKind::SqlOperation => false,
    }
}

impl Run {
    /// What a node gets to run with, on this session.
    pub fn runtime(&self, session: &SharedSession) -> Arc<Runtime> {
        Arc::new(Runtime {
            session: Some(Arc::clone(session)),
            resolver: self.answers.clone(),
            cache: Arc::clone(&self.cache),
            is_empty: self.flags.empty,
            batch: None,
            run_end: None,
            cancelled: Arc::clone(&self.cancelled),
        })
    }
}

/// Whether the connection is gone, so that the next node needs a new one.
pub(super) fn is_broken(session: &SharedSession) -> bool {
    session.lock().unwrap_or_else(PoisonError::into_inner).is_broken()
}
