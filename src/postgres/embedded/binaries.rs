//! Installed server binaries: where they are, and of which version.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Older versions know too little of what kiln sends.
const OLDEST: u32 = 12;

/// A folder with `postgres` and `initdb`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binaries {
    /// The folder, without symbolic links.
    pub folder: PathBuf,
    /// Major version.
    pub major: u32,
}

impl Binaries {
    /// Path of one of the programs.
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }
}

/// The binaries to use: of a version that has data already, the newest of these first; else the first that are found.
pub(super) fn find(majors_with_data: &[u32]) -> Option<Binaries> {
    let mut seen: Vec<Binaries> = Vec::new();
    for folder in candidates() {
        if seen.iter().any(|known| known.folder == folder) {
            continue;
        }
        let Some(major) = version(&folder) else { continue };
        seen.push(Binaries { folder, major });
    }
    choose(seen, majors_with_data)
}

fn choose(found: Vec<Binaries>, majors_with_data: &[u32]) -> Option<Binaries> {
    let with_data =
        found.iter().filter(|one| majors_with_data.contains(&one.major)).max_by_key(|one| one.major).cloned();
    with_data.or_else(|| found.into_iter().next())
}

/// Folders that hold both programs, in the order of preference.
fn candidates() -> Vec<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(&path)
        .flat_map(|folder| ["postgres", "initdb"].map(|name| folder.join(name)))
        .filter_map(|program| Some(program.canonicalize().ok()?.parent()?.to_owned()))
        .collect();
    folders.extend(pg_config());
    folders.extend(versioned("/usr/lib/postgresql", ""));
    folders.extend(versioned("/usr", "pgsql-"));
    for homebrew in ["/opt/homebrew/opt", "/usr/local/opt", "/home/linuxbrew/.linuxbrew/opt"] {
        folders.extend(versioned(homebrew, "postgresql@"));
        folders.push(Path::new(homebrew).join("postgresql/bin"));
    }
    folders.push(PathBuf::from("/usr/local/pgsql/bin"));
    folders
        .into_iter()
        .filter(|folder| ["postgres", "initdb"].iter().all(|name| folder.join(name).is_file()))
        .filter_map(|folder| folder.canonicalize().ok())
        .collect()
}

fn pg_config() -> Option<PathBuf> {
    let output = Command::new("pg_config").arg("--bindir").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| PathBuf::from(text.trim()))
}

/// `bin` of the folders in `parent` that are `prefix` and a number, highest first.
fn versioned(parent: &str, prefix: &str) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(parent) else { return Vec::new() };
    let number = |name: &str| name.strip_prefix(prefix)?.parse::<u32>().ok();
    let mut found: Vec<(u32, PathBuf)> = entries
        .flatten()
        .filter_map(|entry| Some((number(entry.file_name().to_str()?)?, entry.path().join("bin"))))
        .collect();
    found.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    found.into_iter().map(|(_, folder)| folder).collect()
}

fn version(folder: &Path) -> Option<u32> {
    let output =
        Command::new(folder.join("postgres")).arg("-V").stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    major(&String::from_utf8(output.stdout).ok()?).filter(|major| *major >= OLDEST)
}

/// The major version in `postgres (PostgreSQL) 15.18 (Debian 15.18-1)`, `… 17beta1` or `… 18devel`.
fn major(text: &str) -> Option<u32> {
    let number = text.split_whitespace().nth(2)?;
    let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_major_version_is_read_from_what_postgres_says() {
        assert_eq!(major("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n"), Some(15));
        assert_eq!(major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(major("something else"), None);
    }

    #[test]
    fn a_version_with_data_goes_before_the_first_that_is_found() {
        let of = |major: u32| Binaries { folder: PathBuf::from(format!("/{major}")), major };
        let found = || vec![of(17), of(15), of(14)];
        assert_eq!(choose(found(), &[]), Some(of(17)));
        assert_eq!(choose(found(), &[14, 15]), Some(of(15)));
        assert_eq!(choose(found(), &[13]), Some(of(17)));
        assert_eq!(choose(Vec::new(), &[13]), None);
    }
}
