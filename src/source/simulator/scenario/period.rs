//! When something of a scenario holds.

use crate::unit::Minute;

/// The minutes in which something holds: all, a stretch, or a stretch that comes again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Not before this minute.
    pub from: Option<Minute>,
    /// Not from this minute on.
    pub to: Option<Minute>,
    /// Only in a part of every so many minutes.
    pub cycle: Option<Cycle>,
}

/// A stretch that comes again, counted in minutes since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cycle {
    /// How many minutes lie between two beginnings.
    pub every: u32,
    /// How many minutes after a multiple of `every` it begins.
    pub offset: u32,
    /// How many minutes it lasts.
    pub length: u32,
}

/// Where in its stretch a minute lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Place {
    /// How many minutes after the beginning.
    pub(in super::super) index: u64,
    /// How long the stretch is, in minutes; a stretch without an end counts as one minute long.
    pub(in super::super) length: u64,
}

impl Period {
    /// All minutes.
    pub const ALWAYS: Self = Self {
        from: None,
        to: None,
        cycle: None,
    };

    /// Returns where `minute` lies in its stretch, or `None` outside of any.
    pub(in super::super) fn place(&self, minute: Minute) -> Option<Place> {
        let begun = self.from.is_none_or(|from| from <= minute);
        let open = self.to.is_none_or(|to| minute < to);
        if !(begun && open) {
            return None;
        }
        if let Some(cycle) = self.cycle {
            let since = minute.epoch() - i64::from(cycle.offset);
            let index = since.rem_euclid(i64::from(cycle.every.max(1)));
            return (index < i64::from(cycle.length)).then_some(Place {
                index: index.unsigned_abs(),
                length: u64::from(cycle.length),
            });
        }
        Some(match (self.from, self.to) {
            (Some(from), Some(to)) => Place {
                index: (minute.epoch() - from.epoch()).unsigned_abs(),
                length: (to.epoch() - from.epoch()).unsigned_abs(),
            },
            _ => Place {
                index: 0,
                length: 1,
            },
        })
    }

    /// Whether `minute` is in it.
    pub(in super::super) fn holds(&self, minute: Minute) -> bool {
        self.place(minute).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn minute(epoch: i64) -> Minute {
        Minute::from_epoch(epoch).unwrap()
    }

    #[test]
    fn a_cycle_comes_again_by_the_minutes_since_1970() {
        let cycle = Cycle {
            every: 20,
            offset: 5,
            length: 6,
        };
        let period = Period {
            cycle: Some(cycle),
            ..Period::ALWAYS
        };
        let held: Vec<i64> = (0..40)
            .filter(|epoch| period.holds(minute(*epoch)))
            .collect();
        assert_eq!(held, [5, 6, 7, 8, 9, 10, 25, 26, 27, 28, 29, 30]);
        let place = period.place(minute(26)).unwrap();
        assert_eq!((place.index, place.length), (1, 6));
    }

    #[test]
    fn a_stretch_has_its_first_minute_and_not_its_end() {
        let period = Period {
            from: Some(minute(10)),
            to: Some(minute(12)),
            cycle: None,
        };
        let held: Vec<i64> = (0..40)
            .filter(|epoch| period.holds(minute(*epoch)))
            .collect();
        assert_eq!(held, [10, 11]);
        assert!(Period::ALWAYS.holds(minute(0)));
    }
}
