//! The files of a package, each read once.

use std::path::PathBuf;
use std::sync::Arc;

use serde::Serialize;

use super::blocks::Block;
use super::yaml::Origin;

/// What a file's content comes down to, as the manifest states it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Checksum {
    /// `sha256`, or `path` for a seed too big to be read for it.
    pub name: &'static str,
    /// Hexadecimal digits, or the path.
    pub checksum: String,
}

/// Where a file lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// Relative to the package's folder, with `/`: `models/marts/orders.sql`; dbt's `original_file_path`.
    pub path: String,
    /// Relative to the resource folder, with `/`: `marts/orders.sql`; dbt's `path`.
    pub path_in_root: String,
    /// The file as such, without a position; its path is as the user would write it.
    pub origin: Origin,
}

impl SourceFile {
    /// Name of the file without folder and last extension: `orders`.
    pub fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or_default();
        name.rsplit_once('.').map_or(name, |(stem, _)| stem)
    }

    /// Folders between the resource folder and the file: `["marts"]`.
    pub fn folders(&self) -> Vec<&str> {
        let mut parts: Vec<&str> = self.path_in_root.split('/').collect();
        parts.pop();
        parts
    }
}

/// A file with its text.
#[derive(Debug, Clone)]
pub struct TextFile {
    /// Where it lies.
    pub file: SourceFile,
    /// The whole text as it is on the disk.
    pub text: Arc<str>,
    /// Of the text without the white space around it.
    pub checksum: Checksum,
}

impl TextFile {
    /// The text without the white space around it, which is dbt's `raw_code`.
    pub fn code(&self) -> &str {
        python_strip(&self.text)
    }

    /// Where `code` starts: file, line and column.
    pub fn code_origin(&self) -> Origin {
        let start = self.text.len() - self.text.trim_start_matches(is_python_space).len();
        let before = &self.text[..start];
        let line = before.matches('\n').count() as u32 + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
        Origin { file: self.file.origin.file.clone(), line, column }
    }
}

/// A CSV file; its rows are read when it is loaded.
#[derive(Debug, Clone)]
pub struct SeedFile {
    /// Where it lies.
    pub file: SourceFile,
    /// Absolute path.
    pub absolute: PathBuf,
    /// Of the bytes of the file; of its path when it has more than 1 MiB.
    pub checksum: Checksum,
}

/// A file of macros, generic tests, materializations or snapshots, cut into its blocks.
#[derive(Debug, Clone)]
pub struct MacroFile {
    /// The file.
    pub text: TextFile,
    /// Its blocks in order.
    pub blocks: Vec<Block>,
}

/// `text` without the white space around it, as Python's `str.strip` sees white space.
pub fn python_strip(text: &str) -> &str {
    text.trim_matches(is_python_space)
}

fn is_python_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}
