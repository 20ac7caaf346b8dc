//! The PostgreSQL compiled into kiln: one session at a time, on a thread of its own, behind a private Unix socket.
//!
//! Whoever uses it holds `lock` alone: two of these on one folder would destroy it. What is in it lasts through a kill of the process.

use std::fs::{File, TryLockError};
use std::io::{Read, Write};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use oliphaunt_wasix::DatabaseStorage;
use oliphaunt_wasix::session::{
    PostgresConfig, PreparedDatabase, PreparedRuntime, ProtocolPumpOutcome, ProtocolStream, StartupConfig,
    default_catalog_profile, startup_error_response_output,
};

use super::super::lock::{Wait, own_words};
use super::super::settings::Settings;
use super::folder::{Folder, PORT};
use super::wire::{self, Startup, Swallow};
use super::{Running, contents, through_socket};
use crate::error::{Error, Kind, Result};

/// Of the PostgreSQL that is compiled in.
const MAJOR: u32 = 18;

/// From the first COPY on results are streamed; before, the engine holds them whole in its 4 GB of memory.
const FIRST_STATEMENT: &[u8] = b"Q\0\0\0\x1ecopy (select 1) to stdout\0";

/// Time between two attempts to take a folder that another process uses.
const PAUSE: Duration = Duration::from_millis(200);

type Outcome<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// The thread that the engine lives on, which ends when this is dropped.
struct Owner {
    socket: PathBuf,
    is_ending: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    _lock: File,
}

/// Uses the compiled-in one for the project with the folder `home`, once no other kiln does.
pub(super) fn enter(home: &Path, wait: Wait, settings: Settings, mut notes: Vec<String>) -> Result<Running> {
    let folder = Folder::builtin(home, MAJOR);
    notes.extend(folder.prepare()?);
    let lock = exclusive(&folder, wait)?;
    let made = folder.path().join("made");
    if folder.data().exists() && !made.exists() {
        // The first process to make it did not come to the end.
        std::fs::remove_dir_all(folder.data()).map_err(|cause| Error::io("remove", &folder.data(), cause))?;
    }
    let owner = start(&folder, lock)?;
    let settings = through_socket(settings, folder.socket_folder()?);
    complete(&settings, &made)?;
    let about = format!("the PostgreSQL {MAJOR} compiled into kiln, one session, data in .kiln/{}", folder.name());
    Ok(Running { settings, max_sessions: Some(1), guard: Box::new(owner), about, notes })
}

/// Role and database, unless the file `made` says that they were made before: another session costs as much as all of the start.
fn complete(settings: &Settings, made: &Path) -> Result<()> {
    let line = format!("{:?} {:?}\n", settings.user, settings.database);
    let known = std::fs::read_to_string(made).unwrap_or_default();
    if known.contains(&line) {
        return Ok(());
    }
    contents::complete(settings)?;
    std::fs::write(made, known + &line).map_err(|cause| Error::io("write", made, cause))
}

/// The folder for this process alone, once no other one uses it; the file says who does.
fn exclusive(folder: &Folder, wait: Wait) -> Result<File> {
    let mut lock = folder.lock_file("lock")?;
    let path = folder.path().join("lock");
    let patience = match wait {
        Wait::No => Duration::ZERO,
        Wait::UpTo(patience) => patience,
    };
    let start = Instant::now();
    let mut is_told = false;
    loop {
        match lock.try_lock() {
            Ok(()) => {
                let noted = lock.set_len(0).and_then(|()| lock.write_all(own_words().as_bytes()));
                return noted.map(|()| lock).map_err(|cause| Error::io("write", &path, cause));
            }
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(cause)) => return Err(Error::io("lock", &path, cause)),
        }
        let holder = std::fs::read_to_string(&path).unwrap_or_default();
        if start.elapsed() >= patience {
            let message = format!("another kiln uses `.kiln/{}`, which takes one at a time", folder.name());
            let error = Error::runtime(message).detail("HOLDER", holder);
            return Err(error.hint("wait for it to end, or let kiln wait longer with `--wait 1h`"));
        }
        if !std::mem::replace(&mut is_told, true) {
            tracing::warn!("the project's compiled-in PostgreSQL takes one at a time; waiting for {holder}");
        }
        std::thread::sleep(PAUSE);
    }
}

