//! The files of a new project.

use std::path::Path;

use crate::error::Result;

/// Writes a small project named `name` into the folder `dir`, which is made; gives back the paths written.
///
/// # Errors
///
/// `Usage` for a name that no project may have, `Io` when a file cannot be written or is there already.
pub fn scaffold(dir: &Path, name: &str) -> Result<Vec<std::path::PathBuf>> {
    let _ = (dir, name);
    todo!()
}
