//! Statements that travel together: joined into one text, from which a position leads back to the statement.

use std::ops::Range;

use crate::sql::scan;

use super::statement::{Origin, Statement};
use super::tag::{self, Effect};
use super::transaction::State;

/// Statements in one text.
#[derive(Debug, Default)]
pub(super) struct Queue {
    text: String,
    parts: Vec<Part>,
}

#[derive(Debug)]
struct Part {
    /// None for a statement of kiln's own that the caller did not ask for.
    origin: Option<Origin>,
    /// Where its text is in the joined one.
    place: Range<usize>,
    /// One for each of its commands.
    effects: Vec<Effect>,
    /// Text of its last command, in the joined one.
    last: Range<usize>,
}

/// Which statement failed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Culprit<'a> {
    pub(super) origin: Option<Origin>,
    pub(super) sql: &'a str,
    /// In bytes from the start of `sql`.
    pub(super) offset: Option<usize>,
}

impl Queue {
    /// Adds a statement and gives back what its commands do to the transaction.
    pub(super) fn push(&mut self, statement: &Statement) -> &[Effect] {
        self.add(&statement.sql, Some(statement.origin))
    }

    /// Adds a statement of kiln's own.
    pub(super) fn push_own(&mut self, sql: &str) -> &[Effect] {
        self.add(sql, None)
    }

    fn add(&mut self, sql: &str, origin: Option<Origin>) -> &[Effect] {
        let start = self.text.len();
        self.text.push_str(sql);
        // On a line of its own: the statement may end in a `--` comment.
        self.text.push_str("\n;\n");
        let commands = scan::statements(sql);
        let effects = tag::effects(sql);
        let last = commands.last().map_or(start..start, |place| start + place.start..start + place.end);
        self.parts.push(Part { origin, place: start..start + sql.len(), effects, last });
        match self.parts.last() {
            Some(part) => &part.effects,
            None => &[],
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// Text to send.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Text of the last command of the last statement; empty when it has none.
    pub(super) fn last_command(&self) -> &str {
        self.parts.last().map_or("", |part| &self.text[part.last.clone()])
    }

    /// Whether the last statement has a command at all.
    pub(super) fn has_last_command(&self) -> bool {
        self.parts.last().is_some_and(|part| !part.effects.is_empty())
    }

    /// The server's state after `completed` commands went well.
    pub(super) fn state_after(&self, before: State, completed: usize) -> State {
        let effects = self.parts.iter().flat_map(|part| &part.effects);
        effects.take(completed).fold(before, |state, effect| state.after(*effect))
    }

    /// Whether something of the first `completed` commands lasts, whatever becomes of the transaction that they leave open.
    ///
    /// Statements of kiln's own, which only set the session up, do not count.
    pub(super) fn lasts(&self, before: State, completed: usize) -> bool {
        let effects = self.parts.iter().flat_map(|part| part.effects.iter().map(|effect| (part.origin, *effect)));
        let mut state = before;
        let mut lasts = false;
        for (origin, effect) in effects.take(completed) {
            lasts |= match effect {
                Effect::Commit => state == State::Open,
                Effect::None => state == State::Idle && origin.is_some(),
                Effect::Begin | Effect::Rollback | Effect::RollbackToSavepoint => false,
            };
            state = state.after(effect);
        }
        lasts
    }

    /// The statement that failed after `completed` commands went well, `position` (in characters, counted from 1) being the
    /// server's.
    pub(super) fn culprit(&self, completed: usize, position: Option<usize>) -> Option<Culprit<'_>> {
        let byte = position.and_then(|position| self.text.char_indices().nth(position.saturating_sub(1)));
        let found = match byte {
            // Just behind a statement: its end came too early.
            Some((byte, _)) => self.parts.iter().find(|part| byte < part.place.end + 3).map(|part| (part, Some(byte))),
            None => self.part_of_command(completed).map(|part| (part, None)),
        };
        found.map(|(part, byte)| Culprit {
            origin: part.origin,
            sql: &self.text[part.place.clone()],
            offset: byte.map(|byte| byte.min(part.place.end) - part.place.start),
        })
    }

    fn part_of_command(&self, completed: usize) -> Option<&Part> {
        let mut seen = 0;
        self.parts.iter().find(|part| {
            seen += part.effects.len();
            completed < seen
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined() -> Queue {
        let mut queue = Queue::default();
        queue.push_own("begin");
        queue.push(&Statement::from("select 'ü'; -- end", Origin(7)));
        queue.push(&Statement::from("select 1 / 0", Origin(8)));
        queue
    }

    #[test]
    fn a_position_in_characters_leads_to_the_statement_and_its_byte() {
        let queue = joined();
        let position = queue.text().chars().position(|c| c == '/').map(|at| at + 1);
        let culprit = queue.culprit(0, position).unwrap();
        assert_eq!((culprit.origin, culprit.sql, culprit.offset), (Some(Origin(8)), "select 1 / 0", Some(9)));
    }

    #[test]
    fn without_a_position_the_number_of_finished_commands_tells() {
        let queue = joined();
        assert_eq!(queue.culprit(1, None).unwrap().origin, Some(Origin(7)));
        assert_eq!(queue.culprit(2, None).unwrap().origin, Some(Origin(8)));
    }

    #[test]
    fn a_syntax_error_before_the_begin_leaves_the_server_idle() {
        let queue = joined();
        assert_eq!(queue.state_after(State::Idle, 0).after_failure(), State::Idle);
        assert_eq!(queue.state_after(State::Idle, 1).after_failure(), State::Failed);
        assert_eq!(queue.state_after(State::Idle, 3), State::Open);
    }

    #[test]
    fn what_is_committed_or_outside_of_a_transaction_lasts() {
        let mut queue = joined();
        assert!(!queue.lasts(State::Idle, 3));
        queue.push_own("commit");
        assert!(!queue.lasts(State::Idle, 3) && queue.lasts(State::Idle, 4));
        let mut alone = Queue::default();
        alone.push_own("set application_name = 'x'");
        alone.push(&Statement::from("vacuum a", Origin(7)));
        assert!(!alone.lasts(State::Idle, 1) && alone.lasts(State::Idle, 2));
    }
}
