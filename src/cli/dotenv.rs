//! `.env` in the working directory: variables that hold where the environment does not say otherwise.
//!
//! A process cannot change its environment safely once it has threads, so the program is started again in its own place.

use std::ffi::OsString;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use crate::error::Error;

/// Starts the program again with the variables of `.env` that are not set; comes back when there are none, or with why it could not.
pub(super) fn begin_again(args: &[OsString]) -> Option<Error> {
    let path = Path::new(".env");
    // Lines that set nothing are passed over, as python-dotenv does.
    let lines = dotenvy::from_path_iter(path).ok()?.filter_map(Result::ok);
    let missing: Vec<(String, String)> = lines.filter(|(name, _)| std::env::var_os(name).is_none()).collect();
    if missing.is_empty() {
        return None;
    }
    let program = match std::env::current_exe() {
        Ok(program) => program,
        Err(cause) => return Some(Error::io("read", path, cause)),
    };
    let mut command = Command::new(&program);
    if let Some(name) = args.first() {
        command.arg0(name);
    }
    let cause = command.args(args.iter().skip(1)).envs(missing).exec();
    Some(Error::io("start", &program, cause))
}
