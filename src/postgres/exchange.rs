//! One simple query and everything that comes back for it.

use std::future::poll_fn;
use std::pin::Pin;

use futures_core::Stream;
use sqlx::postgres::{PgConnection, PgRow};
use sqlx::{AssertSqlSafe, Column as _, Either, Executor, Row, Statement as _};

/// A column before its type's name is known.
pub(super) struct RawColumn {
    pub(super) name: String,
    pub(super) oid: u32,
}

/// What came back: how many commands went well, and the result of the last one.
#[derive(Default)]
pub(super) struct Answer {
    /// Commands that went well.
    pub(super) completed: usize,
    /// Rows that the last of them touched or gave.
    pub(super) count: u64,
    /// Columns of its rows; none when it gave no row.
    pub(super) columns: Vec<RawColumn>,
    /// Its rows, as many as were asked for.
    pub(super) rows: Vec<Vec<Option<String>>>,
    is_between_commands: bool,
}

impl Answer {
    fn finish_command(&mut self, count: u64) {
        if self.is_between_commands {
            self.columns.clear();
            self.rows.clear();
        }
        self.completed += 1;
        self.count = count;
        self.is_between_commands = true;
    }

    fn add(&mut self, row: &PgRow, limit: usize) -> sqlx::Result<()> {
        if self.completed == 0 && self.columns.is_empty() || self.is_between_commands {
            self.is_between_commands = false;
            self.rows.clear();
            self.columns = columns(row.columns());
        }
        if self.rows.len() < limit {
            self.rows.push((0..row.len()).map(|at| text(row, at)).collect::<sqlx::Result<_>>()?);
        }
        Ok(())
    }
}

/// Sends `text`; the rows of its last command go to `answer`, at most `limit`.
///
/// After an error `answer` tells how far it got.
pub(super) async fn send(
    connection: &mut PgConnection,
    text: &str,
    limit: usize,
    answer: &mut Answer,
) -> sqlx::Result<()> {
    answer.is_between_commands = true;
    let mut stream = sqlx::raw_sql(AssertSqlSafe(text)).fetch_many(connection);
    while let Some(step) = next(&mut stream).await {
        match step? {
            Either::Left(done) => answer.finish_command(done.rows_affected()),
            Either::Right(row) => answer.add(&row, limit)?,
        }
    }
    Ok(())
}

/// The columns that `sql` gives, by preparing it.
pub(super) async fn prepare(connection: &mut PgConnection, sql: &str) -> sqlx::Result<Vec<RawColumn>> {
    let statement = connection.prepare(sqlx::SqlSafeStr::into_sql_str(AssertSqlSafe(sql))).await?;
    Ok(columns(statement.columns()))
}

async fn next<S: Stream + ?Sized>(stream: &mut Pin<Box<S>>) -> Option<S::Item> {
    poll_fn(|context| stream.as_mut().poll_next(context)).await
}

fn columns(columns: &[sqlx::postgres::PgColumn]) -> Vec<RawColumn> {
    let oid = |column: &sqlx::postgres::PgColumn| column.type_info().oid().map_or(0, |oid| oid.0);
    columns.iter().map(|column| RawColumn { name: column.name().to_owned(), oid: oid(column) }).collect()
}

fn text(row: &PgRow, at: usize) -> sqlx::Result<Option<String>> {
    let value = row.try_get_raw(at)?;
    if sqlx::ValueRef::is_null(&value) {
        return Ok(None);
    }
    Ok(Some(value.as_str().map_err(sqlx::Error::Decode)?.to_owned()))
}
