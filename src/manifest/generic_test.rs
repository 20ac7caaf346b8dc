//! Nodes of generic tests: one for each use in a property file.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value, json};

use crate::jinja;
use crate::name::UniqueId;
use crate::project::{ColumnProperties, NodeProperties, Package, SourceProperties, SourceTable, TestUse};
use crate::template::{Recorded, RefCall};

use super::collect::{in_any_folder, split_folders};
use super::column::texts;
use super::draft::{Draft, Drafter, Identity, fqn, no_checksum};
use super::node::{NodeKind, TestFacts};
use super::test_name;

/// What a test is written under.
struct Tested<'a> {
    package: &'a Package,
    /// Path of the property file below the package's folder.
    file: &'a str,
    /// Name as it enters the test's: `orders`, `raw_orders`.
    target: String,
    /// The expression that gives the relation: `ref('orders')`.
    reference: String,
    /// `source_` for sources, else nothing.
    prefix: &'static str,
    file_key_name: String,
    attached_node: Option<UniqueId>,
    /// Whether names of columns are quoted where a column does not say so itself.
    quotes_columns: bool,
    /// Tags of what is tested, which the test carries too.
    tags: Vec<String>,
    group: Option<String>,
}

/// What tests inherit of the node that they are written under.
pub struct Inherited {
    /// Unique id of the node.
    pub unique_id: UniqueId,
    /// Group of the node.
    pub group: Option<String>,
    /// Version of the node.
    pub version: Option<String>,
}

impl Drafter<'_> {
    /// Drafts of the tests under an entry of `section` (`models`, `seeds`, `snapshots`) and its columns.
    pub fn tests_of_node(
        &self,
        package: &Package,
        section: &str,
        properties: &NodeProperties,
        inherited: Inherited,
    ) -> Vec<Draft> {
        let (target, reference) = match &inherited.version {
            Some(version) => {
                (format!("{}_v{version}", properties.name), format!("ref('{}', version='{version}')", properties.name))
            }
            None => (properties.name.clone(), format!("ref('{}')", properties.name)),
        };
        let tested = Tested {
            package,
            file: &properties.file,
            target,
            reference,
            prefix: "",
            file_key_name: format!("{section}.{}", properties.name),
            attached_node: Some(inherited.unique_id),
            quotes_columns: false,
            tags: Vec::new(),
            group: inherited.group,
        };
        self.tests(&tested, &properties.tests, &properties.columns)
    }

    /// Drafts of the tests under a table of a source and its columns; `tags` are those of source and table.
    pub fn tests_of_table(
        &self,
        package: &Package,
        source: &SourceProperties,
        table: &SourceTable,
        tags: Vec<String>,
    ) -> Vec<Draft> {
        let tested = Tested {
            package,
            file: &source.file,
            target: format!("{}_{}", source.name, table.name),
            reference: format!("source('{}', '{}')", source.name, table.name),
            prefix: "source_",
            file_key_name: format!("sources.{}", source.name),
            attached_node: None,
            quotes_columns: super::source::quotes_columns(source, table),
            tags,
            group: None,
        };
        self.tests(&tested, &table.tests, &table.columns)
    }

    fn tests(&self, tested: &Tested<'_>, tests: &[TestUse], columns: &[ColumnProperties]) -> Vec<Draft> {
        let mut drafts = Vec::new();
        for column in columns {
            drafts.extend(column.tests.iter().map(|test| self.test(tested, test, Some(column))));
        }
        drafts.extend(tests.iter().map(|test| self.test(tested, test, None)));
        drafts
    }

    fn test(&self, tested: &Tested<'_>, test: &TestUse, column: Option<&ColumnProperties>) -> Draft {
        let column_name = column.map(|column| match column.quote.unwrap_or(tested.quotes_columns) {
            true => crate::name::quote(&column.name),
            false => column.name.clone(),
        });
        let kwargs = kwargs(tested, test, column_name.as_deref());
        let kind = match &test.namespace {
            Some(namespace) => format!("{namespace}_{}{}", tested.prefix, test.name),
            None => format!("{}{}", tested.prefix, test.name),
        };
        let mut name = test_name::name(&kind, &tested.target, &kwargs);
        if let Some(custom) = &test.custom_name {
            name = test_name::TestName { full: custom.clone(), short: custom.clone() };
        }
        let hash = test_name::hash(&name.full, &test.name, test.namespace.as_deref(), &kwargs);
        let in_root = in_any_folder(tested.file, tested.package);
        let (folders, _) = split_folders(in_root);
        let alias = (name.short != name.full).then(|| name.short.clone());
        let identity = Identity {
            kind: NodeKind::Test,
            name: &name.full,
            fqn: fqn(tested.package, &folders, &name.full),
            path: format!("{}.sql", name.short),
            original_path: tested.file.to_owned(),
            origin: test.origin.clone(),
            raw_code: code(test, alias.as_deref()).into(),
            checksum: no_checksum(),
        };
        let mut draft = self.draft(tested.package, identity);
        let node = &mut draft.node;
        node.unique_id = UniqueId::new(format!("test.{}.{}.{hash}", tested.package.name, name.full));
        node.declared = Some(test.origin.place());
        node.description = test.description.clone().unwrap_or_default();
        node.tags = tags(tested, test, column);
        node.group.clone_from(&tested.group);
        let config = test.config.to_json();
        if config.values().any(holds_jinja) {
            draft.evaluated = ordered(&config);
        }
        draft.known = self.recorded(tested, test, &kwargs);
        if let (Some(known), Some(alias)) = (&mut draft.known, alias) {
            known.config.entry("alias").or_insert_with(|| json!(alias));
        }
        draft.extra.push(("_dbt_generic_test_kwargs".into(), Value::Object(kwargs.clone())));
        node.test = Some(TestFacts {
            column_name,
            file_key_name: tested.file_key_name.clone(),
            attached_node: tested.attached_node.clone(),
            name: test.name.clone(),
            namespace: test.namespace.clone(),
            kwargs,
        });
        draft
    }
}

