//! A private cluster from installed binaries, on a Unix socket only.
//!
//! Every kiln process that uses it holds `users` shared, so that the system knows when one is gone, however it ended; whoever gets
//! it alone is the last. Starting, stopping, entering and leaving happen under `start.lock`.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use super::binaries::Binaries;
use super::folder::Folder;
use super::identity::Identity;
use super::process::{self, Process};
use super::{Running, Stopped, contents, through_socket};
use crate::error::{Error, Kind, Result};
use crate::name::quote;

/// A recovery after a crash may take long.
const TO_START: Duration = Duration::from_secs(120);
const TO_STOP: Duration = Duration::from_secs(60);
/// A server whose processes were killed leaves shared memory behind, until the last of them is gone.
const ATTEMPTS: u32 = 5;

/// Where a cluster is, and what runs it.
pub(super) struct Cluster {
    binaries: Binaries,
    folder: Folder,
    identity: Identity,
}

/// The share of a process in a running server.
struct Share {
    folder: Folder,
    users: File,
    /// The server, when this process started it.
    child: Option<Child>,
}

impl Cluster {
    pub fn new(binaries: Binaries, folder: Folder, identity: Identity) -> Cluster {
        Cluster { binaries, folder, identity }
    }

    pub fn folder(&self) -> &Folder {
        &self.folder
    }

    /// Uses the server, which is started, and made, when it is not there.
    pub fn enter(self, settings: super::Settings, notes: Vec<String>) -> Result<Running> {
        let users = self.folder.lock_file("users")?;
        let mut share = Share { folder: self.folder.clone(), users, child: None };
        // After the share, so that on the way out of an error it is let go before: leaving takes it again.
        let gate = locked(&self.folder)?;
        share.users.lock_shared().map_err(|cause| Error::io("lock", &self.folder.path().join("users"), cause))?;
        let socket_folder = self.folder.socket_folder()?;
        self.identity.own(&socket_folder)?;
        if !self.is_running(&socket_folder)? {
            self.make()?;
            let child = self.launch(&socket_folder)?;
            share.child = Some(child);
        }
        drop(gate);
        let settings = through_socket(settings, socket_folder);
        contents::complete(&settings)?;
        let about = format!(
            "a private PostgreSQL {} from {}, data in .kiln/{}",
            self.binaries.major,
            self.binaries.folder.display(),
            self.folder.name()
        );
        Ok(Running { settings, max_sessions: None, guard: Box::new(share), about, notes })
    }

    /// Whether one is there that takes sessions, left by whomever.
    fn is_running(&self, socket_folder: &Path) -> Result<bool> {
        let data = self.folder.data();
        let Some(found) = Process::find(&data) else { return Ok(false) };
        let mut is_going = || Process::find(&data).is_some();
        if process::wait_until_ready(&data, socket_folder, TO_START, &mut is_going) {
            return Ok(true);
        }
        if Process::find(&data).is_none() {
            return Ok(false);
        }
        let message = format!("the project's own PostgreSQL, process {}, does not answer", found.number());
        Err(Error::new(Kind::Connection, message).hint("end that process, then try again"))
    }

    /// Makes the cluster, whole or not at all.
    fn make(&self) -> Result<()> {
        let data = self.folder.data();
        self.remove_leftovers()?;
        if data.exists() {
            return Ok(());
        }
        let new = self.folder.path().join(format!("data.new.{}", std::process::id()));
        std::fs::create_dir(&new).map_err(|cause| Error::io("create", &new, cause))?;
        self.identity.own(&new)?;
        let first = self.initialise(&new, "C.UTF-8");
        if first.is_err() {
            // Not every system knows the first; a refused locale leaves the folder empty.
            self.initialise(&new, "C").map_err(|error| first.err().unwrap_or(error))?;
        }
        std::fs::rename(&new, &data).map_err(|cause| Error::io("rename", &new, cause))
    }

    fn remove_leftovers(&self) -> Result<()> {
        let path = self.folder.path();
        let entries = std::fs::read_dir(&path).map_err(|cause| Error::io("read", &path, cause))?;
        for entry in entries.flatten() {
            if entry.file_name().to_string_lossy().starts_with("data.new.") {
                std::fs::remove_dir_all(entry.path()).map_err(|cause| Error::io("remove", &entry.path(), cause))?;
            }
        }
        Ok(())
    }

