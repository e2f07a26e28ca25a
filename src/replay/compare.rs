//! What a change of the rules would have added, removed and moved.

use std::collections::BTreeMap;

use super::firing::Firing;
use crate::engine::AlertKey;
use crate::unit::Minute;

/// A firing of the old rules, of the new ones, or of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair<'a> {
    /// By the old rules.
    pub old: Option<&'a Firing>,
    /// By the new rules.
    pub new: Option<&'a Firing>,
}

/// What became of a firing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only the new rules have it.
    Added,
    /// Only the old rules have it.
    Removed,
    /// Both have it, and it begins, ends or is severe otherwise.
    Moved,
    /// Both have it, just the same.
    Kept,
}

impl Pair<'_> {
    /// Returns what became of it.
    pub fn change(&self) -> Change {
        match (self.old, self.new) {
            (Some(old), Some(new)) => {
                let seen = |of: &Firing| (of.fired, of.end, of.severity);
                if seen(old) == seen(new) {
                    Change::Kept
                } else {
                    Change::Moved
                }
            }
            (None, Some(_)) => Change::Added,
            (Some(_) | None, None) => Change::Removed,
        }
    }

    /// Returns how many minutes later the new rules have it; negative is sooner.
    pub fn later(&self) -> Option<i64> {
        let (old, new) = (self.old?, self.new?);
        Some(new.fired.epoch() - old.fired.epoch())
    }

    /// Returns the firing of the new rules, or that of the old ones.
    pub fn shown(&self) -> Option<&Firing> {
        self.new.or(self.old)
    }
}

/// Pairs the firings of old and new rules: those of the same rule and domain whose bad minutes
/// overlap, each with the first that is free. In the order in which they began.
pub fn pairs<'a>(old: &'a [Firing], new: &'a [Firing]) -> Vec<Pair<'a>> {
    let mut free: BTreeMap<&AlertKey, Vec<&Firing>> = BTreeMap::new();
    for firing in new {
        free.entry(&firing.key).or_default().push(firing);
    }
    let mut found = Vec::new();
    for firing in old {
        let of_alert = free.get_mut(&firing.key);
        let new = of_alert.and_then(|free| {
            let place = free.iter().position(|new| overlap(firing, new))?;
            Some(free.remove(place))
        });
        let old = Some(firing);
        found.push(Pair { old, new });
    }
    let added = free.into_values().flatten();
    found.extend(added.map(|new| Pair {
        old: None,
        new: Some(new),
    }));
    found.sort_by_key(|pair| {
        pair.new
            .or(pair.old)
            .map(|firing| (firing.fired, &firing.key))
    });
    found
}

/// Whether two firings have a minute in common, their runs of bad minutes included: a rule that
/// waits longer may fire when the other has resolved.
pub fn overlap(one: &Firing, other: &Firing) -> bool {
    let begins_before_end = |a: &Firing, b: &Firing| b.end.is_none_or(|end: Minute| a.since < end);
    begins_before_end(one, other) && begins_before_end(other, one)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Subject;
    use crate::unit::Severity;

    fn firing(since: i64, fired: i64, end: Option<i64>) -> Firing {
        let minute = |minute: i64| Minute::from_epoch(29_000_000 + minute).unwrap();
        Firing {
            key: AlertKey {
                rule: "a".to_owned(),
                subject: Subject::Fleet,
            },
            severity: Severity::Warning,
            began: Severity::Warning,
            since: minute(since),
            fired: minute(fired),
            end: end.map(minute),
            peak: None,
            on: Vec::new(),
        }
    }

    #[test]
    fn firings_are_paired_by_their_bad_minutes() {
        let old = [
            firing(0, 2, Some(5)),
            firing(10, 12, Some(13)),
            firing(50, 52, Some(60)),
        ];
        let new = [
            firing(0, 4, Some(5)),
            firing(10, 14, Some(15)),
            firing(30, 31, Some(32)),
            firing(50, 52, Some(60)),
        ];
        let pairs = pairs(&old, &new);
        let changes: Vec<_> = pairs.iter().map(|p| (p.change(), p.later())).collect();
        assert_eq!(
            changes,
            [
                (Change::Moved, Some(2)),
                (Change::Moved, Some(2)),
                (Change::Added, None),
                (Change::Kept, Some(0)),
            ]
        );
    }

    #[test]
    fn one_that_is_split_is_moved_and_the_rest_is_added() {
        let old = [firing(0, 2, None)];
        let new = [firing(0, 2, Some(10)), firing(20, 22, None)];
        let changes: Vec<_> = pairs(&old, &new).iter().map(Pair::change).collect();
        assert_eq!(changes, [Change::Moved, Change::Added]);
        let changes: Vec<_> = pairs(&new, &[]).iter().map(Pair::change).collect();
        assert_eq!(changes, [Change::Removed, Change::Removed]);
    }
}
