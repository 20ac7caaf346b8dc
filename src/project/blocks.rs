//! Files of macros, snapshots and docs cut into their blocks; text between blocks counts for nothing.

use std::ops::Range;

use super::files::{SourceFile, TextFile, python_strip};
use super::render::docs_text;
use super::warning::Warning;
use super::yaml::Origin;
use crate::error::{Error, Place, Result};
use crate::jinja;

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

/// The macro, test, materialization and snapshot blocks of `file`.
///
/// # Errors
///
/// `Parsing` for a block that is never closed or has no name.
pub fn cut(file: &TextFile) -> Result<Vec<Block>> {
    let blocks = jinja::blocks(&file.text).map_err(|error| in_file(error, &file.file.origin))?;
    Ok(blocks.iter().filter_map(|block| named(block, &file.file.origin)).collect())
}

/// Warnings on tags between the blocks of `file`, which dbt passes over, too.
pub fn strays(file: &TextFile) -> Vec<Warning> {
    let told = |tag: jinja::StrayTag| {
        let origin = Origin { file: file.file.origin.file.clone(), line: tag.line, column: tag.column };
        let message = format!("the tag `{{% {} %}}` stands outside of every block and counts for nothing", tag.word);
        Warning::at("UnexpectedJinjaBlockDeprecation", message, &origin)
    };
    jinja::stray_tags(&file.text).into_iter().map(told).collect()
}

/// The docs blocks of a Markdown file.
///
/// # Errors
///
/// `Parsing` for a block that is never closed or has no name.
pub fn docs(file: &TextFile) -> Result<Vec<DocsBlock>> {
    // Most Markdown is prose, which the cutter need not see.
    if !file.text.contains("docs") {
        return Ok(Vec::new());
    }
    let blocks = jinja::blocks(&file.text).map_err(|error| in_file(error, &file.file.origin))?;
    let docs = blocks.iter().filter(|block| block.kind == jinja::BlockKind::Docs);
    let read = |block: &jinja::Block<'_>| {
        let origin = Origin { file: file.file.origin.file.clone(), line: block.line, column: block.column };
        let body = Origin { line: block.body_line, column: block.body_column, ..origin.clone() };
        let text = docs_text(block.name, block.body, &body)?;
        Ok(DocsBlock {
            name: block.name.to_owned(),
            text: python_strip(&text).to_owned(),
            file: file.file.clone(),
            origin,
        })
    };
    docs.map(read).collect()
}

fn named(block: &jinja::Block<'_>, file: &Origin) -> Option<Block> {
    let name = block.name;
    let (kind, name) = match block.kind {
        jinja::BlockKind::Macro => (BlockKind::Macro, name.to_owned()),
        jinja::BlockKind::Test => (BlockKind::Test, format!("test_{name}")),
        jinja::BlockKind::Materialization => {
            (BlockKind::Materialization, format!("materialization_{name}_{}", adapter(block.arguments)))
        }
        jinja::BlockKind::Snapshot => (BlockKind::Snapshot, name.to_owned()),
        jinja::BlockKind::Docs => return None,
    };
    Some(Block {
        kind,
        name,
        origin: Origin { file: file.file.clone(), line: block.line, column: block.column },
        range: block.span.clone(),
        body: block.body_span.clone(),
    })
}

/// The adapter of a materialization: `, default` or `, adapter='postgres'`.
fn adapter(arguments: &str) -> &str {
    let quoted = arguments.split_once("adapter").and_then(|(_, rest)| {
        let rest = rest.trim_start().strip_prefix('=')?.trim_start();
        let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
        rest[1..].split(quote).next()
    });
    quoted.unwrap_or("default")
}

/// `error` with the file, which the cutter does not know.
fn in_file(error: Error, file: &Origin) -> Error {
    let (line, column) = error.place().map_or((0, 0), |place| (place.line, place.column));
    error.moved_to(Place::at(file.file.to_path_buf(), line, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_adapter_of_a_materialization_is_read_off_its_tag() {
        assert_eq!(adapter(", default"), "default");
        assert_eq!(adapter(", adapter = 'postgres', supported_languages=['sql']"), "postgres");
    }
}
