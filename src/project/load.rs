//! From options to a loaded project.

use std::path::{Path, PathBuf};

use super::{Options, Project};
use crate::error::{Error, Result};

/// Reads the project that `options` name, with its packages and profile.
///
/// # Errors
///
/// All mistakes of all files, sorted by place; a project file or profile that cannot be read comes alone.
pub fn load(options: &Options) -> Result<Project, Vec<Error>> {
    let _ = options;
    todo!()
}

/// The folder of the project: `from` or the nearest folder above that holds a project file.
///
/// # Errors
///
/// `Usage` when there is none.
pub fn find_project_dir(from: &Path) -> Result<PathBuf> {
    let _ = from;
    todo!()
}
