//! Cuts a text into its tags: `{{ }}`, `{% %}`, `{# #}` and raw blocks, each with its place.

use std::ops::Range;

/// What stands at a place of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PieceKind {
    /// `{{ ... }}`
    Expression,
    /// `{% ... %}`
    Statement,
    /// `{# ... #}`
    Comment,
    /// `{% raw %} ... {% endraw %}`, whole
    Raw,
}

/// One tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Piece {
    /// What kind of tag.
    pub kind: PieceKind,
    /// Bytes of the tag with its delimiters.
    pub span: Range<usize>,
    /// Bytes between the delimiters and their marks of white space control.
    pub inner: Range<usize>,
}

impl Piece {
    /// The first word of a statement: `if`, `endfor`, `macro`.
    pub fn word<'a>(&self, source: &'a str) -> &'a str {
        let inner = source[self.inner.clone()].trim_start();
        let end = inner.find(|letter: char| !letter.is_alphanumeric() && letter != '_');
        &inner[..end.unwrap_or(inner.len())]
    }

    /// What follows the first word, as bytes of the source.
    pub fn after_word(&self, source: &str) -> Range<usize> {
        let inner = &source[self.inner.clone()];
        let blank = inner.len() - inner.trim_start().len();
        self.inner.start + blank + self.word(source).len()..self.inner.end
    }
}

/// A tag that does not end, or the bracket or quote in it that keeps it from ending.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unclosed {
    /// Where it begins.
    pub at: usize,
    /// Its opening delimiter, tag, bracket or quote.
    pub opening: &'static str,
    /// What would close it.
    pub closing: &'static str,
}

impl Unclosed {
    /// What to tell of it.
    pub fn message(&self) -> String {
        match self.opening == self.closing {
            true => format!("the text that begins with `{}` is never closed", self.opening),
            false => format!("`{}` is never closed by `{}`", self.opening, self.closing),
        }
    }
}

/// The tags of `source`, in order.
///
/// # Errors
///
/// The first tag without an end.
pub fn pieces(source: &str) -> Result<Vec<Piece>, Unclosed> {
    let mut all = Vec::new();
    let mut at = 0;
    while let Some(piece) = next(source, at)? {
        at = piece.span.end;
        all.push(piece);
    }
    Ok(all)
}

/// The first tag at or after byte `from`.
///
/// # Errors
///
/// The tag has no end.
pub fn next(source: &str, from: usize) -> Result<Option<Piece>, Unclosed> {
    let bytes = source.as_bytes();
    let mut at = from;
    while let Some(found) = source[at..].find('{') {
        at += found;
        match bytes.get(at + 1) {
            Some(b'#') => return comment(source, at).map(Some),
            Some(b'{') => return tag(source, at, PieceKind::Expression).map(Some),
            Some(b'%') => {
                let piece = tag(source, at, PieceKind::Statement)?;
                return if piece.word(source) == "raw" { raw(source, piece).map(Some) } else { Ok(Some(piece)) };
            }
            Some(_) | None => at += 1,
        }
    }
    Ok(None)
}

fn comment(source: &str, at: usize) -> Result<Piece, Unclosed> {
    match source[at + 2..].find("#}") {
        Some(length) => {
            let end = at + 2 + length;
            Ok(Piece { kind: PieceKind::Comment, span: at..end + 2, inner: at + 2..end })
        }
        None => Err(Unclosed { at, opening: "{#", closing: "#}" }),
    }
}

fn tag(source: &str, at: usize, kind: PieceKind) -> Result<Piece, Unclosed> {
    let bytes = source.as_bytes();
    let (opening, closing) = match kind {
        PieceKind::Expression => ("{{", "}}"),
        PieceKind::Statement | PieceKind::Comment | PieceKind::Raw => ("{%", "%}"),
    };
    let Some(close) = tag_end(source, at + 2, closing) else {
        return Err(open_inside(source, at + 2, closing).unwrap_or(Unclosed { at, opening, closing }));
    };
    let start = at + 2 + usize::from(matches!(bytes.get(at + 2), Some(b'-' | b'+')));
    let marked = close > start && matches!(bytes[close - 1], b'-' | b'+');
    let end = if marked { close - 1 } else { close };
    Ok(Piece { kind, span: at..close + 2, inner: start..end.max(start) })
}

