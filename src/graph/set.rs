//! A set of nodes by their number in the graph.

/// Holds numbers below a fixed bound, one bit for each.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    words: Vec<u64>,
}

impl Set {
    /// An empty set for numbers below `bound`.
    pub(super) fn new(bound: usize) -> Set {
        Set { words: vec![0; bound.div_ceil(64)] }
    }

    /// Adds `number`; false when it was there already.
    pub(super) fn insert(&mut self, number: usize) -> bool {
        let word = &mut self.words[number / 64];
        let bit = 1 << (number % 64);
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub(super) fn contains(&self, number: usize) -> bool {
        self.words[number / 64] & (1 << (number % 64)) != 0
    }

    pub(super) fn is_empty(&self) -> bool {
        self.words.iter().all(|word| *word == 0)
    }

    /// Adds all of `other`, which has the same bound.
    pub(super) fn add(&mut self, other: &Set) {
        self.combine(other, |mine, theirs| mine | theirs);
    }

    /// Keeps what is in `other`, too.
    pub(super) fn keep(&mut self, other: &Set) {
        self.combine(other, |mine, theirs| mine & theirs);
    }

    /// Removes all of `other`.
    pub(super) fn remove(&mut self, other: &Set) {
        self.combine(other, |mine, theirs| mine & !theirs);
    }

    /// The numbers in ascending order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        self.words.iter().enumerate().flat_map(|(index, word)| {
            let mut rest = *word;
            std::iter::from_fn(move || {
                let bit = (rest != 0).then(|| rest.trailing_zeros() as usize)?;
                rest &= rest - 1;
                Some(index * 64 + bit)
            })
        })
    }

    fn combine(&mut self, other: &Set, rule: impl Fn(u64, u64) -> u64) {
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine = rule(*mine, *theirs);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(numbers: &[usize]) -> Set {
        let mut set = Set::new(200);
        for number in numbers {
            set.insert(*number);
        }
        set
    }

    #[test]
    fn sets_are_combined() {
        let mut all = set(&[1, 64, 150]);
        all.add(&set(&[2, 64]));
        assert_eq!(all.iter().collect::<Vec<_>>(), [1, 2, 64, 150]);
        all.remove(&set(&[1, 3]));
        all.keep(&set(&[2, 150, 199]));
        assert_eq!(all, set(&[2, 150]));
        assert!(all.contains(150) && !all.contains(1) && !all.is_empty());
    }
}
