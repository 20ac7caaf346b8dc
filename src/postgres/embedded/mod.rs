//! A PostgreSQL of kiln's own for one project, data in the project's `.kiln/`: from installed server binaries, or the one compiled in.
//!
//! It is started when it is needed, shared by the kiln processes that need it at the same time, and stopped by the last of them.

mod binaries;
#[cfg(feature = "embedded")]
mod builtin;
mod contents;
mod folder;
mod identity;
mod local;
mod process;
#[cfg(feature = "embedded")]
mod wire;

use std::any::Any;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::lock::Wait;
use super::settings::Settings;
use crate::error::{Error, Kind, Result};

/// It is there, and may yet have to put its files in order, on a busy machine.
const TO_OPEN: Duration = Duration::from_secs(120);

/// Where the PostgreSQL of our own comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Installed server binaries, else the one compiled into kiln.
    Any,
    /// The one compiled into kiln.
    Builtin,
    /// Installed server binaries.
    Local,
}

impl Source {
    /// The source that a word, as `KILN_EMBEDDED` holds it, names.
    ///
    /// # Errors
    ///
    /// `Usage` for another word.
    pub fn from_word(word: &str) -> Result<Source> {
        match word {
            "any" => Ok(Source::Any),
            "builtin" => Ok(Source::Builtin),
            "local" => Ok(Source::Local),
            _ => Err(Error::usage(format!("`KILN_EMBEDDED` is `{word}`")).hint("use builtin, local or any")),
        }
    }
}

/// A PostgreSQL that runs as long as `guard` lives, at least.
pub struct Running {
    /// The given settings, with the way to it.
    pub settings: Settings,
    /// Sessions that it takes at a time; none when only its own limit counts.
    pub max_sessions: Option<usize>,
    /// Holds it.
    pub guard: Box<dyn Any + Send + Sync>,
    /// What it is, for people.
    pub about: String,
    /// What the user should know, a line each.
    pub notes: Vec<String>,
}

/// What became of a wish to stop it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stopped {
    /// It is down now.
    Now,
    /// It was down before.
    Before,
    /// A kiln process uses it, the last of which stops it.
    Later,
}

/// The PostgreSQL of the project in the folder `project`, started when it is not running.
///
/// The role and the database of `settings` are made when they are missing. The compiled-in one takes one kiln process at a time:
/// `wait` says how long to wait for another one.
///
/// # Errors
///
/// `Connection` when there is none that could be started, `Runtime` when another process uses it for too long.
pub fn start(project: &Path, source: Source, wait: Wait, settings: Settings) -> Result<Running> {
    let home = folder::home(project)?;
    let mut notes = Vec::new();
    if source != Source::Builtin {
        match local(&home, source, &mut notes)? {
            Some(cluster) => return cluster.enter(settings, notes),
            None if source == Source::Local => return Err(no_binaries()),
            None => {}
        }
    }
    builtin(&home, wait, settings, notes)
}

/// Starts it and has it run on until [`stop`].
///
/// # Errors
///
/// `Connection` when it cannot be started, `Usage` for the compiled-in one, which lives in kiln's own process.
pub fn keep(project: &Path, source: Source, settings: Settings) -> Result<Running> {
    let home = folder::home(project)?;
    let mut notes = Vec::new();
    let found = if source == Source::Builtin { None } else { local(&home, source, &mut notes)? };
    let Some(cluster) = found else {
        return Err(if source == Source::Local { no_binaries() } else { only_in_process() });
    };
    let folder = cluster.folder().clone();
    let running = cluster.enter(settings, notes)?;
    folder.set_kept(true)?;
    Ok(running)
}

/// Stops every PostgreSQL of the project that no other kiln process uses, and keeps none running any more.
///
/// # Errors
///
/// `Io` when a lock cannot be taken, `Connection` when one does not end.
pub fn stop(project: &Path) -> Result<Stopped> {
    let mut ends = Vec::new();
    for folder in folder::existing(project)? {
        if folder.is_local() {
            ends.push(local::stop(&folder)?);
        }
    }
    let has = |end: Stopped| ends.contains(&end);
    Ok(match (has(Stopped::Later), has(Stopped::Now)) {
        (true, _) => Stopped::Later,
        (false, true) => Stopped::Now,
        (false, false) => Stopped::Before,
    })
}

/// Why another program cannot connect to the compiled-in one.
pub fn only_in_process() -> Error {
    Error::usage("the PostgreSQL compiled into kiln takes one session only, kiln's own, and ends with it")
        .hint("install a PostgreSQL server (Debian: `apt install postgresql`): kiln then runs a private one from its binaries")
}

/// A cluster from installed binaries, with the folder of its major version; none when there are no binaries that can be used.
fn local(home: &Path, source: Source, notes: &mut Vec<String>) -> Result<Option<local::Cluster>> {
    let Some(found) = binaries::find(&folder::local_majors(home)) else { return Ok(None) };
    let folder = folder::Folder::local(home, found.major);
    let Some(identity) = identity::choose(&found, &folder)? else {
        let message = format!(
            "PostgreSQL {} does not run as root, and no other user can reach `{}`",
            found.major,
            home.display()
        );
        if source == Source::Local {
            return Err(Error::new(Kind::Connection, message).hint("run kiln as a user of your own"));
        }
        notes.push(format!("{message}: using the one compiled into kiln"));
        return Ok(None);
    };
    notes.extend(folder.prepare()?);
    Ok(Some(local::Cluster::new(found, folder, identity)))
}

#[cfg(feature = "embedded")]
fn builtin(home: &Path, wait: Wait, settings: Settings, notes: Vec<String>) -> Result<Running> {
    builtin::enter(home, wait, settings, notes)
}

#[cfg(not(feature = "embedded"))]
fn builtin(_home: &Path, _wait: Wait, _settings: Settings, notes: Vec<String>) -> Result<Running> {
    let error =
        Error::new(Kind::Connection, "this kiln was built without a PostgreSQL of its own, and found none installed");
    let error = notes.into_iter().fold(error, |error, note| error.detail("NOTE", note));
    Err(error.hint("install a PostgreSQL server, or build kiln with its default features"))
}

fn no_binaries() -> Error {
    Error::new(Kind::Connection, "found no installed PostgreSQL server")
        .hint("install one (Debian: `apt install postgresql`), or let kiln use its own with `KILN_EMBEDDED=builtin`")
}

/// Settings that lead to the socket in `folder`.
fn through_socket(settings: Settings, folder: PathBuf) -> Settings {
    Settings {
        service: None,
        host: Some(folder.to_string_lossy().into_owned()),
        port: Some(folder::PORT),
        user: Some(settings.user.clone().unwrap_or_else(|| contents::BOOTSTRAP.to_owned())),
        database: Some(settings.database.clone().unwrap_or_else(|| contents::BOOTSTRAP.to_owned())),
        // Nobody else can reach the socket.
        password: None,
        sslmode: Some(super::settings::SslMode::Disable),
        sslcert: None,
        sslkey: None,
        sslrootcert: None,
        connect_timeout: Some(TO_OPEN),
        ..settings
    }
}
