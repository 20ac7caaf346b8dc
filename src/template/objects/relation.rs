//! Relations as templates see them.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::error::Error;
use crate::jinja::{
    CallError, Dict, DynObject, Enumerator, List, Object, ObjectRepr, State, Value, bind, fail, is_undefined, pairs,
    raise, split,
};
use crate::name::{MAX_NAME_BYTES, Parts, Relation, RelationKind};
use crate::template::function::{Answer, optional_text, text_of};

use super::method::Method;

/// The rows that a run wants of a parent; printing the relation gives a subquery then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cut {
    /// No rows at all.
    pub(crate) is_empty: bool,
    /// Column, first instant inside, first instant after.
    pub(crate) window: Option<(String, String, String)>,
}

/// A relation in a template; immutable.
pub(crate) struct RelationValue {
    /// Its name and kind.
    pub(crate) relation: Relation,
    cut: Option<Cut>,
}

/// dbt's constants on relations, as `relation.View`.
const CONSTANTS: [(&str, &str); 7] = [
    ("Table", "table"),
    ("View", "view"),
    ("CTE", "cte"),
    ("MaterializedView", "materialized_view"),
    ("External", "external"),
    ("Function", "function"),
    ("PointerTable", "pointer_table"),
];

/// What a relation's dict holds, in dbt's order.
const FIELDS: [&str; 12] = [
    "path",
    "type",
    "quote_character",
    "include_policy",
    "quote_policy",
    "dbt_created",
    "limit",
    "event_time_filter",
    "require_alias",
    "catalog",
    "renameable_relations",
    "replaceable_relations",
];

impl RelationValue {
    /// The value of a relation.
    pub(crate) fn value(relation: Relation) -> Value {
        Value::from_object(RelationValue { relation, cut: None })
    }

    /// The value of a parent of which only some rows are wanted.
    pub(crate) fn cut(relation: Relation, cut: Option<Cut>) -> Value {
        Value::from_object(RelationValue { relation, cut })
    }

    /// The value of a relation whose kind is known, and whose name Postgres must therefore be able to keep.
    ///
    /// # Errors
    ///
    /// `Compilation` for a name that is too long.
    pub(crate) fn checked(relation: Relation) -> Answer {
        check_length(&relation)?;
        Ok(RelationValue::value(relation))
    }

    /// The information schema of the database in which `relation` is.
    pub(crate) fn information_schema(relation: &Relation) -> Value {
        RelationValue::value(information_schema(relation, None))
    }

    /// The relation inside `value`.
    ///
    /// # Errors
    ///
    /// `Compilation` when it is none.
    pub(crate) fn of(value: Option<&Value>, function: &str) -> Result<Relation, CallError> {
        match value.and_then(|value| value.downcast_object_ref::<RelationValue>()) {
            Some(found) => Ok(found.relation.clone()),
            None => {
                let got = value.map_or("nothing".to_owned(), crate::jinja::repr);
                Err(fail(format!("{function}() takes a relation, got {got}")))
            }
        }
    }

    /// A constant such as `View`.
    pub(crate) fn constant(name: &str) -> Option<Value> {
        CONSTANTS.iter().find(|(known, _)| *known == name).map(|(_, word)| Value::from(*word))
    }

    fn text(&self) -> String {
        let mut text = self.relation.render();
        let Some(cut) = &self.cut else { return text };
        let name = self.relation.identifier.as_deref().unwrap_or_default();
        if cut.is_empty {
            text = format!("(select * from {text} where false limit 0) _dbt_limit_subq_{name}");
        }
        if let Some((column, start, end)) = &cut.window {
            text = format!(
                "(select * from {text} where {column} >= '{start}' and {column} < '{end}') _dbt_et_filter_subq_{name}"
            );
        }
        text
    }

    fn with(&self, relation: Relation) -> Value {
        Value::from_object(RelationValue { relation, cut: self.cut.clone() })
    }

    /// `to_dict(omit_none=False)`.
    fn to_dict(&self, method: &str, arguments: &[Value]) -> Answer {
        let [omit_none] = bind(method, arguments, ["omit_none"], 0)?;
        let omits = omit_none.is_some_and(|omit_none| omit_none.is_true());
        let entry = |name: &'static str| Some((name, self.attribute(name)?));
        Ok(Dict::value(FIELDS.into_iter().filter_map(entry).filter(|(_, value)| !(omits && value.is_none()))))
    }

    fn has_kind(&self, kind: RelationKind) -> Value {
        Value::from(self.relation.kind == Some(kind))
    }

