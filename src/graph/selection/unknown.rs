//! A word before a colon that names no method of selection.

use crate::error::{Error, closest};

/// All methods, as hints list them.
const NAMES: [&str; 22] = [
    "access",
    "config",
    "exposure",
    "file",
    "fqn",
    "group",
    "metric",
    "package",
    "path",
    "resource_type",
    "result",
    "saved_query",
    "selector",
    "semantic_model",
    "source",
    "source_status",
    "state",
    "tag",
    "test_name",
    "test_type",
    "unit_test",
    "version",
];

/// The error for a method that does not exist.
pub(super) fn unknown(name: &str) -> Error {
    let error = Error::usage(format!("`{name}` is not a valid method name"));
    match closest(name, NAMES) {
        Some(near) => error.hint(format!("did you mean `{near}:`?")),
        None => error.hint(format!("the methods are: {}", NAMES.join(", "))),
    }
}
