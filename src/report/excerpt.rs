//! Errors as text: heading, message, the line of source they are about, the chain of calls, hints.

use std::path::Path;

use super::event::Facts;
use crate::error::{Call, Error, Kind, Place};

/// The text of a failed node: `Database Error in model a (models/a.sql)` and what follows, each line indented by two.
///
/// It is the message of the node's outcome. `run_path` is the file with the statement that failed, as `target/run/…`; files are read
/// below `root`, the project's folder.
pub fn failure(error: &Error, facts: &Facts, run_path: Option<&str>, root: &Path) -> String {
    let mut lines = body(error, root);
    if let (Some(path), Kind::Database) = (run_path, error.kind()) {
        lines.push(format!("compiled code at {path}"));
    }
    block(&format!("{} in {}", error.kind().title(), facts.in_words()), &lines)
}

/// The text of an error that ended a command: heading, message, excerpt, calls, hints.
pub fn fatal(error: &Error, root: &Path) -> String {
    block(error.kind().title(), &body(error, root))
}

/// A heading, and lines indented by two below it.
fn block(heading: &str, lines: &[String]) -> String {
    let mut text = heading.to_owned();
    for line in lines {
        text.push('\n');
        if !line.is_empty() {
            text.push_str("  ");
            text.push_str(line);
        }
    }
    text
}

/// Everything below the heading, as lines.
fn body(error: &Error, root: &Path) -> Vec<String> {
    let mut lines: Vec<String> = error.message().lines().map(str::to_owned).collect();
    for (name, text) in error.details() {
        lines.extend(format!("{name}:  {text}").lines().map(str::to_owned));
    }
    let is_users =
        |place: &&Place| !place.is_built_in() && (error.kind() != Kind::Database || root.join(&place.file).exists());
    // What a built-in macro raises is about the text that called it.
    let callers = error.calls().iter().filter_map(|call| call.place.as_ref());
    let place = error.place().filter(is_users).or_else(|| callers.clone().find(is_users));
    if let Some(place) = place.filter(|_| error.kind() != Kind::Cancelled) {
        lines.extend(shown(place, root));
    }
    let mut calls: Vec<&Call> = error.calls().iter().filter(|call| tells_more(call, error)).collect();
    // A `call` block stands twice on the way: as what it hands over, and as the call.
    calls.dedup_by(|outer, inner| outer.what == inner.what);
    if !calls.is_empty() {
        lines.push(String::new());
    }
    for call in calls {
        let at = call.place.as_ref().map(|place| format!(" ({place})")).unwrap_or_default();
        lines.push(format!("> in {}{at}", call.what));
    }
    lines.extend(error.hints().iter().map(|hint| format!("hint: {hint}")));
    lines
}

/// Whether a call is news: not the place shown above, and not the way of a refused statement through the built-in macros.
fn tells_more(call: &Call, error: &Error) -> bool {
    let is_built_in = ["macro dbt.", "macro dbt_postgres."].iter().any(|package| call.what.starts_with(package));
    let is_macro = call.what.starts_with("macro ");
    let is_at_error = call.place.as_ref() == error.place() || error.place().is_some_and(Place::is_built_in);
    let is_shown = call.place.is_some() && is_at_error && !is_macro;
    let is_way_to_server = is_built_in && matches!(error.kind(), Kind::Database | Kind::Cancelled);
    !is_shown && !is_way_to_server
}

/// The place, with its line of source and a caret when the file can be read.
fn shown(place: &Place, root: &Path) -> Vec<String> {
    let mut lines = vec![format!(" --> {place}")];
    let Some(source) = source_line(place, root) else { return lines };
    let number = place.line.to_string();
    let margin = " ".repeat(number.len());
    lines.push(format!("{margin} |"));
    let (source, column) = window(&source.replace('\t', " "), place.column as usize);
    lines.push(format!("{number} | {source}"));
    if column > 0 {
        lines.push(format!("{margin} | {}^", " ".repeat(column - 1)));
    }
    lines
}

/// The part of a long line around `column`, and where the column is in it; counted from 1, 0 for none.
fn window(line: &str, column: usize) -> (String, usize) {
    const WIDEST: usize = 160;
    const BEFORE: usize = 80;
    let letters: Vec<char> = line.chars().collect();
    if letters.len() <= WIDEST {
        return (line.to_owned(), column);
    }
    let start = column.saturating_sub(BEFORE).min(letters.len() - WIDEST);
    let end = start + WIDEST;
    let (head, tail) = (if start > 0 { "…" } else { "" }, if end < letters.len() { "…" } else { "" });
    let shown: String = letters[start..end].iter().collect();
    (format!("{head}{shown}{tail}"), column.saturating_sub(start) + if start > 0 && column > 0 { 1 } else { 0 })
}