    fn attribute(&self, name: &str) -> Option<Value> {
        let text = |part: &Option<String>| part.as_deref().map_or(Value::from(()), Value::from);
        let relation = &self.relation;
        Some(match name {
            "__repr__" => Value::from(format!("{self:?}")),
            "database" => text(&relation.database),
            "schema" => text(&relation.schema),
            "identifier" | "table" | "name" => text(&relation.identifier),
            "type" => relation.kind.map_or(Value::from(()), |kind| Value::from(kind.as_str())),
            "is_table" => self.has_kind(RelationKind::Table),
            "is_view" => self.has_kind(RelationKind::View),
            "is_cte" => self.has_kind(RelationKind::Cte),
            "is_materialized_view" => self.has_kind(RelationKind::MaterializedView),
            "is_function" => self.has_kind(RelationKind::Function),
            "is_pointer" | "is_hive_metastore" | "is_dynamic_table" => Value::from(false),
            "can_be_renamed" | "can_be_replaced" => {
                Value::from(matches!(relation.kind, Some(RelationKind::Table | RelationKind::View)))
            }
            "path" => parts(text(&relation.database), text(&relation.schema), text(&relation.identifier)),
            "quote_policy" => flags(relation.quote),
            "include_policy" => flags(relation.include),
            "quote_character" => Value::from("\""),
            "metadata" => Dict::value([("type", "PostgresRelation")]),
            "renameable_relations" | "replaceable_relations" => List::value(vec!["view".into(), "table".into()]),
            "limit" | "event_time_filter" | "catalog" => Value::from(()),
            "dbt_created" => Value::from(false),
            "require_alias" => Value::from(true),
            _ => return RelationValue::constant(name),
        })
    }
}

fn parts(database: Value, schema: Value, identifier: Value) -> Value {
    Dict::value([("database", database), ("schema", schema), ("identifier", identifier)])
}

fn flags(of: Parts<bool>) -> Value {
    parts(of.database.into(), of.schema.into(), of.identifier.into())
}

/// Refuses names that Postgres would cut.
pub(super) fn check_length(relation: &Relation) -> Result<(), CallError> {
    match (&relation.identifier, relation.kind) {
        (Some(name), Some(kind)) if kind != RelationKind::Cte && name.len() > MAX_NAME_BYTES => {
            Err(raise(Error::compilation(format!("relation name `{name}` is longer than {MAX_NAME_BYTES} characters"))))
        }
        (_, _) => Ok(()),
    }
}

/// Named arguments of `include` and `quote`, in the stead of the flags so far.
fn changed(function: &str, arguments: &[Value], flags: Parts<bool>) -> Result<Parts<bool>, CallError> {
    let [database, schema, identifier] = bind(function, arguments, ["database", "schema", "identifier"], 0)?;
    let or =
        |given: Option<Value>, so_far| given.filter(|given| !given.is_none()).map_or(so_far, |given| given.is_true());
    Ok(Parts {
        database: or(database, flags.database),
        schema: or(schema, flags.schema),
        identifier: or(identifier, flags.identifier),
    })
}

/// Puts given parts of a path in the stead of those of `relation`.
pub(super) fn replace_path(relation: &mut Relation, given: Vec<(String, Value)>) -> Result<(), CallError> {
    for (name, value) in given {
        let part = optional_text(Some(&value));
        match name.as_str() {
            "database" => relation.database = part,
            "schema" => relation.schema = part,
            "identifier" => relation.identifier = part,
            other => return Err(fail(format!("a relation's path has no part `{other}`"))),
        }
    }
    Ok(())
}

/// The kind that `value` names; nothing for none.
pub(super) fn kind_of(value: Option<&Value>) -> Result<Option<RelationKind>, CallError> {
    match optional_text(value) {
        None => Ok(None),
        Some(word) => match RelationKind::from_word(&word) {
            Some(kind) => Ok(Some(kind)),
            None => Err(fail(format!("`{word}` is no kind of relation"))),
        },
    }
}

fn incorporate(relation: &Relation, arguments: &[Value]) -> Result<Relation, CallError> {
    let (positional, named) = split(arguments);
    if !positional.is_empty() {
        return Err(fail("incorporate() takes keyword arguments only"));
    }
    let mut relation = relation.clone();
    for (name, value) in named {
        let texts = |value: &Value| -> Result<Vec<(String, Value)>, CallError> {
            Ok(pairs(value)?.into_iter().map(|(key, value)| (text_of(&key), value)).collect())
        };
        let bools = |value: &Value, mut flags: Parts<bool>| -> Result<Parts<bool>, CallError> {
            for (key, value) in pairs(value)? {
                match text_of(&key).as_str() {
                    "database" => flags.database = value.is_true(),
                    "schema" => flags.schema = value.is_true(),
                    "identifier" => flags.identifier = value.is_true(),
                    other => return Err(fail(format!("a relation's path has no part `{other}`"))),
                }
            }
            Ok(flags)
        };
        match name.as_str() {
            "path" => replace_path(&mut relation, texts(&value)?)?,
            "type" => relation.kind = kind_of(Some(&value))?,
            "quote_policy" => relation.quote = bools(&value, relation.quote)?,
            "include_policy" => relation.include = bools(&value, relation.include)?,
            _ => {}
        }
    }
    Ok(relation)
}

