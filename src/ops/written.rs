//! The artifacts that every command leaves: what the project is.

use serde_json::{Map, Value, json};

use crate::error::Result;
use crate::manifest::{self, CompiledNodes};
use crate::report::{Event, Warning, artifact};

use super::invocation::Invocation;
use super::{Ended, Ending, alone};

impl Invocation {
    /// Writes `manifest.json`, with what has been rendered of nodes.
    ///
    /// # Errors
    ///
    /// `Io` when the target folder does not accept it.
    pub fn write_manifest(&self, compiled: &CompiledNodes) -> Result<()> {
        if !self.flags.write_json {
            return Ok(());
        }
        let written = manifest::Written {
            manifest: &self.manifest,
            compiled,
            metadata: &manifest::metadata(&self.metadata()),
            selectors: &self.selectors.to_json(),
        };
        let path = self.target.join("manifest.json");
        manifest::write(&written, &path)?;
        self.reporter.tell(Event::Wrote { what: "WritableManifest", path: path.display().to_string() });
        let path = self.target.join("semantic_manifest.json");
        manifest::write_semantic(&self.manifest, &path)?;
        self.reporter.tell(Event::Wrote { what: "SemanticManifest", path: path.display().to_string() });
        Ok(())
    }

    /// Writes `graph_summary.json`, which dbt has of every command that makes more of the project than a manifest.
    pub(super) fn write_summary(&self) -> Result<()> {
        if !self.flags.write_json || self.flags.which == "parse" {
            return Ok(());
        }
        let has_guards = self.flags.which == "build";
        let summary = self.graph.summary(&self.manifest, self.reporter.invocation_id(), has_guards);
        let path = self.target.join("graph_summary.json");
        artifact::write(&path, &summary.to_string(), &self.reporter)
    }

    /// Ends a command that chose nothing: it says so, and leaves results of nothing.
    ///
    /// # Errors
    ///
    /// `Io` when the target folder does not accept them, and the warning where it counts as an error.
    pub fn end_without_nodes(&self) -> Ended {
        self.reporter.warn(Warning::nothing_to_do()).map_err(alone)?;
        if self.flags.write_json {
            artifact::write_run_results(&self.target, &[], 0.0, &self.flags, &self.reporter).map_err(alone)?;
        }
        Ok(Ending::Success)
    }

    fn metadata(&self) -> Map<String, Value> {
        use md5::{Digest, Md5};
        let name = &self.manifest.project_name;
        let project_id: String = Md5::digest(name.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        let started = crate::report::instant(self.reporter.started_at());
        let quoting = self.project.root.settings.quoting;
        let metadata = json!({
            "dbt_version": crate::report::DBT_VERSION,
            "generated_at": crate::report::instant(chrono::Utc::now()),
            "invocation_id": self.reporter.invocation_id(), "invocation_started_at": started,
            "env": artifact::custom_env(),
            "project_name": name, "project_id": project_id, "user_id": null, "send_anonymous_usage_stats": false,
            "adapter_type": "postgres",
            "quoting": {
                "database": quoting.database.unwrap_or(true), "schema": quoting.schema.unwrap_or(true),
                "identifier": quoting.identifier.unwrap_or(true), "column": null,
            },
            "run_started_at": self.reporter.started_at().to_rfc3339(),
        });
        metadata.as_object().cloned().unwrap_or_default()
    }
}
