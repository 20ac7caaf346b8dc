//! Python's two ways to put values into text: `str.format` and `%`.

use minijinja::{Error, Value};

/// `template % arguments`.
pub fn percent(template: &str, arguments: &Value) -> Result<String, Error> {
    let _ = (template, arguments);
    todo!("percent")
}

/// `template.format(*arguments)`.
pub fn format(template: &str, arguments: &[Value]) -> Result<String, Error> {
    let _ = (template, arguments);
    todo!("format")
}
