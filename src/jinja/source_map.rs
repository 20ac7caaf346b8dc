//! `SourceMap`: from places of a rendered text back to the template.
//!
//! The pre-pass puts marks into the text that stands outside of captures: before each piece of plain text and each
//! `{{ }}`. They come out where that text comes out, also in loops, and are taken out again after the render. A mark
//! never stands where white space control or the removal of the last newline would be kept from working.

use std::ops::Range;

const OPEN: char = '\u{1}';
const CLOSE: char = '\u{2}';

/// Leads from bytes of a rendered text to bytes of the template's text.
#[derive(Debug, Clone, Default)]
pub struct SourceMap {
    /// In order of `out`; empty if the text is that of the template.
    marks: Vec<Mark>,
}

#[derive(Debug, Clone)]
struct Mark {
    out: usize,
    /// A piece of plain text, or the empty range at the start of a tag.
    source: Range<usize>,
}

impl SourceMap {
    /// Byte of the template from which byte `offset` of the rendered text comes; for what an expression gave, the
    /// start of its tag.
    pub fn source_of(&self, offset: usize) -> usize {
        if self.marks.is_empty() {
            return offset;
        }
        let at = self.marks.partition_point(|mark| mark.out <= offset);
        match at.checked_sub(1).map(|at| &self.marks[at]) {
            Some(mark) => (mark.source.start + offset - mark.out).min(mark.source.end),
            None => 0,
        }
    }
}

/// True if `source` can be marked: it must not hold the letters that marks are made of.
pub fn can_mark(source: &str) -> bool {
    !source.contains([OPEN, CLOSE])
}

/// The text of a mark for the bytes `range` of the source.
pub fn mark(range: &Range<usize>) -> String {
    format!("{OPEN}{},{}{CLOSE}", range.start, range.end)
}

/// Takes the marks out of a rendered text.
pub fn unmark(text: &str) -> (String, SourceMap) {
    let mut out = String::with_capacity(text.len());
    let mut map = SourceMap::default();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        out.push_str(before);
        let parsed = after.split_once(CLOSE).and_then(|(inner, tail)| {
            let (start, end) = inner.split_once(',')?;
            Some((start.parse().ok()?..end.parse().ok()?, tail))
        });
        match parsed {
            Some((source, tail)) => {
                map.marks.push(Mark { out: out.len(), source });
                rest = tail;
            }
            None => {
                out.push(OPEN);
                rest = after;
            }
        }
    }
    out.push_str(rest);
    (out, map)
}
