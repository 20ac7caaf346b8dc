//! The lines of `docs generate`, `deps` and `clean`.

use serde_json::json;

use super::event::{CleanEvent, DepsEvent, DocsEvent};
use super::line::Line;
use crate::flag::Level;

/// The line that tells `event`, under dbt's names.
pub(super) fn line(event: &DocsEvent) -> Line {
    match event {
        DocsEvent::Building => Line::new("BuildingCatalog", "E044", Level::Info, "Building catalog", json!({})),
        DocsEvent::Problem(message) => {
            let text = format!("Encountered an error while generating catalog: {message}");
            Line::new("CatalogGenerationError", "E040", Level::Warn, text, json!({ "exc": message }))
        }
        DocsEvent::Failed(count) => {
            let failures = if *count == 1 { "1 failure".to_owned() } else { format!("{count} failures") };
            let text = format!("dbt encountered {failures} while writing the catalog");
            Line::new("WriteCatalogFailure", "E041", Level::Error, text, json!({ "num_exceptions": count }))
        }
        DocsEvent::Written(path) => {
            let text = format!("Catalog written to {path}");
            Line::new("CatalogWritten", "E042", Level::Info, text, json!({ "path": path }))
        }
    }
}

/// The line that tells what becomes of a folder.
pub(super) fn clean_line(event: &CleanEvent) -> Line {
    match event {
        CleanEvent::Checking(path) => {
            Line::new("CheckCleanPath", "Z012", Level::Info, format!("Checking {path}/*"), json!({ "path": path }))
        }
        CleanEvent::Removed(path) => {
            Line::new("ConfirmCleanPath", "Z013", Level::Info, format!("Cleaned {path}/*"), json!({ "path": path }))
        }
        CleanEvent::Done => {
            Line::new("FinishedCleanPaths", "Z015", Level::Info, "Finished cleaning all paths.", json!({}))
        }
    }
}

/// The line that tells what becomes of a package.
pub(super) fn deps_line(event: &DepsEvent) -> Line {
    match event {
        DepsEvent::Installing(name) => {
            let data = json!({ "package_name": name });
            Line::new("DepsStartPackageInstall", "M014", Level::Info, format!("Installing {name}"), data)
        }
        DepsEvent::NoneAsked => {
            let text = "Warning: No packages were found in packages.yml";
            Line::new("DepsNoPackagesFound", "M013", Level::Info, text, json!({}))
        }
        DepsEvent::Locking(path) => {
            let text = format!("Updating lock file in file path: {path}");
            Line::new("DepsLockUpdating", "M031", Level::Info, text, json!({ "lock_filepath": path }))
        }
        DepsEvent::Added { package, file } => {
            let text = format!("Added new package {package} to {file}");
            let (name, version) = package.rsplit_once('@').unwrap_or((package, ""));
            let data = json!({ "package_name": name, "version": version, "packages_filepath": file });
            Line::new("DepsAddPackage", "M032", Level::Info, text, data)
        }
        DepsEvent::Outdated(packages) => {
            let names = packages.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ");
            let text = format!(
                "Updates available for packages: [{names}]\nUpdate your versions in packages.yml, then run dbt deps"
            );
            Line::new("DepsNotifyUpdatesAvailable", "M019", Level::Info, text, json!({ "packages": packages }))
        }
        DepsEvent::Installed(from) => {
            let data = json!({ "version_name": from });
            Line::new("DepsInstallInfo", "M015", Level::Info, format!("Installed from {from}"), data)
        }
    }
}
