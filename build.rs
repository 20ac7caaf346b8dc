//! Tells the tests what PostgreSQL they will find, so that those that find none are listed as ignored.
//!
//! - `kiln_binaries`: installed server binaries, from which tests can start servers of their own.
//! - `kiln_server`: one of these, or the server of `KILN_TEST_DATABASE_URL`.
//! - `kiln_database`: a server, or the PostgreSQL compiled into kiln, on which a part of the suite runs.
//!
//! `KILN_TEST_DATABASE=builtin` has the tests find only the last.

use std::path::Path;

#[path = "src/postgres/embedded/binaries.rs"]
#[allow(dead_code)]
mod binaries;

fn main() {
    println!("cargo::rustc-check-cfg=cfg(kiln_binaries, kiln_server, kiln_database)");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/postgres/embedded/binaries.rs");
    println!("cargo::rerun-if-env-changed=KILN_TEST_DATABASE");
    let wants_builtin = std::env::var("KILN_TEST_DATABASE").is_ok_and(|word| word == "builtin");
    let found = binaries::find(&[]).filter(|_| !wants_builtin && may_start_servers());
    let mut has_server = found.is_some();
    match found {
        Some(found) => {
            println!("cargo::rustc-cfg=kiln_binaries");
            println!("cargo::rerun-if-changed={}", found.program("initdb").display());
        }
        None => {
            // Only here, where it makes a difference: a changed variable has kiln compiled again.
            println!("cargo::rerun-if-env-changed=KILN_TEST_DATABASE_URL");
            println!("cargo::rerun-if-env-changed=PATH");
            has_server = !wants_builtin && std::env::var_os("KILN_TEST_DATABASE_URL").is_some();
        }
    }
    if has_server {
        println!("cargo::rustc-cfg=kiln_server");
    }
    if has_server || std::env::var_os("CARGO_FEATURE_EMBEDDED").is_some() {
        println!("cargo::rustc-cfg=kiln_database");
    }
}

/// PostgreSQL refuses to run as root, for whom the tests take the user `postgres`.
fn may_start_servers() -> bool {
    let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    !is_root() || accounts.lines().any(|line| line.starts_with("postgres:"))
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata(Path::new("/proc/self")).is_ok_and(|process| process.uid() == 0)
}
