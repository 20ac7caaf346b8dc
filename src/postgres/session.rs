//! A session: a blocking door to one connection, with psycopg2's transactions and statements that travel together.

use std::collections::BTreeSet;
use std::time::Duration;

use sqlx::Connection as _;
use sqlx::postgres::PgConnection;
use tokio::runtime::Runtime;

use super::connect;
use super::exchange::{self, Answer, RawColumn};
use super::queue::Queue;
use super::refusal;
use super::server::Server;
use super::session_name::SessionName;
use super::statement::{Column, Response, Rows, Statement};
use super::tag::{self, Effect};
use super::traces::Traces;
use super::transaction::{State, Transaction};
use super::type_names::TypeNames;
use super::zone;
use crate::error::{Error, Kind, Result};
use crate::sql::scan;

/// One connection, used by one thread at a time.
///
/// As with dbt on psycopg2, the first statement opens a transaction, and so does the first after `rollback` or `begin_work`. After
/// `commit`, or a `commit` sent as text, each statement is a transaction of its own until the next `begin`, `rollback` or
/// `begin_work`: hooks behind the commit, such as a `vacuum`, count on it.
pub struct Session {
    server: Server,
    runtime: Runtime,
    /// None once it is lost.
    connection: Option<PgConnection>,
    /// Under which the server keeps it.
    number: u64,
    version: u32,
    pub(super) transaction: Transaction,
    queue: Queue,
    before_commit: Vec<Statement>,
    name: SessionName,
    /// Settings as they were at the start.
    start: Vec<(&'static str, String)>,
    /// What statements have left.
    traces: Traces,
    /// Traces that the open transaction wipes out, which are there again when it is undone.
    wiped: Traces,
    /// Whether the traces go with the next transaction.
    pub(super) is_to_be_wiped: bool,
    type_names: TypeNames,
    /// Whether something of the work since `begin_work` lasts, whatever becomes of the open transaction.
    pub(super) has_lasting_work: bool,
    /// Statements that the server knows by name.
    pub(super) prepared: BTreeSet<&'static str>,
}

impl Session {
    /// Opens a session on `server`.
    pub(super) fn open(server: &Server) -> Result<Session> {
        let runtime = connect::runtime()?;
        let settings = connect::filled(server.settings())?;
        server.warn_of_timeouts(&std::env::var("PGOPTIONS").unwrap_or_default());
        let mut connection = runtime.block_on(connect::connect(&settings))?;
        let mut ask = |reads_file| -> Result<Answer> {
            let mut opening = Queue::default();
            opening.push_own(&zone::opening(&settings, reads_file));
            let mut first = Answer::default();
            let sent = runtime.block_on(exchange::send(&mut connection, opening.text(), 1, &mut first));
            sent.map_err(|cause| refusal::from_sqlx(cause, &opening, first.completed))?;
            Ok(first)
        };
        // Feature not supported: the server was built without XML.
        let first = match ask(true) {
            Err(error) if refusal::has_code(&error, &["0A000"]) => ask(false)?,
            answer => answer?,
        };
        let field = |at: usize| first.rows.first().and_then(|row| row.get(at).cloned().flatten());
        let pid = field(0).and_then(|text| text.parse().ok()).unwrap_or_default();
        Ok(Session {
            number: server.live().add(pid),
            server: server.clone(),
            runtime,
            connection: Some(connection),
            version: field(1).and_then(|text| text.parse().ok()).unwrap_or_default(),
            transaction: Transaction::default(),
            queue: Queue::default(),
            before_commit: Vec::new(),
            name: SessionName::new(settings.application_name.is_some()),
            start: zone::names(&settings).into_iter().zip((2..).map_while(field)).collect(),
            traces: Traces::default(),
            wiped: Traces::default(),
            is_to_be_wiped: false,
            has_lasting_work: false,
            type_names: TypeNames::default(),
            prepared: BTreeSet::new(),
        })
    }

    /// Version as `server_version_num` gives it: 150018.
    pub fn server_version(&self) -> u32 {
        self.version
    }

    /// Has the session show up as `name` in `pg_stat_activity`, from its next statement on, unless the profile names it.
    pub(super) fn set_application_name(&mut self, name: &str) {
        self.name.want(name);
    }

    /// Queues a statement whose answer nobody needs: it travels with the next one that does, or with the commit.
    ///
    /// Its error shows up at that later call. Outside of a transaction it is sent at once.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses this statement or one queued before; see [`super::Refusal`].
    pub fn run(&mut self, statement: Statement) -> Result<()> {
        self.traces = self.traces.and(Traces::of(&statement.sql));
        let may_wait = self.add(&statement)?;
        if may_wait { Ok(()) } else { self.flush() }
    }

    /// Sends what is queued.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses one of the statements.
    pub fn flush(&mut self) -> Result<()> {
        if self.queue.is_empty() { Ok(()) } else { self.send(0).map(|_| ()) }
    }

