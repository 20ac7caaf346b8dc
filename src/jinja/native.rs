//! Native rendering: values, not text, from the strings of YAML files.

/// True if `text` holds a tag, so that it must be rendered at all.
pub fn has_jinja(text: &str) -> bool {
    text.contains("{{") || text.contains("{%") || text.contains("{#")
}
