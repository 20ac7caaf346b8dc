//! What should be told but does not stop the command.

use super::yaml::Origin;
use crate::error::Place;

/// A warning under the name by which `--warn-error-options` knows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Warning {
    /// dbt's name of the event class: `UnusedResourceConfigPath`.
    pub name: &'static str,
    /// One line, as an error's message is.
    pub message: String,
    /// What it is about, when that is in a file.
    pub place: Option<Place>,
}

impl Warning {
    /// A warning about what stands at `origin`.
    pub fn at(name: &'static str, message: impl Into<String>, origin: &Origin) -> Warning {
        Warning { name, message: message.into(), place: Some(origin.place()) }
    }
}
