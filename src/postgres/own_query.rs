//! Queries of kiln's own: their columns are known, and some are worth being planned once.

use super::session::Session;
use super::statement::Statement;
use crate::error::Result;

impl Session {
    /// The rows of a query of kiln's own, whose columns are known.
    pub(super) fn rows(&mut self, sql: &str) -> Result<Vec<Vec<Option<String>>>> {
        self.add(&Statement::new(sql))?;
        let (_, answer) = self.send(usize::MAX)?;
        Ok(answer.rows)
    }

    /// Has the server plan `sql` under the name and parameter types `head`, once for the session; a rollback does not undo it.
    pub(super) fn prepare(&mut self, head: &'static str, sql: &'static str) -> Result<()> {
        if !self.prepared.contains(head) {
            self.run(Statement::new(format!("prepare {head} as\n{sql}")))?;
            self.flush()?;
            self.prepared.insert(head);
        }
        Ok(())
    }
}
