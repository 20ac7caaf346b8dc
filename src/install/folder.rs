//! Folders of packages: scratch ones while they are fetched, and the way into the project.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::error::{Error, Result};

/// A folder for what is fetched, removed when this goes.
pub struct Scratch {
    dir: PathBuf,
    count: u32,
}

static COUNT: AtomicU32 = AtomicU32::new(0);

impl Scratch {
    /// A folder of this process.
    pub fn new() -> Result<Scratch> {
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("kiln-packages-{}-{number}", std::process::id()));
        fs::create_dir_all(&dir).map_err(|cause| Error::io("create", &dir, cause))?;
        Ok(Scratch { dir, count: 0 })
    }

    /// The path of a folder in it that does not exist yet.
    pub fn folder(&mut self) -> PathBuf {
        self.count += 1;
        self.dir.join(self.count.to_string())
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // What stays behind lies in the system's folder for such.
        let _ = fs::remove_dir_all(&self.dir);
    }
}

/// Unpacks an archive into `into`, and gives the folder of the project in it.
///
/// # Errors
///
/// `Runtime` when it is no archive, or holds no project.
pub fn unpack(bytes: &[u8], shown: &str, into: &Path) -> Result<PathBuf> {
    fs::create_dir_all(into).map_err(|cause| Error::io("create", into, cause))?;
    let archive = into.with_extension("archive");
    fs::write(&archive, bytes).map_err(|cause| Error::io("write", &archive, cause))?;
    let output = Command::new("tar").arg("-xf").arg(&archive).arg("-C").arg(into).output().map_err(|cause| {
        Error::runtime("could not start `tar`, which unpacks packages").because(cause).hint("install tar")
    })?;
    if !output.status.success() {
        let told = String::from_utf8_lossy(&output.stderr);
        let told = told.lines().next().unwrap_or_default();
        return Err(Error::runtime(format!("`{shown}` is no archive of a package: {told}")));
    }
    if crate::project::is_project_dir(into) {
        return Ok(into.to_path_buf());
    }
    let entries = fs::read_dir(into).map_err(|cause| Error::io("read", into, cause))?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    let found = folders.into_iter().find(|folder| crate::project::is_project_dir(folder));
    found.ok_or_else(|| Error::runtime(format!("`{shown}` holds no dbt project")))
}

/// Puts the project in `from` at `to`; what is known of its versions stays away.
pub fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).map_err(|cause| Error::io("create", to, cause))?;
    for entry in fs::read_dir(from).map_err(|cause| Error::io("read", from, cause))? {
        let entry = entry.map_err(|cause| Error::io("read", from, cause))?;
        let (source, target) = (entry.path(), to.join(entry.file_name()));
        if entry.file_name() == ".git" {
            continue;
        }
        if source.is_dir() {
            copy(&source, &target)?;
        } else if source.is_file() {
            fs::copy(&source, &target).map_err(|cause| Error::io("write", &target, cause))?;
        }
    }
    Ok(())
}

/// Makes the project in `from` appear at `to`: changes in it show at once.
pub fn link(from: &Path, to: &Path) -> Result<()> {
    let from = from.canonicalize().map_err(|cause| Error::io("read", from, cause))?;
    match std::os::unix::fs::symlink(&from, to) {
        Ok(()) => Ok(()),
        Err(_) => copy(&from, to),
    }
}

/// Removes what lies at `path`, a link or a folder.
pub fn remove(path: &Path) -> Result<()> {
    let Ok(facts) = fs::symlink_metadata(path) else { return Ok(()) };
    let removed = if facts.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    removed.map_err(|cause| Error::io("remove", path, cause))
}
