//! The keys of a project file.

use super::{Dispatch, ProjectFile, QueryComment, Quoting};
use crate::error::{Error, Result};
use crate::project::warning::Warning;
use crate::project::yaml::{Map, Node, Value};

/// Sections with a config tree, under the name that the tree gets.
const TREES: [(&str, &str); 13] = [
    ("models", "models"),
    ("seeds", "seeds"),
    ("snapshots", "snapshots"),
    ("sources", "sources"),
    ("data_tests", "data_tests"),
    ("tests", "data_tests"),
    ("unit_tests", "unit_tests"),
    ("analyses", "analyses"),
    ("exposures", "exposures"),
    ("functions", "functions"),
    ("metrics", "metrics"),
    ("semantic-models", "semantic-models"),
    ("saved-queries", "saved-queries"),
];

const OTHER_KEYS: [&str; 33] = [
    "name",
    "version",
    "config-version",
    "profile",
    "require-dbt-version",
    "model-paths",
    "source-paths",
    "seed-paths",
    "data-paths",
    "test-paths",
    "analysis-paths",
    "macro-paths",
    "snapshot-paths",
    "function-paths",
    "docs-paths",
    "asset-paths",
    "target-path",
    "log-path",
    "packages-install-path",
    "modules-path",
    "clean-targets",
    "quoting",
    "on-run-start",
    "on-run-end",
    "dispatch",
    "vars",
    "query-comment",
    "restrict-access",
    "flags",
    "dbt-cloud",
    "packages",
    "require-kiln-version",
    "osi-paths",
];

/// Names that templates use and no project may have.
const RESERVED: [&str; 39] = [
    "_sql_results",
    "adapter",
    "api",
    "column",
    "config",
    "context",
    "database",
    "env",
    "env_var",
    "exceptions",
    "execute",
    "flags",
    "fromjson",
    "fromyaml",
    "graph",
    "invocation_id",
    "load_agate_table",
    "load_result",
    "log",
    "model",
    "modules",
    "post_hooks",
    "pre_hooks",
    "ref",
    "render",
    "return",
    "run_started_at",
    "schema",
    "source",
    "sql",
    "sql_now",
    "store_result",
    "store_raw_result",
    "target",
    "this",
    "tojson",
    "toyaml",
    "var",
    "write",
];

/// True when a project may have this name.
pub fn is_valid_name(name: &str) -> bool {
    let starts_well = name.chars().next().is_some_and(|first| first == '_' || first.is_alphabetic());
    starts_well && name.chars().all(|c| c == '_' || c.is_alphanumeric()) && !RESERVED.contains(&name)
}

/// The settings in the rendered tree of a project file.
pub fn from_tree(root: &Node, warnings: &mut Vec<Warning>, errors: &mut Vec<Error>) -> Option<ProjectFile> {
    let Some(map) = root.as_map() else {
        errors.push(root.mismatch("the project file", "a mapping"));
        return None;
    };
    let mut keys = Keys { map, warnings, errors };
    keys.unknown();
    let name = keys.name(root);
    let is_named = name.is_some();
    let vars = keys.value("vars", Node::map).cloned().unwrap_or_default();
    let model_paths = keys.paths("model-paths", Some("source-paths"), &["models"]);
    let seed_paths = keys.paths("seed-paths", Some("data-paths"), &["seeds"]);
    let install_path = keys.renamed("packages-install-path", Some("modules-path"), Node::text);
    let settings = ProjectFile {
        origin: root.origin.clone(),
        name: name.unwrap_or_default(),
        version: keys.value("version", Node::scalar_text),
        profile: keys.value("profile", Node::scalar_text),
        require_dbt_version: keys.value("require-dbt-version", Node::texts).unwrap_or_default(),
        model_paths,
        seed_paths,
        test_paths: keys.paths("test-paths", None, &["tests"]),
        analysis_paths: keys.paths("analysis-paths", None, &["analyses"]),
        macro_paths: keys.paths("macro-paths", None, &["macros"]),
        snapshot_paths: keys.paths("snapshot-paths", None, &["snapshots"]),
        function_paths: keys.paths("function-paths", None, &["functions"]),
        docs_paths: keys.paths("docs-paths", None, &[]),
        asset_paths: keys.paths("asset-paths", None, &[]),
        target_path: keys.deprecated_path("target-path", "target"),
        log_path: keys.deprecated_path("log-path", "logs"),
        packages_install_path: install_path.unwrap_or("dbt_packages").into(),
        clean_targets: keys.paths("clean-targets", None, &["target"]),
        quoting: keys.quoting(),
        on_run_start: keys.hooks("on-run-start"),
        on_run_end: keys.hooks("on-run-end"),
        dispatch: keys.dispatch(),
        vars,
        query_comment: keys.query_comment(),
        restrict_access: keys.value("restrict-access", Node::bool).unwrap_or_default(),
        flags: keys.value("flags", Node::map).cloned().unwrap_or_default(),
        trees: keys.trees(),
    };
    is_named.then_some(settings)
}

