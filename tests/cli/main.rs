//! Tests that run the real binary, and one that reads the source tree.

mod commands;
mod embedded;
mod example;
mod functions;
mod killed;
mod materializations;
mod overrides;
mod runs;
mod sandbox;
mod server;
mod state;
mod tree;
mod versions;
