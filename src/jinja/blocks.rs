//! Cuts a file into its top-level blocks: macros, materializations, tests, snapshots, docs.

use std::ops::Range;

use super::position::line_and_column;
use super::scan::{self, Piece, PieceKind, Unclosed};
use crate::error::{Error, Place, Result};

/// What kind of block.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// `{% macro name(a, b=1) %}`
    Macro,
    /// `{% materialization name, default %}`
    Materialization,
    /// `{% test name(model) %}` or `{% data_test name(model) %}`
    Test,
    /// `{% snapshot name %}`
    Snapshot,
    /// `{% docs name %}`, whose body is plain text
    Docs,
}

impl BlockKind {
    /// The kind of block that a tag with this first word opens.
    pub fn of(word: &str) -> Option<BlockKind> {
        match word {
            "macro" => Some(BlockKind::Macro),
            "materialization" => Some(BlockKind::Materialization),
            "test" | "data_test" => Some(BlockKind::Test),
            "snapshot" => Some(BlockKind::Snapshot),
            "docs" => Some(BlockKind::Docs),
            _ => None,
        }
    }
}

/// One top-level block of a file.
#[derive(Debug, Clone)]
pub struct Block<'a> {
    /// Its kind.
    pub kind: BlockKind,
    /// The name in the tag.
    pub name: &'a str,
    /// What follows the name in the tag: `(a, b=1)`, `, adapter='postgres'`; trimmed.
    pub arguments: &'a str,
    /// The whole block, with its tags.
    pub text: &'a str,
    /// What is between the tags.
    pub body: &'a str,
    /// Bytes of `text` in the file.
    pub span: Range<usize>,
    /// Bytes of `body` in the file.
    pub body_span: Range<usize>,
    /// Line on which `text` starts, counted from 1.
    pub line: u32,
    /// Column at which `text` starts, in characters, counted from 1.
    pub column: u32,
    /// Line on which `body` starts, counted from 1.
    pub body_line: u32,
    /// Column at which `body` starts, counted from 1.
    pub body_column: u32,
}

/// The top-level blocks of `source`, in order; comments, raw blocks and quotes are respected.
///
/// # Errors
///
/// `Parsing` with line and column, file empty, for a block that is never closed or has no name: add the file with
/// [`crate::error::Error::moved_to`].
pub fn blocks(source: &str) -> Result<Vec<Block<'_>>> {
    cut(source, &mut Vec::new())
}

/// A tag between blocks, where it counts for nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StrayTag {
    /// Its first word: `if`, `endmacro`.
    pub word: String,
    /// Line of the tag, counted from 1.
    pub line: u32,
    /// Column of the tag, counted from 1.
    pub column: u32,
}

/// The tags between the blocks of `source`; none where it cannot be cut.
pub fn stray_tags(source: &str) -> Vec<StrayTag> {
    let mut strays = Vec::new();
    let _ = cut(source, &mut strays);
    strays
}

fn cut<'a>(source: &'a str, strays: &mut Vec<StrayTag>) -> Result<Vec<Block<'a>>> {
    let mut all = Vec::new();
    let mut at = 0;
    loop {
        let piece = match scan::next(source, at) {
            Ok(Some(piece)) => piece,
            Ok(None) => return Ok(all),
            // Text between blocks is nobody's template; `{{` in the prose of a docs file is no tag.
            Err(unclosed) if unclosed.opening == "{{" => {
                at = unclosed.at + 2;
                continue;
            }
            Err(unclosed) => return Err(unclosed_tag(source, &unclosed)),
        };
        at = piece.span.end;
        if piece.kind != PieceKind::Statement {
            continue;
        }
        let word = piece.word(source);
        if let Some(kind) = BlockKind::of(word) {
            let block = block(source, &piece, kind)?;
            at = block.span.end;
            all.push(block);
        } else {
            let (line, column) = line_and_column(source, piece.span.start);
            strays.push(StrayTag { word: word.to_owned(), line, column });
        }
    }
}

