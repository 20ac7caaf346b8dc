//! The files of a package, each read once.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;
use sha2::{Digest, Sha256};

use super::blocks::Block;
use super::yaml::Origin;
use crate::error::{Error, Place, Result};

/// Bytes from which on a seed is known by its path.
const MAX_SEED_BYTES: u64 = 1024 * 1024;

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
    /// Name of the file without folder and extension: `orders`.
    pub fn stem(&self) -> &str {
        without_extension(without_jinja(self.name()))
    }

    /// Name of the file without folder and last extension, which leaves `orders.sql` of `orders.sql.j2`.
    pub fn long_stem(&self) -> &str {
        without_extension(self.name())
    }

    fn name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or_default()
    }

    /// Folders between the resource folder and the file: `["marts"]`.
    pub fn folders(&self) -> Vec<&str> {
        let mut parts: Vec<&str> = self.path_in_root.split('/').collect();
        parts.pop();
        parts
    }
}

fn without_extension(name: &str) -> &str {
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}

/// `a.sql` of `a.sql.j2`, and so on for Markdown and the other extensions that mean Jinja; any other path as it is.
pub fn without_jinja(path: &str) -> &str {
    let ends = |text: &str, ending: &str| {
        let start = text.len().checked_sub(ending.len());
        start.is_some_and(|start| text.as_bytes()[start..].eq_ignore_ascii_case(ending.as_bytes()))
    };
    let Some(ending) = [".j2", ".jinja", ".jinja2"].into_iter().find(|ending| ends(path, ending)) else { return path };
    let plain = &path[..path.len() - ending.len()];
    if [".sql", ".md"].iter().any(|known| ends(plain, known)) { plain } else { path }
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
    /// Of the text without the white space around it; of its path when the file has more than 1 MiB.
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

impl Checksum {
    /// Of `text` without the white space around it.
    pub fn of_text(text: &str) -> Checksum {
        Checksum { name: "sha256", checksum: hexadecimal(&Sha256::digest(python_strip(text))) }
    }
}

impl TextFile {
    /// Reads `absolute`, known as `file`.
    ///
    /// # Errors
    ///
    /// `Io` when it cannot be read, `Parsing` when it is no UTF-8.
    pub fn read(file: SourceFile, absolute: &Path) -> Result<TextFile> {
        let text = read_text(absolute, &file.origin.file)?;
        let checksum = Checksum::of_text(&text);
        Ok(TextFile { file, text: text.into(), checksum })
    }
}

impl SeedFile {
    /// Takes the checksum of `absolute`, known as `file`, in pieces.
    ///
    /// # Errors
    ///
    /// `Io` when it cannot be read.
    pub fn read(file: SourceFile, absolute: PathBuf) -> Result<SeedFile> {
        let failed = |error| Error::io("read", &file.origin.file, error);
        let mut reader = File::open(&absolute).map_err(failed)?;
        let bytes = reader.metadata().map_err(failed)?.len();
        if bytes > MAX_SEED_BYTES {
            let checksum = Checksum { name: "path", checksum: file.path.clone() };
            return Ok(SeedFile { file, absolute, checksum });
        }
        let mut bytes = Vec::new();
        reader.read_to_end(&mut bytes).map_err(failed)?;
        // dbt strips the text before it takes the digest.
        let checksum = match std::str::from_utf8(&bytes) {
            Ok(text) => Checksum::of_text(text),
            Err(_) => Checksum { name: "sha256", checksum: hexadecimal(&Sha256::digest(bytes.trim_ascii())) },
        };
        Ok(SeedFile { file, absolute, checksum })
    }
}

/// The text of the file at `absolute`, which errors call `shown`; without a byte order mark.
pub fn read_text(absolute: &Path, shown: &Path) -> Result<String> {
    let bytes = fs::read(absolute).map_err(|error| Error::io("read", shown, error))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() as u32 + 1;
        let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
        let column = String::from_utf8_lossy(&before[start..]).chars().count() as u32 + 1;
        Error::parsing("this file is not encoded as UTF-8").at(Place::at(shown, line, column)).hint("save it as UTF-8")
    })?;
    Ok(text.strip_prefix('\u{feff}').map(ToOwned::to_owned).unwrap_or(text))
}

fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |it: u8| char::from(DIGITS[usize::from(it)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

/// `text` without the white space around it, as Python's `str.strip` sees white space.
pub fn python_strip(text: &str) -> &str {
    text.trim_matches(is_python_space)
}

fn is_python_space(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}')
}