struct Keys<'a> {
    map: &'a Map,
    warnings: &'a mut Vec<Warning>,
    errors: &'a mut Vec<Error>,
}

impl<'a> Keys<'a> {
    fn unknown(&mut self) {
        for entry in &self.map.entries {
            let key = &entry.name();
            let known = || TREES.iter().map(|(name, _)| *name).chain(OTHER_KEYS);
            if known().any(|name| name == key) {
                continue;
            }
            let error = Error::parsing(format!("`{key}` is no key of a project file")).at(entry.key.place());
            self.errors.push(error.meant(key, known()));
        }
    }

    /// The value of `key` through `read`; nothing when it is missing, null or wrong.
    fn value<T>(&mut self, key: &str, read: impl Fn(&'a Node, &str) -> Result<T>) -> Option<T> {
        let node = self.map.get(key).filter(|node| !node.is_null())?;
        read(node, key).map_err(|error| self.errors.push(error)).ok()
    }

    /// As `value`, for a key that had another name once.
    fn renamed<T>(&mut self, key: &str, old: Option<&str>, read: impl Fn(&'a Node, &str) -> Result<T>) -> Option<T> {
        if let (Some(old), Some(entry)) = (old, old.and_then(|old| self.map.entry(old))) {
            let name = match old {
                "source-paths" => "ConfigSourcePathDeprecation",
                "data-paths" => "ConfigDataPathDeprecation",
                _ => "PackageInstallPathDeprecation",
            };
            let message = format!("`{old}` is the old name of `{key}`");
            self.warnings.push(Warning::at(name, message, &entry.key.origin));
            if self.map.get(key).is_none() {
                return self.value(old, read);
            }
        }
        self.value(key, read)
    }

    fn name(&mut self, root: &Node) -> Option<String> {
        let Some(node) = self.map.get("name") else {
            self.errors.push(Error::parsing("the project file has no `name`").at(root.place()));
            return None;
        };
        let name = self.value("name", Node::text)?;
        if is_valid_name(name) {
            return Some(name.to_owned());
        }
        let (why, hint) = if RESERVED.contains(&name) {
            ("is a word of templates", "choose another name")
        } else {
            ("is no valid name", "use letters, digits and underscores")
        };
        self.errors.push(Error::parsing(format!("the project name `{name}` {why}")).at(node.place()).hint(hint));
        None
    }

    fn paths(&mut self, key: &str, old: Option<&str>, default: &[&str]) -> Vec<String> {
        let read = |node: &'a Node, key: &str| node.seq(key).and_then(|_| node.texts(key));
        let found = self.renamed(key, old, read);
        found.unwrap_or_else(|| default.iter().map(|path| (*path).to_owned()).collect())
    }

    /// A path that belongs to the command line now; only dbt gives it up, so kiln's own project file may have it.
    fn deprecated_path(&mut self, key: &str, default: &str) -> Option<String> {
        let path = self.value(key, Node::text)?;
        let origin = self.map.entry(key).map(|entry| entry.key.origin.clone());
        if let Some(origin) = origin.filter(|origin| path != default && !origin.file.ends_with(super::OWN_NAME)) {
            let name = if key == "log-path" { "ConfigLogPathDeprecation" } else { "ConfigTargetPathDeprecation" };
            let message = format!("`{key}` of the project file is deprecated; use `--{key}` or `DBT_{}`", upper(key));
            self.warnings.push(Warning::at(name, message, &origin));
        }
        Some(path.to_owned())
    }

    fn quoting(&mut self) -> Quoting {
        let Some(map) = self.value("quoting", Node::map) else { return Quoting::default() };
        let mut keys = Keys { map, warnings: self.warnings, errors: self.errors };
        Quoting {
            database: keys.value("database", Node::bool),
            schema: keys.value("schema", Node::bool),
            identifier: keys.value("identifier", Node::bool),
        }
    }

    fn hooks(&mut self, key: &str) -> Vec<Node> {
        let Some(node) = self.map.get(key).filter(|node| !node.is_null()) else { return Vec::new() };
        let hooks = match &node.value {
            Value::Seq(items) => items.iter().filter(|item| !item.is_null()).cloned().collect(),
            Value::Null
            | Value::Bool(_)
            | Value::Int(_)
            | Value::Float(_)
            | Value::Text(_)
            | Value::Time(_)
            | Value::Map(_) => vec![node.clone()],
        };
        for hook in &hooks {
            if let Err(error) = hook.text(key) {
                self.errors.push(error);
            }
        }
        hooks
    }

    fn dispatch(&mut self) -> Vec<Dispatch> {
        let entries = self.value("dispatch", Node::seq).unwrap_or_default();
        let mut rules = Vec::new();
        for entry in entries {
            let Some(map) = entry.as_map() else {
                self.errors.push(entry.mismatch("dispatch", "a list of mappings"));
                continue;
            };
            let mut keys = Keys { map, warnings: self.warnings, errors: self.errors };
            let namespace = keys.value("macro_namespace", Node::text);
            let order = keys.value("search_order", |node, key| node.seq(key).and_then(|_| node.texts(key)));
            match (namespace, order) {
                // An empty order says nothing.
                (Some(_), Some(search_order)) if search_order.is_empty() => {}
                (Some(namespace), Some(search_order)) => {
                    rules.push(Dispatch { macro_namespace: namespace.to_owned(), search_order });
                }
                (_, _) => self.errors.push(
                    Error::parsing("an entry of `dispatch` needs `macro_namespace` and `search_order`")
                        .at(entry.place()),
                ),
            }
        }
        rules
    }

    fn query_comment(&mut self) -> QueryComment {
        let Some(node) = self.map.get("query-comment") else { return QueryComment::default() };
        match &node.value {
            Value::Null => QueryComment { is_off: true, ..QueryComment::default() },
            Value::Map(map) => {
                let is_off = map.get("comment").is_some_and(|it| it.is_null() || it.as_text() == Some(""));
                let mut keys = Keys { map, warnings: self.warnings, errors: self.errors };
                QueryComment {
                    comment: keys.value("comment", Node::text).map(ToOwned::to_owned),
                    is_off,
                    append: keys.value("append", Node::bool).unwrap_or_default(),
                }
            }
            Value::Text(text) => QueryComment { comment: Some(text.clone()), is_off: text.is_empty(), append: false },
            Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Time(_) | Value::Seq(_) => {
                self.errors.push(node.mismatch("query-comment", "a text or a mapping"));
                QueryComment::default()
            }
        }
    }

    fn trees(&mut self) -> Vec<(&'static str, Map)> {
        if let (Some(_), Some(old)) = (self.map.get("data_tests"), self.map.entry("tests")) {
            let message = "`tests` and `data_tests` are two names of one section";
            self.errors.push(Error::parsing(message).at(old.key.place()).hint("move all of it to `data_tests`"));
        }
        let mut trees = Vec::new();
        for (key, name) in TREES {
            if let Some(tree) = self.value(key, Node::map) {
                trees.push((name, tree.clone()));
            }
        }
        trees
    }
}

/// The name of a variable for a key.
fn upper(key: &str) -> String {
    key.replace('-', "_").to_uppercase()
}
