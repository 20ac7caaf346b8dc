//! The lines of `docs generate` and `deps`.

use serde_json::json;

use super::event::{DepsEvent, DocsEvent};
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

/// The line that tells what becomes of a package.
pub(super) fn deps_line(event: &DepsEvent) -> Line {
    match event {
        DepsEvent::Installing(name) => {
            let data = json!({ "package_name": name });
            Line::new("DepsStartPackageInstall", "M014", Level::Info, format!("Installing {name}"), data)
        }
        DepsEvent::Installed(from) => {
            let data = json!({ "version_name": from });
            Line::new("DepsInstallInfo", "M015", Level::Info, format!("Installed from {from}"), data)
        }
    }
}
