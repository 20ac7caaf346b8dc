//! Publishing against a server.

use super::super::tests::Ground;
use super::{Published, Swap, drop_made_later, free_index_names, publish};
use crate::error::Result;
use crate::name::{Relation, RelationKind};
use crate::postgres::Statement;

const ALL: [RelationKind; 3] = [RelationKind::Table, RelationKind::View, RelationKind::MaterializedView];

/// Builds `query` aside as a relation of `kind` and publishes it as `a`, in one transaction.
fn build(ground: &Ground, kind: RelationKind, query: &str, made_later: &[Relation]) -> Result<Published> {
    let mut session = ground.session();
    let new = ground.relation("a__dbt_tmp", kind);
    let target = ground.relation("a", kind);
    session.begin()?;
    session.run(Statement::new(format!("create {} {} as {query}", kind.ddl(), new.render())))?;
    let swap = Swap { new: &new, target: &target, run: "r1", made_later };
    let published = publish(&mut session, &swap)?;
    session.commit()?;
    Ok(published)
}

/// Creates a role that may look at and create things in the ground.
fn role(ground: &Ground, name: &str) -> String {
    let role = format!("{}_{name}", ground.schema);
    ground.act(&format!("create role {role}; grant usage, create on schema {} to {role}", ground.schema));
    role
}

fn drop_role(ground: &Ground, role: &str) {
    ground.act(&format!("drop owned by {role} cascade; drop role {role}"));
}

