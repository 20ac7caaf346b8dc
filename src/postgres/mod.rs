//! The only door to the database: settings, sessions, statements with positions, the catalog, COPY, locks, publishing.
//!
//! Everything here blocks; sqlx and tokio are seen nowhere else.

mod cancel;
pub mod catalog;
mod connect;
mod copy;
pub mod embedded;
mod environment;
mod exchange;
mod lock;
mod own_query;
pub mod publish;
mod queue;
mod refusal;
mod server;
mod session;
mod session_name;
mod settings;
mod statement;
mod tag;
mod traces;
mod transaction;
mod type_names;
mod zone;

pub use environment::of_service;
pub use lock::{Holder, ProjectLock, Wait};
pub use refusal::Refusal;
pub use server::Server;
pub use session::Session;
pub use settings::{Secret, Settings, SslMode};
pub use statement::{Column, Response, Rows, Statement};

#[cfg(test)]
mod tests;
