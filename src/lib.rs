//! kiln turns a folder of SQL into a warehouse in Postgres.
//!
//! A module imports only from layers below its own, and the crates in the last column appear in that module only.
//! `tests/cli/tree.rs` reads this table and fails where it does not hold.
//!
//! | layer | module     | holds                                                                    | its crates          |
//! | ----- | ---------- | ------------------------------------------------------------------------ | ------------------- |
//! | 0     | `error`    | the one error type, and the word that was meant                          | similar             |
//! | 0     | `window`   | spans of time: batches and samples                                       |                     |
//! | 1     | `name`     | unique ids, relations, quoting, the limit on names                       |                     |
//! | 1     | `flag`     | the settings of one invocation, final, as plain data                     |                     |
//! | 1     | `sql`      | what must be understood of SQL text                                      | sqlparser           |
//! | 1     | `jinja`    | the template language alone, with Python's semantics                     | minijinja           |
//! | 2     | `csv`      | seeds: what a file's columns are, and its rows as COPY text              |                     |
//! | 2     | `postgres` | the only door to the database                                            | sqlx                |
//! | 2     | `report`   | events and outcomes, and who tells them                                  | indicatif           |
//! | 3     | `project`  | the files, read once, in parallel, as plain data                         | serde_yaml, walkdir |
//! | 4     | `install`  | packages from elsewhere: versions solved, lock file, brought to the disk | ureq                |
//! | 4     | `template` | Jinja for nodes: macro lookup, contexts, the adapter                     |                     |
//! | 4     | `macros`   | the built-in macro library, as text                                      |                     |
//! | 5     | `manifest` | parsed nodes, resolved configs, `manifest.json`                          |                     |
//! | 6     | `graph`    | who needs whom, rings refused, selection                                 | petgraph            |
//! | 7     | `check`    | data tests, unit tests and freshness: how to judge the answer            |                     |
//! | 8     | `docs`     | `catalog.json`, the page that shows it, and the server of that page      |                     |
//! | 8     | `runner`   | what may start now, workers, hooks, outcomes, cancelling                 |                     |
//! | 9     | `ops`      | one file for each operation: options in, summary out                     |                     |
//! | 10    | `cli`      | words to options, results to exit codes                                  | clap                |

mod check;
mod cli;
mod csv;
mod docs;
mod error;
mod flag;
mod graph;
mod install;
mod jinja;
mod macros;
mod manifest;
mod name;
mod ops;
mod postgres;
// Property files are read whole; versions, unit tests and functions are resolved by nobody yet.
#[allow(dead_code)]
mod project;
mod report;
mod runner;
// Where injected text comes from is asked by tests alone so far.
#[allow(dead_code)]
mod sql;
mod template;
mod window;

pub use cli::main;