fn kind_of(ground: &Ground, name: &str) -> String {
    ground.ask(&format!(
        "select relkind from pg_class where relname = '{name}' and relnamespace = '{}'::regnamespace",
        ground.schema
    ))
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_view_of_another_role_lives_through_every_change_of_kind() {
    let ground = Ground::new();
    let (bob, eve) = (role(&ground, "bob"), role(&ground, "eve"));
    for (number, kind) in ALL.into_iter().flat_map(|from| ALL.map(|to| (from, to))).enumerate() {
        let (from, to) = kind;
        build(&ground, from, "select 1 as id, 'x'::text as name", &[]).unwrap();
        ground.act(&format!(
            "grant select on a to {bob} with grant option;
             set role {bob};
             create view v with (security_barrier) as select id, name from a where id > 0;
             comment on view v is 'mine'; comment on column v.id is 'key';
             grant select on v to {eve};
             create materialized view m as select id from v;
             create unique index m_id on m (id);
             create view w as select id + 1 as next from m;
             reset role"
        ));
        let facts = "select relacl, reloptions, relowner::regrole, obj_description(oid), col_description(oid, 1)
            from pg_class where oid = 'v'::regclass";
        let before = ground.ask(facts);
        assert!(
            before.contains("mine") && before.contains(&eve) && before.contains("security_barrier=true"),
            "{before}"
        );
        let published = build(&ground, to, "select 2 as id, 'y'::text as name, now() as at", &[]).unwrap();
        assert!(published.replaced && published.kept_grants && published.dropped.is_empty(), "{number}");
        assert_eq!(kind_of(&ground, "a"), ["r", "v", "m"][ALL.iter().position(|kind| *kind == to).unwrap()]);
        assert_eq!(ground.ask("select * from v"), "2,y", "{from:?} to {to:?}");
        let mut session = ground.session();
        session.rows(&format!("set role {eve}")).unwrap();
        assert_eq!(session.rows("select id from v").unwrap()[0][0].as_deref(), Some("2"));
        drop(session);
        assert_eq!(ground.ask(facts), before);
        assert_eq!(ground.ask("select id, next from m, w"), "1,2", "nobody refreshed it");
        assert_eq!(ground.ask("select count(*) from pg_class where relname like '%old_r1%'"), "0");
        ground.act("drop view v cascade");
        ground.act(&format!("drop {} a", to.ddl()));
    }
    drop_role(&ground, &bob);
    drop_role(&ground, &eve);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_materialized_view_on_the_table_is_made_anew_with_all_it_had() {
    let ground = Ground::new();
    let bob = role(&ground, "bob");
    build(&ground, RelationKind::Table, "select 1 as id", &[]).unwrap();
    ground.act(&format!(
        "grant select on a to {bob}; set role {bob};
         create materialized view m as select id from a; create unique index m_id on m (id);
         comment on materialized view m is 'sums'; grant select on m to public;
         create materialized view empty as select id from a with no data;
         create view w as select id + 1 as next from m; reset role"
    ));
    build(&ground, RelationKind::Table, "select 5 as id", &[]).unwrap();
    assert_eq!(ground.ask("select next from w"), "6");
    assert_eq!(
        ground.ask(&format!(
            "select relname, relowner = '{bob}'::regrole, relispopulated, obj_description(oid, 'pg_class')
             from pg_class where relkind = 'm' and relnamespace = '{}'::regnamespace order by 1",
            ground.schema
        )),
        "empty,t,f,null\nm,t,t,sums"
    );
    assert_eq!(ground.ask("select indexrelid::regclass from pg_index where indrelid = 'm'::regclass"), "m_id");
    drop_role(&ground, &bob);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_column_that_a_view_uses_and_that_is_gone_stops_the_swap_with_the_names_of_all() {
    let ground = Ground::new();
    build(&ground, RelationKind::Table, "select 1 as id, 'x'::text as name", &[]).unwrap();
    ground.act("create view v as select name from a; create view w as select upper(name) as n from a; create view x as select id from a");
    let error = build(&ground, RelationKind::Table, "select 2 as id", &[]).unwrap_err();
    let details: Vec<&str> = error.details().iter().map(|(_, text)| text.as_str()).collect();
    assert_eq!(details.len(), 2, "{error:?} {details:?}");
    assert!(details[0].contains("\"v\" of role postgres: column a.name does not exist"), "{details:?}");
    assert_eq!(ground.ask("select id, v.name from a, v"), "1,x");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_view_that_does_not_fit_and_is_made_later_is_dropped_with_what_is_made_later_too() {
    let ground = Ground::new();
    build(&ground, RelationKind::Table, "select 1 as id, 'x'::text as name", &[]).unwrap();
    ground.act("create view v as select name from a; create view w as select name from v");
    let v = ground.relation("v", RelationKind::View);
    let w = ground.relation("w", RelationKind::View);
    let error = build(&ground, RelationKind::Table, "select 2 as id", std::slice::from_ref(&v)).unwrap_err();
    assert!(error.message().contains("\"w\" of role postgres: stands on a view that must go"), "{error}");
    let published = build(&ground, RelationKind::Table, "select 2 as id", &[v.clone(), w.clone()]).unwrap();
    assert_eq!(published.dropped, [v, w]);
    assert_eq!(kind_of(&ground, "v"), "");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_retyped_column_makes_views_anew_all_the_way_up() {
    let ground = Ground::new();
    build(&ground, RelationKind::Table, "select 1 as id", &[]).unwrap();
    ground.act("create view v as select id from a; create view w as select id from v; comment on view w is 'top'; grant select on w to public");
    build(&ground, RelationKind::Table, "select 'a'::text as id", &[]).unwrap();
    assert_eq!(ground.ask("select pg_typeof(id), obj_description('w'::regclass, 'pg_class'), relacl is null from w, pg_class where oid = 'w'::regclass"), "text,top,f");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn keys_triggers_policies_and_names_stay() {
    let ground = Ground::new();
    let make = |rows: &str| {
        let mut session = ground.session();
        let (new, target) =
            (ground.relation("a__dbt_tmp", RelationKind::Table), ground.relation("a", RelationKind::Table));
        free_index_names(&mut session, &target, "r1").unwrap();
        session
            .run(Statement::new(
                "create table a__dbt_tmp (id serial primary key, code int constraint a_code unique check (code > 0))",
            ))
            .unwrap();
        session
            .run(Statement::new(format!("insert into a__dbt_tmp select n, n from generate_series(1, {rows}) n")))
            .unwrap();
        session.run(Statement::new("create index a_fixed on a__dbt_tmp (code, id)")).unwrap();
        let published =
            publish(&mut session, &Swap { new: &new, target: &target, run: "r1", made_later: &[] }).unwrap();
        session.commit().unwrap_or_else(|error| panic!("{error:?} {:?}", error.details()));
        published
    };
    make("3");
    let names = "select string_agg(relname, ' ' order by relname) from pg_class where relname like 'a\\_%' and relnamespace = current_schema()::regnamespace";
    let wanted = "a_code a_fixed a_id_seq a_pkey";
    assert_eq!(ground.ask(names), wanted);
    ground.act(
        "create table child (a_id int references a); insert into child values (1), (3);
         create function f() returns trigger language plpgsql as 'begin return new; end';
         create trigger t before insert on a for each row execute function f();
         create policy p on a for select using (id > 0); alter table a enable row level security",
    );
    assert_eq!(make("3").warnings, Vec::<String>::new());
    assert_eq!(ground.ask(names), wanted);
    let state = "select (select count(*) from pg_trigger where tgrelid = 'a'::regclass and tgname = 't'),
        (select count(*) from pg_policy where polrelid = 'a'::regclass), relrowsecurity,
        (select convalidated from pg_constraint where confrelid = 'a'::regclass)
        from pg_class where oid = 'a'::regclass";
    assert_eq!(ground.ask(state), "1,1,t,t");
    let warnings = make("2").warnings;
    assert!(warnings.len() == 1 && warnings[0].contains("child_a_id_fkey"), "{warnings:?}");
    assert_eq!(ground.ask(state), "1,1,t,f");
    assert_eq!(
        ground
            .ask("select string_agg(conname, ' ' order by conname) from pg_constraint where conrelid = 'a'::regclass"),
        "a_code a_code_check a_pkey"
    );
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_function_on_the_row_type_is_named_unless_the_table_can_stay() {
    let ground = Ground::new();
    build(&ground, RelationKind::Table, "select 1 as id", &[]).unwrap();
    ground.act("create function f(a) returns int language sql as 'select 1'");
    build(&ground, RelationKind::Table, "select 2 as id", &[]).unwrap();
    assert_eq!(ground.ask("select id, f(a) from a"), "2,1");
    let error = build(&ground, RelationKind::Table, "select '1' as id", &[]).unwrap_err();
    assert!(error.message().contains("function f(a)"), "{error}");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_view_whose_columns_stay_keeps_its_oid_and_one_whose_query_stays_is_not_locked() {
    let ground = Ground::new();
    let oid = "select 'a'::regclass::oid::int8";
    build(&ground, RelationKind::View, "select 1 as id", &[]).unwrap();
    ground.act("create view v as select id from a; create function f(a) returns int language sql as 'select 1'");
    let before = ground.ask(oid);
    let mut reader = ground.session();
    reader.rows("select * from a").unwrap();
    build(&ground, RelationKind::View, "select 1 as id", &[]).unwrap();
    drop(reader);
    build(&ground, RelationKind::View, "select 2 as id, 3 as more", &[]).unwrap();
    assert_eq!((ground.ask(oid), ground.ask("select v.id, a.more from a, v").as_str()), (before, "2,3"));
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn what_is_made_later_goes_before_a_drop_and_nothing_else() {
    let ground = Ground::new();
    ground.act("create table a (id int); create view v as select * from a; create view w as select * from v");
    let a = ground.relation("a", RelationKind::Table);
    let (v, w) = (ground.relation("v", RelationKind::View), ground.relation("w", RelationKind::View));
    let mut session = ground.session();
    drop_made_later(&mut session, &a, std::slice::from_ref(&v)).unwrap();
    session.commit().unwrap();
    assert_eq!(kind_of(&ground, "v"), "v");
    drop_made_later(&mut session, &a, &[w, v]).unwrap();
    session.run(Statement::new("drop table a")).unwrap();
    session.commit().unwrap();
    assert_eq!(kind_of(&ground, "a"), "");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_reader_who_holds_the_relation_is_waited_for_without_a_deadlock() {
    let ground = Ground::new();
    build(&ground, RelationKind::Table, "select 1 as id", &[]).unwrap();
    ground.act("create view v as select id from a");
    let mut reader = ground.session();
    reader.rows("select * from a").unwrap();
    let other = std::thread::spawn(move || {
        std::thread::sleep(std::time::Duration::from_millis(1500));
        // Takes the view's lock while the table's is asked for.
        reader.rows("select * from v").unwrap();
        reader.commit().unwrap();
    });
    build(&ground, RelationKind::Table, "select 2 as id", &[]).unwrap();
    other.join().unwrap();
    assert_eq!(ground.ask("select id from v"), "2");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_foreign_key_that_comes_while_this_run_waits_is_carried_over() {
    let ground = Ground::new();
    ground.act("create table a as select 1 as id; alter table a add primary key (id)");
    let mut other = ground.session();
    other.begin().unwrap();
    other.rows("create table b as select 1 as id").unwrap();
    other.rows("alter table b add foreign key (id) references a (id)").unwrap();
    let other = std::thread::spawn(move || {
        // Within the first window of the swap, which by then has looked and waits for the lock.
        std::thread::sleep(std::time::Duration::from_millis(350));
        other.commit().unwrap();
    });
    let (new, target) = (ground.relation("a__dbt_tmp", RelationKind::Table), ground.relation("a", RelationKind::Table));
    let mut session = ground.session();
    session.begin().unwrap();
    session.rows("create table a__dbt_tmp as select generate_series(1, 2) as id").unwrap();
    session.rows("alter table a__dbt_tmp add primary key (id)").unwrap();
    publish(&mut session, &Swap { new: &new, target: &target, run: "r1", made_later: &[] }).unwrap();
    session.commit().unwrap();
    other.join().unwrap();
    assert_eq!(ground.ask("select confrelid::regclass from pg_constraint where conrelid = 'b'::regclass"), "a");
    assert_eq!(ground.ask("select count(*) from a"), "2");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_role_that_may_not_touch_a_view_is_told_whose_it_is() {
    let ground = Ground::new();
    let (bob, ann) = (role(&ground, "bob"), role(&ground, "ann"));
    ground.act(&format!("set role {ann}; create table a as select 1 as id; grant select on a to {bob}; set role {bob}; create view v as select id from a"));
    let mut session = ground.session();
    session.rows(&format!("set role {ann}")).unwrap();
    session.run(Statement::new("create table a__dbt_tmp as select 2::bigint as id")).unwrap();
    let (new, target) = (ground.relation("a__dbt_tmp", RelationKind::Table), ground.relation("a", RelationKind::Table));
    let swap = Swap { new: &new, target: &target, run: "r1", made_later: &[] };
    let error = publish(&mut session, &swap).unwrap_err();
    assert!(
        error.message().contains(&format!("of role {bob}: belongs to a role that {ann} is not a member of")),
        "{error}"
    );
    session.rollback().unwrap();
    drop_role(&ground, &bob);
    drop_role(&ground, &ann);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn tables_below_one_view_are_published_at_the_same_time() {
    let ground = Ground::new();
    let names: Vec<String> = (0..6).map(|number| format!("t{number}")).collect();
    let sql: Vec<String> = names.iter().map(|name| format!("create table {name} as select 1 as id")).collect();
    ground.act(&sql.join(";"));
    ground.act(&format!("create view everything as select t0.id from {}", names.join(", ")));
    let publish_three_times = |name: &String| {
        let mut session = ground.session();
        for number in 1..=3 {
            let (new, target) = (
                ground.relation(&format!("{name}_new"), RelationKind::Table),
                ground.relation(name, RelationKind::Table),
            );
            session.run(Statement::new(format!("create table {name}_new as select {number} as id"))).unwrap();
            let published = publish(&mut session, &Swap { new: &new, target: &target, run: "r1", made_later: &[] });
            published.unwrap_or_else(|error| panic!("{error:?}"));
            session.commit().unwrap();
        }
    };
    std::thread::scope(|scope| {
        for name in &names {
            scope.spawn(|| publish_three_times(name));
        }
    });
    assert_eq!(ground.ask("select id from everything"), "3");
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_table_under_a_view_that_the_role_may_not_touch_is_filled_anew() {
    let ground = Ground::new();
    let (bob, ann) = (role(&ground, "bob"), role(&ground, "ann"));
    ground.act(&format!(
        "set role {ann}; create table a as select 1 as id; create index on a (id); grant select on a to {bob};
         set role {bob}; create view v as select id from a; create materialized view m as select * from v"
    ));
    let facts = "select 'a'::regclass::oid, relowner::regrole, relacl from pg_class where oid = 'a'::regclass";
    let before = ground.ask(facts);
    for (query, index, rows) in [
        ("select 2 as id", "create index on a__dbt_tmp (id)", "2"),
        ("select 3 as id, 'x'::text as more", "create unique index on a__dbt_tmp (more)", "3"),
    ] {
        let mut reader = ground.session();
        reader.rows("select * from v").unwrap();
        drop(reader);
        let mut session = ground.session();
        session.rows(&format!("set role {ann}")).unwrap();
        session.run(Statement::new(format!("create table a__dbt_tmp as {query}; {index}"))).unwrap();
        let (new, target) =
            (ground.relation("a__dbt_tmp", RelationKind::Table), ground.relation("a", RelationKind::Table));
        let swap = Swap { new: &new, target: &target, run: "r1", made_later: &[] };
        let published = publish(&mut session, &swap).unwrap_or_else(|error| panic!("{error:?}"));
        assert!(published.replaced && published.kept_grants);
        session.commit().unwrap();
        assert_eq!((ground.ask("select id from v"), ground.ask(facts)), (rows.to_owned(), before.clone()));
        assert_eq!(kind_of(&ground, "a__dbt_tmp"), "");
    }
    let indexes = "select string_agg(regexp_replace(indexdef, '.* USING', ''), ',' order by indexdef desc) from pg_indexes where schemaname = current_schema() and tablename = 'a'";
    assert_eq!(ground.ask(indexes), " btree (more), btree (id)");
    ground.act("drop materialized view m; drop view v");
    drop_role(&ground, &bob);
    drop_role(&ground, &ann);
}

#[test]
#[cfg_attr(not(kiln_server), ignore = "no PostgreSQL server")]
fn a_materialized_view_under_what_cannot_be_carried_over_is_refreshed_where_its_query_stays() {
    let ground = Ground::new();
    let query = "select id from src";
    ground.act("create table src as select 1 as id");
    build(&ground, RelationKind::MaterializedView, query, &[]).unwrap();
    ground.act(
        "create function f() returns bigint language sql begin atomic select count(*) from a; end; insert into src values (2)",
    );
    let before = ground.ask("select 'a'::regclass::oid::text");
    build(&ground, RelationKind::MaterializedView, query, &[]).unwrap();
    assert_eq!(ground.ask("select f()::text"), "2");
    assert_eq!(ground.ask("select 'a'::regclass::oid::text"), before);
    let error = build(&ground, RelationKind::MaterializedView, "select id + 1 as id from src", &[]).unwrap_err();
    assert!(error.message().contains("function"), "{error}");
}
