//! Where statements end, and what one does, by its first words.

use std::ops::Range;

use super::Statement;
use super::scan::{Kind, Token, tokens};

/// The statements of `sql` with the comments before them, without the semicolon and what surrounds it; empty ones are left out.
pub fn statements(sql: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut ends = Ends::default();
    let mut range: Option<Range<usize>> = None;
    let mut has_words = false;
    for token in tokens(sql) {
        if ends.is_end(sql, &token) {
            found.extend(range.take().filter(|_| has_words));
            has_words = false;
        } else if token.kind != Kind::Space {
            let start = range.as_ref().map_or(token.range.start, |range| range.start);
            if token.is_significant() {
                has_words = true;
                range = Some(start..token.range.end);
            } else if range.is_none() {
                range = Some(token.range);
            }
        }
    }
    found.extend(range.filter(|_| has_words));
    found
}

/// Knows which semicolons end a statement: not those in parentheses (rules) or in `begin atomic … end` (functions).
#[derive(Default)]
struct Ends {
    parentheses: usize,
    blocks: usize,
    words: usize,
    is_create: bool,
    is_routine: bool,
}

impl Ends {
    fn is_end(&mut self, sql: &str, token: &Token) -> bool {
        match token.kind {
            Kind::Open => self.parentheses += 1,
            Kind::Close => self.parentheses = self.parentheses.saturating_sub(1),
            Kind::Word => self.see_word(sql, token),
            Kind::Semicolon if self.parentheses == 0 && self.blocks == 0 => {
                *self = Ends::default();
                return true;
            }
            Kind::Semicolon | Kind::Space | Kind::Comment | Kind::Value | Kind::Symbol => {}
        }
        false
    }

    fn see_word(&mut self, sql: &str, token: &Token) {
        let is = |word| token.is_word(sql, word);
        self.words += 1;
        if self.words == 1 {
            self.is_create = is("create");
        }
        self.is_routine = self.is_routine || self.is_create && self.words <= 4 && (is("function") || is("procedure"));
        if !self.is_routine {
            return;
        }
        if is("begin") || self.blocks > 0 && is("case") {
            self.blocks += 1;
        } else if is("end") {
            self.blocks = self.blocks.saturating_sub(1);
        }
    }
}

/// `sql` without the semicolons, space and comments at its end.
pub fn without_end(sql: &str) -> &str {
    let last = tokens(sql).filter(|token| token.is_significant() && token.kind != Kind::Semicolon).last();
    &sql[..last.map_or(0, |token| token.range.end)]
}

/// What the first statement of `sql` does.
pub fn kind_of_statement(sql: &str) -> Statement {
    let is_before_first = |token: &Token| matches!(token.kind, Kind::Semicolon | Kind::Open);
    let mut tokens = tokens(sql).filter(Token::is_significant).skip_while(is_before_first).peekable();
    let first = tokens.peek().map(|token| sql[token.range.clone()].to_ascii_uppercase()).unwrap_or_default();
    if let Some(known) = by_first_word(&first) {
        return known;
    }
    let words = Words { sql, tokens: tokens.take_while(|token| token.kind != Kind::Semicolon).collect() };
    match first.as_str() {
        "WITH" => counted(words.main_verb().unwrap_or("SELECT")),
        "CREATE" | "ALTER" | "DROP" => words.definition(&first),
        "REINDEX" => Statement { refuses_transaction: words.is_wide_reindex(), ..plain("REINDEX") },
        "CLUSTER" => Statement { refuses_transaction: words.tokens.len() == 1, ..plain("CLUSTER") },
        "DISCARD" => {
            let what = words.word(1);
            Statement { refuses_transaction: what == "ALL", ..plain(&format!("DISCARD {what}")) }
        }
        "REASSIGN" | "SECURITY" => plain(&format!("{first} {}", words.word(1))),
        _ => plain(&first),
    }
}

fn plain(tag: &str) -> Statement {
    Statement { tag: tag.to_owned(), has_count: false, refuses_transaction: false }
}

fn counted(tag: &str) -> Statement {
    Statement { has_count: true, ..plain(tag) }
}

/// What `word` alone tells.
fn by_first_word(word: &str) -> Option<Statement> {
    Some(match word {
        "SELECT" | "VALUES" | "TABLE" => counted("SELECT"),
        "INSERT" => counted("INSERT 0"),
        "UPDATE" | "DELETE" | "MERGE" | "COPY" | "FETCH" | "MOVE" => counted(word),
        "END" => plain("COMMIT"),
        "ABORT" => plain("ROLLBACK"),
        "START" => plain("START TRANSACTION"),
        "TRUNCATE" => plain("TRUNCATE TABLE"),
        "LOCK" => plain("LOCK TABLE"),
        "REFRESH" => plain("REFRESH MATERIALIZED VIEW"),
        "DECLARE" => plain("DECLARE CURSOR"),
        "CLOSE" => plain("CLOSE CURSOR"),
        "ANALYSE" => plain("ANALYZE"),
        "IMPORT" => plain("IMPORT FOREIGN SCHEMA"),
        "VACUUM" => Statement { refuses_transaction: true, ..plain("VACUUM") },
        _ => return None,
    })
}

