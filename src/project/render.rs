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
        read: |text| yaml::parse_text(text, "fromyaml").ok().map(|node| node.to_python()),
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
    /// Whether `a.sql.j2` is read as `a.sql`.
    pub reads_jinja_names: bool,
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
        Scope {
            root: jinja::Value::from_object(Names(names.clone())),
            names,
            nests_arguments: true,
            reads_jinja_names: false,
        }
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
        let json = jinja::to_json(&value).unwrap_or_else(|_| Json::String(jinja::text(&value)));
        revealed(json).map_err(|error| error.at(origin.place()))
    }
}

/// Stands for a secret while Jinja runs, so that nothing can change it and thereby hide it from the scrubbing.
fn veil(name: &str) -> String {
    format!("\u{2}secret {name}\u{3}")
}

/// The value with the secrets themselves in it.
fn revealed(value: Json) -> Result<Json> {
    let text = match value {
        Json::String(text) if text.contains(['\u{2}', '\u{3}']) => text,
        Json::Array(items) => return items.into_iter().map(revealed).collect::<Result<_>>().map(Json::Array),
        other => return Ok(other),
    };
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some((before, behind)) = rest.split_once('\u{2}') {
        let name =
            behind.split_once('\u{3}').and_then(|(veiled, after)| Some((veiled.strip_prefix("secret ")?, after)));
        let known = name.and_then(|(name, after)| Some((std::env::var(name).ok()?, after)));
        let Some((secret, after)) = known else { return Err(changed_secret()) };
        out.push_str(before);
        out.push_str(&secret);
        rest = after;
    }
    if rest.contains('\u{3}') { Err(changed_secret()) } else { Ok(Json::String(out + rest)) }
}

fn changed_secret() -> Error {
    Error::parsing("a secret must stay as it is: filters and methods cannot change it")
        .hint("put the value into the environment as it is needed")
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
            (Ok(_), _) if name.starts_with(SECRET_PREFIX) => Ok(jinja::Value::from(veil(&name))),
            (Ok(value), _) => Ok(jinja::Value::from(value)),
            (Err(_), Some(default)) if !default.is_none() => Ok(default),
            (Err(_), _) => Err(jinja::raise(
                Error::new(Kind::Parsing, format!("the environment variable `{name}` is not set"))
                    .hint(format!("set it, or give a default: `env_var('{name}', '..')`")),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_veiled_secret_is_revealed_only_as_it_was() {
        let name = "PATH";
        let whole = Json::String(format!("x{}y", veil(name)));
        assert_eq!(revealed(whole).unwrap(), Json::String(format!("x{}y", std::env::var(name).unwrap())));
        let changed = [veil(name).to_uppercase(), veil(name)[..4].to_owned(), veil(name)[3..].to_owned()];
        assert!(changed.into_iter().all(|text| revealed(Json::String(text)).is_err()));
    }
}