/// Where `closing` stands at or after `from`, outside of strings and brackets.
fn tag_end(source: &str, from: usize, closing: &str) -> Option<usize> {
    let bytes = source.as_bytes();
    let mut depth = 0_usize;
    let mut at = from;
    while at < bytes.len() {
        match bytes[at] {
            quote @ (b'\'' | b'"') => {
                at = string_end(bytes, at, quote)?;
                continue;
            }
            _ if depth == 0 && bytes[at..].starts_with(closing.as_bytes()) => return Some(at),
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        at += 1;
    }
    None
}

/// The bracket or quote that is open where a tag from `from` on, which has no end, seems to end.
fn open_inside(source: &str, from: usize, closing: &str) -> Option<Unclosed> {
    let end = from + source[from..].find(closing)?;
    let bytes = &source.as_bytes()[..end];
    let mut open: Vec<Unclosed> = Vec::new();
    let mut at = from;
    while at < bytes.len() {
        let (opening, closing) = match bytes[at] {
            b'\'' => ("'", "'"),
            b'"' => ("\"", "\""),
            b'(' => ("(", ")"),
            b'[' => ("[", "]"),
            b'{' => ("{", "}"),
            letter => {
                if open.last().is_some_and(|last| last.closing.as_bytes() == [letter]) {
                    open.pop();
                }
                at += 1;
                continue;
            }
        };
        let unclosed = Unclosed { at, opening, closing };
        if opening == closing {
            match string_end(bytes, at, bytes[at]) {
                Some(behind) => at = behind,
                None => return Some(unclosed),
            }
        } else {
            open.push(unclosed);
            at += 1;
        }
    }
    open.pop()
}

/// The byte after the string that begins at `at`.
pub fn string_end(bytes: &[u8], at: usize, quote: u8) -> Option<usize> {
    let mut at = at + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            letter if letter == quote => return Some(at + 1),
            _ => at += 1,
        }
    }
    None
}

fn raw(source: &str, open: Piece) -> Result<Piece, Unclosed> {
    let mut at = open.span.end;
    while let Some(found) = source[at..].find("{%") {
        at += found;
        if let Some(length) = end_tag(&source[at..], "endraw") {
            return Ok(Piece { kind: PieceKind::Raw, span: open.span.start..at + length, inner: open.span.end..at });
        }
        at += 2;
    }
    Err(Unclosed { at: open.span.start, opening: "{% raw %}", closing: "{% endraw %}" })
}

/// Length of the tag `{% word %}` with which `text` begins, if it does.
pub fn end_tag(text: &str, word: &str) -> Option<usize> {
    let rest = text.strip_prefix("{%")?;
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).trim_start();
    let rest = rest.strip_prefix(word)?.trim_start();
    let rest = rest.strip_prefix(['-', '+']).unwrap_or(rest).strip_prefix("%}")?;
    Some(text.len() - rest.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(source: &str) -> Vec<(PieceKind, &str)> {
        pieces(source).unwrap().into_iter().map(|piece| (piece.kind, &source[piece.inner])).collect()
    }

    #[test]
    fn quotes_and_brackets_hide_the_end_of_a_tag() {
        let source = "a {{ '}}' }} {{- {'a': {}} -}} {%+ set x = '%}' -%}";
        let wanted = [
            (PieceKind::Expression, " '}}' "),
            (PieceKind::Expression, " {'a': {}} "),
            (PieceKind::Statement, " set x = '%}' "),
        ];
        assert_eq!(kinds(source), wanted);
    }

    #[test]
    fn comments_and_raw_blocks_are_one_piece() {
        let source = "{# {{ #}{% raw -%}{{ x }}{% if %}{%- endraw %}{{ y }}";
        let wanted =
            [(PieceKind::Comment, " {{ "), (PieceKind::Raw, "{{ x }}{% if %}"), (PieceKind::Expression, " y ")];
        assert_eq!(kinds(source), wanted);
    }

    #[test]
    fn a_tag_without_an_end_says_where_it_begins() {
        assert_eq!(pieces("ab {{ x }").unwrap_err(), Unclosed { at: 3, opening: "{{", closing: "}}" });
    }

    #[test]
    fn what_keeps_a_tag_from_ending_is_told() {
        let told = |source: &str| pieces(source).map_err(|unclosed| (unclosed.at, unclosed.message())).unwrap_err();
        assert_eq!(told("{{ config(a='b' }}\nselect 1"), (9, "`(` is never closed by `)`".to_owned()));
        assert_eq!(told("{{ f([1, 2) }}"), (5, "`[` is never closed by `]`".to_owned()));
        assert_eq!(told("{% set x = 'a %} it's"), (11, "the text that begins with `'` is never closed".to_owned()));
        assert_eq!(told("{{ x } it's ("), (0, "`{{` is never closed by `}}`".to_owned()));
    }
}
