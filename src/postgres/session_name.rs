//! What a session is called in `pg_stat_activity`.

use crate::name::literal;

/// The name that is wanted, and whether the server knows it.
pub(super) struct SessionName {
    wanted: Option<String>,
    is_set: bool,
    /// The profile says it, so that it stays.
    is_fixed: bool,
}

impl SessionName {
    pub(super) fn new(is_fixed: bool) -> SessionName {
        SessionName { wanted: None, is_set: false, is_fixed }
    }

    pub(super) fn want(&mut self, name: &str) {
        if self.wanted.as_deref() != Some(name) && !self.is_fixed {
            self.wanted = Some(name.to_owned());
            self.is_set = false;
        }
    }

    /// The server has lost it.
    pub(super) fn forget(&mut self) {
        self.is_set = false;
    }

    /// What tells the server, where it does not know yet.
    pub(super) fn statement(&mut self) -> Option<String> {
        let name = self.wanted.as_ref().filter(|_| !self.is_set)?;
        self.is_set = true;
        Some(format!("set application_name = {}", literal(name)))
    }
}
