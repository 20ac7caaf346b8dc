//! `clean`: the folders of `clean-targets` are removed, unless they hold something that is not kiln's to remove.

use std::path::{Component, Path, PathBuf};

use crate::error::{Error, Result};
use crate::flag::Flags;
use crate::project::{self, ProjectFile};
use crate::report::{CleanEvent, Event, Reporter};

use super::{Ended, Ending, alone, opening};

/// File by which tools mark folders that they own; cargo puts one into `target/`.
const TAG_OF_OTHERS: &str = "CACHEDIR.TAG";

/// Removes the folders; neither the profile nor the files of nodes matter to it.
///
/// # Errors
///
/// `Usage` for a folder outside of the project, one that holds sources, or one of another tool: nothing is removed then.
pub fn clean(flags: Flags, reporter: &Reporter) -> Ended {
    reporter.tell(Event::Version { args: flags.args() });
    let options = project::Options { check_version: false, ..opening::options(&flags) };
    opening::log_failure(&flags, reporter);
    let (root, settings) = project::settings(&options)?;
    let outside_allowed =
        flags.extra.get("clean_project_files_only").and_then(serde_json::Value::as_bool) == Some(false);
    let folders: Vec<(&String, PathBuf)> =
        settings.clean_targets.iter().map(|shown| (shown, root.join(shown))).collect();
    for (shown, _) in &folders {
        check(&root, &settings, shown, outside_allowed).map_err(alone)?;
    }
    for (_, path) in folders {
        let told = path.display().to_string();
        reporter.tell(Event::Clean(CleanEvent::Checking(told.clone())));
        // As in dbt, which removes what lies in folders.
        if path.is_dir() {
            std::fs::remove_dir_all(&path).map_err(|cause| alone(Error::io("remove", &path, cause)))?;
        }
        reporter.tell(Event::Clean(CleanEvent::Removed(told)));
    }
    reporter.tell(Event::Clean(CleanEvent::Done));
    Ok(Ending::Success)
}

fn check(root: &Path, settings: &ProjectFile, shown: &str, outside_allowed: bool) -> Result<()> {
    let folder = real(&root.join(shown));
    if !folder.starts_with(real(root)) && !outside_allowed {
        return Err(Error::usage(format!("dbt will not clean `{shown}`: it lies outside of the project"))
            .hint("name folders inside of the project in `clean-targets`, or add `--no-clean-project-files-only`"));
    }
    let lists = [
        &settings.model_paths,
        &settings.seed_paths,
        &settings.snapshot_paths,
        &settings.test_paths,
        &settings.analysis_paths,
        &settings.macro_paths,
        &settings.function_paths,
    ];
    if let Some(source) = lists.into_iter().flatten().find(|source| real(&root.join(source)).starts_with(&folder)) {
        let message = format!("dbt will not clean `{shown}`: it holds the sources in `{source}`");
        return Err(Error::usage(message).hint("take it out of `clean-targets`"));
    }
    if folder.join(TAG_OF_OTHERS).exists() {
        let message = format!("`{shown}` belongs to another tool, such as cargo: it holds `{TAG_OF_OTHERS}`");
        return Err(Error::usage(message).hint("name a folder below it, such as `target/kiln`, in `clean-targets`"));
    }
    Ok(())
}

/// Where `path` leads, also where a part of it does not exist: no `..` is left in it, and no link that is there.
fn real(path: &Path) -> PathBuf {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf());
    path.components().fold(PathBuf::new(), |mut real, part| match part {
        Component::ParentDir => {
            real.pop();
            real
        }
        Component::CurDir => real,
        Component::Normal(_) | Component::RootDir | Component::Prefix(_) => {
            real.push(part);
            real.canonicalize().unwrap_or(real)
        }
    })
}

#[cfg(test)]
mod tests {
    use super::real;

    #[test]
    fn a_path_to_nothing_is_known_by_where_it_would_be() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        std::fs::create_dir(root.join("project")).unwrap();
        assert_eq!(real(&root.join("project/../missing/x")), root.join("missing/x"));
        std::os::unix::fs::symlink(&root, root.join("project/link")).unwrap();
        assert_eq!(real(&root.join("project/link/missing")), root.join("missing"));
    }
}
