//! One file for each operation: options in, summary out.

mod build;
mod clean;
mod clone;
mod compile;
mod database;
mod debug;
mod deps;
mod docs;
mod freshness;
mod globals;
mod init;
mod inline;
mod invocation;
mod list;
mod mistakes;
mod opening;
mod operation;
mod parse;
mod retry;
mod server;
mod show;
mod state;
mod written;

pub use build::build;
pub use clean::clean;
pub use clone::clone;
pub use compile::compile;
pub use database::database;
pub use debug::debug;
pub use deps::deps;
pub use docs::{generate as generate_docs, serve as serve_docs};
pub use freshness::freshness;
pub use init::init;
pub use list::list;
pub use operation::run_operation;
pub use parse::parse;
pub use retry::retry;
pub use show::show;

use crate::error::Error;

/// How a command that could run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything succeeded, or there was nothing to do.
    Success,
    /// It ran, and something in it failed.
    Failure,
    /// It could not be carried out; why has been told. dbt's `compile` and `show` end so when a node has a mistake.
    Unable,
}

/// An operation's end, or why it could not run: every mistake that was found.
pub type Ended = Result<Ending, Vec<Error>>;

/// One error as the list that operations give back.
fn alone(error: Error) -> Vec<Error> {
    vec![error]
}