fn block<'a>(source: &'a str, open: &Piece, kind: BlockKind) -> Result<Block<'a>> {
    let after = open.after_word(source);
    let rest = source[after].trim_start();
    let length = rest.find(|letter: char| !letter.is_alphanumeric() && letter != '_').unwrap_or(rest.len());
    let (name, arguments) = rest.split_at(length);
    let word = open.word(source);
    if name.is_empty() {
        return Err(Error::parsing(format!("the tag `{{% {word} %}}` has no name")).at(place(source, open.span.start)));
    }
    let close = match kind {
        BlockKind::Docs => docs_end(source, open.span.end),
        BlockKind::Macro | BlockKind::Materialization | BlockKind::Test | BlockKind::Snapshot => {
            end(source, open.span.end, word)?
        }
    };
    let Some(close) = close else {
        let message = format!("the block `{{% {word} {name} %}}` is never closed");
        return Err(Error::parsing(message)
            .at(place(source, open.span.start))
            .hint(format!("end it with `{{% end{word} %}}`")));
    };
    let (line, column) = line_and_column(source, open.span.start);
    let (body_line, body_column) = line_and_column(source, open.span.end);
    Ok(Block {
        kind,
        name,
        arguments: arguments.trim(),
        text: &source[open.span.start..close.end],
        body: &source[open.span.end..close.start],
        span: open.span.start..close.end,
        body_span: open.span.end..close.start,
        line,
        column,
        body_line,
        body_column,
    })
}

/// Bytes of the tag that closes the block opened by `word`; blocks of the same word may stand in it.
fn end(source: &str, from: usize, word: &str) -> Result<Option<Range<usize>>> {
    let mut at = from;
    let mut depth = 0_usize;
    while let Some(piece) = scan::next(source, at).map_err(|unclosed| unclosed_tag(source, &unclosed))? {
        at = piece.span.end;
        if piece.kind != PieceKind::Statement {
            continue;
        }
        match piece.word(source) {
            found if found == word => depth += 1,
            found if found.strip_prefix("end") == Some(word) && depth == 0 => return Ok(Some(piece.span)),
            found if found.strip_prefix("end") == Some(word) => depth -= 1,
            _ => {}
        }
    }
    Ok(None)
}

fn docs_end(source: &str, from: usize) -> Option<Range<usize>> {
    source[from..]
        .match_indices("{%")
        .find_map(|(at, _)| scan::end_tag(&source[from + at..], "enddocs").map(|length| from + at..from + at + length))
}

fn unclosed_tag(source: &str, unclosed: &Unclosed) -> Error {
    Error::parsing(unclosed.message()).at(place(source, unclosed.at))
}

fn place(source: &str, offset: usize) -> Place {
    let (line, column) = line_and_column(source, offset);
    Place::at("", line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_cut_into_blocks_with_their_places() {
        let source = "{# {% macro no() %} #}\n\n{% macro a(x, y='%}') -%}\n b {% raw %}{% endmacro %}{% endraw %}\n{%- endmacro %} text\n{% materialization table, adapter='postgres' %}m{% endmaterialization %}{% data_test t(model) %}{% enddata_test %}";
        let found = blocks(source).unwrap();
        let seen: Vec<_> = found.iter().map(|block| (block.kind, block.name, block.arguments, block.line)).collect();
        let wanted = [
            (BlockKind::Macro, "a", "(x, y='%}')", 3),
            (BlockKind::Materialization, "table", ", adapter='postgres'", 6),
            (BlockKind::Test, "t", "(model)", 6),
        ];
        assert_eq!(seen, wanted);
        assert_eq!(found[0].body, "\n b {% raw %}{% endmacro %}{% endraw %}\n");
        assert_eq!((found[0].body_line, found[0].body_column), (3, 26));
    }

    #[test]
    fn tags_between_blocks_are_strays() {
        let strays = stray_tags("{% macro a() %}{% if x %}{% endif %}{% endmacro %}\n {% endmacro %}{% set b = 1 %}");
        let seen: Vec<_> = strays.iter().map(|tag| (tag.word.as_str(), tag.line, tag.column)).collect();
        assert_eq!(seen, [("endmacro", 2, 2), ("set", 2, 16)]);
    }

    #[test]
    fn docs_are_plain_text() {
        let found = blocks("a {{ b {% docs x %}it's {{ y {% enddocs %}").unwrap();
        assert_eq!((found.len(), found[0].body), (1, "it's {{ y "));
    }

    #[test]
    fn a_block_that_is_never_closed_says_where_it_begins() {
        let error = blocks("\n {% macro a() %}{% if x %}").unwrap_err();
        assert_eq!(error.message(), "the block `{% macro a %}` is never closed");
        assert_eq!(error.place().unwrap().to_string(), ":2:2");
    }
}
