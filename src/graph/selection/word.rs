//! The words of `--select`: `@`, `2+`, `method.argument:value`, `+1`, and commas between criteria that must all hold.

use crate::error::{Error, Result};

use super::Indirect;
use super::method::Method;
use super::spec::{How, Spec};

/// How far a criterion reaches from what it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Reach {
    #[default]
    Nowhere,
    Everywhere,
    Steps(usize),
}

/// One criterion: a method, its value, and what else comes with the matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Criterion {
    pub(super) method: Method,
    pub(super) value: String,
    pub(super) parents: Reach,
    pub(super) children: Reach,
    /// `@`: the descendants, and all that those need.
    pub(super) has_childrens_parents: bool,
    /// Which tests come along.
    pub(super) indirect: Indirect,
}

/// The union of all words, which are separated by spaces or stand in several arguments.
pub(super) fn parse_words(words: &[String], indirect: Indirect) -> Result<Spec> {
    // An argument without any word is a criterion that nothing meets.
    let blank = words.iter().filter(|argument| argument.trim().is_empty()).map(|_| "");
    let words = words.iter().flat_map(|argument| argument.split_whitespace()).chain(blank);
    let parts: Vec<Spec> = words.map(|word| parse_word(word, indirect)).collect::<Result<_>>()?;
    Ok(Spec::Group { how: How::Union, parts, indirect, expected: None })
}

fn parse_word(word: &str, indirect: Indirect) -> Result<Spec> {
    let parts = word.split(',').map(|part| parse_criterion(part, indirect).map(Spec::One)).collect::<Result<_>>()?;
    Ok(Spec::Group { how: How::Intersection, parts, indirect, expected: Some(word.to_owned()) })
}

/// The parts of a criterion as written; a reach is the digits beside its plus.
pub(super) struct Parts<'w> {
    pub(super) has_childrens_parents: bool,
    pub(super) parents: Option<&'w str>,
    pub(super) method: Option<&'w str>,
    pub(super) value: &'w str,
    pub(super) children: Option<&'w str>,
}

impl Parts<'_> {
    /// The method that is written, or the one that a value without any has.
    pub(super) fn method_or_default(&self) -> &str {
        self.method.unwrap_or_else(|| default_method(self.value))
    }
}

/// `path` for what has a slash, `file` for names of files, else `fqn`.
fn default_method(value: &str) -> &'static str {
    let lower = value.to_lowercase();
    if value.contains('/') {
        "path"
    } else if [".sql", ".py", ".csv"].iter().any(|ending| lower.ends_with(ending)) {
        "file"
    } else {
        "fqn"
    }
}

/// Splits `word` at its operators; any text has parts.
pub(super) fn take_apart(word: &str) -> Parts<'_> {
    let (has_childrens_parents, rest) = match word.strip_prefix('@') {
        Some(rest) => (true, rest),
        None => (false, word),
    };
    let (parents, rest) = leading_reach(rest);
    let (method, rest) = leading_method(rest);
    let (value, children) = trailing_reach(rest);
    Parts { has_childrens_parents, parents, method, value, children }
}

/// A single criterion without commas.
pub(super) fn parse_criterion(word: &str, indirect: Indirect) -> Result<Criterion> {
    let parts = take_apart(word);
    if parts.has_childrens_parents && parts.children.is_some() {
        let message = format!("invalid node spec `{word}`: the \"@\" prefix and the \"+\" suffix are incompatible");
        return Err(Error::usage(message));
    }
    Ok(Criterion {
        method: Method::parse(parts.method_or_default())?,
        value: parts.value.to_owned(),
        parents: reach(parts.parents),
        children: reach(parts.children),
        has_childrens_parents: parts.has_childrens_parents,
        indirect,
    })
}

/// The digits before a `+` at the beginning.
fn leading_reach(word: &str) -> (Option<&str>, &str) {
    let digits = word.bytes().take_while(u8::is_ascii_digit).count();
    match word[digits..].strip_prefix('+') {
        Some(rest) => (Some(&word[..digits]), rest),
        None => (None, word),
    }
}

/// The digits behind a `+` at the end.
fn trailing_reach(word: &str) -> (&str, Option<&str>) {
    let digits = word.bytes().rev().take_while(u8::is_ascii_digit).count();
    let (before, number) = word.split_at(word.len() - digits);
    match before.strip_suffix('+') {
        Some(value) => (value, Some(number)),
        None => (word, None),
    }
}

fn reach(digits: Option<&str>) -> Reach {
    match digits {
        None => Reach::Nowhere,
        Some("") => Reach::Everywhere,
        Some(digits) => Reach::Steps(digits.parse().unwrap_or(usize::MAX)),
    }
}

fn leading_method(word: &str) -> (Option<&str>, &str) {
    let is_part_of_name = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '.';
    match word.split_once(':') {
        Some((name, value)) if !name.is_empty() && name.chars().all(is_part_of_name) => (Some(name), value),
        _ => (None, word),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(word: &str) -> (Reach, Method, String, Reach) {
        let criterion = parse_criterion(word, Indirect::Eager).unwrap();
        (criterion.parents, criterion.method, criterion.value, criterion.children)
    }

    #[test]
    fn words_are_taken_apart() {
        use Reach::{Everywhere, Nowhere, Steps};
        let fqn = |value: &str, parents, children| (parents, Method::Fqn, value.to_owned(), children);
        assert_eq!(parsed("+a"), fqn("a", Everywhere, Nowhere));
        assert_eq!(parsed("2+a+13"), fqn("a", Steps(2), Steps(13)));
        assert_eq!(parsed("++a++"), fqn("+a+", Everywhere, Everywhere));
        assert_eq!(parsed("2a"), fqn("2a", Nowhere, Nowhere));
        assert_eq!(parsed("tag:x+"), (Nowhere, Method::Tag, "x".to_owned(), Everywhere));
        assert_eq!(parsed("models/a").1, Method::Path);
        assert_eq!(parsed("a.SQL").1, Method::File);
        assert_eq!(parsed("config.meta.x:y").1, Method::Config(vec!["meta".to_owned(), "x".to_owned()]));
    }

    #[test]
    fn malformed_words_are_refused() {
        let error = |word| parse_criterion(word, Indirect::Eager).unwrap_err().to_string();
        insta::assert_snapshot!(error("@a+"), @r#"invalid node spec `@a+`: the "@" prefix and the "+" suffix are incompatible"#);
        insta::assert_snapshot!(error("bogus:x"), @"`bogus` is not a valid method name");
    }
}
