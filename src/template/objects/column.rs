//! Columns as templates see them: `api.Column`.

use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

use crate::jinja::{CallError, DynObject, Object, ObjectRepr, State, Value, bind, fail, repr};
use crate::name::quote;
use crate::template::function::{Answer, optional_text, text_of};

/// Length that a text column without one counts as, where lengths are compared.
const UNSIZED: i64 = 256;

/// A column's name and type; immutable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ColumnValue {
    /// Its name.
    pub(crate) name: String,
    /// Type without size.
    pub(crate) dtype: String,
    /// Length of a text type.
    pub(crate) char_size: Option<i64>,
    /// Precision of a number type.
    pub(crate) numeric_precision: Option<i64>,
    /// Scale of a number type.
    pub(crate) numeric_scale: Option<i64>,
}

impl ColumnValue {
    /// A column without sizes.
    pub(crate) fn new(name: impl Into<String>, dtype: impl Into<String>) -> ColumnValue {
        ColumnValue {
            name: name.into(),
            dtype: dtype.into(),
            char_size: None,
            numeric_precision: None,
            numeric_scale: None,
        }
    }

    /// The column inside `value`.
    pub(crate) fn of(value: &Value) -> Option<&ColumnValue> {
        value.downcast_object_ref()
    }

    fn is_one_of(&self, names: &[&str]) -> bool {
        names.contains(&self.dtype.to_lowercase().as_str())
    }

    /// Whether it holds text.
    pub(crate) fn is_string(&self) -> bool {
        self.is_one_of(&["text", "character varying", "character", "varchar"])
    }

    fn is_numeric(&self) -> bool {
        self.is_one_of(&["numeric", "decimal"])
    }

    fn is_integer(&self) -> bool {
        self.is_one_of(&[
            "smallint",
            "integer",
            "bigint",
            "smallserial",
            "serial",
            "bigserial",
            "int2",
            "int4",
            "int8",
            "serial2",
            "serial4",
            "serial8",
        ])
    }

    fn is_float(&self) -> bool {
        self.is_one_of(&["real", "float4", "float", "double precision", "float8", "double"])
    }

    fn string_size(&self) -> Result<i64, CallError> {
        if !self.is_string() {
            return Err(fail("called string_size() on a column that holds no text"));
        }
        Ok(if self.dtype == "text" { UNSIZED } else { self.char_size.unwrap_or(UNSIZED) })
    }

    /// Whether values of it may be too long for this one, and a longer type would hold them.
    pub(crate) fn can_expand_to(&self, other: &ColumnValue) -> Result<bool, CallError> {
        Ok(self.is_string() && other.is_string() && other.string_size()? > self.string_size()?)
    }

    /// The type with its size, as DDL writes it.
    pub(crate) fn data_type(&self) -> String {
        let is_unsized = self.char_size.is_none() && self.is_one_of(&["character varying"]);
        if self.dtype.eq_ignore_ascii_case("text") || is_unsized {
            return self.dtype.clone();
        }
        if self.is_string() {
            return string_type(self.char_size.unwrap_or(UNSIZED));
        }
        match (self.is_numeric(), self.numeric_precision, self.numeric_scale) {
            (true, Some(precision), Some(scale)) => format!("{}({precision},{scale})", self.dtype),
            (_, _, _) => self.dtype.clone(),
        }
    }

    /// A text type as long as that of this column.
    pub(crate) fn sized_string_type(&self) -> Result<String, CallError> {
        Ok(string_type(self.string_size()?))
    }
}

fn string_type(size: i64) -> String {
    format!("character varying({size})")
}

/// dbt's words for types in Postgres' words.
pub(in crate::template) fn translate(word: &str) -> String {
    match word.to_uppercase().as_str() {
        "STRING" => "TEXT".to_owned(),
        _ => word.to_owned(),
    }
}

/// A column from a type as DDL writes it.
fn from_description(name: String, raw: &str) -> Result<ColumnValue, CallError> {
    let raw = raw.trim();
    let (dtype, sizes) = match raw.split_once('(') {
        Some((dtype, rest)) => (dtype.trim_end(), rest.split_once(')').map_or(rest, |(sizes, _)| sizes)),
        None => (raw, ""),
    };
    let mut column = ColumnValue::new(name, dtype);
    let number = |text: &str| {
        text.trim()
            .parse()
            .map_err(|_| fail(format!("could not interpret the data type `{raw}`: `{text}` is no number")))
    };
    match sizes.split_once(',') {
        Some((precision, scale)) => {
            column.numeric_precision = Some(number(precision)?);
            column.numeric_scale = Some(number(scale)?);
        }
        None if !sizes.is_empty() => column.char_size = Some(number(sizes)?),
        None => {}
    }
    Ok(column)
}

/// The class `api.Column`.
pub(crate) fn class() -> Value {
    Value::from_object(ColumnClass)
}

#[derive(Debug)]
struct ColumnClass;

fn integer(value: Option<&Value>) -> Option<i64> {
    optional_text(value)?.trim().parse().ok()
}

