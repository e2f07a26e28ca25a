//! What a condition can be where some of its parts are left open.

use super::asked::Asked;
use super::signs::Truth;

/// What a condition can be: true, false and unknown, as bits.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct CanBe(u8);

impl CanBe {
    pub(super) const ANY: Self = Self(7);
    const EACH: [Truth; 3] = [Some(true), Some(false), None];

    pub(super) fn of(truth: Truth) -> Self {
        Self(match truth {
            Some(true) => 1,
            Some(false) => 2,
            None => 4,
        })
    }

    fn each(self) -> impl Iterator<Item = Truth> {
        let all = Self::EACH.into_iter();
        all.filter(move |truth| self.0 & Self::of(*truth).0 != 0)
    }

    fn all(truths: impl Iterator<Item = Truth>) -> Self {
        Self(truths.fold(0, |all, truth| all | Self::of(truth).0))
    }

    pub(super) fn not(self) -> Self {
        Self::all(self.each().map(|truth| truth.map(|is| !is)))
    }

    pub(super) fn and(self, other: Self) -> Self {
        let both = self.each().flat_map(|a| other.each().map(move |b| (a, b)));
        Self::all(both.map(|pair| match pair {
            (Some(false), _) | (_, Some(false)) => Some(false),
            (Some(true), Some(true)) => Some(true),
            _ => None,
        }))
    }

    pub(super) fn given(self, guard: Self) -> Self {
        let both = self.each().flat_map(|a| guard.each().map(move |b| (a, b)));
        Self::all(both.map(|(of, guard)| of.filter(|_| guard == Some(true))))
    }

    pub(super) fn may_be(self, asked: Asked) -> bool {
        self.each().any(|truth| asked.is_met(truth))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_open_is_settled_by_the_other_side() {
        let no = CanBe::of(Some(false));
        assert!(CanBe::ANY.and(no) == no);
        assert!(!CanBe::ANY.not().and(CanBe::of(None)).may_be(Asked::True));
        assert!(CanBe::ANY.given(no) == CanBe::of(None));
        assert!(
            CanBe::of(Some(true))
                .given(CanBe::ANY)
                .may_be(Asked::NotTrue)
        );
    }
}
