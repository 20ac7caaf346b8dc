//! The command tag of a statement, made from its first words: sqlx tells the number of rows only.

use crate::sql::scan::{self, Token};

use super::statement::Response;

/// What the tag of a statement consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Count {
    /// The tag has no number.
    None,
    /// The tag ends in the number of rows.
    Rows,
    /// `INSERT` has a zero before it, once the oid of the row.
    ZeroRows,
}

/// What a statement does to the transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing.
    None,
    /// Opens one.
    Begin,
    /// Ends it, and keeps its work if it has not failed.
    Commit,
    /// Ends it, and undoes its work.
    Rollback,
    /// Undoes a part, after which a failed one goes on.
    RollbackToSavepoint,
}

/// The response to the single statement `sql`, which touched `rows` rows.
pub(super) fn response(sql: &str, rows: u64) -> Response {
    let words = words(sql);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (code, count) = code(&words);
    let message = match count {
        Count::None => code.clone(),
        Count::Rows => format!("{code} {rows}"),
        Count::ZeroRows => format!("{code} 0 {rows}"),
    };
    let rows_affected = match count {
        Count::None => -1,
        Count::Rows | Count::ZeroRows => i64::try_from(rows).unwrap_or(i64::MAX),
    };
    Response { message, code, rows_affected }
}

/// The response to the single statement `sql` where nothing but an error could make it another one.
pub(super) fn foregone(sql: &str) -> Option<Response> {
    let response = response(sql, 0);
    let first = response.code.split(' ').next().unwrap_or_default();
    let is_known = matches!(first, "CREATE" | "ALTER" | "DROP" | "COMMENT" | "GRANT" | "REVOKE" | "SET" | "TRUNCATE");
    is_known.then_some(response)
}

/// What each command in `sql` does to the transaction.
pub(super) fn effects(sql: &str) -> Vec<Effect> {
    scan::statements(sql).into_iter().map(|place| effect(&sql[place])).collect()
}

/// Whether the single statement `sql` gives rows, of which there may be none.
pub(super) fn gives_rows(sql: &str) -> bool {
    let words = words(sql);
    let first = words.first().map_or("", String::as_str);
    let first = if first == "with" { "select" } else { first };
    matches!(first, "select" | "values" | "table" | "fetch" | "execute") || words.iter().any(|word| word == "returning")
}

/// Whether a command in `sql` makes the server forget prepared statements.
pub(super) fn forgets_prepared(sql: &str) -> bool {
    scan::statements(sql).into_iter().any(|place| {
        let first = scan::tokens(&sql[place]).next();
        first.is_some_and(|(token, _)| token.is("deallocate") || token.is("discard"))
    })
}

/// What the single statement `sql` does to the transaction.
fn effect(sql: &str) -> Effect {
    let mut first = scan::tokens(sql).map(|(token, _)| token).take(4);
    let Some(Token::Word(word)) = first.next() else { return Effect::None };
    let mut rest = first;
    match word.to_ascii_lowercase().as_str() {
        "begin" => Effect::Begin,
        "start" if rest.next().is_some_and(|token| token.is("transaction")) => Effect::Begin,
        "commit" if !rest.next().is_some_and(|token| token.is("prepared")) => Effect::Commit,
        "end" => Effect::Commit,
        "prepare" if rest.next().is_some_and(|token| token.is("transaction")) => Effect::Commit,
        "abort" => Effect::Rollback,
        "rollback" => match rest.find(|token| !token.is("work") && !token.is("transaction")) {
            Some(token) if token.is("to") => Effect::RollbackToSavepoint,
            Some(token) if token.is("prepared") => Effect::None,
            _ => Effect::Rollback,
        },
        _ => Effect::None,
    }
}

/// The words outside of brackets, in lower case; anything quoted stands as an empty word.
fn words(sql: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut words = Vec::new();
    // A bracket at the very start holds a query: `(select 1) union …`.
    if scan::tokens(sql).next().is_some_and(|(token, _)| token == Token::Symbol('(')) {
        words.push("select".to_owned());
    }
    for (token, _) in scan::tokens(sql) {
        match token {
            Token::Symbol('(') => depth += 1,
            Token::Symbol(')') => depth = depth.saturating_sub(1),
            Token::Word(word) if depth == 0 => words.push(word.to_ascii_lowercase()),
            Token::Quoted if depth == 0 => words.push(String::new()),
            Token::Word(_) | Token::Quoted | Token::Symbol(_) => {}
        }
    }
    words
}

fn code(words: &[&str]) -> (String, Count) {
    let Some(first) = words.first() else { return (String::new(), Count::None) };
    let (tag, count) = match *first {
        "select" | "values" | "table" => ("SELECT", Count::Rows),
        "insert" => ("INSERT", Count::ZeroRows),
        "update" => ("UPDATE", Count::Rows),
        "delete" => ("DELETE", Count::Rows),
        "merge" => ("MERGE", Count::Rows),
        "copy" => ("COPY", Count::Rows),
        "fetch" => ("FETCH", Count::Rows),
        "move" => ("MOVE", Count::Rows),
        "with" => return code(after_common_tables(words)),
        "create" => return create(words),
        "alter" | "drop" => return (format!("{} {}", first.to_uppercase(), object(&words[1..])), Count::None),
        "truncate" => ("TRUNCATE TABLE", Count::None),
        "lock" => ("LOCK TABLE", Count::None),
        "refresh" => ("REFRESH MATERIALIZED VIEW", Count::None),
        "declare" => ("DECLARE CURSOR", Count::None),
        "close" => ("CLOSE CURSOR", Count::None),
        "end" => ("COMMIT", Count::None),
        "abort" => ("ROLLBACK", Count::None),
        "start" => ("START TRANSACTION", Count::None),
        "set" if words.get(1) == Some(&"constraints") => ("SET CONSTRAINTS", Count::None),
        "import" => ("IMPORT FOREIGN SCHEMA", Count::None),
        "security" => ("SECURITY LABEL", Count::None),
        "reassign" => ("REASSIGN OWNED", Count::None),
        _ => return (first.to_uppercase(), Count::None),
    };
    (tag.to_owned(), count)
}

