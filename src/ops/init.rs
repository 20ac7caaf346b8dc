//! `init`: a small project that builds at once.

use std::path::PathBuf;

use crate::error::Error;
use crate::flag::Flags;
use crate::project::scaffold;
use crate::report::{Event, Reporter};

use super::{Ended, Ending, alone};

/// Writes the project into a new folder of its name.
///
/// # Errors
///
/// `Usage` for a name that no project can have, `Io` when the folder is there already.
pub fn init(flags: Flags, reporter: &Reporter) -> Ended {
    let is_without_profile = flags.extra.get("skip_profile_setup").and_then(serde_json::Value::as_bool) == Some(true);
    let here = flags.project_dir.clone().unwrap_or_else(|| PathBuf::from("."));
    if is_without_profile && here.join("dbt_project.yml").is_file() {
        // As in dbt, where `init` in a project only asks about its profile.
        reporter.tell(Event::Note("this is a project already".to_owned()));
        return Ok(Ending::Success);
    }
    let name = flags.extra.get("project_name").and_then(serde_json::Value::as_str);
    let Some(name) = name else {
        return Err(alone(Error::usage("`init` needs the name of the project").hint("write `kiln init shop`")));
    };
    let folder = here.join(name);
    let written = scaffold(&folder, name).map_err(alone)?;
    for path in written {
        reporter.tell(Event::Note(format!("wrote {}", path.display())));
    }
    reporter.tell(Event::Note(format!("next: cd {name} && kiln build")));
    Ok(Ending::Success)
}
