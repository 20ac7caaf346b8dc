//! COPY from a stream, in constant memory.

use sqlx::postgres::PgConnection;

use crate::error::{Error, Result};

/// Streams what `fill` gives into the statement `sql`; an error of `fill` is left in `failure`, after the server was told to give up.
pub(super) async fn copy_in(
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