    /// Sends what is queued, then a statement, and gives back the response to its last command.
    ///
    /// Where the response is known beforehand, as that to `create view` or `grant`, the statement waits like one given to `run`.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses one of the statements.
    pub fn execute(&mut self, statement: Statement) -> Result<Response> {
        self.traces = self.traces.and(Traces::of(&statement.sql));
        let may_wait = self.add(&statement)?;
        if let Some(response) = tag::foregone(self.queue.last_command()).filter(|_| may_wait) {
            return Ok(response);
        }
        let (response, _) = self.send(0)?;
        Ok(response)
    }

    /// Like `execute`, with the rows of the last command, at most `limit` of them.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses one of the statements.
    pub fn query(&mut self, statement: Statement, limit: Option<usize>) -> Result<(Response, Rows)> {
        self.traces = self.traces.and(Traces::of(&statement.sql));
        let may_wait = self.add(&statement)?;
        let last = self.queue.last_command().to_owned();
        if let Some(response) = tag::foregone(&last).filter(|_| may_wait) {
            return Ok((response, Rows::default()));
        }
        let (response, answer) = self.send(limit.unwrap_or(usize::MAX))?;
        let columns = if answer.columns.is_empty() && tag::gives_rows(&last) {
            self.describe(Statement::from(last, statement.origin))?
        } else {
            self.named(answer.columns)?
        };
        Ok((response, Rows { columns, rows: answer.rows }))
    }

    /// The columns that a query would give, without running it; statements before it, such as a `sql_header`, are run.
    ///
    /// # Errors
    ///
    /// `Database` when the server does not accept the query.
    pub fn describe(&mut self, statement: Statement) -> Result<Vec<Column>> {
        if let [first, .., last] = &scan::statements(&statement.sql)[..] {
            self.run(Statement::from(&statement.sql[first.start..last.start], statement.origin))?;
            return self.describe(Statement::from(&statement.sql[last.clone()], statement.origin));
        }
        self.begin_if_psycopg2_would()?;
        self.flush()?;
        let mut alone = Queue::default();
        alone.push(&statement);
        let columns = self.on_connection(&alone, |runtime, connection| {
            runtime.block_on(exchange::prepare(connection, &statement.sql)).map_err(|cause| (cause, 0))
        })?;
        self.named(columns)
    }

    /// Opens a transaction, dbt's explicit `BEGIN`; does nothing where the server is in one. Travels with the next statement.
    ///
    /// # Errors
    ///
    /// Only where the session is broken.
    pub fn begin(&mut self) -> Result<()> {
        self.transaction.has_begun = true;
        self.transaction.is_believed_open = true;
        if self.transaction.planned == State::Idle && !self.transaction.is_autocommit {
            self.push_own("begin");
            self.push_preface();
        }
        Ok(())
    }

    /// From here to the next rollback each text is a transaction of its own, unless it opens one itself.
    ///
    /// # Errors
    ///
    /// As `rollback`, which ends what was open.
    pub fn commit_each(&mut self) -> Result<()> {
        self.rollback()?;
        self.transaction.is_believed_open = true;
        self.transaction.is_autocommit = true;
        Ok(())
    }

    /// Ends the transaction, with everything queued; does nothing where none is open.
    ///
    /// # Errors
    ///
    /// `Database` when the server refuses a queued statement or the commit itself.
    pub fn commit(&mut self) -> Result<()> {
        self.transaction.has_begun = false;
        match self.transaction.planned {
            State::Idle => self.flush(),
            State::Open => {
                self.push_before_commit();
                self.push_own("commit");
                self.flush()
            }
            State::Failed => Err(Error::database("the transaction failed before and cannot be committed")),
        }
    }

    /// Drops what is queued and undoes the transaction, as psycopg2's `rollback` does; the next statement opens a new one.
    ///
    /// # Errors
    ///
    /// `Connection` when the connection is gone.
    pub fn rollback(&mut self) -> Result<()> {
        let was = self.transaction.sent;
        self.queue = Queue::default();
        self.before_commit.clear();
        self.transaction.reset();
        self.transaction.sent = was;
        // What the transaction set is undone with it.
        self.name.forget();
        self.traces = self.traces.and(std::mem::take(&mut self.wiped));
        if was == State::Idle {
            return Ok(());
        }
        self.transaction.planned = was;
        self.push_own("rollback");
        self.flush()
    }

    /// Queues a statement for the moment before the open transaction commits; a rollback forgets it.
    pub fn before_commit(&mut self, statement: Statement) {
        self.before_commit.push(statement);
    }

    /// Whether the server is in a transaction, failed or not, once what is queued has been sent.
    pub fn is_in_transaction(&self) -> bool {
        self.transaction.planned != State::Idle
    }

    /// Whether `begin` was called and neither `commit` nor `rollback` since; dbt's `transaction_open`.
    pub fn has_begun(&self) -> bool {
        self.transaction.has_begun
    }

