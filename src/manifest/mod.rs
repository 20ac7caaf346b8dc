//! Parsed nodes with resolved configs, and `manifest.json`.

mod allowed;
mod answers;
mod artifact;
mod collect;
mod column;
mod compiled;
mod config;
mod contract;
mod defaults;
mod deprecation;
mod describe;
mod doubled;
mod draft;
mod entry;
mod generic_test;
mod json;
mod link;
mod load;
mod merge;
mod microbatch;
mod node;
mod parse;
mod python;
mod reference;
mod resource;
mod semantic;
mod source;
mod state;
mod test_name;
mod tree;
mod unit_test;
mod version;

pub use answers::Answers;
pub use artifact::{Written, metadata, write};
pub use compiled::{CompiledNode, CompiledNodes, with_compiled};
pub use config::Config;
pub use json::to_json;
pub use load::{Parsed, add_inline, library, parse_project};
#[cfg(test)]
pub use node::{Checksum, TestFacts};
pub use node::{Manifest, Node, NodeKind};
pub use parse::{placed, subject};
pub use resource::{Entry, Exposure, Fixture, RowFormat, Source, UnitTest};
pub use semantic::write_semantic;
pub use state::{Deferral, Past, STATE_WORDS, State, Strictness};
pub use unit_test::Input;
