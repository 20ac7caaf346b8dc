//! What a node leaves in its session, so that the next one finds it as dbt's users know it: a new connection for each node.

use super::refusal;
use super::session::Session;
use super::statement::Statement;
use super::zone;
use crate::error::{Error, Result};
use crate::sql::scan;

/// What statements have left in the session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Traces {
    /// Settings, or the role, may be other ones.
    pub(super) settings: bool,
    /// There may be temporary tables.
    pub(super) temporary: bool,
}

impl Traces {
    /// What `sql` may leave behind.
    pub(super) fn of(sql: &str) -> Traces {
        let mut traces = Traces { settings: mentions(sql, "set_config"), temporary: false };
        for place in scan::statements(sql) {
            let mut words = scan::tokens(&sql[place]).map(|(token, _)| token);
            let Some(first) = words.next() else { continue };
            let second = words.next();
            let second_is = |wanted: &[&str]| second.is_some_and(|token| wanted.iter().any(|word| token.is(word)));
            traces.settings |= first.is("set") && !second_is(&["local", "constraints", "transaction"]);
            traces.settings |= first.is("reset") || first.is("load");
            let is_made = first.is("create") || first.is("select") || first.is("with");
            traces.temporary |= is_made && (mentions(sql, "temp") || mentions(sql, "temporary"));
        }
        traces
    }

    /// Both together.
    pub(super) fn and(self, other: Traces) -> Traces {
        Traces { settings: self.settings || other.settings, temporary: self.temporary || other.temporary }
    }

    /// The statements that wipe them out; empty when there are none.
    pub(super) fn wiped(self, start: &[(&'static str, String)]) -> String {
        let mut statements = Vec::new();
        if self.settings {
            statements.push(zone::again(start));
        }
        if self.temporary {
            statements.push("discard temp".to_owned());
        }
        statements.join(";\n")
    }
}

fn mentions(sql: &str, word: &str) -> bool {
    scan::tokens(sql).any(|(token, _)| token.is(word))
}

impl Session {
    /// Makes the session like a new one, for a piece of work called `name` in `pg_stat_activity`.
    ///
    /// An open transaction is undone; temporary tables and settings that earlier work has left go with the next statement.
    ///
    /// # Errors
    ///
    /// `Connection` when the connection is gone.
    pub fn begin_work(&mut self, name: &str) -> Result<()> {
        self.rollback()?;
        self.is_to_be_wiped = true;
        self.has_lasting_work = false;
        self.set_application_name(name);
        Ok(())
    }

    /// Whether the work since `begin_work`, which ended in `error`, may be done once more from its beginning: it met another
    /// transaction, of which the server let one live, and nothing of it lasts.
    pub fn may_repeat(&self, error: &Error) -> bool {
        !self.is_broken() && !self.has_lasting_work && refusal::passes(error)
    }

    /// Like `run`, for a statement of kiln's own that leaves no traces.
    pub(super) fn run_own(&mut self, sql: impl Into<String>) -> Result<()> {
        let may_wait = self.add(&Statement::new(sql))?;
        if may_wait { Ok(()) } else { self.flush() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_outlives_a_transaction_is_a_trace() {
        let traces = |sql: &str| {
            let found = Traces::of(sql);
            (found.settings, found.temporary)
        };
        assert_eq!(traces("set local work_mem = '1GB'; select 1 as temporary"), (false, true));
        assert_eq!(traces("set work_mem = '1GB'"), (true, false));
        assert_eq!(traces("create temporary table t as select 1"), (false, true));
        assert_eq!(traces("update a set temp = 1"), (false, false));
        assert_eq!(traces("-- set x\nselect set_config('a.b', 'c', false)"), (true, false));
    }
}
