//! `api.Relation` and `api.Column`: the classes behind relations and columns.

use std::fmt;
use std::sync::Arc;

use crate::jinja::{CallError, Object, ObjectRepr, State, Value, bind, fail, pairs, split};
use crate::name::{Parts, Relation};
use crate::template::function::{Answer, Methods, optional_text, text_of};

use super::column;
use super::relation::{RelationValue, kind_of};

/// The object `api`.
pub(super) fn value(quoting: Parts<bool>) -> Value {
    Methods::value("api", &[], vec![("Relation", relation_class(quoting)), ("Column", column::class())])
}

/// The class of relations; `quoting` is what those get that say nothing else.
pub(crate) fn relation_class(quoting: Parts<bool>) -> Value {
    Value::from_object(RelationClass { quoting })
}

struct RelationClass {
    quoting: Parts<bool>,
}

impl fmt::Debug for RelationClass {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("<class PostgresRelation>")
    }
}

impl Object for RelationClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        match key.as_str()? {
            "get_relation_type" => Some(Value::from_dyn_object(self.clone())),
            name => RelationValue::constant(name),
        }
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
        create(arguments, self.quoting)
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        match method {
            "create" => create(arguments, self.quoting),
            other => class_method(other, arguments)
                .unwrap_or_else(|| Err(fail(format!("api.Relation has no method `{other}`")))),
        }
    }
}

/// What is the same on the class and on each relation.
pub(super) fn class_method(method: &str, arguments: &[Value]) -> Option<Answer> {
    Some(match method {
        "relation_max_name_length" => Ok(Value::from(crate::name::MAX_NAME_BYTES)),
        "add_ephemeral_prefix" | "create_ephemeral_from" => bind(method, arguments, ["name"], 1)
            .map(|[name]| Value::from(format!("__dbt__cte__{}", optional_text(name.as_ref()).unwrap_or_default()))),
        "quoted" => bind(method, arguments, ["identifier"], 1)
            .map(|[name]| Value::from(crate::name::quote(&optional_text(name.as_ref()).unwrap_or_default()))),
        "scd_args" => scd_args(method, arguments),
        "create" => create(arguments, Parts::ALL),
        "get_function_config" => function_config(method, arguments),
        "get_function_macro_name" => function_macro_name(method, arguments),
        "get_default_quote_policy" | "get_default_include_policy" => {
            Ok(crate::jinja::Dict::value([("database", true), ("schema", true), ("identifier", true)]))
        }
        _ => return None,
    })
}

/// What the materialization of a function must know of `model`.
fn function_config(method: &str, arguments: &[Value]) -> Answer {
    let [model] = bind(method, arguments, ["model"], 1)?;
    let of = |value: &Option<Value>, key: &str| {
        value.as_ref().and_then(|value| value.get_attr(key).ok()).filter(|value| !crate::jinja::is_undefined(value))
    };
    let config = of(&model, "config");
    let or_none = |value: Option<Value>| value.unwrap_or_else(|| Value::from(()));
    Ok(crate::jinja::Dict::value([
        ("language", or_none(of(&model, "language"))),
        ("type", or_none(of(&config, "type"))),
        ("runtime_version", or_none(of(&config, "runtime_version"))),
        ("entry_point", or_none(of(&config, "entry_point"))),
    ]))
}

/// The macro that makes a function of this kind: `scalar_function_sql`.
fn function_macro_name(method: &str, arguments: &[Value]) -> Answer {
    let [config] = bind(method, arguments, ["config"], 1)?;
    let part = |key: &str| config.as_ref().and_then(|config| optional_text(config.get_attr(key).ok().as_ref()));
    let language = part("language").unwrap_or_default();
    for (key, article) in [("runtime_version", "A"), ("entry_point", "An")] {
        if language == "python" && part(key).is_none() {
            return Err(fail(format!("{article} `{key}` is required for python functions")));
        }
    }
    Ok(Value::from(format!("{}_function_{language}", part("type").unwrap_or_default())))
}

/// The parts of a snapshot's key with its time, as one list.
fn scd_args(method: &str, arguments: &[Value]) -> Answer {
    let [key, updated_at] = bind(method, arguments, ["primary_key", "updated_at"], 2)?;
    let mut all = match &key {
        Some(key) if key.as_str().is_none() => crate::jinja::items(key)?,
        Some(key) => vec![key.clone()],
        None => Vec::new(),
    };
    all.extend(updated_at);
    Ok(crate::jinja::List::value(all))
}

/// `create(database=, schema=, identifier=, type=, quote_policy=, include_policy=)`.
fn create(arguments: &[Value], quoting: Parts<bool>) -> Answer {
    let (positional, named) = split(arguments);
    let mut relation =
        Relation { database: None, schema: None, identifier: None, kind: None, quote: quoting, include: Parts::ALL };
    for (at, value) in positional.iter().enumerate() {
        let name = ["database", "schema", "identifier", "type"].get(at);
        set(&mut relation, name.ok_or_else(|| fail("create() takes at most 4 positional arguments"))?, value)?;
    }
    for (name, value) in named {
        set(&mut relation, &name, &value)?;
    }
    RelationValue::checked(relation)
}

fn set(relation: &mut Relation, name: &str, value: &Value) -> Result<(), CallError> {
    let part = || optional_text(Some(value));
    match name {
        "database" => relation.database = part(),
        "schema" => relation.schema = part(),
        "identifier" => relation.identifier = part(),
        "type" => relation.kind = kind_of(Some(value))?,
        "quote_policy" => relation.quote = policy(value, relation.quote)?,
        "include_policy" => relation.include = policy(value, relation.include)?,
        "path" => {
            for (key, value) in pairs(value)? {
                set(relation, &text_of(&key), &value)?;
            }
        }
        _ => {}
    }
    Ok(())
}

fn policy(value: &Value, so_far: Parts<bool>) -> Result<Parts<bool>, CallError> {
    if value.is_none() {
        return Ok(so_far);
    }
    let mut flags = so_far;
    for (key, value) in pairs(value)? {
        match text_of(&key).as_str() {
            "database" => flags.database = value.is_true(),
            "schema" => flags.schema = value.is_true(),
            "identifier" => flags.identifier = value.is_true(),
            _ => {}
        }
    }
    Ok(flags)
}
