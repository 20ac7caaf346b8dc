//! COPY from a stream, in constant memory.

use sqlx::postgres::PgConnection;

use super::queue::Queue;
use super::session::Session;
use super::statement::Statement;
use crate::error::{Error, Result};

impl Session {
    /// Streams into a `copy … from stdin`, from `fill`, which puts bytes into the empty buffer and says whether there are more.
    ///
    /// The bytes of the last call, which says no, are sent too. Gives back the number of rows.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses the statement or a row; the error of `fill`, after the copy was given up.
    pub fn copy_in(&mut self, statement: Statement, fill: &mut dyn FnMut(&mut Vec<u8>) -> Result<bool>) -> Result<u64> {
        self.begin_if_psycopg2_would()?;
        self.flush()?;
        let mut alone = Queue::default();
        alone.push(&statement);
        let mut failure = None;
        let copied = self.on_connection(&alone, |runtime, connection| {
            let copying = stream(connection, &statement.sql, fill, &mut failure);
            runtime.block_on(copying).map_err(|cause| (cause, 0))
        });
        match failure {
            Some(failure) => {
                self.transaction.sent = self.transaction.sent.after_failure();
                self.transaction.planned = self.transaction.sent;
                Err(failure)
            }
            None => copied,
        }
    }
}

/// Streams what `fill` gives into the statement `sql`; an error of `fill` is left in `failure`, after the server was told to give up.
async fn stream(
    connection: &mut PgConnection,
    sql: &str,
    fill: &mut dyn FnMut(&mut Vec<u8>) -> Result<bool>,
    failure: &mut Option<Error>,
) -> sqlx::Result<u64> {
    let mut copy = connection.copy_in_raw(sql).await?;
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        match fill(&mut buffer) {
            Ok(has_more) => {
                if !buffer.is_empty() {
                    copy.send(buffer.as_slice()).await?;
                }
                if !has_more {
                    return copy.finish().await;
                }
            }
            Err(error) => {
                *failure = Some(error);
                copy.abort("kiln gave the copy up").await?;
                return Ok(0);
            }
        }
    }
}
