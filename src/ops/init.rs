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
    let name = flags.extra.get("project_name").and_then(serde_json::Value::as_str);
    let Some(name) = name else {
        return Err(alone(Error::usage("`init` needs the name of the project").hint("write `kiln init shop`")));
    };
    let folder = flags.project_dir.clone().unwrap_or_else(|| PathBuf::from(".")).join(name);
    let written = scaffold(&folder, name).map_err(alone)?;
    for path in written {
        reporter.tell(Event::Note(format!("wrote {}", path.display())));
    }
    reporter.tell(Event::Note(format!("next: cd {name} && kiln build")));
    Ok(Ending::Success)
}
