//! The methods of selection: what `tag:`, `path:`, `config.x:` and the others match.

use serde_json::Value;

use crate::error::{Error, Result};
use crate::manifest::{Config, Node, NodeKind, Past, STATE_WORDS, Source};

use super::entry::Entry;
use super::glob::{is_wild, matches};
use super::paths::Paths;
use super::unknown::unknown;

/// How a criterion's value is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Method {
    Fqn,
    Tag,
    Source,
    Path,
    File,
    Package,
    /// Keys from the outermost on.
    Config(Vec<String>),
    ResourceType,
    TestType,
    TestName,
    UnitTest,
    Exposure,
    Metric,
    SemanticModel,
    SavedQuery,
    Group,
    Access,
    Version,
    Selector,
    /// This and the two below compare with an earlier run.
    State,
    Result,
    SourceStatus,
}

/// All resource types of dbt; others are a mistake of the user.
const RESOURCE_TYPES: [&str; 18] = [
    "analysis",
    "doc",
    "exposure",
    "fixture",
    "function",
    "group",
    "macro",
    "metric",
    "model",
    "operation",
    "saved_query",
    "seed",
    "semantic_model",
    "snapshot",
    "source",
    "sql_operation",
    "test",
    "unit_test",
];

const TEST_TYPES: [&str; 5] = ["generic", "singular", "data", "unit", "schema"];
const VERSION_TYPES: [&str; 4] = ["latest", "prerelease", "old", "none"];

impl Method {
    /// The method that is written before the colon.
    pub(super) fn parse(name: &str) -> Result<Method> {
        let mut parts = name.split('.').map(str::to_owned);
        let first = parts.next().unwrap_or_default();
        let arguments: Vec<String> = parts.collect();
        Ok(match first.as_str() {
            "fqn" => Method::Fqn,
            "tag" => Method::Tag,
            "source" => Method::Source,
            "path" => Method::Path,
            "file" => Method::File,
            "package" => Method::Package,
            "config" => Method::Config(arguments),
            "resource_type" => Method::ResourceType,
            "test_type" => Method::TestType,
            "test_name" => Method::TestName,
            "unit_test" => Method::UnitTest,
            "exposure" => Method::Exposure,
            "metric" => Method::Metric,
            "semantic_model" => Method::SemanticModel,
            "saved_query" => Method::SavedQuery,
            "group" => Method::Group,
            "access" => Method::Access,
            "version" => Method::Version,
            "selector" => Method::Selector,
            "state" => Method::State,
            "result" => Method::Result,
            "source_status" => Method::SourceStatus,
            _ => return Err(unknown(&first)),
        })
    }

    /// Whether `entry` is matched.
    ///
    /// # Errors
    ///
    /// `Usage` when the method cannot be used so, whatever the entry.
    pub(super) fn accepts(&self, value: &str, entry: &Entry<'_>, project: &Project<'_>) -> Result<bool> {
        let node = entry.node();
        let is_versioned = node.is_some_and(|node| node.version.is_some());
        let model = node.filter(|node| node.kind == NodeKind::Model);
        Ok(match self {
            Method::Fqn => entry.fqn().is_some_and(|fqn| is_in_fqn(value, fqn, is_versioned)),
            Method::Tag => entry.has_tag(|tag| matches(value, tag)),
            Method::Source => match entry {
                Entry::Source(source) => is_source(value, source),
                Entry::Node(_) | Entry::Exposure(_) | Entry::UnitTest(_) | Entry::Semantic(_) => false,
            },
            Method::Exposure => match entry {
                Entry::Exposure(exposure) => is_named(value, &exposure.package, &exposure.name),
                Entry::Node(_) | Entry::Source(_) | Entry::UnitTest(_) | Entry::Semantic(_) => false,
            },
            Method::Path => entry.paths().into_iter().flatten().any(|path| project.paths.contain(path)),
            Method::File => is_file(value, entry.path()),
            Method::Package => {
                let wanted = if value == "this" { project.name } else { value };
                matches(wanted, entry.package())
            }
            Method::Config(keys) => entry.config().is_some_and(|config| has_config(config, keys, value)),
            Method::ResourceType => entry.id().resource_type() == value,
            Method::TestType => match entry {
                Entry::UnitTest(_) => value == "unit",
                Entry::Node(node) => is_test_of_type(node, value),
                Entry::Source(_) | Entry::Exposure(_) | Entry::Semantic(_) => false,
            },
            Method::TestName => match entry {
                Entry::UnitTest(test) => matches(value, &test.name),
                Entry::Node(node) => node.test.as_ref().is_some_and(|test| matches(value, &test.name)),
                Entry::Source(_) | Entry::Exposure(_) | Entry::Semantic(_) => false,
            },
            Method::UnitTest => match entry {
                Entry::UnitTest(test) => is_named(value, &test.package, &test.name),
                Entry::Node(_) | Entry::Source(_) | Entry::Exposure(_) | Entry::Semantic(_) => false,
            },
            Method::Group => entry.group().is_some_and(|group| matches(value, group)),
            Method::Access => {
                model.and_then(|node| node.config.text("access")).is_some_and(|access| matches(value, access))
            }
            Method::Version => model.is_some_and(|node| is_version(node, value)),
            Method::Metric => entry.is_semantic("metric", value),
            Method::SemanticModel => entry.is_semantic("semantic_model", value),
            Method::SavedQuery => entry.is_semantic("saved_query", value),
            // A named selector is evaluated as a whole, not entry by entry.
            Method::Selector => false,
            Method::State => project.past()?.is_in_state(entry.id(), value)?,
            Method::Result => project.past()?.has_result(entry.id(), value)?,
            Method::SourceStatus => value == "fresher" && project.past()?.is_fresher(entry.id())?,
        })
    }

