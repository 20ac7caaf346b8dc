//! Versions of packages and the ranges that projects ask for: `>=1.0.0`, `<2.0.0`, `1.2.3`.

use std::cmp::Ordering;
use std::fmt;

use crate::error::{Error, Result};

/// A semantic version; a pre-release comes before its release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Version {
    numbers: [u64; 3],
    prerelease: Option<String>,
}

impl Version {
    /// The version that `text` writes; none when it is no version.
    pub fn parse(text: &str) -> Option<Version> {
        let text = text.trim().trim_start_matches('v');
        let text = text.split('+').next().unwrap_or(text);
        let (numbers, prerelease) = match text.split_once('-') {
            Some((numbers, prerelease)) => (numbers, Some(prerelease.to_owned())),
            None => (text, None),
        };
        let mut parts = [0; 3];
        for (index, part) in numbers.split('.').enumerate() {
            *parts.get_mut(index)? = part.parse().ok()?;
        }
        Some(Version { numbers: parts, prerelease })
    }

    /// Whether it is not meant for everyone yet.
    pub fn is_prerelease(&self) -> bool {
        self.prerelease.is_some()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.numbers;
        write!(out, "{major}.{minor}.{patch}")?;
        self.prerelease.as_ref().map_or(Ok(()), |text| write!(out, "-{text}"))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Version) -> Ordering {
        self.numbers.cmp(&other.numbers).then_with(|| match (&self.prerelease, &other.prerelease) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(one), Some(two)) => compare_parts(one, two),
        })
    }
}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Version) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// By dots; numbers as numbers, and before words.
fn compare_parts(one: &str, other: &str) -> Ordering {
    let key =
        |part: &str| part.parse::<u64>().map_or_else(|_| (1, 0, part.to_owned()), |number| (0, number, String::new()));
    one.split('.').map(key).cmp(other.split('.').map(key))
}

/// What a project accepts of a package.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Range {
    bounds: Vec<(Operator, Version)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    Above,
    From,
    Below,
    UpTo,
    Not,
}

impl Range {
    /// The range that all of `specs` leave; each may hold several, parted by commas.
    ///
    /// # Errors
    ///
    /// `Parsing` for what is no version.
    pub fn parse<'s>(specs: impl IntoIterator<Item = &'s str>) -> Result<Range> {
        let mut bounds = Vec::new();
        for spec in specs.into_iter().flat_map(|spec| spec.split(',')).map(str::trim).filter(|spec| !spec.is_empty()) {
            let digits = spec.find(|letter: char| letter.is_ascii_digit() || letter == 'v').unwrap_or(spec.len());
            let (operator, version) = spec.split_at(digits);
            let operator = match operator.trim() {
                "" | "=" | "==" => Operator::Equal,
                ">" => Operator::Above,
                ">=" => Operator::From,
                "<" => Operator::Below,
                "<=" => Operator::UpTo,
                "!=" => Operator::Not,
                _ => return Err(wrong(spec)),
            };
            bounds.push((operator, Version::parse(version).ok_or_else(|| wrong(spec))?));
        }
        Ok(Range { bounds })
    }

    /// Whether `version` lies in it.
    pub fn accepts(&self, version: &Version) -> bool {
        self.bounds.iter().all(|(operator, bound)| match operator {
            Operator::Equal => version == bound,
            Operator::Above => version > bound,
            Operator::From => version >= bound,
            Operator::Below => version < bound,
            Operator::UpTo => version <= bound,
            Operator::Not => version != bound,
        })
    }

    /// Whether it names a pre-release, which then may be taken.
    pub fn names_prerelease(&self) -> bool {
        self.bounds.iter().any(|(_, bound)| bound.is_prerelease())
    }
}

fn wrong(spec: &str) -> Error {
    Error::parsing(format!("`{spec}` is no version of a package")).hint("write `1.2.3`, `>=1.2.0` or a list of such")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_accept_what_lies_in_all_their_bounds() {
        let range = Range::parse([">=1.0.0", "<2.0.0,!=1.5.0"]).unwrap();
        let accepts = |text: &str| range.accepts(&Version::parse(text).unwrap());
        assert!(accepts("1.0.0") && accepts("1.99.0") && !accepts("2.0.0") && !accepts("1.5.0") && !accepts("0.9.9"));
        assert!(Range::parse(["~1.0"]).is_err() && Range::parse([">=x"]).is_err());
    }

    #[test]
    fn a_prerelease_comes_before_its_release() {
        let mut all: Vec<Version> = ["1.0.0", "1.0.0-rc1", "1.0.0-beta.2", "1.0.0-beta.10", "0.9"]
            .map(|text| Version::parse(text).unwrap())
            .into();
        all.sort();
        let shown: Vec<String> = all.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["0.9.0", "1.0.0-beta.2", "1.0.0-beta.10", "1.0.0-rc1", "1.0.0"]);
    }
}