/// What follows the common table expressions, whose bodies are hidden by brackets.
fn after_common_tables<'a, 'b>(words: &'a [&'b str]) -> &'a [&'b str] {
    let main = ["select", "values", "table", "insert", "update", "delete", "merge"];
    // A common table may bear such a name itself: then `as` follows.
    let is_main = |at: usize| main.contains(&words[at]) && words.get(at + 1) != Some(&"as");
    (1..words.len()).find(|at| is_main(*at)).map_or(&["select"], |at| &words[at..])
}

fn create(words: &[&str]) -> (String, Count) {
    let fillers =
        ["or", "replace", "temp", "temporary", "unlogged", "global", "local", "recursive", "unique", "constraint"];
    let start = (1..words.len()).find(|at| !fillers.contains(&words[*at])).unwrap_or(words.len());
    let object = object(&words[start..]);
    let has_no_data = words.ends_with(&["no", "data"]);
    let is_select = match object.as_str() {
        "TABLE" => is_create_table_as(&words[start + 1..]) && !has_no_data,
        "MATERIALIZED VIEW" => !has_no_data,
        _ => false,
    };
    match (is_select, object.as_str(), has_no_data) {
        (true, ..) => ("SELECT".to_owned(), Count::Rows),
        (false, "TABLE", true) if is_create_table_as(&words[start + 1..]) => {
            ("CREATE TABLE AS".to_owned(), Count::None)
        }
        _ => (format!("CREATE {object}"), Count::None),
    }
}

/// Whether `as` comes before any clause of a table made of columns, which may say `generated always as` only in brackets.
fn is_create_table_as(words: &[&str]) -> bool {
    words.contains(&"as")
}

/// The kind of object that `words` start with, in upper case.
fn object(words: &[&str]) -> String {
    const LONG: [&[&str]; 14] = [
        &["materialized", "view"],
        &["foreign", "table"],
        &["foreign", "data", "wrapper"],
        &["access", "method"],
        &["event", "trigger"],
        &["operator", "class"],
        &["operator", "family"],
        &["text", "search", "configuration"],
        &["text", "search", "dictionary"],
        &["text", "search", "parser"],
        &["text", "search", "template"],
        &["user", "mapping"],
        &["default", "privileges"],
        &["large", "object"],
    ];
    let long = LONG.iter().find(|long| words.starts_with(long));
    match long {
        Some(long) => long.join(" ").to_uppercase(),
        None => match words.first() {
            Some(&"user" | &"group") => "ROLE".to_owned(),
            Some(word) => word.to_uppercase(),
            None => String::new(),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tag_is_the_one_that_the_server_would_give() {
        let cases = [
            ("select 1", "SELECT 3"),
            ("(select 1) union (select 2)", "SELECT 3"),
            ("with a as (select 1) insert into t select * from a", "INSERT 0 3"),
            ("with recursive a (x) as materialized (select 1) select * from a", "SELECT 3"),
            ("create temporary table \"t\" as (select 1 as as_of)", "SELECT 3"),
            ("create unlogged table t as select 1", "SELECT 3"),
            ("create table t as select 1 with no data", "CREATE TABLE AS"),
            ("create table t (a int generated always as (1) stored)", "CREATE TABLE"),
            ("create or replace view v as select 1", "CREATE VIEW"),
            ("create materialized view if not exists v as select 1", "SELECT 3"),
            ("create unique index concurrently i on t (a)", "CREATE INDEX"),
            ("drop materialized view if exists v cascade", "DROP MATERIALIZED VIEW"),
            ("alter table t rename to u", "ALTER TABLE"),
            ("-- why\n /* x */ merge into t using s on true when matched then delete", "MERGE 3"),
            ("truncate t", "TRUNCATE TABLE"),
            ("grant select on t to r", "GRANT"),
            ("set search_path to a", "SET"),
            ("do $$ begin end $$", "DO"),
            ("", ""),
        ];
        for (sql, tag) in cases {
            assert_eq!(response(sql, 3).message, tag, "{sql}");
        }
    }

    #[test]
    fn a_statement_without_a_count_affects_minus_one_rows_as_in_psycopg2() {
        let got = response("create view v as select 1", 0);
        assert_eq!((got.code.as_str(), got.rows_affected), ("CREATE VIEW", -1));
    }

    #[test]
    fn the_words_that_steer_a_transaction_are_known() {
        assert_eq!(effect("/* x */ COMMIT work"), Effect::Commit);
        assert_eq!(effect("commit prepared 'x'"), Effect::None);
        assert_eq!(effect("start transaction"), Effect::Begin);
        assert_eq!(effect("rollback work to savepoint a"), Effect::RollbackToSavepoint);
        assert_eq!(effect("rollback and chain"), Effect::Rollback);
        assert_eq!(effect("begin_report()"), Effect::None);
    }
}