    /// Refuses values that mean nothing, whatever the entries are.
    pub(super) fn check(&self, value: &str) -> Result<()> {
        let parts = value.split('.').count();
        let (kind, is_wrong, expected) = match self {
            Method::ResourceType => ("resource_type", !RESOURCE_TYPES.contains(&value), RESOURCE_TYPES.join(", ")),
            Method::TestType => ("test_type", !TEST_TYPES.contains(&value), TEST_TYPES.join(", ")),
            Method::Version => ("version", !VERSION_TYPES.contains(&value), VERSION_TYPES.join(", ")),
            Method::Source => ("source", parts > 3, "`source`, `source.table` or `package.source.table`".to_owned()),
            Method::State => ("state", !STATE_WORDS.contains(&value), STATE_WORDS.join(", ")),
            Method::Exposure => ("exposure", parts > 2, "`exposure` or `package.exposure`".to_owned()),
            Method::Fqn
            | Method::Tag
            | Method::Path
            | Method::File
            | Method::Package
            | Method::Config(_)
            | Method::TestName
            | Method::UnitTest
            | Method::Metric
            | Method::SemanticModel
            | Method::SavedQuery
            | Method::Group
            | Method::Access
            | Method::Selector
            | Method::Result
            | Method::SourceStatus => return Ok(()),
        };
        if !is_wrong {
            return Ok(());
        }
        Err(Error::usage(format!("invalid {kind} selector `{value}`: expected {expected}")))
    }
}

/// What entries are compared with beside the value.
pub(super) struct Project<'m> {
    pub(super) name: &'m str,
    /// The files and folders that a path criterion means.
    pub(super) paths: Paths<'m>,
    pub(super) past: Option<&'m Past<'m>>,
}

impl<'m> Project<'m> {
    fn past(&self) -> Result<&'m Past<'m>> {
        self.past.ok_or_else(|| Error::internal("a selection by state needs a past"))
    }
}

fn is_in_fqn(value: &str, fqn: &[String], is_versioned: bool) -> bool {
    is_below(value, fqn, is_versioned) || is_below(value, &fqn[1.min(fqn.len())..], is_versioned)
}

/// Whether `value` is the name at the end of `fqn` or stands at its beginning, part by part.
fn is_below(value: &str, fqn: &[String], is_versioned: bool) -> bool {
    let Some((last, others)) = fqn.split_last() else { return false };
    if is_versioned {
        let Some(name) = others.last() else { return false };
        if name == value || format!("{name}_{last}") == value.replace('.', "_") {
            return true;
        }
    } else if matches(value, last) {
        return true;
    }
    let wanted: Vec<&str> = value.split('.').collect();
    let parts: Vec<&str> = fqn.iter().flat_map(|part| part.split('.')).collect();
    if parts.len() < wanted.len() {
        return false;
    }
    match wanted.iter().position(|part| is_wild(part)) {
        Some(first) => {
            wanted[..first] == parts[..first] && matches(&wanted[first..].join("."), &parts[first..].join("."))
        }
        None => wanted[..] == parts[..wanted.len()],
    }
}

fn is_source(value: &str, source: &Source) -> bool {
    let own = [&*source.package, source.source_name.as_str(), source.name.as_str()];
    let wanted: Vec<&str> = value.split('.').collect();
    match wanted[..] {
        [name] => matches(name, own[1]),
        [name, table] => matches(name, own[1]) && matches(table, own[2]),
        [package, name, table] => matches(package, own[0]) && matches(name, own[1]) && matches(table, own[2]),
        _ => false,
    }
}

pub(super) fn is_named(value: &str, package: &str, name: &str) -> bool {
    match value.split_once('.') {
        Some((wanted, rest)) => matches(wanted, package) && matches(rest, name),
        None => matches(value, name),
    }
}

fn is_file(value: &str, path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    matches(value, name) || matches(value, stem)
}

fn has_config(config: &Config, keys: &[String], value: &str) -> bool {
    let Some((first, rest)) = keys.split_first() else { return false };
    let found = rest.iter().try_fold(config.0.get(first), |found, key| found.map(|found| found.get(key)));
    let Some(found) = found.flatten() else { return false };
    let ignores_case = keys.len() == 1 && first == "severity";
    match found {
        Value::Array(items) => items.iter().any(|item| is_value(item, value, ignores_case)),
        item => is_value(item, value, ignores_case),
    }
}

fn is_value(item: &Value, value: &str, ignores_case: bool) -> bool {
    match item {
        Value::String(text) => text == value || ignores_case && text.eq_ignore_ascii_case(value),
        Value::Bool(truth) => value.eq_ignore_ascii_case(if *truth { "true" } else { "false" }),
        Value::Null | Value::Number(_) | Value::Array(_) | Value::Object(_) => false,
    }
}

fn is_test_of_type(node: &Node, value: &str) -> bool {
    node.kind == NodeKind::Test
        && match value {
            "generic" | "schema" => node.test.is_some(),
            "singular" => node.test.is_none(),
            "data" => true,
            _ => false,
        }
}

fn is_version(node: &Node, value: &str) -> bool {
    let (Some(version), Some(latest)) = (&node.version, &node.latest_version) else {
        return value == "none" && node.version.is_none();
    };
    match value {
        "latest" => compare(version, latest).is_eq(),
        "prerelease" => compare(version, latest).is_gt(),
        "old" => compare(version, latest).is_lt(),
        _ => false,
    }
}

/// As numbers where both are some, else as text.
fn compare(one: &Value, other: &Value) -> std::cmp::Ordering {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let (one, other) = (text(one), text(other));
    match (one.parse::<f64>(), other.parse::<f64>()) {
        (Ok(one), Ok(other)) => one.total_cmp(&other),
        _ => one.cmp(&other),
    }
}
