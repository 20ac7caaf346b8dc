//! A session: a blocking door to one connection, with psycopg2's transactions and statements that travel together.

use std::sync::Arc;

use super::server::Server;
use super::statement::{Column, Response, Rows, Statement};
use crate::error::Result;

/// One connection, used by one thread at a time.
///
/// As with psycopg2, each statement opens a transaction where none is open, until `commit` or `rollback` ends it. As there,
/// a `commit` sent as text leaves the session in the server's autocommit until the next `begin` or `rollback`.
pub struct Session {
    server: Server,
}

impl Session {
    /// Opens a session on `server`.
    pub(super) fn open(_server: &Server) -> Result<Session> {
        todo!()
    }

    /// The server it is connected to.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Process id of the server's side.
    pub fn pid(&self) -> i32 {
        todo!()
    }

    /// Version as `server_version_num` gives it: 150018.
    pub fn server_version(&self) -> u32 {
        todo!()
    }

    /// Has the session show up as `name` in `pg_stat_activity`, from its next statement on.
    pub fn set_application_name(&mut self, _name: &str) {
        todo!()
    }

    /// Queues a statement whose answer nobody needs: it travels with the next one that does, or with the commit.
    ///
    /// Its error shows up at that later call. Outside of a transaction it is sent at once.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses this statement or one queued before; see [`super::Refusal`].
    pub fn run(&mut self, _statement: Statement) -> Result<()> {
        todo!()
    }

    /// Sends what is queued.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses one of the statements.
    pub fn flush(&mut self) -> Result<()> {
        todo!()
    }

    /// Sends what is queued, then a statement, and gives back the response to its last command.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses one of the statements.
    pub fn execute(&mut self, _statement: Statement) -> Result<Response> {
        todo!()
    }

    /// Like `execute`, with the rows of the last command, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses one of the statements.
    pub fn query(&mut self, _statement: Statement, _limit: Option<usize>) -> Result<(Response, Rows)> {
        todo!()
    }

    /// The columns that a query would give, without running it.
    ///
    /// # Errors
    ///
    /// `Database` when the server does not accept the query.
    pub fn describe(&mut self, _statement: Statement) -> Result<Vec<Column>> {
        todo!()
    }

    /// Streams into a `copy … from stdin`, from `fill`, which puts bytes into the empty buffer and says whether there are more.
    ///
    /// The bytes of the last call, which says no, are sent too. Gives back the number of rows.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses the statement or a row; the error of `fill`, after the copy was given up.
    pub fn copy_in(
        &mut self,
        _statement: Statement,
        _fill: &mut dyn FnMut(&mut Vec<u8>) -> Result<bool>,
    ) -> Result<u64> {
        todo!()
    }

    /// Opens a transaction, dbt's explicit `BEGIN`; does nothing where the server is in one. Travels with the next statement.
    ///
    /// # Errors
    ///
    /// Only where the session is broken.
    pub fn begin(&mut self) -> Result<()> {
        todo!()
    }

    /// Ends the transaction, with everything queued; does nothing where none is open.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses a queued statement or the commit itself.
    pub fn commit(&mut self) -> Result<()> {
        todo!()
    }

    /// Drops what is queued and undoes the transaction, as psycopg2's `rollback` does; the next statement opens a new one.
    ///
    /// # Errors
    ///
    /// `Connection` when the connection is gone.
    pub fn rollback(&mut self) -> Result<()> {
        todo!()
    }

    /// Queues a statement for the moment before the open transaction commits; a rollback forgets it.
    pub fn before_commit(&mut self, _statement: Statement) {
        todo!()
    }

    /// Whether the server is in a transaction, failed or not, once what is queued has been sent.
    pub fn is_in_transaction(&self) -> bool {
        todo!()
    }

    /// Whether `begin` was called and neither `commit` nor `rollback` since; dbt's `transaction_open`.
    pub fn has_begun(&self) -> bool {
        todo!()
    }

    /// Whether the connection is lost, so that a new session is needed.
    pub fn is_broken(&self) -> bool {
        todo!()
    }
}
