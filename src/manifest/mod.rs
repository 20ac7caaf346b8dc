//! Parsed nodes with resolved configs, and `manifest.json`.

mod answers;
mod artifact;
mod collect;
mod column;
mod config;
mod defaults;
mod describe;
mod draft;
mod entry;
mod generic_test;
mod json;
mod link;
mod load;
mod merge;
mod node;
mod parse;
mod reference;
mod source;
mod test_name;
mod tree;

pub use answers::Answers;
pub use artifact::{metadata, write};
pub use config::Config;
pub use defaults::is_declared;
pub use json::to_json;
pub use load::{Parsed, add_inline, library, parse_project};
pub use node::{Checksum, Column, Entry, Exposure, Manifest, Node, NodeKind, RefCall, Source, TestFacts};
pub use parse::subject;
