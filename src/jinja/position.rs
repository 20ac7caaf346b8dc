//! Places: byte offsets to lines and columns, and from the rewritten text back to the source.

/// Line and column, both counted from 1, of byte `offset`; the column in characters.
pub fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let before = &text[..offset];
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
    let column = before[start..].chars().count() + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

/// Leads from offsets of a rewritten text back to offsets of its source.
#[derive(Debug, Clone, Default)]
pub struct PositionMap {
    /// In order of `generated`; empty if nothing was rewritten.
    marks: Vec<Mark>,
}

#[derive(Debug, Clone, Copy)]
struct Mark {
    generated: u32,
    source: u32,
    /// The text from here on was put in: all of it stands for one place of the source.
    is_inserted: bool,
}

impl PositionMap {
    /// Says that from `generated` on the text is that of the source from `source` on.
    pub fn copied(&mut self, generated: usize, source: usize) {
        self.push(generated, source, false);
    }

    /// Says that from `generated` on the text was put in at `source`.
    pub fn inserted(&mut self, generated: usize, source: usize) {
        self.push(generated, source, true);
    }

    fn push(&mut self, generated: usize, source: usize, is_inserted: bool) {
        // Offsets beyond four gigabytes are not met in templates.
        let number = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        self.marks.push(Mark { generated: number(generated), source: number(source), is_inserted });
    }

    /// The offset in the source for an offset of the rewritten text.
    pub fn source_of(&self, generated: usize) -> usize {
        let at = self.marks.partition_point(|mark| mark.generated as usize <= generated);
        match at.checked_sub(1).map(|at| self.marks[at]) {
            Some(mark) if mark.is_inserted => mark.source as usize,
            Some(mark) => mark.source as usize + generated - mark.generated as usize,
            None => generated,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_and_column("aé\nüx", 6), (2, 2));
        assert_eq!(line_and_column("ab", 9), (1, 3));
    }

    #[test]
    fn inserted_text_stands_for_one_place() {
        let mut map = PositionMap::default();
        map.inserted(3, 3);
        map.copied(5, 3);
        assert_eq!([0, 3, 4, 5, 9].map(|at| map.source_of(at)), [0, 3, 3, 3, 7]);
    }
}
