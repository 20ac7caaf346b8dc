//! Files of macros, snapshots and docs cut into their blocks; text between blocks counts for nothing.

use std::ops::Range;

use super::files::SourceFile;
use super::yaml::Origin;

/// What a block defines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// `{% macro name(..) %}`
    Macro,
    /// `{% test name(..) %}` or `{% data_test name(..) %}`
    Test,
    /// `{% materialization name, default|adapter='postgres' %}`
    Materialization,
    /// `{% snapshot name %}`
    Snapshot,
}

/// One block of a file.
#[derive(Debug, Clone)]
pub struct Block {
    /// What it defines.
    pub kind: BlockKind,
    /// The name under which dbt knows it: `test_unique`, `materialization_view_default`, a macro's or snapshot's own name.
    pub name: String,
    /// Where its opening tag starts.
    pub origin: Origin,
    /// Bytes of the file's text from the opening tag to the end of the closing tag.
    pub range: Range<usize>,
    /// Bytes between the two tags.
    pub body: Range<usize>,
}

/// A `{% docs name %}` block of a Markdown file.
#[derive(Debug, Clone)]
pub struct DocsBlock {
    /// Its name.
    pub name: String,
    /// The text between the tags, without the white space around it.
    pub text: String,
    /// The file it is in.
    pub file: SourceFile,
    /// Where its opening tag starts.
    pub origin: Origin,
}
