//! `require-dbt-version`: whether the version that we stand in for satisfies it.

use super::ProjectFile;
use crate::error::{Error, Result};

/// The dbt release whose behaviour kiln has.
const VERSION: [u64; 3] = [1, 11, 16];

/// Fails when `settings` ask for another version of dbt.
///
/// # Errors
///
/// `Usage` when the version does not satisfy them, `Parsing` when one of them is no spec.
pub fn check(settings: &ProjectFile) -> Result<()> {
    for spec in settings.require_dbt_version.iter().flat_map(|text| text.split(',')) {
        let spec = spec.trim();
        let is_satisfied = satisfies(spec).ok_or_else(|| {
            Error::parsing(format!("`{spec}` in `require-dbt-version` is no version"))
                .at(settings.origin.place())
                .hint("write it as `>=1.5.0`")
        })?;
        if !is_satisfied {
            let message = format!("project `{}` asks for dbt {spec}; kiln behaves as dbt 1.11", settings.name);
            return Err(Error::usage(message)
                .at(settings.origin.place())
                .hint("use `--no-version-check` to run it all the same"));
        }
    }
    Ok(())
}

fn satisfies(spec: &str) -> Option<bool> {
    let digits = spec.find(|c: char| c.is_ascii_digit())?;
    let (operator, version) = spec.split_at(digits);
    // A pre-release counts as its release.
    let version = version.split(['-', '+']).next().unwrap_or(version);
    let version = version.split(['a', 'b', 'r']).next().unwrap_or(version);
    let mut wanted = [0; 3];
    for (index, part) in version.split('.').enumerate() {
        *wanted.get_mut(index)? = part.parse().ok()?;
    }
    match operator.trim() {
        "" | "=" | "==" => Some(VERSION == wanted),
        ">=" => Some(VERSION >= wanted),
        ">" => Some(VERSION > wanted),
        "<=" => Some(VERSION <= wanted),
        "<" => Some(VERSION < wanted),
        "!=" => Some(VERSION != wanted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn specs_of_packages_are_satisfied_as_by_dbt_1_11() {
        assert_eq!(satisfies(">=1.6.0"), Some(true));
        assert_eq!(satisfies("<2.0.0"), Some(true));
        assert_eq!(satisfies("<1.11.0"), Some(false));
        assert_eq!(satisfies(">=1.0.0-rc1"), Some(true));
        assert_eq!(satisfies("<x"), None);
    }
}
