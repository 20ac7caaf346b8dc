//! Errors: ours into the engine's while templates run, the engine's into ours at the door.

use minijinja::{Error as CallError, ErrorKind};

use crate::error::Error;

/// Lets a function that templates call fail with one of our errors; kind, place and hints arrive at the caller of the engine.
pub fn raise(error: Error) -> CallError {
    let _ = error;
    todo!("failure")
}

/// Lets a function that templates call fail with dbt's kind for macros' own errors, `Compilation`.
pub fn fail(message: impl Into<String>) -> CallError {
    CallError::new(ErrorKind::InvalidOperation, message.into())
}
