//! Words of SQL text and where its statements end: no grammar, just what strings, comments and brackets hide.

use std::ops::Range;

/// A piece of SQL text that is neither space nor comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token<'a> {
    /// A bare word or number, as written.
    Word(&'a str),
    /// A quoted name or a string.
    Quoted,
    /// Any other character.
    Symbol(char),
}

impl Token<'_> {
    /// Whether it is the keyword `word`, which is given in lower case.
    pub fn is(&self, word: &str) -> bool {
        matches!(self, Token::Word(text) if text.eq_ignore_ascii_case(word))
    }
}

/// The tokens of `sql` with their places.
pub fn tokens(sql: &str) -> impl Iterator<Item = (Token<'_>, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        at = skip_blank(sql, at);
        let start = at;
        let first = sql[at..].chars().next()?;
        at = token_end(sql, at, first);
        let token = match first {
            '\'' | '"' => Token::Quoted,
            '$' if at - start > 1 => Token::Quoted,
            _ if sql[start + first.len_utf8()..at].starts_with('\'') => Token::Quoted,
            _ if is_word(first) => Token::Word(&sql[start..at]),
            _ => Token::Symbol(first),
        };
        Some((token, start..at))
    })
}

/// Where the statements of `sql` are, without the semicolons that end them; empty ones are left out.
pub fn statements(sql: &str) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut nesting = Nesting::default();
    let mut open: Option<Range<usize>> = None;
    for (token, place) in tokens(sql) {
        if token == Token::Symbol(';') && nesting.is_closed() {
            found.extend(open.take());
            nesting = Nesting::default();
            continue;
        }
        nesting.see(&token);
        open = Some(open.map_or(place.start, |range| range.start)..place.end);
    }
    found.extend(open);
    found
}

/// Brackets, and the bodies of functions in standard SQL, hide semicolons.
#[derive(Default)]
struct Nesting {
    brackets: usize,
    words: usize,
    is_routine: bool,
    bodies: usize,
}

impl Nesting {
    fn is_closed(&self) -> bool {
        self.brackets == 0 && self.bodies == 0
    }

