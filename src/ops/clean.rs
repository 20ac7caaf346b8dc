//! `clean`: the folders of `clean-targets` are removed, unless they hold something that is not kiln's to remove.

use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::project::{self, Project};
use crate::report::{Event, Reporter};

use super::{Ended, Ending, alone};

/// File by which tools mark folders that they own; cargo puts one into `target/`.
const TAG_OF_OTHERS: &str = "CACHEDIR.TAG";

/// Removes the folders.
///
/// # Errors
///
/// `Usage` for a folder outside of the project, one that holds sources, or one of another tool: nothing is removed then.
pub fn clean(flags: Flags, reporter: &Reporter) -> Ended {
    let options = project::Options {
        project_dir: flags.project_dir.clone(),
        profiles_dir: flags.profiles_dir.clone(),
        profile: flags.profile.clone(),
        target: flags.target.clone(),
        check_version: false,
        ..project::Options::default()
    };
    let project = project::load(&options)?;
    let outside_allowed =
        flags.extra.get("clean_project_files_only").and_then(serde_json::Value::as_bool) == Some(false);
    let folders: Vec<(String, PathBuf)> =
        project.root.settings.clean_targets.iter().map(|shown| (shown.clone(), project.root.dir.join(shown))).collect();
    for (shown, path) in &folders {
        check(&project, shown, path, outside_allowed).map_err(alone)?;
    }
    for (shown, path) in folders {
        if path.exists() {
            std::fs::remove_dir_all(&path).map_err(|cause| alone(Error::io("remove", &path, cause)))?;
        }
        reporter.tell(Event::Note(format!("removed {shown}")));
    }
    Ok(Ending::Success)
}

fn check(project: &Project, shown: &str, path: &Path, outside_allowed: bool) -> Result<()> {
    let root = canonical(&project.root.dir);
    let folder = canonical(path);
    if !folder.starts_with(&root) && !outside_allowed {
        return Err(Error::usage(format!("dbt will not clean `{shown}`: it lies outside of the project"))
            .hint("name folders inside of the project in `clean-targets`"));
    }
    let settings = &project.root.settings;
    let lists = [
        &settings.model_paths,
        &settings.seed_paths,
        &settings.snapshot_paths,
        &settings.test_paths,
        &settings.analysis_paths,
        &settings.macro_paths,
        &settings.function_paths,
    ];
    let sources = lists.into_iter().flatten().map(|source| canonical(&project.root.dir.join(source)));
    if let Some(source) = sources.into_iter().find(|source| source.starts_with(&folder)) {
        let message = format!("dbt will not clean `{shown}`: it holds the sources in `{}`", source.display());
        return Err(Error::usage(message).hint("take it out of `clean-targets`"));
    }
    if folder.join(TAG_OF_OTHERS).exists() {
        let message = format!("`{shown}` belongs to another tool, such as cargo: it holds `{TAG_OF_OTHERS}`");
        return Err(Error::usage(message).hint("name a folder below it, such as `target/kiln`, in `clean-targets`"));
    }
    Ok(())
}

fn canonical(path: &Path) -> PathBuf {
    path.canonicalize().or_else(|_| std::path::absolute(path)).unwrap_or_else(|_| path.to_path_buf())
}
