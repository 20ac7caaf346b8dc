//! Packages from elsewhere: versions solved, the lock file, and their files brought into the project.
//!
//! Git repositories come through the installed `git`, archives are unpacked by the installed `tar`.

mod folder;
mod git;
mod hub;
mod lock;
mod request;
mod solve;
mod version;
mod web;

pub use lock::{Lock, digest};
pub use solve::{Installer, Settings};

#[cfg(test)]
mod tests;
