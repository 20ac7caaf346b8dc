//! `ls`: what was chosen, one line for each.

use serde_json::{Map, Value, json};

use crate::error::Error;
use crate::flag::Flags;
use crate::manifest::{Exposure, Manifest, Node, NodeKind, Semantic, Source, UnitTest, to_json};
use crate::name::UniqueId;
use crate::report::{Event, Payload, Reporter, Warning};

use super::invocation::Invocation;
use super::{Ended, Ending};

/// Keys of `--output json` when none are named.
const DEFAULT_KEYS: [&str; 9] = [
    "alias",
    "name",
    "package_name",
    "depends_on",
    "tags",
    "config",
    "resource_type",
    "source_name",
    "original_file_path",
];

/// What a line says.
enum Form {
    Selector,
    Name,
    Path,
    Json(Vec<String>),
}

/// Lists what was chosen.
///
/// # Errors
///
/// Every mistake in the project, and a form of output that does not exist.
pub fn list(flags: Flags, reporter: &Reporter) -> Ended {
    let form = form(&flags).map_err(|error| vec![error])?;
    let invocation = Invocation::load(flags, reporter)?;
    invocation.tell_found();
    let chosen = invocation.choose()?;
    if chosen.is_empty() {
        reporter.warn(Warning::nothing_selected()).map_err(|error| vec![error])?;
        return Ok(Ending::Success);
    }
    // In the order of ids, whatever the form.
    for line in chosen.iter().filter_map(|id| line(&invocation.manifest, id, &form)) {
        reporter.tell(Event::Payload(Payload::Listed(line)));
    }
    Ok(Ending::Success)
}

fn form(flags: &Flags) -> Result<Form, Error> {
    let keys = || match flags.extra.get("output_keys") {
        Some(Value::Array(keys)) if !keys.is_empty() => {
            keys.iter().filter_map(|key| key.as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    };
    match flags.extra.get("output").and_then(Value::as_str) {
        None | Some("selector") => Ok(Form::Selector),
        Some("name") => Ok(Form::Name),
        Some("path") => Ok(Form::Path),
        Some("json") => Ok(Form::Json(keys())),
        Some(other) => {
            Err(Error::usage(format!("`{other}` is no output of `ls`")).hint("use selector, name, path or json"))
        }
    }
}

fn line(manifest: &Manifest, id: &UniqueId, form: &Form) -> Option<String> {
    if let Some(node) = manifest.nodes.get(id) {
        return (node.kind != NodeKind::Operation).then(|| of_node(node, form));
    }
    if let Some(source) = manifest.sources.get(id) {
        return Some(of_source(source, form));
    }
    if let Some(test) = manifest.unit_tests.get(id) {
        return Some(of_unit_test(test, form));
    }
    if let Some(exposure) = manifest.exposures.get(id) {
        return Some(of_exposure(exposure, form));
    }
    let semantic = [&manifest.metrics, &manifest.semantic_models, &manifest.saved_queries];
    semantic.into_iter().find_map(|entries| entries.get(id)).map(|entry| of_semantic(entry, form))
}

fn of_unit_test(test: &UnitTest, form: &Form) -> String {
    match form {
        Form::Selector => format!("unit_test:{}.{}", test.package, test.full_name()),
        Form::Name => test.name.clone(),
        Form::Path => test.original_path.clone(),
        Form::Json(keys) => as_json(to_json(test), keys),
    }
}

fn of_node(node: &Node, form: &Form) -> String {
    match form {
        Form::Selector => node.fqn.join("."),
        Form::Name => match &node.version {
            Some(version) => {
                format!("{}.v{}", node.name, version.as_str().map_or_else(|| version.to_string(), str::to_owned))
            }
            None => node.name.clone(),
        },
        Form::Path => node.original_path.clone(),
        Form::Json(keys) => as_json(to_json(node), keys),
    }
}

fn of_source(source: &Source, form: &Form) -> String {
    match form {
        Form::Selector => format!("source:{}.{}.{}", source.package, source.source_name, source.name),
        Form::Name => format!("{}.{}", source.source_name, source.name),
        Form::Path => source.path.clone(),
        Form::Json(keys) => as_json(to_json(source), keys),
    }
}

fn of_semantic(entry: &Semantic, form: &Form) -> String {
    match form {
        Form::Selector => format!("{}:{}.{}", entry.unique_id.resource_type(), entry.package, entry.name),
        Form::Name => entry.name.clone(),
        Form::Path => entry.original_path.clone(),
        Form::Json(keys) => as_json(to_json(entry), keys),
    }
}

fn of_exposure(exposure: &Exposure, form: &Form) -> String {
    match form {
        Form::Selector => format!("exposure:{}.{}", exposure.package, exposure.name),
        Form::Name => exposure.name.clone(),
        Form::Path => exposure.original_path.clone(),
        Form::Json(keys) => as_json(to_json(exposure), keys),
    }
}

fn as_json(entry: Value, keys: &[String]) -> String {
    let mut out = Map::new();
    if keys.is_empty() {
        let Value::Object(map) = entry else { return "{}".to_owned() };
        out.extend(map.into_iter().filter(|(key, _)| DEFAULT_KEYS.contains(&key.as_str()) || key == "unique_id"));
    } else {
        for key in keys {
            let found = key.split('.').try_fold(&entry, |value, part| value.get(part));
            if let Some(value) = found {
                out.insert(key.clone(), value.clone());
            }
        }
    }
    python_json(&json!(out))
}

/// JSON with the spaces that Python writes.
fn python_json(value: &Value) -> String {
    let mut text = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut text, PythonSpacing);
    if serde::Serialize::serialize(value, &mut serializer).is_err() {
        return value.to_string();
    }
    String::from_utf8(text).unwrap_or_else(|_| value.to_string())
}

struct PythonSpacing;

impl serde_json::ser::Formatter for PythonSpacing {
    fn begin_array_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_key<W: ?Sized + std::io::Write>(&mut self, out: &mut W, first: bool) -> std::io::Result<()> {
        if first { Ok(()) } else { out.write_all(b", ") }
    }

    fn begin_object_value<W: ?Sized + std::io::Write>(&mut self, out: &mut W) -> std::io::Result<()> {
        out.write_all(b": ")
    }
}
