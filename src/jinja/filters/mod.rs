//! Filters, tests and functions where Jinja2 and dbt differ from the engine.

use minijinja::{Environment, Value};

/// YAML for `fromyaml` and `toyaml`; a layer above knows how.
#[derive(Clone, Copy)]
pub struct Yaml {
    /// The value of a YAML text; `None` if it is none.
    pub read: fn(&str) -> Option<serde_json::Value>,
    /// YAML text that ends with a newline; the flag sorts the keys.
    pub write: fn(&serde_json::Value, bool) -> Option<String>,
}

/// Puts filters, tests, the method callback, the formatter and operator filters into `environment`.
pub fn register(environment: &mut Environment<'static>) {
    let _ = environment;
    todo!("register")
}

/// The functions of every context that need no node (reference 4.3), by name: `fromjson`, `zip`, `modules`, ...
pub fn globals(yaml: Option<Yaml>) -> Vec<(String, Value)> {
    let _ = yaml;
    todo!("globals")
}
