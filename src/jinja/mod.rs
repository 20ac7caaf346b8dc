//! The template language alone, with Python's semantics.

mod filters;
mod format;
mod methods;
mod python;
mod table;
mod value;

pub use filters::{Yaml, globals, register};
pub use minijinja::Value;
pub use table::{ColumnType, Table};
pub use value::{
    Decimal, Dict, Dump, List, Number, Range, Set, View, bind, compare, contains, dump, equal, from_json, integer,
    items, no_method, own, pairs, repr, split, text, to_json, type_name,
};
