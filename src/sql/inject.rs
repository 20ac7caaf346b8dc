//! Puts the queries of ephemeral models before the statement that uses them, in the form in which dbt writes them.

use super::scan::tokens;
use super::{Cte, Injected, Origin};

/// Puts `ctes` before the query of `sql`, in order: behind its own leading `with` or `with recursive`, else behind one that is added.
///
/// Comments before the query stay where they are when it has a `with` of its own.
pub fn inject_ctes(sql: &str, ctes: &[Cte]) -> Injected {
    let mut injected = Injected { sql: String::new(), sections: Vec::new() };
    if ctes.is_empty() {
        injected.push(sql, Origin::Statement(0));
        return injected;
    }
    let place = place(sql);
    injected.push(&sql[..place.offset], Origin::Statement(0));
    if !place.has_with {
        injected.push("with", Origin::Added);
    }
    for (index, cte) in ctes.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        injected.push(&format!("{comma} {} as (\n", cte.name), Origin::Added);
        injected.push(&cte.body, Origin::Cte(index, 0));
        injected.push("\n)", Origin::Added);
    }
    injected.push(if place.has_with { ", " } else { " " }, Origin::Added);
    injected.push(&sql[place.offset..], Origin::Statement(place.offset));
    injected
}

struct Place {
    offset: usize,
    has_with: bool,
}

/// Behind the `with` or `with recursive` and the space after it; without one, before the first comment or word.
fn place(sql: &str) -> Place {
    let mut tokens = tokens(sql);
    let Some((_, with)) = tokens.next().filter(|(token, _)| token.is("with")) else {
        return Place { offset: after_space(sql, 0), has_with: false };
    };
    let recursive = tokens.next().filter(|(token, _)| token.is("recursive")).map(|(_, place)| place);
    Place { offset: after_space(sql, recursive.unwrap_or(with).end), has_with: true }
}

/// Where the space that starts at `at` ends.
fn after_space(sql: &str, at: usize) -> usize {
    sql.len() - sql[at..].trim_start().len()
}

impl Injected {
    fn push(&mut self, text: &str, origin: Origin) {
        if !text.is_empty() {
            self.sections.push((self.sql.len(), origin));
            self.sql.push_str(text);
        }
    }

    /// Where the byte at `offset` of [`Injected::sql`] comes from.
    pub fn origin(&self, offset: usize) -> Origin {
        let index = self.sections.partition_point(|(start, _)| *start <= offset);
        let Some((start, origin)) = index.checked_sub(1).and_then(|index| self.sections.get(index)) else {
            return Origin::Statement(offset);
        };
        let inside = offset - start;
        match *origin {
            Origin::Statement(first) => Origin::Statement(first + inside),
            Origin::Cte(index, first) => Origin::Cte(index, first + inside),
            Origin::Added => Origin::Added,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn injected(sql: &str, bodies: &[(&str, &str)]) -> Injected {
        let cte = |(name, body): &(&str, &str)| Cte { name: (*name).to_owned(), body: (*body).to_owned() };
        inject_ctes(sql, &bodies.iter().map(cte).collect::<Vec<_>>())
    }

    // Compared with the compiled files of dbt 1.11.
    #[test]
    fn the_text_is_the_one_that_dbt_writes() {
        let one = [("x", "\nselect 1")];
        let cases = [
            ("select * from x", "with x as (\n\nselect 1\n) select * from x"),
            ("\n\nselect * from x", "\n\nwith x as (\n\nselect 1\n) select * from x"),
            ("-- c1\n/* c2 */ select 2", "with x as (\n\nselect 1\n) -- c1\n/* c2 */ select 2"),
            ("with a as (select 1) select 2", "with  x as (\n\nselect 1\n), a as (select 1) select 2"),
            ("WITH\n  a as (select 1) select 2", "WITH\n   x as (\n\nselect 1\n), a as (select 1) select 2"),
            (
                "-- c\nwith recursive a as (select 1) select 2",
                "-- c\nwith recursive  x as (\n\nselect 1\n), a as (select 1) select 2",
            ),
            (
                "/* x */ with /* y */ a as (select 1) select 2",
                "/* x */ with  x as (\n\nselect 1\n), /* y */ a as (select 1) select 2",
            ),
            ("(select * from x)", "with x as (\n\nselect 1\n) (select * from x)"),
        ];
        for (sql, expected) in cases {
            assert_eq!(injected(sql, &one).sql, expected);
        }
        let three = [("x", "1"), ("y", "2"), ("z", "3")];
        let text = injected("with  a as (select 1) select 2", &three).sql;
        assert_eq!(text, "with   x as (\n1\n),  y as (\n2\n),  z as (\n3\n), a as (select 1) select 2");
        let text = injected("select 2", &three).sql;
        assert_eq!(text, "with x as (\n1\n),  y as (\n2\n),  z as (\n3\n) select 2");
    }

    // dbt puts its queries before `recursive` here, and drops what stands behind a semicolon.
    #[test]
    fn a_comment_between_with_and_recursive_is_no_obstacle() {
        let text = injected("with -- c\nrecursive a as (select 1) select 2; select 3", &[("x", "1")]).sql;
        assert_eq!(text, "with -- c\nrecursive  x as (\n1\n), a as (select 1) select 2; select 3");
    }

    #[test]
    fn words_that_only_look_like_a_leading_with_are_passed_over() {
        for sql in
            ["select * from f() with ordinality", "select '\nwith a'", "\"with\"", "$$with$$", "select 1 -- with"]
        {
            assert!(injected(sql, &[("x", "1")]).sql.starts_with("with x as"), "{sql}");
        }
    }

    #[test]
    fn positions_lead_back_to_their_text() {
        let text = injected("-- c\nwith a as (select 1) select oops", &[("x", "select bad")]);
        let origin = |word| text.origin(text.sql.find(word).unwrap());
        assert_eq!(origin("oops"), Origin::Statement(33));
        assert_eq!(origin("bad"), Origin::Cte(0, 7));
        assert_eq!(origin("x as"), Origin::Added);
        assert_eq!(origin("-- c"), Origin::Statement(0));
        assert_eq!(injected("select 1", &[]).origin(7), Origin::Statement(7));
    }
}