/// The line at `place`; `None` when the file is not there or shorter, or may hold a password.
fn source_line(place: &Place, root: &Path) -> Option<String> {
    let is_profile = place.file.file_name().is_some_and(|name| name == "profiles.yml");
    if place.line == 0 || is_profile {
        return None;
    }
    let text = std::fs::read(root.join(&place.file)).ok()?;
    let text = String::from_utf8_lossy(&text);
    text.lines().nth(place.line as usize - 1).map(|line| line.trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::line::tests::facts;

    fn project(text: &str) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("models")).unwrap();
        std::fs::write(folder.path().join("models/a.sql"), text).unwrap();
        folder
    }

    #[test]
    fn a_failed_statement_points_into_the_model() {
        let root = project("select 1,\n  nocol\nfrom x\n");
        let error = Error::database("column \"nocol\" does not exist")
            .detail("HINT", "Perhaps you meant another.")
            .at(Place::at("models/a.sql", 2, 3));
        let facts = facts("model.shop.a", "table", "s.a");
        insta::assert_snapshot!(failure(&error, &facts, Some("target/run/shop/models/a.sql"), root.path()), @r#"
        Database Error in model a (models/a.sql)
          column "nocol" does not exist
          HINT:  Perhaps you meant another.
           --> models/a.sql:2:3
            |
          2 |   nocol
            |   ^
          compiled code at target/run/shop/models/a.sql
        "#);
    }

    #[test]
    fn a_fatal_error_shows_calls_and_hints() {
        let root = project("select {{ ref('rwa') }}\n");
        let error = Error::compilation("model `a` refers to `rwa`, which does not exist")
            .at(Place::at("models/a.sql", 1, 11))
            .called_from(Call { what: "macro shop.wrap".to_owned(), place: Some(Place::at("macros/w.sql", 3, 0)) })
            .hint("did you mean `raw`?");
        insta::assert_snapshot!(fatal(&error, root.path()), @r"
        Compilation Error
          model `a` refers to `rwa`, which does not exist
           --> models/a.sql:1:11
            |
          1 | select {{ ref('rwa') }}
            |           ^

          > in macro shop.wrap (macros/w.sql:3)
          hint: did you mean `raw`?
        ");
    }

    #[test]
    fn a_long_line_is_shown_around_the_place() {
        let line = format!("{}nope{}", "a".repeat(1000), "b".repeat(1000));
        let (shown, column) = window(&line, 1001);
        assert_eq!(shown.chars().count(), 162);
        assert_eq!(shown.chars().skip(column - 1).take(4).collect::<String>(), "nope");
        assert_eq!(window(&line, 3).1, 3);
        let (shown, column) = window(&line, 2004);
        assert!(shown.starts_with('…') && shown.ends_with('b') && shown.chars().count() == column, "{shown} {column}");
        assert_eq!(window("short", 2), ("short".to_owned(), 2));
    }

    #[test]
    fn built_in_macros_are_no_news_for_a_refused_statement() {
        let root = project("select 1/0\n");
        let inside = Place::at("macros/statement.sql", 13, 38);
        let call = |what: &str, place: &Place| Call { what: what.to_owned(), place: Some(place.clone()) };
        let refused = Error::database("division by zero")
            .at(inside.clone())
            .called_from(call("macro dbt.statement", &inside))
            .called_from(call("macro shop.wrap", &inside));
        assert_eq!(
            fatal(&refused, root.path()),
            "Database Error\n  division by zero\n\n  > in macro shop.wrap (macros/statement.sql:13:38)"
        );
        let model = Place::at("models/a.sql", 1, 8);
        let raised = Error::compilation("no way").at(model.clone()).called_from(call("model a", &model));
        assert!(!fatal(&raised, root.path()).contains("> in"));
    }

    #[test]
    fn no_line_of_a_profile_is_shown() {
        let root = project("");
        std::fs::write(root.path().join("profiles.yml"), "shop: {password: hunter2}\n").unwrap();
        let error = Error::parsing("bad").at(Place::at("profiles.yml", 1, 1));
        assert_eq!(fatal(&error, root.path()), "Parsing Error\n  bad\n   --> profiles.yml:1:1");
    }

    #[test]
    fn a_place_in_a_missing_file_is_still_named() {
        let error = Error::parsing("bad").at(Place::at("nowhere.yml", 4, 2));
        assert_eq!(fatal(&error, Path::new("/")), "Parsing Error\n  bad\n   --> nowhere.yml:4:2");
    }
}
