//! Runs nodes: what may start now, one worker for each session, outcomes, and stopping.
//!
//! The dispatcher (`dispatch`) is a thread with a channel; each worker owns its session. What running one node means is in
//! `execute` (and `compile`, which it begins with).

mod compile;
mod dispatch;
mod execute;
mod facts;
mod freshness;
mod hooks;
mod interrupt;
mod microbatch;
mod overload;
mod paths;
mod pointer;
mod session;
mod show;
mod unit_test;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use chrono::{DateTime, Utc};

use crate::flag::Flags;
use crate::manifest::Answers;
use crate::postgres::Server;
use crate::report::{Batches, Reporter};
use crate::template::{RelationCache, Templates};

pub use compile::{Compiler, Failure};
pub use dispatch::{Task, run, skip_all};
pub use facts::facts;
pub use freshness::freshness_of;
pub use hooks::{Done, When, run_hooks};
pub use interrupt::{Interrupt, watch};
pub use session::{SharedSession, kept_or_new, open, prepare, prepare_to_read};

/// What all workers share.
pub struct Run {
    /// All nodes, and what was selected.
    pub answers: Arc<Answers>,
    /// Macros and contexts.
    pub templates: Arc<Templates>,
    /// What relations there are.
    pub cache: Arc<RelationCache>,
    /// The server; none for commands that never connect.
    pub server: Server,
    /// Who tells what happens.
    pub reporter: Reporter,
    /// The settings of the invocation.
    pub flags: Arc<Flags>,
    /// Nodes at a time.
    pub threads: usize,
    /// The project's folder.
    pub root: PathBuf,
    /// Folder of artifacts, absolute.
    pub target: PathBuf,
    /// The same as messages show it.
    pub shown_target: String,
    /// Set when the user asks to stop.
    pub cancelled: Arc<AtomicBool>,
    /// The time that counts as now for batches.
    pub clock: DateTime<Utc>,
    /// Batches of microbatch models in the run that is done again, by unique id: only the failed ones are built.
    pub earlier_batches: HashMap<String, Batches>,
    /// Texts of ephemeral models.
    pub compiler: Compiler,
}
