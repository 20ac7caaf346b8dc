//! `.kiln/` of a project: a folder for each engine and major version, its locks, and where its socket lies.

use std::fs::{File, OpenOptions};
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::error::{Error, Kind, Result};

/// The number in the socket's name.
pub(super) const PORT: u16 = 5432;

/// A socket's path has 108 bytes with the zero at its end: man 7 unix.
const MAX_SOCKET_BYTES: usize = 107;

/// File by which kiln knows a folder of its own.
const MARKER: &str = "KILN";

/// `.kiln/local-15` or `.kiln/builtin-18`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folder {
    home: PathBuf,
    engine: &'static str,
    major: u32,
}

/// `.kiln/` of the project, made when it is missing, where git sees nothing of it.
pub(super) fn home(project: &Path) -> Result<PathBuf> {
    let project = project.canonicalize().map_err(|cause| Error::io("open", project, cause))?;
    let home = project.join(".kiln");
    make(&home)?;
    let ignored = home.join(".gitignore");
    if !ignored.exists() {
        std::fs::write(&ignored, "*\n").map_err(|cause| Error::io("write", &ignored, cause))?;
    }
    Ok(home)
}

/// The folders of all engines and versions that the project has, without making any.
pub(super) fn existing(project: &Path) -> Result<Vec<Folder>> {
    let project = project.canonicalize().map_err(|cause| Error::io("open", project, cause))?;
    Ok(folders_in(&project.join(".kiln")))
}

/// Major versions of which the project has data of a local server.
pub(super) fn local_majors(home: &Path) -> Vec<u32> {
    let folders = folders_in(home).into_iter();
    folders.filter(|folder| folder.is_local() && folder.data().exists()).map(|folder| folder.major).collect()
}

impl Folder {
    /// The folder of a server from installed binaries.
    pub fn local(home: &Path, major: u32) -> Folder {
        Folder { home: home.to_owned(), engine: "local", major }
    }

    /// The folder of the compiled-in one.
    #[cfg(feature = "embedded")]
    pub fn builtin(home: &Path, major: u32) -> Folder {
        Folder { home: home.to_owned(), engine: "builtin", major }
    }

    /// Whether a server from installed binaries has its data here.
    pub fn is_local(&self) -> bool {
        self.engine == "local"
    }

    /// Makes it; gives back a line about data of other versions, when it had to be made.
    pub fn prepare(&self) -> Result<Option<String>> {
        let marker = self.path().join(MARKER);
        if marker.exists() {
            return Ok(None);
        }
        let others: Vec<String> = folders_in(&self.home)
            .iter()
            .filter(|folder| *folder != self && folder.data().exists())
            .map(|folder| format!("`.kiln/{}`", folder.name()))
            .collect();
        make(&self.path())?;
        let text = format!(
            "PostgreSQL {} of a kiln project, {}. To begin anew, remove this folder.\n",
            self.major, self.engine
        );
        std::fs::write(&marker, text).map_err(|cause| Error::io("write", &marker, cause))?;
        Ok((!others.is_empty()).then(|| {
            format!(
                "began with an empty database in `.kiln/{}`; the data of another PostgreSQL in {} is left alone",
                self.name(),
                others.join(", ")
            )
        }))
    }

    /// Its name in `.kiln/`.
    pub fn name(&self) -> String {
        format!("{}-{}", self.engine, self.major)
    }

    pub fn path(&self) -> PathBuf {
        self.home.join(self.name())
    }

    /// Where Postgres keeps its files.
    pub fn data(&self) -> PathBuf {
        self.path().join("data")
    }

    /// What the server writes about itself.
    pub fn log(&self) -> PathBuf {
        self.path().join("server.log")
    }

    /// Opens, and makes, one of the files that only serve as locks.
    pub fn lock_file(&self, name: &str) -> Result<File> {
        let path = self.path().join(name);
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        options.open(&path).map_err(|cause| Error::io("open", &path, cause))
    }

    /// Whether it runs on when no kiln process uses it.
    pub fn is_kept(&self) -> bool {
        self.path().join("keep").exists()
    }

    /// Has it run on, or not any more, when no kiln process uses it.
    pub fn set_kept(&self, is_kept: bool) -> Result<()> {
        let path = self.path().join("keep");
        let done = match is_kept {
            true => std::fs::write(&path, "`kiln db stop` ends it\n"),
            false if path.exists() => std::fs::remove_file(&path),
            false => Ok(()),
        };
        done.map_err(|cause| Error::io("change", &path, cause))
    }