    fn initialise(&self, data: &Path, locale: &str) -> Result<()> {
        let mut command = self.command("initdb");
        command.arg("-D").arg(data).args(["-U", contents::BOOTSTRAP, "-A", "trust", "-E", "UTF8"]);
        command.arg(format!("--locale={locale}")).stdout(Stdio::null());
        let output = command.output().map_err(|cause| Error::io("run", &self.binaries.program("initdb"), cause))?;
        if output.status.success() {
            return Ok(());
        }
        let message = format!("`initdb` of PostgreSQL {} failed: {}", self.binaries.major, output.status);
        Err(Error::new(Kind::Connection, message).detail("SAID", String::from_utf8_lossy(&output.stderr).trim()))
    }

    /// Starts the server and waits until it takes sessions.
    fn launch(&self, socket_folder: &Path) -> Result<Child> {
        let data = self.folder.data();
        let mut attempt = 1;
        loop {
            let mut child = self.spawn(socket_folder)?;
            let mut is_going = || matches!(child.try_wait(), Ok(None));
            if process::wait_until_ready(&data, socket_folder, TO_START, &mut is_going) {
                return Ok(child);
            }
            let said = self.last_lines();
            if attempt < ATTEMPTS && said.contains("shared memory") {
                attempt += 1;
                std::thread::sleep(Duration::from_millis(300));
                continue;
            }
            let _ = child.kill().and_then(|()| child.wait());
            let message = format!("the project's own PostgreSQL {} did not start", self.binaries.major);
            let error = Error::new(Kind::Connection, message).detail("SERVER LOG", said);
            return Err(error.hint(format!("see `{}`", self.folder.log().display())));
        }
    }

    fn spawn(&self, socket_folder: &Path) -> Result<Child> {
        // One that is not alive any more would keep the next from starting, once its number is another process's.
        if Process::find(&self.folder.data()).is_none() {
            let _ = std::fs::remove_file(self.folder.data().join("postmaster.pid"));
        }
        let path = self.folder.log();
        let log = File::create(&path).map_err(|cause| Error::io("write", &path, cause))?;
        let second = log.try_clone().map_err(|cause| Error::io("write", &path, cause))?;
        let mut command = self.command("postgres");
        command.arg("-D").arg(self.folder.data()).args(["-p", &super::folder::PORT.to_string()]);
        let sockets = quote(&socket_folder.to_string_lossy());
        for setting in [
            "listen_addresses=".to_owned(),
            format!("unix_socket_directories={sockets}"),
            "unix_socket_permissions=0700".to_owned(),
            "max_connections=100".to_owned(),
            "logging_collector=off".to_owned(),
        ] {
            command.args(["-c", &setting]);
        }
        command.stdout(log).stderr(second);
        command.spawn().map_err(|cause| Error::io("run", &self.binaries.program("postgres"), cause))
    }

    /// One of the programs, without the libpq variables of this process, which the server's tools would heed.
    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(self.binaries.program(name));
        let of_libpq =
            std::env::vars_os().map(|(name, _)| name).filter(|name| name.to_string_lossy().starts_with("PG"));
        of_libpq.for_each(|name| _ = command.env_remove(name));
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        self.identity.apply(&mut command);
        command
    }

    fn last_lines(&self) -> String {
        let text = std::fs::read(self.folder.log()).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(5)..].join("\n")
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        // What cannot be stopped now is found by the next process.
        let Ok(_gate) = locked(&self.folder) else { return };
        if !self.folder.is_kept()
            && is_last(&self.users)
            && end(&self.folder).is_ok()
            && let Some(child) = &mut self.child
        {
            let _ = child.wait();
        }
    }
}

/// Stops the server in `folder` when nobody uses it, and has it kept running no longer.
pub(super) fn stop(folder: &Folder) -> Result<Stopped> {
    let _gate = locked(folder)?;
    folder.set_kept(false)?;
    if Process::find(&folder.data()).is_none() {
        return Ok(Stopped::Before);
    }
    if !is_last(&folder.lock_file("users")?) {
        return Ok(Stopped::Later);
    }
    end(folder)?;
    Ok(Stopped::Now)
}

/// Takes the lock of `folder`, under which servers are started and stopped.
fn locked(folder: &Folder) -> Result<File> {
    let gate = folder.lock_file("start.lock")?;
    gate.lock().map_err(|cause| Error::io("lock", &folder.path().join("start.lock"), cause))?;
    Ok(gate)
}

/// Whether no other process holds `users`.
fn is_last(users: &File) -> bool {
    match users.try_lock() {
        Ok(()) => true,
        Err(TryLockError::WouldBlock | TryLockError::Error(_)) => false,
    }
}

fn end(folder: &Folder) -> Result<()> {
    let data = folder.data();
    let Some(process) = Process::find(&data) else { return Ok(()) };
    if process.shut_down(&data, TO_STOP) {
        return Ok(());
    }
    let message = format!("the project's own PostgreSQL, process {}, did not end", process.number());
    Err(Error::new(Kind::Connection, message))
}