impl Object for ColumnClass {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn call(self: &Arc<Self>, _state: &mut State<'_, '_>, arguments: &[Value]) -> Answer {
        let names = ["column", "dtype", "char_size", "numeric_precision", "numeric_scale"];
        let [name, dtype, char_size, precision, scale] = bind("Column", arguments, names, 2)?;
        Ok(Value::from_object(ColumnValue {
            char_size: integer(char_size.as_ref()),
            numeric_precision: integer(precision.as_ref()),
            numeric_scale: integer(scale.as_ref()),
            ..ColumnValue::new(text_of(&name.unwrap_or_default()), text_of(&dtype.unwrap_or_default()))
        }))
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        static_method(method, arguments).unwrap_or_else(|| Err(fail(format!("api.Column has no method `{method}`"))))
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        (key.as_str()? == "TYPE_LABELS").then(|| crate::jinja::Dict::value([("STRING", "TEXT")]))
    }
}

fn static_method(method: &str, arguments: &[Value]) -> Option<Answer> {
    let two = |names: [&str; 2]| {
        bind(method, arguments, names, 2).map(|given| given.map(|it| optional_text(it.as_ref()).unwrap_or_default()))
    };
    Some(match method {
        "string_type" => bind(method, arguments, ["size"], 1).map(|[size]| {
            Value::from(format!("character varying({})", optional_text(size.as_ref()).unwrap_or_default()))
        }),
        "numeric_type" => {
            bind(method, arguments, ["dtype", "precision", "scale"], 1).map(|[dtype, precision, scale]| {
                let column = ColumnValue {
                    numeric_precision: integer(precision.as_ref()),
                    numeric_scale: integer(scale.as_ref()),
                    ..ColumnValue::new("", text_of(&dtype.unwrap_or_default()))
                };
                Value::from(match (column.numeric_precision, column.numeric_scale) {
                    (Some(precision), Some(scale)) => format!("{}({precision},{scale})", column.dtype),
                    (_, _) => column.dtype,
                })
            })
        }
        "translate_type" => bind(method, arguments, ["dtype"], 1)
            .map(|[dtype]| Value::from(translate(&optional_text(dtype.as_ref()).unwrap_or_default()))),
        "create" => two(["name", "label_or_dtype"])
            .map(|[name, dtype]| Value::from_object(ColumnValue::new(name, translate(&dtype)))),
        "from_description" => {
            two(["name", "raw_data_type"]).and_then(|[name, raw]| from_description(name, &raw)).map(Value::from_object)
        }
        _ => return None,
    })
}

impl Object for ColumnValue {
    fn repr(self: &Arc<Self>) -> ObjectRepr {
        ObjectRepr::Plain
    }

    fn custom_cmp(self: &Arc<Self>, other: &DynObject) -> Option<Ordering> {
        let other = other.downcast_ref::<ColumnValue>()?;
        let key = |it: &ColumnValue| {
            (it.name.clone(), it.dtype.clone(), it.char_size, it.numeric_precision, it.numeric_scale)
        };
        Some(key(self).cmp(&key(other)))
    }

    fn get_value(self: &Arc<Self>, key: &Value) -> Option<Value> {
        let number = |it: Option<i64>| it.map_or(Value::from(()), Value::from);
        Some(match key.as_str()? {
            "name" | "column" => Value::from(self.name.as_str()),
            "dtype" => Value::from(self.dtype.as_str()),
            "char_size" => number(self.char_size),
            "numeric_precision" => number(self.numeric_precision),
            "numeric_scale" => number(self.numeric_scale),
            "quoted" => Value::from(quote(&self.name)),
            "data_type" | "expanded_data_type" => Value::from(self.data_type()),
            _ => return None,
        })
    }

    fn call_method(self: &Arc<Self>, _state: &mut State<'_, '_>, method: &str, arguments: &[Value]) -> Answer {
        Ok(match method {
            "is_string" => Value::from(self.is_string()),
            "is_number" => Value::from(self.is_numeric() || self.is_integer() || self.is_float()),
            "is_float" => Value::from(self.is_float()),
            "is_integer" => Value::from(self.is_integer()),
            "is_numeric" => Value::from(self.is_numeric()),
            "string_size" => Value::from(self.string_size()?),
            "can_expand_to" => {
                let [other] = bind(method, arguments, ["other_column"], 1)?;
                match other.as_ref().and_then(ColumnValue::of) {
                    Some(other) => Value::from(self.can_expand_to(other)?),
                    None => return Err(fail("can_expand_to() takes a column")),
                }
            }
            "literal" => {
                let [value] = bind(method, arguments, ["value"], 1)?;
                Value::from(format!("{}::{}", text_of(&value.unwrap_or_default()), self.data_type()))
            }
            other => {
                return static_method(other, arguments)
                    .unwrap_or_else(|| Err(fail(format!("a column has no method `{other}`"))));
            }
        })
    }

    fn render(self: &Arc<Self>, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |number: Option<i64>| number.map_or_else(|| "None".to_owned(), |number| number.to_string());
        write!(
            out,
            "PostgresColumn(column={}, dtype={}, char_size={}, numeric_precision={}, numeric_scale={})",
            repr(&Value::from(self.name.as_str())),
            repr(&Value::from(self.dtype.as_str())),
            number(self.char_size),
            number(self.numeric_precision),
            number(self.numeric_scale)
        )
    }
}
