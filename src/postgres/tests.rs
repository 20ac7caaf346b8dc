//! Tests against a server, the same that the suite in `tests/cli` has.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::statement::Origin;
use super::{Refusal, Secret, Server, Session, Settings, Statement, catalog};
use crate::error::{Error, Kind, Result};
use crate::name::{Relation, RelationKind};

#[path = "../../tests/cli/server.rs"]
mod server;

/// A schema of a test's own.
pub(super) struct Ground {
    pub(super) server: Server,
    pub(super) schema: String,
}

static GROUNDS: AtomicUsize = AtomicUsize::new(0);

impl Ground {
    pub(super) fn new() -> Ground {
        let schema = format!("ground_{}_{}", std::process::id(), GROUNDS.fetch_add(1, Ordering::Relaxed));
        let search_path = Some(schema.clone());
        let settings = Settings { schema: schema.clone(), search_path, ..settings(server::server()) };
        let ground = Ground { server: Server::new(settings), schema };
        ground.act(&format!("create schema {}", ground.schema));
        ground
    }

    pub(super) fn session(&self) -> Session {
        self.server.session().unwrap()
    }

    /// Runs `sql` in a session and transaction of its own.
    pub(super) fn act(&self, sql: &str) {
        let mut session = self.session();
        session.execute(Statement::new(sql)).unwrap_or_else(|error| panic!("{error:?} {:?}\n{sql}", error.details()));
        session.commit().unwrap();
    }

    /// The rows of `sql`, fields by commas and rows by lines.
    pub(super) fn ask(&self, sql: &str) -> String {
        text(&self.session().rows(sql).unwrap())
    }

    pub(super) fn relation(&self, name: &str, kind: RelationKind) -> Relation {
        let database = self.server.settings().database.clone().unwrap_or_default();
        Relation::new(&database, &self.schema, name).of_kind(kind)
    }
}

impl Drop for Ground {
    fn drop(&mut self) {
        self.act(&format!("drop schema if exists {} cascade", self.schema));
    }
}

fn settings(server: &server::Server) -> Settings {
    Settings {
        host: Some(server.host.clone()),
        port: Some(server.port),
        user: Some(server.user.clone()),
        database: Some("postgres".to_owned()),
        password: Some(server.password.clone()).filter(|password| !password.is_empty()).map(Secret::new),
        ..Settings::default()
    }
}

