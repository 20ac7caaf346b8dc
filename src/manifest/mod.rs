//! Parsed nodes with resolved configs, and `manifest.json`.

mod config;
mod node;

pub use config::Config;
pub use node::{Checksum, Column, Entry, Exposure, Manifest, Node, NodeKind, RefCall, Source, TestFacts};
