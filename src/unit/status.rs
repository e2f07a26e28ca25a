//! Sets of HTTP status codes.

/// A set of HTTP status codes from 100 to 599.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct StatusSet([u64; 8]);

/// The lowest code that can be selected.
const LOW: u16 = 100;
/// The highest code that can be selected.
const HIGH: u16 = 599;

impl StatusSet {
    /// The empty set.
    pub const EMPTY: Self = Self([0; 8]);

    /// Whether `code` can be selected at all.
    pub const fn is_code(code: u16) -> bool {
        LOW <= code && code <= HIGH
    }

    /// Returns the set of the codes from `first` to `last`, both included; those outside 100 to
    /// 599 are left out.
    pub fn range(first: u16, last: u16) -> Self {
        let (first, last) = (first.max(LOW), last.min(HIGH));
        if last < first {
            return Self::EMPTY;
        }
        let (low, high) = (Self::place(first), Self::place(last));
        let mut words = [0; 8];
        words[low.0..=high.0].fill(u64::MAX);
        // All bits from the first on, and up to the last.
        words[low.0] &= !(low.1 - 1);
        words[high.0] &= high.1 | (high.1 - 1);
        Self(words)
    }

    /// Whether the set has `code`.
    pub fn contains(&self, code: u16) -> bool {
        Self::is_code(code) && {
            let (word, bit) = Self::place(code);
            self.0[word] & bit != 0
        }
    }

    /// Returns the codes of either set.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] | other.0[i]))
    }

    /// Returns the codes of both sets.
    #[must_use]
    pub fn intersection(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & other.0[i]))
    }

    /// Returns the codes of this set that are not in the other.
    #[must_use]
    pub fn difference(self, other: Self) -> Self {
        Self(std::array::from_fn(|i| self.0[i] & !other.0[i]))
    }

    /// Whether no code is in the set.
    pub fn is_empty(&self) -> bool {
        self.0 == [0; 8]
    }

    /// Returns the least code, if there is one.
    pub fn first(&self) -> Option<u16> {
        let word = self.0.iter().position(|word| *word != 0)?;
        let place = word * 64 + self.0[word].trailing_zeros() as usize;
        u16::try_from(place).ok().map(|place| LOW + place)
    }

    /// Returns the codes in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        (LOW..=HIGH).filter(|code| self.contains(*code))
    }

    fn place(code: u16) -> (usize, u64) {
        let index = usize::from(code - LOW);
        (index / 64, 1 << (index % 64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_has_both_its_ends_and_nothing_else() {
        let set = StatusSet::range(500, 504);
        assert_eq!(set.iter().collect::<Vec<_>>(), [500, 501, 502, 503, 504]);
        assert!(!set.contains(499) && !set.contains(505) && !set.contains(0));
        assert_eq!(StatusSet::range(0, u16::MAX).iter().count(), 500);
        assert!(StatusSet::range(504, 500).is_empty() && StatusSet::range(600, 700).is_empty());
        assert_eq!(set.first(), Some(500));
        assert_eq!(set.difference(StatusSet::range(0, 502)).first(), Some(503));
        assert_eq!(set.difference(set).first(), None);
    }

    #[test]
    fn a_range_is_what_its_codes_are_one_by_one() {
        for first in (100..=599).step_by(7) {
            for last in (100..=599).step_by(9) {
                let codes = (first..=last).map(|code| StatusSet::range(code, code));
                let all = codes.fold(StatusSet::EMPTY, StatusSet::union);
                assert_eq!(StatusSet::range(first, last), all, "{first} to {last}");
            }
        }
    }
}
