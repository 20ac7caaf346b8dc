//! `Buffer`: a copy of the source with edits, made from front to back, that keeps the position map.

use std::ops::Range;

use crate::jinja::position::PositionMap;

/// The rewritten text so far.
pub struct Buffer<'a> {
    source: &'a str,
    out: String,
    map: PositionMap,
    /// How far the source was copied or passed over.
    at: usize,
}

impl<'a> Buffer<'a> {
    /// A buffer that begins with `prelude` and continues with `source` from byte `from` on.
    pub fn new(source: &'a str, from: usize, prelude: &str) -> Buffer<'a> {
        let mut out = String::with_capacity(source.len() - from + source.len() / 4 + prelude.len() + 32);
        let mut map = PositionMap::default();
        out.push_str(prelude);
        if !prelude.is_empty() {
            map.inserted(0, from);
        }
        map.copied(out.len(), from);
        Buffer { source, out, map, at: from }
    }

    /// Puts `text` in before byte `at` of the source.
    pub fn insert(&mut self, at: usize, text: &str) {
        self.copy_to(at);
        self.map.inserted(self.out.len(), at);
        self.out.push_str(text);
        self.map.copied(self.out.len(), at);
    }

    /// Puts `text` in the stead of the bytes `range` of the source, whose newlines stay.
    pub fn replace(&mut self, range: Range<usize>, text: &str) {
        self.copy_to(range.start);
        self.map.inserted(self.out.len(), range.start);
        self.out.push_str(text);
        let newlines = self.source[range.clone()].bytes().filter(|byte| *byte == b'\n').count();
        self.out.extend(std::iter::repeat_n('\n', newlines));
        self.map.copied(self.out.len(), range.end);
        self.at = range.end;
    }

    /// Copies up to byte `end` and gives back text and map.
    pub fn finish(mut self, end: usize) -> (String, PositionMap) {
        self.copy_to(end);
        (self.out, self.map)
    }

    fn copy_to(&mut self, at: usize) {
        debug_assert!(at >= self.at, "edits go from front to back");
        self.out.push_str(&self.source[self.at..at]);
        self.at = at;
    }
}
