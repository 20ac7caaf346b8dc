//! The scrubber that everything told passes.

use std::sync::RwLock;

/// What stands in place of a secret.
const MASK: &str = "*****";

/// The values that must not be told.
#[derive(Debug, Default)]
pub(super) struct Secrets(RwLock<Vec<String>>);

impl Secrets {
    /// The values of all variables whose name begins with `DBT_ENV_SECRET_` or `DBT_ENV_SECRET`.
    pub fn from_environment() -> Secrets {
        let secrets = Secrets::default();
        for (name, value) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("DBT_ENV_SECRET") {
                secrets.add(&value.to_string_lossy());
            }
        }
        secrets
    }

    /// Hides `secret` from now on; blank ones are ignored.
    pub fn add(&self, secret: &str) {
        if secret.trim().is_empty() {
            return;
        }
        let mut all = self.0.write().unwrap_or_else(std::sync::PoisonError::into_inner);
        if !all.iter().any(|known| known == secret) {
            all.push(secret.to_owned());
            // A secret that holds another one goes first, or its rest would stay.
            all.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        }
    }

    /// `text` with every secret masked.
    pub fn scrub(&self, text: &str) -> String {
        let all = self.0.read().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut scrubbed = text.to_owned();
        for secret in all.iter().filter(|secret| text.contains(secret.as_str())) {
            scrubbed = scrubbed.replace(secret.as_str(), MASK);
        }
        scrubbed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longer_of_two_secrets_is_masked_whole() {
        let secrets = Secrets::default();
        secrets.add("hunter");
        secrets.add("hunter22");
        secrets.add(" ");
        assert_eq!(secrets.scrub("user hunter22, was hunter"), "user *****, was *****");
    }
}
