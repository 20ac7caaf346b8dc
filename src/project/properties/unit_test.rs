//! Unit tests: what a model is given, and what it is expected to make of it.

use std::sync::Arc;

use super::read::{Item, Reader};
use crate::error::{Error, Result};
use crate::project::yaml::{Map, Node, Origin};

const KEYS: [&str; 9] =
    ["name", "model", "description", "given", "expect", "overrides", "versions", "config", "static_analysis"];

/// A unit test of a model.
#[derive(Debug, Clone)]
pub struct UnitTestProperties {
    /// Name of the test.
    pub name: String,
    /// Path of the property file relative to its package, with `/`.
    pub file: Arc<str>,
    /// Where the entry starts.
    pub origin: Origin,
    /// Name of the model.
    pub model: String,
    /// `description`, not rendered.
    pub description: Option<String>,
    /// `config`
    pub config: Map,
    /// What the model's inputs hold.
    pub given: Vec<FixtureProperties>,
    /// What the model should give.
    pub expect: FixtureProperties,
    /// `overrides`: macros, vars and environment variables.
    pub overrides: Option<Node>,
    /// `versions`: which versions of the model are tested.
    pub versions: Option<Node>,
}

/// Rows that a unit test writes down.
#[derive(Debug, Clone)]
pub struct FixtureProperties {
    /// Where the entry starts.
    pub origin: Origin,
    /// What they stand for: `ref('orders')`, `source('shop', 'orders')`, `this`; none for what is expected.
    pub input: Option<String>,
    /// `rows`: a list of mappings, CSV or SQL.
    pub rows: Option<Node>,
    /// `format`: `dict`, `csv` or `sql`.
    pub format: Option<String>,
    /// `fixture`: name of the file that holds the rows.
    pub fixture: Option<String>,
}

/// One entry of `unit_tests`.
pub fn read(reader: &mut Reader<'_>, mut item: Item) -> Result<UnitTestProperties> {
    let config = item.take("config");
    let what = item.what.clone();
    let missing = |key: &str| Error::parsing(format!("{what} has no `{key}`")).at(item.origin.place());
    let (no_model, no_given, no_expect) = (missing("model"), missing("given"), missing("expect"));
    let model = item.rendered_text("model", reader)?.ok_or_else(|| no_model.hint("write the name of the model"))?;
    if item.map.get("given").is_none_or(Node::is_null) {
        return Err(no_given.hint("write `given: []` for a model without inputs"));
    }
    let given = item.list("given")?;
    let expect = item.take("expect").ok_or_else(|| no_expect.hint("write `expect: {rows: [..]}`"))?;
    let given = given.into_iter().map(|node| fixture(reader, node, &what, true)).collect::<Result<_>>()?;
    let properties = UnitTestProperties {
        file: reader.file.clone(),
        model,
        description: item.text("description")?,
        config: reader.config(config)?,
        given,
        expect: fixture(reader, expect, &what, false)?,
        overrides: item.rendered("overrides", reader),
        versions: item.rendered("versions", reader),
        name: item.name,
        origin: item.origin,
    };
    reader.warn_of_unknown(&item.map, &item.what, &KEYS);
    Ok(properties)
}

fn fixture(reader: &mut Reader<'_>, node: Node, what: &str, is_input: bool) -> Result<FixtureProperties> {
    let origin = node.origin.clone();
    let key = if is_input { "given" } else { "expect" };
    let map = node.into_map(key)?;
    let mut item = Item { what: format!("`{key}` of {what}"), name: String::new(), origin, map };
    let input = item.rendered_text("input", reader)?;
    if is_input && input.is_none() {
        let error = Error::parsing(format!("an entry of {} has no `input`", item.what)).at(item.origin.place());
        return Err(error.hint("write `input: ref('orders')`, `source('shop', 'orders')` or `this`"));
    }
    let fixture = FixtureProperties {
        input,
        rows: item.rendered("rows", reader),
        format: item.rendered_text("format", reader)?,
        fixture: item.rendered_text("fixture", reader)?,
        origin: item.origin,
    };
    reader.warn_of_unknown(&item.map, &item.what, &["input", "rows", "format", "fixture"]);
    Ok(fixture)
}