struct Words<'s> {
    sql: &'s str,
    tokens: Vec<Token>,
}

impl Words<'_> {
    /// The word at `index` in capitals; empty for other tokens and behind the end.
    fn word(&self, index: usize) -> String {
        let word = self.tokens.get(index).filter(|token| token.kind == Kind::Word);
        word.map(|token| self.sql[token.range.clone()].to_ascii_uppercase()).unwrap_or_default()
    }

    fn has_word(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| token.is_word(self.sql, word))
    }

    /// The tag of the statement that the queries of a leading `with` belong to.
    fn main_verb(&self) -> Option<&'static str> {
        let mut depth = 0;
        for token in &self.tokens {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth -= 1,
                Kind::Word if depth == 0 => {
                    let verbs = [
                        ("select", "SELECT"),
                        ("values", "SELECT"),
                        ("insert", "INSERT 0"),
                        ("update", "UPDATE"),
                        ("delete", "DELETE"),
                        ("merge", "MERGE"),
                    ];
                    let verb = verbs.iter().find(|(word, _)| token.is_word(self.sql, word));
                    if let Some((_, tag)) = verb {
                        return Some(tag);
                    }
                }
                Kind::Word | Kind::Semicolon | Kind::Space | Kind::Comment | Kind::Value | Kind::Symbol => {}
            }
        }
        None
    }

    /// `create`, `alter` and `drop`: the tag names the kind of object.
    fn definition(&self, verb: &str) -> Statement {
        let modifiers = [
            "OR",
            "REPLACE",
            "TEMP",
            "TEMPORARY",
            "GLOBAL",
            "LOCAL",
            "UNLOGGED",
            "UNIQUE",
            "RECURSIVE",
            "TRUSTED",
            "PROCEDURAL",
            "CONSTRAINT",
        ];
        let mut at = 1;
        while modifiers.contains(&self.word(at).as_str()) {
            at += 1;
        }
        let object = self.object(at);
        let tag = format!("{verb} {object}");
        let refuses_transaction = match object.as_str() {
            "DATABASE" | "TABLESPACE" => verb != "ALTER" || self.has_word("tablespace") && object == "DATABASE",
            "SYSTEM" => true,
            "SUBSCRIPTION" => verb != "ALTER",
            "INDEX" => self.word(at + 1) == "CONCURRENTLY",
            "TABLE" => verb == "ALTER" && self.has_word("detach") && self.has_word("concurrently"),
            _ => false,
        };
        if verb == "CREATE" && self.is_filled(&object) {
            return Statement { tag: "SELECT".to_owned(), has_count: true, refuses_transaction };
        }
        let is_table_as = verb == "CREATE" && object == "TABLE" && self.query_follows();
        let tag = if is_table_as { "CREATE TABLE AS".to_owned() } else { tag };
        Statement { tag, has_count: false, refuses_transaction }
    }

    /// The words for a kind of object, which are up to three.
    fn object(&self, at: usize) -> String {
        let (first, second, third) = (self.word(at), self.word(at + 1), self.word(at + 2));
        match (first.as_str(), second.as_str()) {
            ("FOREIGN", "DATA") | ("TEXT", "SEARCH") => format!("{first} {second} {third}"),
            ("MATERIALIZED" | "FOREIGN" | "EVENT" | "ACCESS" | "USER" | "DEFAULT" | "OWNED" | "LARGE", _)
                if first != "USER" || second == "MAPPING" =>
            {
                format!("{first} {second}")
            }
            ("OPERATOR", "CLASS" | "FAMILY") => format!("{first} {second}"),
            ("USER" | "GROUP", _) => "ROLE".to_owned(),
            _ => first,
        }
    }

    /// Whether rows come with the new relation, of which the server then tells the number.
    fn is_filled(&self, object: &str) -> bool {
        let is_relation = object == "TABLE" || object == "MATERIALIZED VIEW";
        is_relation && self.query_follows() && !self.ends_without_data()
    }

    /// Whether an `as` with a query stands outside of parentheses.
    fn query_follows(&self) -> bool {
        let mut depth = 0;
        self.tokens.iter().any(|token| {
            match token.kind {
                Kind::Open => depth += 1,
                Kind::Close => depth -= 1,
                Kind::Word | Kind::Semicolon | Kind::Space | Kind::Comment | Kind::Value | Kind::Symbol => {}
            }
            depth == 0 && token.is_word(self.sql, "as")
        })
    }

    fn ends_without_data(&self) -> bool {
        let count = self.tokens.len();
        count > 3
            && ["WITH", "NO", "DATA"].iter().enumerate().all(|(index, word)| self.word(count - 3 + index) == *word)
    }

    fn is_wide_reindex(&self) -> bool {
        ["concurrently", "schema", "database", "system"].iter().any(|word| self.has_word(word))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(sql: &str) -> Vec<&str> {
        statements(sql).into_iter().map(|range| &sql[range]).collect()
    }

    #[test]
    fn statements_end_at_semicolons_outside_of_strings_and_bodies() {
        let sql = "-- a\nselect ';'; ;\n/* b */ select $$;$$ -- c;\n;\n-- end\n";
        assert_eq!(texts(sql), ["-- a\nselect ';'", "/* b */ select $$;$$"]);
        let function =
            "create or replace function f() returns int begin atomic select case when 1=1 then 2 end; select 3; end";
        assert_eq!(texts(&format!("{function}; select 1")), [function, "select 1"]);
        let rule = "create rule r as on insert to t do (select 1; select 2)";
        assert_eq!(texts(&format!("{rule};begin;select 1;end")), [rule, "begin", "select 1", "end"]);
        assert_eq!(texts(" ; -- x"), Vec::<&str>::new());
    }

    #[test]
    fn the_end_is_taken_off_and_nothing_else() {
        assert_eq!(without_end("select 1 -- a\n ; ;\n-- b\n"), "select 1");
        assert_eq!(without_end("select ';' "), "select ';'");
        assert_eq!(without_end("-- b"), "");
        assert_eq!(without_end("select 1; select 2;"), "select 1; select 2");
    }

    #[test]
    fn tags_are_those_of_the_server() {
        let cases = [
            ("select 1", "SELECT n"),
            ("((select 1))", "SELECT n"),
            ("/* x */ with a as (insert into t values (1) returning *) select * from a", "SELECT n"),
            ("with a(delete) as (select 1) insert into t select * from a", "INSERT 0 n"),
            ("insert into t values (1)", "INSERT 0 n"),
            ("merge into t using s on (1=1) when matched then delete", "MERGE n"),
            ("create view a as (select 1)", "CREATE VIEW"),
            ("CREATE OR REPLACE TEMPORARY VIEW a as select 1", "CREATE VIEW"),
            ("create  table \"d\".\"s\".\"t\" as (select 1)", "SELECT n"),
            ("create unlogged table t (a int, b text default (1)::text)", "CREATE TABLE"),
            ("create table t as select 1 with no data;", "CREATE TABLE AS"),
            ("create table t (x int generated always as (1) stored)", "CREATE TABLE"),
            ("create materialized view if not exists m as select 1", "SELECT n"),
            ("create unique index if not exists i on t (a)", "CREATE INDEX"),
            ("drop materialized view if exists m", "DROP MATERIALIZED VIEW"),
            ("alter table t rename to u", "ALTER TABLE"),
            ("create schema if not exists s", "CREATE SCHEMA"),
            ("comment on table t is 'x'", "COMMENT"),
            ("truncate t", "TRUNCATE TABLE"),
            ("end", "COMMIT"),
            ("refresh materialized view m", "REFRESH MATERIALIZED VIEW"),
            ("grant select on t to r", "GRANT"),
            ("create user mapping for u server s", "CREATE USER MAPPING"),
            ("create user u", "CREATE ROLE"),
            ("set x = 1", "SET"),
            ("", ""),
            ("-- nothing", ""),
        ];
        for (sql, expected) in cases {
            let found = kind_of_statement(sql);
            let text = if found.has_count { format!("{} n", found.tag) } else { found.tag };
            assert_eq!(text, expected, "{sql}");
        }
    }

    #[test]
    fn what_a_transaction_block_refuses_is_known() {
        for sql in [
            "vacuum (analyze) t",
            "create index concurrently i on t (a)",
            "create unique index concurrently if not exists i on t (a)",
            "drop index concurrently i",
            "reindex table concurrently t",
            "create database d",
            "alter system set x = 1",
            "alter table t detach partition p concurrently",
        ] {
            assert!(kind_of_statement(sql).refuses_transaction, "{sql}");
        }
        for sql in [
            "create index i on t (concurrently)",
            "alter database d set x = 1",
            "analyze t",
            "reindex table t",
            "refresh materialized view concurrently m",
        ] {
            assert!(!kind_of_statement(sql).refuses_transaction, "{sql}");
        }
    }
}