fn text(rows: &[Vec<Option<String>>]) -> String {
    let line = |row: &Vec<Option<String>>| {
        row.iter().map(|field| field.as_deref().unwrap_or("null")).collect::<Vec<_>>().join(",")
    };
    rows.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn statement(sql: &str) -> Statement {
    Statement::new(sql)
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn statements_that_need_no_answer_travel_with_the_next_and_errors_find_their_way_back() {
    let ground = Ground::new();
    let mut session = ground.session();
    session.begin().unwrap();
    session.run(Statement::from("create table a (n int) -- a comment", Origin(1))).unwrap();
    session.run(Statement::from("insert into a select 'ü' || nothing", Origin(2))).unwrap();
    let error = session.execute(Statement::from("select 1", Origin(3))).unwrap_err();
    let refusal = Refusal::of(&error).unwrap();
    assert_eq!((refusal.code.as_str(), refusal.origin), ("42703", Some(Origin(2))));
    assert_eq!(&refusal.sql[refusal.offset.unwrap()..], "nothing");
    assert_eq!(error.kind(), Kind::Database);
    assert!(session.commit().is_err());
    session.rollback().unwrap();
    assert_eq!(session.execute(statement("select 1")).unwrap().message, "SELECT 1");
    assert_eq!(ground.ask("select to_regclass('a')"), "null");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn an_error_without_a_position_is_told_by_what_went_well_before() {
    let ground = Ground::new();
    let mut session = ground.session();
    session.run(Statement::from("select 1; select 2", Origin(1))).unwrap();
    session.run(Statement::from("select 1 / 0", Origin(2))).unwrap();
    let error = session.flush().unwrap_err();
    assert_eq!(Refusal::of(&error).unwrap().origin, Some(Origin(2)));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_name_that_the_profile_gives_stays() {
    let named = Settings { application_name: Some("my etl".to_owned()), ..settings(server::server()) };
    let mut session = Server::new(named).session().unwrap();
    session.begin_work("kiln model.shop.a").unwrap();
    assert_eq!(text(&session.rows("select current_setting('application_name')").unwrap()), "my etl");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_commit_sent_as_text_lets_a_hook_vacuum() {
    let ground = Ground::new();
    ground.act("create table a (n int)");
    let mut session = ground.session();
    session.set_application_name("kiln node a");
    session.run(statement("commit;")).unwrap();
    session.run(statement("vacuum a")).unwrap();
    session.run(statement("create index concurrently i on a (n)")).unwrap();
    session.begin().unwrap();
    let name = session.rows("select current_setting('application_name')").unwrap();
    assert_eq!(text(&name), "kiln node a");
    assert!(session.is_in_transaction());
    assert!(session.execute(statement("vacuum a")).is_err());
    session.rollback().unwrap();
    session.run(statement("insert into a values (1)")).unwrap();
    session.rollback().unwrap();
    assert_eq!(ground.ask("select count(*) from a"), "0");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_last_of_several_statements_answers_also_without_rows() {
    let ground = Ground::new();
    let mut session = ground.session();
    let (response, rows) =
        session.query(statement("create temp table t (a int, b ltree_no); select 1"), None).err().map_or_else(
            || panic!("a type that does not exist"),
            |error| {
                assert_eq!(Refusal::of(&error).unwrap().code, "42704");
                session.rollback().unwrap();
                session
                    .query(
                        statement("create type mood as enum ('x'); select 1 as a, null::mood as m where false;"),
                        None,
                    )
                    .unwrap()
            },
        );
    assert_eq!((response.message.as_str(), rows.rows.len()), ("SELECT 0", 0));
    let types: Vec<&str> = rows.columns.iter().map(|column| column.type_name.as_str()).collect();
    assert_eq!(types, ["integer", "mood"]);
    let (response, rows) = session.query(statement("select 5; values (1, null), (2, 'x'), (3, 'y')"), Some(2)).unwrap();
    assert_eq!((response.message.as_str(), text(&rows.rows).as_str()), ("SELECT 3", "1,null\n2,x"));
    let (response, rows) = session.query(statement("select 1; create temp table t as select 7"), None).unwrap();
    assert_eq!((response.message.as_str(), rows.columns.len()), ("SELECT 1", 0));
    let columns = session.describe(statement("select 1::numeric(10,2) as n, 'x' as t")).unwrap();
    assert_eq!(columns[0].type_name, "numeric");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn copy_streams_and_gives_up_on_an_error_of_the_source() {
    let ground = Ground::new();
    let mut session = ground.session();
    session.run(statement("create table a (n int)")).unwrap();
    let mut left = 5;
    let mut fill = |buffer: &mut Vec<u8>| -> Result<bool> {
        buffer.extend_from_slice(b"1\n");
        left -= 1;
        Ok(left > 0)
    };
    assert_eq!(session.copy_in(statement("copy a from stdin"), &mut fill).unwrap(), 5);
    session.commit().unwrap();
    let mut fail = |_: &mut Vec<u8>| -> Result<bool> { Err(Error::parsing("bad line")) };
    assert_eq!(session.copy_in(statement("copy a from stdin"), &mut fail).unwrap_err().message(), "bad line");
    session.rollback().unwrap();
    let mut wrong = |buffer: &mut Vec<u8>| -> Result<bool> {
        buffer.extend_from_slice(b"x\n");
        Ok(false)
    };
    let error = session.copy_in(statement("copy a from stdin"), &mut wrong).unwrap_err();
    assert_eq!(Refusal::of(&error).unwrap().code, "22P02");
    session.rollback().unwrap();
    assert_eq!(text(&session.rows("select count(*) from a").unwrap()), "5");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_catalog_tells_what_there_is_in_schemas() {
    let ground = Ground::new();
    ground.act(
        "create table a (id int primary key); create view v as select id from a;
         create materialized view m as select * from v; create function f() returns int language sql as 'select 1'",
    );
    let mut session = ground.session();
    let schemas = [ground.schema.clone()];
    let found = catalog::relations(&mut session, &schemas).unwrap();
    let kinds: Vec<_> = found.iter().map(|found| (found.name.as_str(), found.kind.as_str())).collect();
    assert_eq!(kinds, [("a", "table"), ("f", "function"), ("m", "materialized_view"), ("v", "view")]);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn another_thread_cancels_what_a_session_does() {
    let ground = Ground::new();
    let mut session = ground.session();
    let canceller = ground.server.canceller();
    let other = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(200));
        canceller.cancel_all().unwrap()
    });
    let error = session.execute(statement("select pg_sleep(20)")).unwrap_err();
    assert_eq!(error.kind(), Kind::Cancelled);
    assert_eq!(other.join().unwrap(), 1);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_lock_names_who_holds_it() {
    use super::{ProjectLock, Wait};
    let ground = Ground::new();
    let schema = ground.schema.clone();
    let take = |wait| ProjectLock::acquire(&ground.server, &schema, "dev", wait, &mut |_| {});
    let held = take(Wait::No).unwrap();
    let error = take(Wait::UpTo(std::time::Duration::from_millis(400))).err().unwrap();
    assert!(error.details()[0].1.contains(&format!("process {}", std::process::id())), "{:?}", error.details());
    drop(held);
    take(Wait::UpTo(std::time::Duration::from_secs(5))).unwrap();
}

#[test]
fn a_server_that_is_not_there_is_told_with_its_place() {
    let settings =
        Settings { host: Some("127.0.0.1".into()), port: Some(1), user: Some("x".into()), ..Settings::default() };
    let error = Server::new(settings).session().err().unwrap();
    assert_eq!(error.kind(), Kind::Connection);
    assert!(error.message().contains("`127.0.0.1:1`"), "{error}");
}

#[test]
#[cfg_attr(not(kiln_binaries), ignore = "no PostgreSQL binaries")]
fn zone_and_order_of_dates_are_those_that_psql_would_get() {
    let settings = settings(server::berlin());
    let show = |settings: &Settings| {
        let mut session = Server::new(settings.clone()).session().unwrap();
        let sql = "select current_setting('TimeZone'), current_setting('DateStyle'), session_user, current_user";
        let shown = text(&session.rows(sql).unwrap());
        session.rollback().unwrap();
        assert_eq!(text(&session.rows(sql).unwrap()), shown, "stays after a rollback");
        shown
    };
    let mut session = Server::new(settings.clone()).session().unwrap();
    for sql in [
        "drop role if exists plain, zoned",
        "create role plain login",
        "create role zoned login",
        "grant plain to zoned",
    ] {
        session.run(Statement::new(sql)).unwrap();
    }
    session.run(Statement::new("alter role zoned set timezone to 'Asia/Tokyo'")).unwrap();
    session.commit().unwrap();
    assert_eq!(show(&settings), "Europe/Berlin,ISO, DMY,postgres,postgres");
    let plain = Settings { user: Some("plain".into()), ..settings.clone() };
    assert_eq!(show(&plain), "Europe/Berlin,ISO, MDY,plain,plain", "the file may not be read");
    let zoned = Settings { user: Some("zoned".into()), role: Some("plain".into()), ..settings.clone() };
    assert_eq!(show(&zoned), "Asia/Tokyo,ISO, MDY,zoned,plain");
    let given = Settings { timezone: Some("UTC".into()), datestyle: Some("German, YMD".into()), ..settings };
    assert_eq!(show(&given), "UTC,ISO, YMD,postgres,postgres");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn the_next_work_finds_the_session_as_new() {
    let ground = Ground::new();
    let mut session = ground.session();
    let show = "select current_setting('work_mem'), current_setting('search_path'), to_regclass('t'), current_setting('TimeZone'), current_setting('application_name')";
    session.begin_work("one").unwrap();
    let before = text(&session.rows(show).unwrap());
    session.run(statement("set work_mem = '77MB'; set search_path = pg_catalog; set timezone = 'Asia/Tokyo'")).unwrap();
    session.execute(statement("create temp table t (n int)")).unwrap();
    session.commit().unwrap();
    session.begin_work("two").unwrap();
    assert_eq!(text(&session.rows(show).unwrap()), before.replace("one", "two"));
    session.rollback().unwrap();
    session.begin_work("two").unwrap();
    assert_eq!(text(&session.rows(show).unwrap()), before.replace("one", "two"), "wiped again after a rollback");
    assert!(session.is_in_transaction());
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn what_met_the_swap_of_a_table_below_a_view_may_be_done_again() {
    let ground = Ground::new();
    ground.act("create table below as select 1 as id; create view above as select id from below");
    let mut swapping = ground.session();
    let swap = "alter table below rename to old; create table below as select 2 as id; \
                create or replace view above as select id from below; drop table old";
    swapping.execute(Statement::new(swap)).unwrap();
    swapping.flush().unwrap();
    let mut reading = ground.session();
    reading.begin_work("kiln reading").unwrap();
    let other = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(300));
        swapping.commit().unwrap();
    });
    let definition = "select pg_get_viewdef('above'::regclass)";
    let error = reading.rows(definition).unwrap_err();
    other.join().unwrap();
    assert!(error.message().starts_with("could not open relation with OID"), "{error:?}");
    assert!(reading.may_repeat(&error));
    reading.rollback().unwrap();
    assert!(text(&reading.rows(definition).unwrap()).contains("below"));
    let error = reading.rows("select nothing").unwrap_err();
    assert!(!reading.may_repeat(&error));
}
