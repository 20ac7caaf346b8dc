//! Tests that run the real binary, and one that reads the source tree.

mod clone;
mod commands;
mod console;
mod contracts;
mod deprecated;
mod deps;
mod docs;
mod embedded;
mod example;
mod functions;
mod hooks;
mod killed;
mod materializations;
mod materialized_views;
mod microbatch;
mod mistakes;
mod overrides;
mod packages;
mod parser;
mod runs;
mod sandbox;
mod server;
mod state;
mod tree;
mod unit_tests;
mod versions;
