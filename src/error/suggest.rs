//! The word that the user may have meant.

use std::collections::HashMap;

use similar::get_close_matches;

use super::Error;

/// Share of letters in common, from 0 to 1, from which on a word counts as a slip of the keys: two of three.
const NEAR: f32 = 0.66;

/// The candidate with the most letters in common with `word`, when these are enough. Letter case does not count, and a word of one
/// or two letters has no neighbours.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    word.chars().nth(2)?;
    let lowered: HashMap<String, &str> =
        candidates.into_iter().map(|candidate| (candidate.to_lowercase(), candidate)).collect();
    let mut possible: Vec<&str> = lowered.keys().map(String::as_str).collect();
    possible.sort_unstable();
    let found = get_close_matches(word.to_lowercase().as_str(), &possible, 1, NEAR);
    found.first().and_then(|found| lowered.get(*found).copied())
}

impl Error {
    /// Asks whether the candidate nearest to `word` was meant, where there is one.
    #[must_use]
    pub fn meant<'a>(self, word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Error {
        match closest(word, candidates) {
            Some(near) => self.hint(format!("did you mean `{near}`?")),
            None => self,
        }
    }

    /// The same, with the hint `otherwise` where there is none.
    #[must_use]
    pub fn meant_or<'a>(
        self,
        word: &str,
        candidates: impl IntoIterator<Item = &'a str>,
        otherwise: impl FnOnce() -> String,
    ) -> Error {
        match closest(word, candidates) {
            Some(near) => self.hint(format!("did you mean `{near}`?")),
            None => self.hint(otherwise()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_swapped_letters_are_one_slip() {
        assert_eq!(closest("rwa_orders", ["raw_orders", "customers"]), Some("raw_orders"));
    }

    #[test]
    fn a_word_that_is_far_from_all_has_no_neighbour() {
        assert_eq!(closest("orders", ["customers", "payments"]), None);
    }
}
