//! Repositories, through the installed program `git`, with the rights and settings that it has.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::error::{Error, Result};

use super::request::Git;

/// A checked out repository.
pub struct Checkout {
    /// The folder of the project in it.
    pub dir: PathBuf,
    /// Its commit.
    pub commit: String,
}

/// Checks out `revision` (none for the default branch) into `into`, a new folder.
///
/// # Errors
///
/// `Runtime` when there is no `git`, or it fails.
pub fn check_out(git: &Git, revision: Option<&str>, into: &Path) -> Result<Checkout> {
    let revision = revision.unwrap_or("HEAD");
    if revision.starts_with('-') || git.url.starts_with('-') {
        return Err(Error::usage(format!("`{revision}` of `{}` is no revision", git.written_url)));
    }
    std::fs::create_dir_all(into).map_err(|cause| Error::io("create", into, cause))?;
    run(into, &["init", "--quiet"], git)?;
    if run(into, &["fetch", "--quiet", "--depth", "1", &git.url, revision], git).is_ok() {
        run(into, &["checkout", "--quiet", "FETCH_HEAD"], git)?;
    } else {
        // Commits that are no tips are not given out alone.
        run(into, &["fetch", "--quiet", "--tags", &git.url, "+refs/heads/*:refs/remotes/origin/*"], git)?;
        run(into, &["checkout", "--quiet", revision], git).map_err(|error| {
            Error::runtime(format!("`{}` has no revision `{revision}`", git.written_url)).because(error)
        })?;
    }
    let commit = run(into, &["rev-parse", "HEAD"], git)?.trim().to_owned();
    let dir = match &git.subdirectory {
        Some(below) => into.join(below),
        None => into.to_path_buf(),
    };
    Ok(Checkout { dir, commit })
}

/// What `git` with these arguments prints, in the folder `dir`.
fn run(dir: &Path, arguments: &[&str], git: &Git) -> Result<String> {
    let mut command = Command::new("git");
    command.args(arguments).current_dir(dir).env("GIT_TERMINAL_PROMPT", "0").env_remove("GIT_DIR");
    let output = command.output().map_err(|cause| {
        Error::runtime("could not start `git`, which packages with `git:` need").because(cause).hint("install git")
    })?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let told = String::from_utf8_lossy(&output.stderr).replace(&git.url, &git.written_url);
    let told = told.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; ");
    Err(Error::runtime(format!("git could not fetch `{}`: {told}", git.written_url)))
}