/// Methods that templates take without calling them.
const METHODS: [&str; 7] =
    ["include", "quote", "incorporate", "replace_path", "without_identifier", "information_schema", "render"];

/// The views of the information schema in the relation's database.
fn information_schema(relation: &Relation, view: Option<String>) -> Relation {
    let has_view = view.is_some();
    Relation {
        schema: Some("INFORMATION_SCHEMA".to_owned()),
        identifier: view,
        kind: None,
        quote: Parts { schema: false, identifier: false, ..relation.quote },
        include: Parts { schema: true, identifier: has_view, ..relation.include },
        ..relation.clone()
    }
}

impl fmt::Debug for RelationValue {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "<PostgresRelation {}>", self.relation)
    }
}

impl Object for RelationValue {
    // A mapping, because packages tell relations from texts by `is mapping` (dbt_utils._is_relation).
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Map
    }

    fn enumerate(self: &Arc<Self>) -> Enumerator {
        Enumerator::NonEnumerable
    }

    fn is_true(self: &Arc<Self>) -> bool {
        true
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<RelationValue>()?;
        let key = |it: &RelationValue| (it.relation.render(), it.relation.kind.map(RelationKind::as_str));
        Some(key(self).cmp(&key(other)))
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let name = key.as_str()?;
        self.attribute(name).or_else(|| Method::of(Value::from_dyn_object(self.clone()), name, &METHODS))
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        let relation = &self.relation;
        match method {
            "render" => Ok(Value::from(relation.render())),
            "to_dict" => self.to_dict(method, arguments),
            "include" => {
                let include = changed(method, arguments, relation.include)?;
                Ok(self.with(Relation { include, ..relation.clone() }))
            }
            "quote" => {
                Ok(self.with(Relation { quote: changed(method, arguments, relation.quote)?, ..relation.clone() }))
            }
            "render_limited" => Ok(Value::from(Value::from_dyn_object(self.clone()).to_string())),
            "incorporate" | "replace" => {
                let changed = incorporate(relation, arguments)?;
                check_length(&changed)?;
                Ok(self.with(changed))
            }
            "replace_path" => {
                let mut changed = relation.clone();
                replace_path(&mut changed, split(arguments).1)?;
                check_length(&changed)?;
                Ok(self.with(changed))
            }
            "without_identifier" => {
                let include = Parts { identifier: false, ..relation.include };
                Ok(self.with(Relation { include, identifier: None, ..relation.clone() }))
            }
            "information_schema" => {
                let [view] = bind(method, arguments, ["view_name"], 0)?;
                Ok(RelationValue::value(information_schema(relation, optional_text(view.as_ref()))))
            }
            "information_schema_only" => Ok(RelationValue::value(information_schema(relation, None))),
            "matches" => {
                let given = bind(method, arguments, ["database", "schema", "identifier"], 0)?;
                let given = given.each_ref().map(|part| optional_text(part.as_ref()));
                matches(relation, &given).map(Value::from).map_err(raise)
            }
            "get" => {
                let [key, default] = bind(method, arguments, ["key", "default"], 1)?;
                let found = key.and_then(|key| self.attribute(key.as_str()?)).filter(|value| !is_undefined(value));
                Ok(found.or(default).unwrap_or_else(|| Value::from(())))
            }
            other => match super::api::class_method(other, arguments) {
                Some(answer) => answer,
                None => Err(fail(format!("a relation has no method `{other}`"))),
            },
        }
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.text())
    }
}

/// Whether all given parts are those of `relation`.
///
/// # Errors
///
/// `Compilation` for a name that differs in the case of its letters only.
pub(crate) fn matches(relation: &Relation, given: &[Option<String>; 3]) -> Result<bool, Error> {
    let own = [&relation.database, &relation.schema, &relation.identifier];
    let pairs = || {
        own.into_iter().zip(given).filter_map(|(own, given)| Some((own.as_deref().unwrap_or(""), given.as_deref()?)))
    };
    if pairs().all(|(own, given)| own == given) {
        return Ok(true);
    }
    if !pairs().all(|(own, given)| own.to_lowercase() == given.to_lowercase()) {
        return Ok(false);
    }
    let searched: Vec<String> = given.iter().flatten().map(|part| crate::name::quote(part)).collect();
    Err(Error::compilation(format!(
        "when searching for a relation, an approximate match was found instead: searched for {}, found {relation}",
        searched.join(".")
    ))
    .hint(format!("drop {relation}, or rename it to be less ambiguous")))
}
