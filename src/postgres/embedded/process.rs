//! A server process as it tells of itself in `postmaster.pid`, whoever started it.

use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal};

use super::folder::PORT;

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(4);

/// A server process that is alive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pid: Pid,
    /// It says that it takes sessions.
    pub is_ready: bool,
}

impl Process {
    /// The process of the server with this data folder; none when it is not running.
    pub fn find(data: &Path) -> Option<Process> {
        let process = read(&std::fs::read_to_string(pid_file(data)).ok()?)?;
        (is_alive(process.pid) && !is_elsewhere(process.pid, data)).then_some(process)
    }

    /// Its number.
    pub fn number(self) -> i32 {
        self.pid.as_raw_nonzero().get()
    }

    /// Has it end all sessions, write everything down, and go; whether it went in time.
    pub fn shut_down(self, data: &Path, patience: Duration) -> bool {
        let _ = rustix::process::kill_process(self.pid, Signal::INT);
        let start = Instant::now();
        while start.elapsed() < patience {
            // The file is the last that a server removes; a child of ours stays on as a zombie until it is waited for.
            if !is_alive(self.pid) || !pid_file(data).exists() {
                return true;
            }
            std::thread::sleep(PAUSE);
        }
        false
    }
}

/// Waits until the server with this data folder takes sessions at the socket in `socket_folder`.
///
/// `is_going` says whether there still is something to wait for.
pub(super) fn wait_until_ready(
    data: &Path,
    socket_folder: &Path,
    patience: Duration,
    is_going: &mut dyn FnMut() -> bool,
) -> bool {
    let start = Instant::now();
    loop {
        if Process::find(data).is_some_and(|process| process.is_ready) && answers(socket_folder) {
            return true;
        }
        if start.elapsed() > patience || !is_going() {
            return false;
        }
        std::thread::sleep(PAUSE);
    }
}

/// Whether somebody listens at the socket.
pub(super) fn answers(socket_folder: &Path) -> bool {
    UnixStream::connect(socket_folder.join(format!(".s.PGSQL.{PORT}"))).is_ok()
}

fn pid_file(data: &Path) -> PathBuf {
    data.join("postmaster.pid")
}

/// The first line is the process, the eighth what it does: src/include/utils/pidfile.h of PostgreSQL.
fn read(text: &str) -> Option<Process> {
    let mut lines = text.lines();
    let pid = Pid::from_raw(lines.next()?.trim().parse().ok()?)?;
    Some(Process { pid, is_ready: lines.nth(6).is_some_and(|status| status.trim() == "ready") })
}

fn is_alive(pid: Pid) -> bool {
    // Another user's process is alive as well.
    !matches!(rustix::process::test_kill_process(pid), Err(rustix::io::Errno::SRCH))
}

/// Whether the system says that the process works in another folder than a server does, so that the number was given out again.
fn is_elsewhere(pid: Pid, data: &Path) -> bool {
    let place = std::fs::read_link(format!("/proc/{}/cwd", pid.as_raw_nonzero()));
    match (place, data.canonicalize()) {
        (Ok(place), Ok(data)) => place != data,
        (Ok(_) | Err(_), Ok(_) | Err(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pid_file_tells_process_and_state() {
        let text = "4711\n/data\n1700000000\n5432\n/socket\n\n  4711  0\nready   \n";
        assert_eq!(read(text), Some(Process { pid: Pid::from_raw(4711).unwrap(), is_ready: true }));
        assert!(!read("4711\n/data\n1700000000\n5432\n/socket\n\n  4711  0\nstarting\n").unwrap().is_ready);
        assert_eq!(read(""), None);
    }

    #[test]
    fn a_process_that_works_elsewhere_is_not_the_server() {
        let data = tempfile::tempdir().unwrap();
        std::fs::write(pid_file(data.path()), format!("{}\n", std::process::id())).unwrap();
        assert_eq!(Process::find(data.path()), None);
    }
}
