//! The state of a session's transaction, as psycopg2 keeps it and as the server does.

use super::tag::Effect;

/// What the server is in between two statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum State {
    /// Each text is a transaction of its own.
    #[default]
    Idle,
    /// A transaction is open.
    Open,
    /// A transaction is open and takes nothing but its end.
    Failed,
}

impl State {
    /// The state after a command that went well.
    pub(super) fn after(self, effect: Effect) -> State {
        match (effect, self) {
            (Effect::None, state) => state,
            (Effect::Begin, State::Idle) => State::Open,
            (Effect::Begin, state) => state,
            (Effect::Commit | Effect::Rollback, _) => State::Idle,
            (Effect::RollbackToSavepoint, State::Failed) => State::Open,
            (Effect::RollbackToSavepoint, state) => state,
        }
    }

    /// The state when nothing failed.
    pub(super) fn after_success(self) -> State {
        self
    }

    /// The state after a command that failed.
    pub(super) fn after_failure(self) -> State {
        match self {
            State::Idle => State::Idle,
            State::Open | State::Failed => State::Failed,
        }
    }
}

/// The transaction of a session, including what is queued and not yet sent.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Transaction {
    /// What the server is in now.
    pub(super) sent: State,
    /// What it will be in when all that is queued has gone well.
    pub(super) planned: State,
    /// psycopg2's own belief: a transaction was opened and neither `commit()` nor `rollback()` was called on the connection.
    ///
    /// It does not read the text of statements, so a `commit` sent as text leaves it true and the server in autocommit, which
    /// dbt's hooks outside of transactions count on.
    pub(super) is_believed_open: bool,
    /// dbt's `transaction_open`.
    pub(super) has_begun: bool,
    /// No `begin` goes but those that the user's own text sends.
    pub(super) is_autocommit: bool,
}

impl Transaction {
    /// Whether a `begin` has to go before the next statement; from now on psycopg2 would believe that one went.
    pub(super) fn must_begin(&mut self) -> bool {
        let must = !self.is_believed_open && self.planned == State::Idle;
        self.is_believed_open = true;
        must
    }

    /// Forgets everything, as after a rollback.
    pub(super) fn reset(&mut self) {
        *self = Transaction::default();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commit_sent_as_text_leaves_the_session_in_autocommit_until_the_rollback() {
        let mut transaction = Transaction::default();
        assert!(transaction.must_begin());
        transaction.planned = State::Open.after(Effect::Commit);
        assert!(!transaction.must_begin());
        transaction.reset();
        assert!(transaction.must_begin());
    }

    #[test]
    fn a_failed_transaction_goes_on_after_a_rollback_to_a_savepoint() {
        assert_eq!(State::Open.after_failure().after(Effect::RollbackToSavepoint), State::Open);
        assert_eq!(State::Open.after_failure().after(Effect::Begin), State::Failed);
        assert_eq!(State::Idle.after_failure(), State::Idle);
    }
}
