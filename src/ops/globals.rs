//! What templates know of the invocation.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::flag::Flags;
use crate::name::Parts;
use crate::project::Project;
use crate::report::{Reporter, artifact};
use crate::template::{Globals, QueryComment};

/// What is the same for all nodes of this invocation.
pub fn globals(project: &Arc<Project>, flags: &Flags, reporter: &Reporter) -> Globals {
    let settings = &project.root.settings;
    let vars = Arc::clone(project);
    Globals {
        project_name: project.root.name.clone(),
        target: project.profile.target.clone(),
        flags: flags.clone(),
        vars: Arc::new(move |package, name| {
            let asking = vars.all_packages().find(|known| known.name == package).unwrap_or(&vars.root);
            vars.var(asking, name)
        }),
        project_vars: settings.vars.to_json(),
        env: std::env::vars_os()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), json!(value.to_string_lossy())))
            .collect::<Map<String, Value>>(),
        invocation_id: reporter.invocation_id().to_owned(),
        run_started_at: reporter.started_at(),
        metadata_envs: artifact::custom_env(),
        quoting: Parts {
            database: settings.quoting.database.unwrap_or(true),
            schema: settings.quoting.schema.unwrap_or(true),
            identifier: settings.quoting.identifier.unwrap_or(true),
        },
        query_comment: QueryComment {
            text: if settings.query_comment.is_off {
                Some(String::new())
            } else {
                settings.query_comment.comment.clone()
            },
            append: settings.query_comment.append,
        },
        packages: project
            .all_packages()
            .map(|package| (package.name.clone(), package.settings.version.clone().unwrap_or_default()))
            .collect(),
        reporter: reporter.clone(),
    }
}
