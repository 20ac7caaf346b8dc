//! Jinja in the values of YAML files: native evaluation, and what the values may ask for.

use std::fmt;
use std::sync::{Arc, LazyLock};

use serde_json::{Map as JsonMap, Value as Json};

use super::yaml::{self, Node, Value};
use crate::error::{Error, Kind, Result};
use crate::jinja::{self, CallError, Engine, Mode, Object, State, Template, bind, has_jinja};

// Shared by all files, for it knows nothing of them. Projects without Jinja in their YAML never make it.
static ENGINE: LazyLock<Engine> = LazyLock::new(|| {
    let yaml = jinja::Yaml {
        read: |text| yaml::parse_text(text, "fromyaml").ok().map(|node| node.to_json()),
        write: |value, is_sorted| Some(yaml::to_yaml(value, is_sorted)),
    };
    Engine::new(Vec::new(), jinja::globals(Some(yaml)))
});

/// Looks up a variable.
pub type Lookup = Arc<dyn Fn(&str) -> Option<Json> + Send + Sync>;

/// Names that start so are secrets.
const SECRET_PREFIX: &str = "DBT_ENV_SECRET";

/// Whether `env_var` may read secrets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Secrets {
    /// As in `profiles.yml` and `packages.yml`.
    Allowed,
    /// As everywhere else.
    Refused,
}

/// What the Jinja in one kind of file may ask for.
pub struct Scope {
    /// Whether `arguments` of a generic test holds its arguments, and is not one of them.
    pub nests_arguments: bool,
    names: Vec<(&'static str, jinja::Value)>,
    root: jinja::Value,
}

impl Scope {
    /// A scope with `var`, `env_var`, and `target` where it is known.
    pub fn new(vars: Lookup, secrets: Secrets, target: Option<&JsonMap<String, Json>>) -> Scope {
        // Close enough to the invocation's: dbt, too, takes the time while it loads the project.
        let now = jinja::DateTime::utc(chrono::Utc::now());
        let mut names = vec![
            ("var", jinja::Value::from_object(Variables(vars))),
            ("env_var", jinja::Value::from_object(Environment(secrets))),
            ("dbt_version", jinja::Value::from("1.11.16")),
            ("run_started_at", now),
        ];
        if let Some(target) = target {
            names.push(("target", jinja::from_json(&Json::Object(target.clone()))));
        }
        Scope { root: jinja::Value::from_object(Names(names.clone())), names, nests_arguments: true }
    }

    /// The same scope with `project_name`, as property files have it.
    #[must_use]
    pub fn of_project(self, name: &str) -> Scope {
        let mut names = self.names;
        names.push(("project_name", jinja::Value::from(name)));
        Scope { root: jinja::Value::from_object(Names(names.clone())), names, ..self }
    }

    /// `node` with all its Jinja evaluated; mistakes go to `errors` and leave the text.
    pub fn render(&self, node: Node, errors: &mut Vec<Error>) -> Node {
        self.render_but(node, &|_| false, errors)
    }

    /// As `render`, but leaves alone what stands under a key of which `is_kept` is true.
    pub fn render_but(&self, mut node: Node, is_kept: &dyn Fn(&str) -> bool, errors: &mut Vec<Error>) -> Node {
        self.walk(&mut node, is_kept, errors);
        node
    }

    fn walk(&self, node: &mut Node, is_kept: &dyn Fn(&str) -> bool, errors: &mut Vec<Error>) {
        match &mut node.value {
            Value::Text(text) if has_jinja(text) => match self.evaluate(text, &node.origin) {
                Ok(json) => {
                    let template = Arc::from(text.as_str());
                    node.value = Node::from_json(&json, &node.origin).value;
                    node.template = Some(template);
                }
                Err(error) => errors.push(error),
            },
            Value::Null | Value::Bool(_) | Value::Int(_) | Value::Float(_) | Value::Text(_) | Value::Time(_) => {}
            Value::Seq(items) => items.iter_mut().for_each(|item| self.walk(item, is_kept, errors)),
            Value::Map(map) => {
                for entry in &mut map.entries {
                    if !entry.key.as_text().is_some_and(is_kept) {
                        self.walk(&mut entry.value, is_kept, errors);
                    }
                }
            }
        }
    }

