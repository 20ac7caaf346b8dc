//! `dbt.log`: one line for each event, rotated by size.

use std::fs::{File, OpenOptions};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};

/// Older files kept beside the current one: `dbt.log.1` to `dbt.log.5`.
const KEPT_FILES: usize = 5;

/// An open log file.
pub(super) struct LogFile {
    path: PathBuf,
    out: BufWriter<File>,
    bytes: u64,
    /// 0 = never rotated.
    max_bytes: u64,
}

impl LogFile {
    /// Opens `dbt.log` in `directory`, which is made when missing, to add to it.
    pub fn open(directory: &Path, max_bytes: u64) -> Result<LogFile> {
        std::fs::create_dir_all(directory).map_err(|cause| Error::io("create", directory, cause))?;
        let path = directory.join("dbt.log");
        let file = append(&path)?;
        let bytes = file.metadata().map_or(0, |about| about.len());
        Ok(LogFile { path, out: BufWriter::new(file), bytes, max_bytes })
    }

    /// Adds `line` and a newline. A full disk loses log lines, never the run.
    pub fn write(&mut self, line: &str) {
        let length = line.len() as u64 + 1;
        if self.max_bytes > 0 && self.bytes + length > self.max_bytes && self.bytes > 0 {
            self.rotate();
        }
        let _ = self.out.write_all(line.as_bytes());
        let _ = self.out.write_all(b"\n");
        self.bytes += length;
    }

    /// Hands everything to the system.
    pub fn flush(&mut self) {
        let _ = self.out.flush();
    }

    /// Shifts the older files by one and begins a new one.
    fn rotate(&mut self) {
        self.flush();
        for number in (1..KEPT_FILES).rev() {
            let _ = std::fs::rename(self.numbered(number), self.numbered(number + 1));
        }
        let _ = std::fs::rename(&self.path, self.numbered(1));
        if let Ok(file) = append(&self.path) {
            self.out = BufWriter::new(file);
            self.bytes = 0;
        }
    }

    fn numbered(&self, number: usize) -> PathBuf {
        self.path.with_file_name(format!("dbt.log.{number}"))
    }
}

fn append(path: &Path) -> Result<File> {
    OpenOptions::new().create(true).append(true).open(path).map_err(|cause| Error::io("write", path, cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_file_is_put_aside_and_five_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::open(folder.path(), 10).unwrap();
        for number in 0..9 {
            log.write(&format!("line {number}"));
        }
        log.flush();
        let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
        assert_eq!(read("dbt.log"), "line 8\n");
        assert_eq!(read("dbt.log.1"), "line 7\n");
        assert_eq!(read("dbt.log.5"), "line 3\n");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 6);
    }
}
