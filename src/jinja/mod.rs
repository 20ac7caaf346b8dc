//! The template language alone: scanner, pre-pass, macros as values, and rendering with Python's semantics.
//!
//! The only module that names the crate minijinja; others use what it gives out here. Nothing in here knows nodes,
//! projects or the database: the layer above hands in macro definitions and, for each render, a *root* object that
//! answers names.
//!
//! The way of a text: `scan` cuts it into tags, `prepass` rewrites the expressions in the tags so that the engine
//! computes what Python would (newlines stay where they are), `position` leads back from the rewritten text to the
//! file, `macros` binds calls, `failure` turns the engine's errors into ours.
//!
//! The pre-pass calls filters with these names, which `filters::register` defines:
//!
//! | written | becomes |
//! | --- | --- |
//! | `[a]`, `{'a': b}` | `([a]\|_l)`, `({'a': b}\|_d)` |
//! | right side of `set` | `(e)\|_own` |
//! | `a + b`, `-`, `*`, `/`, `//`, `%`, `**` | `((a)\|_add(b))`, `_sub`, `_mul`, `_div`, `_floordiv`, `_mod`, `_pow` |
//! | `-a`, `+a` (not before a number) | `((a)\|_neg)`, `((a)\|_pos)` |
//! | `a < b`, `<=`, `>`, `>=`, `==`, `!=` | `((a)\|_lt(b))`, `_le`, `_gt`, `_ge`, `_eq`, `_ne`; not `==` and `!=` with a string or `none` |
//! | `a ~ b`, `a in b` | `((a)\|_cat(b))`, `((a)\|_in(b))` |
//! | `a[x:y:z]` | `((a)\|_slice(x, y, z))`, absent bounds are `none` |
//! | `a.real`, `a.status.value` and the like | `((a)\|_part('real'))` |
//! | `{% for a in e %}` | `{% for a in (e)\|_letters %}`, where `e` may be a text |
//! | `{% do e %}` | `{{ (e)\|_void }}` |

#[cfg(test)]
mod behaviour;
mod blocks;
mod call;
#[cfg(test)]
mod cases;
mod engine;
mod environment;
mod expression;
mod failure;
mod filters;
mod format;
mod macros;
mod mentions;
mod methods;
mod native;
mod position;
mod prepass;
mod python;
mod registry;
mod root;
mod scan;
mod shape;
mod source_map;
mod table;
mod undefined;
mod value;

pub use blocks::{Block, BlockKind, StrayTag, blocks, stray_tags};
pub use call::{forget_macros, return_function};
pub use engine::{Arguments, Engine, Mode, Output, Template};
pub use failure::{fail, raise};
pub use filters::{Yaml, globals};
pub use macros::{MacroDef, MacroId, MacroNamespace};
pub use mentions::mentions;
pub use native::has_jinja;
pub use python::{Date, DateTime, TimeDelta};
pub use root::node;
pub use shape::{config_shapes, is_plain};
pub use source_map::SourceMap;
pub use table::{ColumnType, Table};
pub use undefined::{Undefined, is_undefined};
pub use value::{Decimal, Dict, List, bind, from_json, items, pairs, repr, split, text, to_json, type_name};

pub use minijinja::value::{DynObject, Enumerator, Object, ObjectRepr, Tuple, Value};
/// Error of a function that templates call; [`raise`] makes one of ours into it.
pub use minijinja::{Error as CallError, State};
