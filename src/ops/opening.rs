//! The project of a command: its log opened, its files read, its secrets hidden.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::error::Error;
use crate::flag::Flags;
use crate::project::{self, Project};
use crate::report::Reporter;

use super::alone;

/// Reads the project that `flags` name, and opens its log, also where the project cannot be read.
///
/// # Errors
///
/// Every mistake in its files, sorted by place.
pub fn open(flags: &Flags, reporter: &Reporter) -> Result<Project, Vec<Error>> {
    let (project, errors) = read(flags, reporter)?;
    if errors.is_empty() { Ok(project) } else { Err(errors) }
}

/// Like `open`, with the mistakes in the files of nodes beside what could be read.
///
/// # Errors
///
/// What leaves nothing to go on with: no project, no profile.
pub fn read(flags: &Flags, reporter: &Reporter) -> Result<(Project, Vec<Error>), Vec<Error>> {
    let folder = folder(flags);
    if let Some(folder) = &folder {
        reporter.in_project(folder);
    }
    match project::read(&options(flags)) {
        Ok((project, errors)) => {
            let logs = log_folder(flags, &project.root.dir, project.root.settings.log_path.as_deref());
            reporter.log_to(&logs).map_err(alone)?;
            project.profile.secrets.iter().for_each(|secret| reporter.hide(secret));
            Ok((project, errors))
        }
        Err(errors) => {
            log_failure(flags, reporter);
            Err(errors)
        }
    }
}

/// `flags` with the folders that were found where none was named, as artifacts and templates state them.
pub fn with_folders(mut flags: Flags, project: &Project) -> Flags {
    let root = &project.root.dir;
    let logs = log_folder(&flags, root, project.root.settings.log_path.as_deref());
    flags.log_path = Some(logs);
    flags.project_dir.get_or_insert_with(|| root.clone());
    flags.profiles_dir.get_or_insert_with(|| project.profile.dir.clone());
    flags
}

/// Opens the log of a project that cannot be read, so that it holds the reason; what keeps it from that is the lesser problem.
pub fn log_failure(flags: &Flags, reporter: &Reporter) {
    if let Some(folder) = folder(flags).filter(|folder| folder.is_dir()) {
        let _ = reporter.log_to(&log_folder(flags, &folder, project::log_path(&folder).as_deref()));
    }
}

/// What is to be loaded.
pub fn options(flags: &Flags) -> project::Options {
    project::Options {
        project_dir: flags.project_dir.clone(),
        profiles_dir: flags.profiles_dir.clone(),
        profile: flags.profile.clone(),
        target: flags.target.clone(),
        vars: (!flags.vars.is_empty()).then(|| Value::Object(flags.vars.clone()).to_string()),
        threads: flags.threads.map(|count| count as u32),
        check_version: flags.version_check,
    }
}

/// The folder of the project, if there is one.
fn folder(flags: &Flags) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    match &flags.project_dir {
        Some(dir) => here.join(dir).canonicalize().ok(),
        None => project::find_project_dir(&here).ok(),
    }
}

/// The folder of the log; `stated` is what the project file says.
fn log_folder(flags: &Flags, folder: &Path, stated: Option<&str>) -> PathBuf {
    match &flags.log_path {
        Some(path) => std::path::absolute(path).unwrap_or_else(|_| path.clone()),
        None => folder.join(stated.unwrap_or("logs")),
    }
}