/// Built-in tests whose arguments say all that their text would.
const PLAIN_TESTS: [&str; 4] = ["unique", "not_null", "accepted_values", "relationships"];

impl Drafter<'_> {
    /// What parsing a built-in test would record, unless a macro that it calls is overridden or Jinja has a say in it.
    fn recorded(&self, tested: &Tested<'_>, test: &TestUse, kwargs: &Map<String, Value>) -> Option<Recorded> {
        let package = tested.package.name.as_str();
        let own = format!("test_{}", test.name);
        let built_in = |name: &str| {
            let definition = self.library.definition(self.library.bare(package, name)?);
            (*definition.package == *"dbt" || *definition.package == *"dbt_postgres")
                .then(|| definition.unique_id.clone())
        };
        if test.namespace.is_some() || !PLAIN_TESTS.contains(&test.name.as_str()) {
            return None;
        }
        let is_free = ["ref", "source", "config"].iter().all(|name| self.library.bare(package, name).is_none());
        let macros = vec![built_in(&own)?, built_in("get_where_subquery")?];
        let mut config = test.config.to_json();
        config.retain(|_, value| !value.is_null());
        if !is_free || config.values().any(holds_jinja) {
            return None;
        }
        let mut recorded = Recorded { config, macros, ..Recorded::default() };
        for (key, value) in kwargs.iter().filter(|(key, _)| *key != "model" && *key != "column_name") {
            let text = value.to_string();
            if key == "to" {
                record_call(value.as_str()?, &mut recorded)?;
            } else if jinja::has_jinja(&text) || text.contains('(') {
                return None;
            }
        }
        record_call(&tested.reference, &mut recorded)?;
        Some(recorded)
    }
}

static PLAIN_CALL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:ref\('([^'"]+)'(?:, version='([^'"]+)')?\)|source\('([^'"]+)',\s*'([^'"]+)'\))$"#)
        .expect("a constant pattern")
});

/// Records `ref('a')` or `source('a', 'b')`; none for anything else.
fn record_call(text: &str, recorded: &mut Recorded) -> Option<()> {
    let call = PLAIN_CALL.captures(text)?;
    match (call.get(1), call.get(3), call.get(4)) {
        (Some(name), _, _) => {
            let version = call.get(2).map(|version| version.as_str().to_owned());
            recorded.refs.push(RefCall { package: None, name: name.as_str().to_owned(), version });
        }
        (None, Some(source), Some(table)) => {
            recorded.sources.push((source.as_str().to_owned(), table.as_str().to_owned()));
        }
        (None, _, _) => return None,
    }
    Some(())
}

fn holds_jinja(value: &Value) -> bool {
    jinja::has_jinja(&value.to_string())
}

