//! As whom the server runs: `postgres` refuses to run as root.

use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

use super::binaries::Binaries;
use super::folder::Folder;
use crate::error::{Error, Result};

/// As whom a child process runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Identity {
    /// As this process.
    Own,
    /// As root outside, who is somebody else in a user namespace of its own.
    Namespace,
    /// As another user.
    Other { user: u32, group: u32 },
}

impl Identity {
    /// Has `command` run under this identity, in a session of its own that no Ctrl-C reaches.
    pub fn apply(self, command: &mut Command) {
        // SAFETY: between fork and exec only system calls are made, on constants.
        unsafe { command.pre_exec(leave_terminal) };
        match self {
            Identity::Own => {}
            // SAFETY: as above.
            Identity::Namespace => _ = unsafe { command.pre_exec(enter_namespace) },
            Identity::Other { user, group } => _ = command.gid(group).uid(user),
        }
    }

    /// Gives `path` to the user under whom the server runs.
    pub fn own(self, path: &Path) -> Result<()> {
        match self {
            Identity::Own | Identity::Namespace => Ok(()),
            Identity::Other { user, group } => std::os::unix::fs::chown(path, Some(user), Some(group))
                .map_err(|cause| Error::io("change the owner of", path, cause)),
        }
    }
}

/// The first identity under which `binaries` run and reach `folder`; none when there is none.
pub(super) fn choose(binaries: &Binaries, folder: &Folder) -> Result<Option<Identity>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(Some(Identity::Own));
    }
    // Data that was made under another identity stays with it: the server insists on owning its files.
    let owner = std::fs::metadata(folder.data()).ok().filter(|data| data.uid() != 0);
    if let Some(owner) = owner {
        return Ok(Some(Identity::Other { user: owner.uid(), group: owner.gid() }));
    }
    if can_run(Identity::Namespace, binaries, Path::new("/")) {
        return Ok(Some(Identity::Namespace));
    }
    folder.prepare()?;
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let others = ["postgres", "nobody"].iter().filter_map(|name| account(&accounts, name));
    for other in others {
        other.own(&folder.path())?;
        if can_run(other, binaries, &folder.path()) {
            return Ok(Some(other));
        }
        Identity::Other { user: 0, group: 0 }.own(&folder.path())?;
    }
    Ok(None)
}

/// Whether the server says its version under `identity`, standing in `place`.
fn can_run(identity: Identity, binaries: &Binaries, place: &Path) -> bool {
    let mut command = Command::new(binaries.program("postgres"));
    command.arg("-V").current_dir(place).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    identity.apply(&mut command);
    command.status().is_ok_and(|status| status.success())
}

/// The user `name` in the text of `/etc/passwd`.
fn account(accounts: &str, name: &str) -> Option<Identity> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut numbers = line.split(':').skip(2).map(str::parse);
    Some(Identity::Other { user: numbers.next()?.ok()?, group: numbers.next()?.ok()? })
}

fn leave_terminal() -> std::io::Result<()> {
    // Fails only for who leads a process group, which a new process never does.
    let _ = rustix::process::setsid();
    Ok(())
}

/// Makes this process user 1000 of a user namespace in which nobody else is: man 7 user_namespaces.
#[cfg(target_os = "linux")]
fn enter_namespace() -> std::io::Result<()> {
    // SAFETY: a plain system call; a process that was just forked has one thread, which it needs.
    if unsafe { libc::unshare(libc::CLONE_NEWUSER) } != 0 {
        return Err(std::io::Error::last_os_error());
    }
    write_to(c"/proc/self/setgroups", b"deny")?;
    write_to(c"/proc/self/uid_map", b"1000 0 1")?;
    write_to(c"/proc/self/gid_map", b"1000 0 1")
}

#[cfg(not(target_os = "linux"))]
fn enter_namespace() -> std::io::Result<()> {
    Err(std::io::ErrorKind::Unsupported.into())
}

/// Writes without allocating, as is needed between fork and exec.
#[cfg(target_os = "linux")]
fn write_to(path: &std::ffi::CStr, text: &[u8]) -> std::io::Result<()> {
    // SAFETY: the path ends with a zero, and the text is as long as it says.
    let written = unsafe {
        let file = libc::open(path.as_ptr(), libc::O_WRONLY | libc::O_CLOEXEC);
        if file < 0 {
            return Err(std::io::Error::last_os_error());
        }
        let written = libc::write(file, text.as_ptr().cast(), text.len());
        libc::close(file);
        written
    };
    if written == text.len() as isize { Ok(()) } else { Err(std::io::Error::last_os_error()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_account_is_found_by_its_whole_name() {
        let text =
            "root:x:0:0:root:/root:/bin/bash\npostgresql:x:9:9::/:\npostgres:x:107:115:PostgreSQL:/var:/bin/sh\n";
        assert_eq!(account(text, "postgres"), Some(Identity::Other { user: 107, group: 115 }));
        assert_eq!(account(text, "nobody"), None);
    }
}
