//! YAML text as PyYAML's `safe_dump` prints it.

use super::Value;

/// `value` as YAML, mappings in block style, a newline at the end.
pub fn to_yaml(value: &serde_json::Value, is_sorted: bool) -> String {
    let _ = (value, is_sorted);
    todo!()
}

/// `str()` of a value.
pub fn python_text(value: &Value) -> String {
    let _ = value;
    todo!()
}