/// The tags of a test in dbt's order: those of the config tree come behind them.
fn tags(tested: &Tested<'_>, test: &TestUse, column: Option<&ColumnProperties>) -> Vec<String> {
    let mut tags = tested.tags.clone();
    for column in column.map(|column| super::column::columns(std::slice::from_ref(column))).iter().flatten() {
        tags.extend(column.1.tags.iter().cloned());
    }
    tags.extend(test.config.get("tags").map(|tags| texts(&tags.to_json())).unwrap_or_default());
    tags.sort();
    tags.dedup();
    tags
}

fn kwargs(tested: &Tested<'_>, test: &TestUse, column_name: Option<&str>) -> Map<String, Value> {
    let mut kwargs = Map::new();
    if let Some(column) = column_name {
        kwargs.insert("column_name".to_owned(), json!(column));
    }
    let given = test.arguments.to_json().into_iter().filter(|(key, _)| column_name.is_none() || key != "column_name");
    kwargs.extend(given);
    kwargs.insert("model".to_owned(), json!(format!("{{{{ get_where_subquery({}) }}}}", tested.reference)));
    kwargs
}

/// Config keys of a test in the order in which dbt writes them; others come behind them.
const CONFIG_ORDER: [&str; 14] = [
    "severity",
    "tags",
    "enabled",
    "where",
    "limit",
    "warn_if",
    "error_if",
    "fail_calc",
    "store_failures",
    "store_failures_as",
    "meta",
    "database",
    "schema",
    "alias",
];

/// The text of the node, as dbt writes it: a call of the test's macro, and its config; a name that is too long becomes an alias.
fn code(test: &TestUse, alias: Option<&str>) -> String {
    let namespace = test.namespace.as_ref().map(|name| format!("{name}.")).unwrap_or_default();
    let call = format!("{{{{ {namespace}test_{}(**_dbt_generic_test_kwargs) }}}}", test.name);
    let mut config = test.config.to_json();
    config.retain(|_, value| !value.is_null());
    if let Some(alias) = alias {
        config.entry("alias").or_insert_with(|| json!(alias));
    }
    with_config(call, &ordered(&config), &config)
}

/// The keys of a test's config in the order in which dbt writes them.
fn ordered(config: &Map<String, Value>) -> Vec<String> {
    let mut keys: Vec<String> = config.keys().cloned().collect();
    keys.sort_by_key(|key| CONFIG_ORDER.iter().position(|known| known == key).unwrap_or(CONFIG_ORDER.len()));
    keys
}

fn with_config(call: String, keys: &[String], config: &Map<String, Value>) -> String {
    let argument = |key: &String| Some(config_argument(key, config.get(key)?));
    let configs: Vec<String> = keys.iter().filter_map(argument).collect();
    if configs.is_empty() { call } else { format!("{call}{{{{ config({}) }}}}", configs.join(",")) }
}

/// The text of a test with the values of its config in the place of the Jinja that gave them.
pub fn evaluated_code(code: &str, keys: &[String], config: &Map<String, Value>) -> String {
    let call = code.find("}}").map_or(code, |end| &code[..end + 2]);
    with_config(call.to_owned(), keys, config)
}

fn config_argument(key: &str, value: &Value) -> String {
    match value {
        Value::String(text) => format!("{key}={}", text_argument(text)),
        other => format!("{key}={}", jinja::repr(&jinja::from_json(other))),
    }
}

/// A string as a Jinja expression; Jinja in it is evaluated when the test is parsed.
fn text_argument(text: &str) -> String {
    if !jinja::has_jinja(text) {
        return quoted(text);
    }
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("{{") {
        let Some(end) = rest[start..].find("}}").map(|at| start + at) else { break };
        if start > 0 {
            parts.push(quoted(&rest[..start]));
        }
        parts.push(format!("({})", rest[start + 2..end].trim_matches('-').trim()));
        rest = &rest[end + 2..];
    }
    if !rest.is_empty() {
        parts.push(quoted(rest));
    }
    parts.join(" ~ ")
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n"))
}

#[cfg(test)]
mod tests {
    use super::text_argument;

    #[test]
    fn jinja_in_a_config_becomes_an_expression() {
        assert_eq!(text_argument("d > '{{ var('x') }}'"), r#""d > '" ~ (var('x')) ~ "'""#);
        assert_eq!(text_argument("{{ var('on') }}"), "(var('on'))");
        assert_eq!(text_argument("say \"hi\""), r#""say \"hi\"""#);
    }
}