fn start(folder: &Folder, lock: File) -> Result<Owner> {
    let socket = folder.socket_folder()?.join(format!(".s.PGSQL.{PORT}"));
    // Left by a process that was killed: the lock says that nobody listens there.
    let _ = std::fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).map_err(|cause| Error::io("listen at", &socket, cause))?;
    let is_ending = Arc::new(AtomicBool::new(false));
    let (ready, opened) = channel();
    let (data, flag) = (folder.data(), Arc::clone(&is_ending));
    let thread = std::thread::Builder::new()
        .name("kiln-pg".to_owned())
        .stack_size(16 << 20)
        .spawn(move || own(data, &listener, &flag, &ready))
        .map_err(|cause| Error::internal("could not start a thread").because(cause))?;
    let owner = Owner { socket, is_ending, thread: Some(thread), _lock: lock };
    match opened.recv() {
        Ok(None) => Ok(owner),
        Ok(Some(said)) => {
            Err(Error::new(Kind::Connection, format!("the compiled-in PostgreSQL did not start: {said}"))
                .hint("it keeps a cache in the user's cache folder, which must be writable: see `XDG_CACHE_HOME`"))
        }
        Err(_) => Err(Error::internal("the thread of the compiled-in PostgreSQL ended")),
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        self.is_ending.store(true, Ordering::SeqCst);
        // Wakes the thread when it waits for a session.
        let _ = UnixStream::connect(&self.socket);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        let _ = std::fs::remove_file(&self.socket);
    }
}

/// Everything that the engine does: it stays on the thread that it was made on.
fn own(data: PathBuf, listener: &UnixListener, is_ending: &AtomicBool, ready: &Sender<Option<String>>) {
    let opened =
        PreparedDatabase::prepare(DatabaseStorage::Directory(data), default_catalog_profile(), contents::BOOTSTRAP)
            .and_then(|prepared| prepared.runtime().map(|runtime| (prepared, runtime)));
    let (mut prepared, runtime) = match opened {
        Ok(opened) => opened,
        Err(cause) => return drop(ready.send(Some(format!("{cause:#}")))),
    };
    if ready.send(None).is_err() {
        return;
    }
    for stream in listener.incoming() {
        if is_ending.load(Ordering::SeqCst) {
            break;
        }
        // A session that breaks ends its connection, which the other side sees; the next one starts afresh.
        if let Ok(stream) = stream
            && let Err(cause) = serve(&runtime, stream)
        {
            tracing::debug!("a session of the compiled-in PostgreSQL broke: {cause}");
        }
    }
    drop(runtime);
    if let Err(cause) = prepared.release() {
        tracing::debug!("the compiled-in PostgreSQL was not released: {cause}");
    }
}

/// One session, from its startup packet to its end.
fn serve(runtime: &PreparedRuntime, mut stream: UnixStream) -> Outcome<()> {
    let Some(Startup { packet, user, database }) = wire::read_startup(&mut stream)? else { return Ok(()) };
    let startup = StartupConfig { username: user, database };
    let mut session = match runtime.open(PostgresConfig::default(), startup) {
        Ok(session) => session,
        Err(cause) => {
            return Ok(refuse(&mut stream, &cause, |cause| startup_error_response_output(cause).map(<[u8]>::to_vec))?);
        }
    };
    let served = (|| {
        let response = match session.startup_with_packet(&packet) {
            Ok(response) => response,
            Err(cause) => {
                return Ok(refuse(&mut stream, &cause, |cause| {
                    startup_error_response_output(cause).map(<[u8]>::to_vec)
                })?);
            }
        };
        stream.write_all(&response.output)?;
        if !response.accepted {
            return Ok(());
        }
        session.attach_protocol_stream(Door { stream: stream.try_clone()?, swallow: Swallow::default() })?;
        match session.send_with_connection_protocol_pump(FIRST_STATEMENT, Vec::new)? {
            ProtocolPumpOutcome::Streamed => Ok(()),
            ProtocolPumpOutcome::Buffered(_) => Err("it does not stream".into()),
        }
    })();
    let closed = session.shutdown();
    // Only now: the other side may open its next session when it sees the end of this one.
    drop(stream);
    served.and(closed.map_err(Into::into))
}

/// Tells the other side why there is no session.
fn refuse<E: std::fmt::Display>(
    stream: &mut UnixStream,
    cause: &E,
    answer: impl Fn(&E) -> Option<Vec<u8>>,
) -> std::io::Result<()> {
    let answer = answer(cause).unwrap_or_else(|| wire::refusal(&format!("{cause:#}")));
    stream.write_all(&answer)
}

/// The engine's end of a connection, which keeps the answer to its own first statement to itself.
struct Door {
    stream: UnixStream,
    swallow: Swallow,
}

impl Read for Door {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        self.stream.read(buffer)
    }
}

impl Write for Door {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        let swallowed = self.swallow.eat(bytes);
        self.stream.write_all(&bytes[swallowed..])?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.stream.flush()
    }
}

impl ProtocolStream for Door {
    /// Reading may block: there is nothing else to do until the other side speaks.
    fn read_ready(&mut self) -> std::io::Result<bool> {
        Ok(true)
    }
}
