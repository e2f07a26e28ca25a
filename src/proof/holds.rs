//! Which conditions must be so in one and the same minute, by counting.
//!
//! `a for 3m` and `b for 4 of 5m` say in how many of which minutes something is so. Two that
//! together claim more minutes than there are share one: what shares a minute can be looked at as
//! a question of its own.

use super::asked::Asked;
use crate::lang::program::NodeId;

/// In at least `least` of the `over` minutes that end `back` minutes ago, this is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) back: u32,
    pub(super) over: u32,
    pub(super) least: u32,
    /// Each once, in ascending order.
    pub(super) bodies: Vec<(NodeId, Asked)>,
}

/// How many holds of one line of search are compared with each other.
const HELD_MAX: usize = 12;

impl Held {
    /// Whether it is so in all of the minutes.
    pub(super) const fn is_throughout(&self) -> bool {
        self.least == self.over
    }

    /// Whether all that the other asks is asked already.
    fn has(&self, other: &Self) -> bool {
        other.bodies.iter().all(|body| self.bodies.contains(body))
    }

    /// Returns the minutes in which both must be so, if there are any.
    fn meet(&self, other: &Self) -> Option<Self> {
        let back = self.back.max(other.back);
        let end = (self.back + self.over).min(other.back + other.over);
        let shared = end.checked_sub(back)?;
        let least = |held: &Self| {
            let elsewhere = held.over.saturating_sub(shared);
            held.least.saturating_sub(elsewhere)
        };
        let least = (least(self) + least(other)).checked_sub(shared)?;
        let mut bodies = self.bodies.clone();
        bodies.extend(&other.bodies);
        bodies.sort_unstable();
        bodies.dedup();
        (0 < least).then_some(Self {
            back,
            over: shared,
            least,
            bodies,
        })
    }
}

/// Returns what must be so in one minute, each as what is asked of it.
pub(super) fn shared_minutes(held: &[Held]) -> Vec<Vec<(NodeId, Asked)>> {
    let held = &held[..held.len().min(HELD_MAX)];
    let mut found = Vec::new();
    for (at, seed) in held.iter().enumerate() {
        if seed.is_throughout() {
            continue;
        }
        let starts = held.iter().enumerate().filter(|(other, _)| *other != at);
        let starts = starts.filter_map(|(_, other)| seed.meet(other));
        for start in std::iter::once(seed.clone()).chain(starts) {
            let all = held.iter().fold(start, |all, other| {
                if all.has(other) {
                    return all;
                }
                all.meet(other).unwrap_or(all)
            });
            if !found.contains(&all.bodies) {
                found.push(all.bodies);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn held(node: u32, least: u32, over: u32) -> Held {
        Held {
            back: 0,
            over,
            least,
            bodies: vec![(NodeId(node), Asked::True)],
        }
    }

    #[test]
    fn two_that_claim_more_minutes_than_there_are_share_one() {
        let met = held(0, 3, 5).meet(&held(1, 3, 5)).unwrap();
        assert_eq!((met.back, met.over, met.least), (0, 5, 1));
        assert_eq!(held(0, 3, 5).meet(&held(1, 2, 5)), None);
        // All of the last five minutes, and one of the last three.
        assert_eq!(held(0, 5, 5).meet(&held(1, 1, 3)).unwrap().least, 1);
        // One of the last five may lie before the last three.
        assert_eq!(held(0, 1, 5).meet(&held(1, 3, 3)), None);
        assert_eq!(held(0, 3, 5).meet(&held(1, 3, 3)).unwrap().least, 1);
    }

    #[test]
    fn a_hold_meets_itself_in_no_fewer_minutes() {
        let one = held(0, 1, 5);
        assert_eq!(one.meet(&one), None);
        assert_eq!(shared_minutes(&[one]), [[(NodeId(0), Asked::True)]]);
    }
}
