//! `parse`: the project is read and parsed, `manifest.json` is written, nothing is connected to.

use std::time::Instant;

use crate::flag::Flags;
use crate::report::{Event, Reporter};

use super::invocation::Invocation;
use super::{Ended, Ending};

/// Parses the project.
///
/// # Errors
///
/// Every mistake in every file.
pub fn parse(flags: Flags, reporter: &Reporter) -> Ended {
    let started = Instant::now();
    let invocation = Invocation::load(flags, reporter)?;
    let path = format!("{}/manifest.json", invocation.shown_target);
    reporter.tell(Event::Wrote { what: "manifest", path });
    reporter.tell(Event::Completed { success: true, seconds: started.elapsed().as_secs_f64() });
    Ok(Ending::Success)
}
