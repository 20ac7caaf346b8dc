//! Cuts a file into its top-level blocks: macros, materializations, tests, snapshots, docs.

use std::ops::Range;

use crate::error::Result;

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
    let _ = source;
    todo!("blocks")
}

/// The pieces of `source` between its blocks that hold more than white space and comments, with their byte ranges.
pub fn outside<'a>(source: &'a str, blocks: &[Block<'_>]) -> Vec<(Range<usize>, &'a str)> {
    let _ = (source, blocks);
    todo!("blocks")
}
