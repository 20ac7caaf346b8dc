//! The word that the user may have meant.

use strsim::damerau_levenshtein;

/// The candidate nearest to `word` by edit distance, when it is near enough to be a slip of the keys. Letter case does not
/// count, and a word of one or two letters has no neighbours.
pub fn closest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = (word.chars().count() / 3).min(3);
    let word = word.to_lowercase();
    candidates
        .into_iter()
        .map(|candidate| (damerau_levenshtein(&word, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min()
        .map(|(_, candidate)| candidate)
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