    fn see(&mut self, token: &Token<'_>) {
        match token {
            Token::Symbol('(') => self.brackets += 1,
            Token::Symbol(')') => self.brackets = self.brackets.saturating_sub(1),
            _ => {}
        }
        self.words += 1;
        // `create [or replace] function`: the object is the second or the fourth word.
        if self.words <= 4 && (token.is("function") || token.is("procedure")) {
            self.is_routine = true;
        }
        if !self.is_routine {
            return;
        }
        if token.is("begin") || (self.bodies > 0 && token.is("case")) {
            self.bodies += 1;
        } else if token.is("end") {
            self.bodies = self.bodies.saturating_sub(1);
        }
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || !c.is_ascii()
}

fn skip_blank(sql: &str, mut at: usize) -> usize {
    loop {
        let rest = &sql[at..];
        let trimmed = rest.trim_start();
        at += rest.len() - trimmed.len();
        if trimmed.starts_with("--") {
            at += trimmed.find('\n').map_or(trimmed.len(), |end| end + 1);
        } else if trimmed.starts_with("/*") {
            at = comment_end(sql, at);
        } else {
            return at;
        }
    }
}

/// End of the comment that starts at `at`; Postgres nests them.
fn comment_end(sql: &str, at: usize) -> usize {
    let bytes = sql.as_bytes();
    let (mut depth, mut at) = (0, at);
    while at + 1 < bytes.len() {
        match &bytes[at..at + 2] {
            b"/*" => {
                depth += 1;
                at += 2;
            }
            b"*/" => {
                depth -= 1;
                at += 2;
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    sql.len()
}

fn token_end(sql: &str, start: usize, first: char) -> usize {
    let bytes = sql.as_bytes();
    let is_escape_string = matches!(first, 'e' | 'E') && bytes.get(start + 1) == Some(&b'\'');
    let is_marked_string = matches!(first, 'b' | 'B' | 'x' | 'X' | 'n' | 'N') && bytes.get(start + 1) == Some(&b'\'');
    if is_escape_string {
        return escape_string_end(sql, start + 1);
    }
    if is_marked_string {
        return quote_end(sql, start + 1, false);
    }
    match first {
        '\'' | '"' => quote_end(sql, start, false),
        '$' => dollar_end(sql, start),
        _ if is_word(first) => {
            let rest = &sql[start..];
            // A dollar sign may stand inside a name.
            start + rest.find(|c| !is_word(c) && c != '$').unwrap_or(rest.len())
        }
        _ => start + first.len_utf8(),
    }
}

/// End of the string with backslashes that the quote at `start` opens, and of its continuations on the next lines.
fn escape_string_end(sql: &str, start: usize) -> usize {
    let mut end = quote_end(sql, start, true);
    loop {
        let rest = &sql[end..];
        let next = rest.trim_start();
        let gap = &rest[..rest.len() - next.len()];
        if !gap.contains('\n') || !next.starts_with('\'') {
            return end;
        }
        end = quote_end(sql, end + gap.len(), true);
    }
}

/// End of what the quote at `start` opens; a doubled quote does not close it.
fn quote_end(sql: &str, start: usize, has_escapes: bool) -> usize {
    let bytes = sql.as_bytes();
    let quote = bytes[start];
    let mut at = start + 1;
    while at < bytes.len() {
        if has_escapes && bytes[at] == b'\\' {
            at += 2;
        } else if bytes[at] != quote {
            at += 1;
        } else if bytes.get(at + 1) == Some(&quote) {
            at += 2;
        } else {
            return at + 1;
        }
    }
    sql.len()
}

/// End of the dollar-quoted string at `start`, or of the lone dollar sign.
fn dollar_end(sql: &str, start: usize) -> usize {
    let rest = &sql[start + 1..];
    let Some(length) = rest.find('$') else { return start + 1 };
    let tag = &rest[..length];
    if tag.starts_with(|c: char| c.is_ascii_digit()) || !tag.chars().all(is_word) {
        return start + 1;
    }
    let mark = &sql[start..start + length + 2];
    let body = start + mark.len();
    sql[body..].find(mark).map_or(sql.len(), |end| body + end + mark.len())
}

#[cfg(test)]
mod tests {
    use sqlparser::dialect::PostgreSqlDialect;
    use sqlparser::tokenizer::{Token as Other, Tokenizer};

    use super::*;

    const TEXTS: [&str; 22] = [
        "select $$a;b$$, $tag$a $$ ; $tag$, $1, a$b$c from t",
        "select U&\"d\\0061t;\", 'it''s; ', \"a\"\"b\"",
        "select a @> b, a #>> '{x}', a ?| b, a -|- b, a <=> b, !!5, @ -5",
        "select E'\\'; ' , e'it''s \\\\' ; select 2",
        "select '\\'; select 3",
        "/* a /* b */ c; */ select 1 -- d;\n; select 2",
        "select \"é;\" as ü from ñandú; select 3",
        "select :name, :'x;'; \\d foo",
        "select 1_000, 1e5, .5, 5., B'01', X'ff', N'x;'",
        "select 'a'\n';b'; select 5--3\n; select 6",
        "select $é$ x; $é$, x->>'a' #- '{b}', a::text[1:2]",
        "select a|/b, a|&>b, a@@b, a<@b, ~a, a##b, a&&b, '$$', ';'",
        "with a as (select 1) select * from a",
        "create function f() returns int as $body$ begin; end $body$ language plpgsql; select 1",
        "",
        ";;;",
        "-- only a comment",
        "select '{\"a\": [1]}'::jsonb @? '$.a[*] ? (@ > 2)';",
        "select a -- ' not a string\n, b /* \" */ from \"t;\"",
        "insert into t values (1, 'x'), (2, $$y$$); commit",
        "select 5 % 3, 1 = any('{1}'), a[1], {d}",
        "select E'a' , 'b\\' ; select 1",
    ];

    fn split(sql: &str) -> Vec<&str> {
        statements(sql).into_iter().map(|range| &sql[range]).collect()
    }

    #[test]
    fn semicolons_in_strings_comments_and_brackets_end_nothing() {
        let sql =
            "select ';' /* ; /* ; */ */ -- ;\n; select $a$;$a$, e'\\';' ; create rule r as on insert to t do (a; b);;";
        assert_eq!(split(sql), ["select ';'", "select $a$;$a$, e'\\';'", "create rule r as on insert to t do (a; b)"]);
    }

    #[test]
    fn the_body_of_a_standard_function_is_one_statement() {
        let sql =
            "create or replace function f() returns int begin atomic select case when true then 1 end; end; select 2";
        assert_eq!(split(sql).len(), 2);
    }

    #[test]
    fn a_text_of_comments_has_no_statement() {
        assert!(split("-- nothing\n/* here */ ;").is_empty());
    }

    // The tokenizer of sqlparser cannot be asked for the first words alone, and refuses some valid text, so it only judges here.
    #[test]
    fn sqlparser_sees_the_same_words_and_semicolons() {
        for text in TEXTS {
            let theirs = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize().unwrap();
            let theirs = theirs.into_iter().filter_map(|token| match token {
                Other::Word(word) if word.quote_style.is_none() => Some(word.value),
                Other::SemiColon => Some(";".to_owned()),
                _ => None,
            });
            let ours = tokens(text).filter_map(|(token, _)| match token {
                Token::Word(word) if !word.starts_with(|letter: char| letter.is_ascii_digit()) => Some(word.to_owned()),
                Token::Symbol(';') => Some(";".to_owned()),
                Token::Word(_) | Token::Quoted | Token::Symbol(_) => None,
            });
            assert_eq!(ours.collect::<Vec<_>>(), theirs.collect::<Vec<_>>(), "{text}");
        }
    }

    #[test]
    fn what_sqlparser_refuses_is_split_too() {
        let kinds = |text| tokens(text).map(|(token, _)| token).collect::<Vec<_>>();
        assert_eq!(kinds("E'a'\n'b\\';' ;"), [Token::Quoted, Token::Symbol(';')]);
        assert_eq!(kinds("E'a' 'b'"), [Token::Quoted, Token::Quoted]);
        assert_eq!(split("select U&'d!0061\\' uescape '!'; select 2").len(), 2);
        assert_eq!(kinds("'unclosed; --"), [Token::Quoted]);
        assert_eq!(kinds("$$unclosed;"), [Token::Quoted]);
        assert_eq!(kinds("/* unclosed;"), []);
        assert_eq!(kinds("E'unclosed \\"), [Token::Quoted]);
    }
}