    /// Folder of the socket, in which nobody else can look; in the temp folder when the project's own path is too long for a socket.
    pub fn socket_folder(&self) -> Result<PathBuf> {
        let near = self.path().join("socket");
        if is_fit_for_socket(&near) {
            make_private(&near)?;
            return Ok(near);
        }
        let hash = Sha256::digest(near.as_os_str().as_encoded_bytes());
        let hash: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let far = std::env::temp_dir().join(format!("kiln-{}-{hash}", rustix::process::geteuid().as_raw()));
        if !is_fit_for_socket(&far) {
            let message = format!("the temp folder `{}` has too long a path for a socket", far.display());
            return Err(Error::new(Kind::Connection, message).hint("set TMPDIR to a shorter one"));
        }
        make_private(&far)?;
        Ok(far)
    }
}

/// Whether a socket fits there, and Postgres, which splits its setting at commas, takes the path.
fn is_fit_for_socket(folder: &Path) -> bool {
    let socket = folder.join(format!(".s.PGSQL.{PORT}"));
    let path = socket.as_os_str().as_encoded_bytes();
    path.len() <= MAX_SOCKET_BYTES && folder.to_str().is_some_and(|text| !text.contains([',', '"']))
}

fn folders_in(home: &Path) -> Vec<Folder> {
    let Ok(entries) = std::fs::read_dir(home) else { return Vec::new() };
    let mut folders: Vec<Folder> = entries
        .flatten()
        .filter_map(|entry| read_name(home, entry.file_name().to_str()?))
        .filter(|folder| folder.path().join(MARKER).exists())
        .collect();
    folders.sort_by_key(|folder| (folder.engine, folder.major));
    folders
}

fn read_name(home: &Path, name: &str) -> Option<Folder> {
    let (engine, major) = name.split_once('-')?;
    let engine = ["local", "builtin"].into_iter().find(|known| *known == engine)?;
    Some(Folder { home: home.to_owned(), engine, major: major.parse().ok()? })
}

fn make(folder: &Path) -> Result<()> {
    std::fs::create_dir_all(folder).map_err(|cause| Error::io("create", folder, cause))
}

/// Makes a folder that only its owner can enter; refuses one that somebody else may have put there.
fn make_private(folder: &Path) -> Result<()> {
    use std::os::unix::fs::{DirBuilderExt, MetadataExt};
    match std::fs::DirBuilder::new().mode(0o700).create(folder) {
        Ok(()) => return Ok(()),
        Err(cause) if cause.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(cause) => return Err(Error::io("create", folder, cause)),
    }
    let found = std::fs::symlink_metadata(folder).map_err(|cause| Error::io("open", folder, cause))?;
    let own = rustix::process::geteuid();
    let is_ours = own.is_root() || found.uid() == own.as_raw();
    if found.is_dir() && is_ours && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let message = format!("`{}` should be a private folder of kiln's, and is not", folder.display());
    Err(Error::new(Kind::Connection, message).hint("remove it"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_has_a_path_of_at_most_107_bytes() {
        let of = |bytes: usize| PathBuf::from(format!("/{}", "a".repeat(bytes - 1 - "/.s.PGSQL.5432".len())));
        assert!(is_fit_for_socket(&of(107)));
        assert!(!is_fit_for_socket(&of(108)));
        assert!(!is_fit_for_socket(Path::new("/a,b")));
    }

    #[test]
    fn a_long_project_path_has_its_socket_in_the_temp_folder() {
        let temp = tempfile::tempdir().unwrap();
        let long = temp.path().join("x".repeat(120));
        std::fs::create_dir(&long).unwrap();
        let folder = Folder::local(&home(&long).unwrap(), 15);
        folder.prepare().unwrap();
        let socket = folder.socket_folder().unwrap();
        assert!(socket.starts_with(std::env::temp_dir()) && socket == folder.socket_folder().unwrap());
        std::fs::remove_dir(socket).unwrap();
    }

    #[test]
    fn data_of_another_version_is_named_once() {
        let temp = tempfile::tempdir().unwrap();
        let home = home(temp.path()).unwrap();
        let old = Folder::local(&home, 14);
        assert_eq!(old.prepare().unwrap(), None);
        std::fs::create_dir(old.data()).unwrap();
        let new = Folder::local(&home, 15);
        assert!(new.prepare().unwrap().unwrap().contains("`.kiln/local-14` is left alone"));
        assert_eq!(new.prepare().unwrap(), None);
        assert_eq!(local_majors(&home), [14]);
        assert_eq!(std::fs::read_to_string(home.join(".gitignore")).unwrap(), "*\n");
    }
}
