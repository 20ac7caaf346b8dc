//! Errors as text: heading, message, the line of source they are about, the chain of calls, hints.

use std::path::Path;

use super::event::Facts;
use crate::error::Error;

/// The text of a failed node: `Database Error in model a (models/a.sql)` and what follows, each line indented by two.
///
/// It is the message of the node's outcome. `run_path` is the file with the statement that failed, as `target/run/…`; files are read
/// below `root`, the project's folder.
pub fn failure(error: &Error, facts: &Facts, run_path: Option<&str>, root: &Path) -> String {
    let _ = (error, facts, run_path, root);
    todo!()
}

/// The text of an error that ended a command: heading, message, excerpt, calls, hints.
pub fn fatal(error: &Error, root: &Path) -> String {
    let _ = (error, root);
    todo!()
}