    /// The value of `text`, which stands at `origin`.
    pub fn evaluate(&self, text: &str, origin: &yaml::Origin) -> Result<Json> {
        let template = Template {
            what: "a YAML value",
            file: &origin.file,
            line: origin.line.max(1),
            column: origin.column.max(1),
            text,
        };
        let value = ENGINE.evaluate(Mode::Run, &template, &self.root).map_err(|error| error.at(origin.place()))?;
        jinja::to_json(&value).or_else(|_| Ok(Json::String(jinja::text(&value))))
    }
}

/// The text of a docs block: its Jinja sees no names, and what is undefined is nothing.
pub fn docs_text(name: &str, text: &str, origin: &yaml::Origin) -> Result<String> {
    if !has_jinja(text) {
        return Ok(text.to_owned());
    }
    let what = format!("docs block {name}");
    let template = Template { what: &what, file: &origin.file, line: origin.line, column: origin.column, text };
    let root = jinja::Value::from_object(Names(Vec::new()));
    ENGINE.render(Mode::Parse, &template, &root).map(|output| output.text)
}

/// True for a hook's key, with or without `+`; hooks are rendered when they run.
pub fn is_hook(key: &str) -> bool {
    matches!(key.trim_start_matches(['+', ' ']), "pre-hook" | "post-hook" | "pre_hook" | "post_hook")
}

/// Values of the environment that are shown as `*****`, longest first.
pub fn secrets() -> Vec<String> {
    let mut secrets: Vec<String> = std::env::vars_os()
        .filter(|(name, _)| name.to_string_lossy().starts_with(SECRET_PREFIX))
        .map(|(_, value)| value.to_string_lossy().into_owned())
        .filter(|value| !value.is_empty())
        .collect();
    secrets.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
    secrets
}

/// The names of a scope.
#[derive(Debug)]
struct Names(Vec<(&'static str, jinja::Value)>);

impl Object for Names {
    fn get_value_by_str(self: &Arc<Self>, key: &str) -> Option<jinja::Value> {
        self.0.iter().find(|(name, _)| *name == key).map(|(_, value)| value.clone())
    }

    fn get_value(self: &Arc<Self>, key: &jinja::Value) -> Option<jinja::Value> {
        self.get_value_by_str(key.as_str()?)
    }
}

/// `var`, and `var.has_var`.
struct Variables(Lookup);

impl fmt::Debug for Variables {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("var")
    }
}

impl Object for Variables {
    fn call(self: &Arc<Self>, state: &mut State<'_, '_>, args: &[jinja::Value]) -> Result<jinja::Value, CallError> {
        let [name, default] = bind("var", args, ["name", "default"], 1)?;
        let name = name.as_ref().map(jinja::text).unwrap_or_default();
        match (self.0(&name), default) {
            (Some(Json::String(text)), _) if has_jinja(&text) => {
                Engine::render_inside(state, &format!("var {name}"), &text)
            }
            (Some(value), _) => Ok(jinja::from_json(&value)),
            (None, Some(default)) => Ok(default),
            (None, None) => Err(jinja::raise(
                Error::compilation(format!("the var `{name}` is not set"))
                    .hint(format!("give it with `--vars '{{{name}: ..}}'`, under `vars:`, or with a default")),
            )),
        }
    }

    fn call_method(
        self: &Arc<Self>,
        _state: &mut State<'_, '_>,
        method: &str,
        args: &[jinja::Value],
    ) -> Result<jinja::Value, CallError> {
        if method != "has_var" {
            return Err(jinja::fail(format!("`var` has no method `{method}`")));
        }
        let [name] = bind("has_var", args, ["name"], 1)?;
        Ok(jinja::Value::from(name.is_some_and(|name| self.0(&jinja::text(&name)).is_some())))
    }
}

/// `env_var`.
#[derive(Debug)]
struct Environment(Secrets);

impl Object for Environment {
    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, args: &[jinja::Value]) -> Result<jinja::Value, CallError> {
        let [name, default] = bind("env_var", args, ["name", "default"], 1)?;
        let name = name.as_ref().map(jinja::text).unwrap_or_default();
        if name.starts_with(SECRET_PREFIX) && self.0 == Secrets::Refused {
            let message = format!("`{name}` is a secret, which only profiles.yml and packages.yml may read");
            return Err(jinja::raise(Error::new(Kind::Parsing, message)));
        }
        match (std::env::var(&name), default) {
            (Ok(value), _) => Ok(jinja::Value::from(value)),
            (Err(_), Some(default)) if !default.is_none() => Ok(default),
            (Err(_), _) => Err(jinja::raise(
                Error::new(Kind::Parsing, format!("the environment variable `{name}` is not set"))
                    .hint(format!("set it, or give a default: `env_var('{name}', '..')`")),
            )),
        }
    }
}