    /// Whether the connection is lost, so that a new session is needed.
    pub fn is_broken(&self) -> bool {
        self.connection.is_none()
    }

    /// Queues a statement; false when it has to go at once.
    pub(super) fn add(&mut self, statement: &Statement) -> Result<bool> {
        self.server.warn_of_timeouts(&statement.sql);
        self.begin_if_psycopg2_would()?;
        if self.transaction.planned == State::Idle {
            self.flush()?;
            self.push_preface();
            self.flush()?;
        }
        if !self.before_commit.is_empty() && tag::effects(&statement.sql).contains(&Effect::Commit) {
            self.push_before_commit();
        }
        if tag::forgets_prepared(&statement.sql) {
            self.prepared.clear();
        }
        let effects = self.queue.push(statement);
        self.transaction.planned = effects.iter().fold(self.transaction.planned, |state, effect| state.after(*effect));
        Ok(self.transaction.planned == State::Open)
    }

    pub(super) fn begin_if_psycopg2_would(&mut self) -> Result<()> {
        if self.transaction.must_begin() {
            self.flush()?;
            self.push_own("begin");
            self.push_preface();
        }
        Ok(())
    }

    fn push_own(&mut self, sql: &str) {
        let effects = self.queue.push_own(sql);
        self.transaction.planned = effects.iter().fold(self.transaction.planned, |state, effect| state.after(*effect));
    }

    /// What has to go before the first statement of a piece of work.
    fn push_preface(&mut self) {
        if std::mem::take(&mut self.is_to_be_wiped) && self.traces != Traces::default() {
            let traces = std::mem::take(&mut self.traces);
            self.push_own(&traces.wiped(&self.start));
            self.wiped = traces;
            self.name.forget();
        }
        if let Some(sql) = self.name.statement() {
            self.push_own(&sql);
        }
    }

    fn push_before_commit(&mut self) {
        for statement in std::mem::take(&mut self.before_commit) {
            self.queue.push(&statement);
        }
    }

    /// Sends the queue; gives back the response to its last statement and at most `limit` of its rows.
    pub(super) fn send(&mut self, limit: usize) -> Result<(Response, Answer)> {
        let queue = std::mem::take(&mut self.queue);
        let answer = self.on_connection(&queue, |runtime, connection| {
            let mut answer = Answer::default();
            match runtime.block_on(exchange::send(connection, queue.text(), limit, &mut answer)) {
                Ok(()) => Ok(answer),
                Err(cause) => Err((cause, answer.completed)),
            }
        })?;
        self.advance(&queue, answer.completed, State::after_success);
        let response = if queue.has_last_command() {
            tag::response(queue.last_command(), answer.count)
        } else {
            Response::default()
        };
        Ok((response, answer))
    }

    /// Acts on behalf of `queue`; a failure comes with the number of commands that went well.
    pub(super) fn on_connection<T>(
        &mut self,
        queue: &Queue,
        act: impl FnOnce(&Runtime, &mut PgConnection) -> Result<T, (sqlx::Error, usize)>,
    ) -> Result<T> {
        let lost = || Error::new(Kind::Connection, "the connection was lost before");
        let connection = self.connection.as_mut().ok_or_else(lost)?;
        let (cause, completed) = match act(&self.runtime, connection) {
            Ok(done) => return Ok(done),
            Err(failure) => failure,
        };
        self.advance(queue, completed, State::after_failure);
        if refusal::breaks_session(&cause) {
            self.connection = None;
        }
        let error = refusal::from_sqlx(cause, queue, completed);
        let is_cancelled = self.server.live().is_cancelled() && refusal::has_code(&error, &["57014"]);
        Err(if is_cancelled { Error::new(Kind::Cancelled, "the run was stopped").because(error) } else { error })
    }

    /// Notes what the server is in after `completed` commands of `queue`, and then the `end`.
    fn advance(&mut self, queue: &Queue, completed: usize, end: fn(State) -> State) {
        self.has_lasting_work |= queue.lasts(self.transaction.sent, completed);
        self.transaction.sent = end(queue.state_after(self.transaction.sent, completed));
        self.transaction.planned = self.transaction.sent;
    }

    /// The columns with the names of their types, of which unknown ones are asked for once.
    fn named(&mut self, columns: Vec<RawColumn>) -> Result<Vec<Column>> {
        if let Some(query) = self.type_names.query_for(&columns) {
            let rows = self.rows(&query)?;
            self.type_names.learn(rows);
        }
        Ok(self.type_names.give(columns))
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.server.live().remove(self.number);
        if let Some(connection) = self.connection.take() {
            // A server that does not answer any more must not hold up the end of the process.
            let goodbye = async { tokio::time::timeout(Duration::from_secs(1), connection.close()).await };
            drop(self.runtime.block_on(goodbye));
        }
    }
}
