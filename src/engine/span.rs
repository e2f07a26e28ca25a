//! Between which bounds the values of a window are over a whole block.
//!
//! A window that is long beside the block hardly changes while the block goes by: what it is
//! before the block, and what can come and leave, say more than the extremes of all its values.

use super::bounds::Bounds;
use super::sliding::{Sliding, is_long};
use super::spread::SPREAD_MAX;
use super::window::{is_thin, known_if};
use super::zones::{ZONE, Zone};
use crate::lang::program::Reduce;

/// What a window that outlasts a block is made of.
#[derive(Clone, Copy)]
struct Parts {
    /// The window before the block.
    before: Zone,
    /// What leaves it while the block goes by, and some beside it.
    old: Zone,
    /// What comes.
    new: Zone,
}

/// What sums of a window are between while a block goes by.
#[derive(Clone, Copy)]
struct Sums {
    low: i128,
    high: i128,
    /// How many of its values are known: at least, and at the most.
    known: (i128, i128),
}

/// What is known of a window's values over a block before they are worked out.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    pub(super) bounds: Bounds,
    pub(super) known: Known,
}

/// Which of a window's values over a block are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Known {
    /// Each of them or, if nothing lies within the bounds, none.
    Alike,
    /// Those of which [enough](Sliding::note_known) is known.
    Some,
}

impl Sliding<'_> {
    /// Returns what is known of the window's values, if each is known of whose minutes enough are.
    pub(super) fn span(self, room: &mut Vec<i64>) -> Option<Span> {
        let (over, count) = (self.over, self.minutes);
        let is_summed = matches!(self.reduce, Reduce::Avg | Reduce::Sum | Reduce::Stddev);
        let parts = (count < over && is_summed).then(|| self.parts());
        let around = match &parts {
            Some(parts) => parts.before.join(parts.new),
            None => self.rings.zones(self.ring).around(count + over - 1, 0),
        };
        let length = self.length();
        let least = length.saturating_sub(around.unknowns);
        let span = |known| move |bounds| Span { bounds, known };
        if !is_thin(least, length) && least != 0 {
            return self
                .bounds(around.bounds, (parts, least), room)
                .map(span(Known::Alike));
        }
        if is_thin(around.known().min(length), length) {
            return Some(span(Known::Alike)(Bounds::NONE));
        }
        let least = length.div_ceil(2);
        self.bounds(around.bounds, (parts, least), room)
            .map(span(Known::Some))
    }

    /// Notes which of the window's values are known where that is told by how many of its minutes are.
    pub(super) fn note_known(self, known: &mut [u64]) {
        known.fill(u64::MAX);
        self.each_known(|at, count| {
            known_if(!is_thin(count, self.length()), 0, at, known);
        });
    }

    /// Returns the bounds of those values of the window of which at least so many minutes are known.
    fn bounds(
        self,
        hull: Bounds,
        (parts, known): (Option<Parts>, u32),
        room: &mut Vec<i64>,
    ) -> Option<Bounds> {
        let (over, count, length) = (self.over, self.minutes, self.length());
        let zones = self.rings.zones(self.ring);
        match self.reduce {
            Reduce::Percentile(percent) => Some(self.rank(percent, known, room).meet(hull)),
            Reduce::Min | Reduce::Max => {
                // What is in every one of the windows.
                let within = if is_long(length) {
                    zones.within(over, count - 1).bounds
                } else {
                    Bounds::NONE
                };
                Some(match self.reduce {
                    _ if within.is_none() => hull,
                    Reduce::Max => Bounds {
                        low: within.high,
                        high: hull.high,
                    },
                    _ => Bounds {
                        low: hull.low,
                        high: within.low,
                    },
                })
            }
            Reduce::Avg => Some(match parts {
                Some(parts) => self.long_sums(parts).mean().meet(hull),
                None => hull,
            }),
            Reduce::Sum if let Some(parts) = parts => {
                let sums = self.long_sums(parts);
                Bounds::in_range(sums.low, sums.high)
            }
            Reduce::Sum => {
                let (low, high) = hull.wide();
                let (least, most) = (i128::from(known), over as i128);
                let ends = [low * least, low * most, high * least, high * most];
                let low = ends.iter().fold(ends[0], |a, b| a.min(*b));
                let high = ends.iter().fold(ends[0], |a, b| a.max(*b));
                Bounds::in_range(low, high)
            }
            Reduce::Stddev => self.deviation(hull, parts),
        }
    }

    /// Returns the bounds of the value of a rank of at least so many known values: as few of the zones
    /// reach beyond them as cannot hold all values that lie beyond the rank, or up to it.
    fn rank(self, percent: u8, known: u32, room: &mut Vec<i64>) -> Bounds {
        let (known, percent) = (known as usize, usize::from(percent));
        let rank = (known * percent).div_ceil(100);
        let (below, above) = ((rank - 1) / ZONE, (known - rank) / ZONE);
        let back = self.minutes + self.over - 1;
        let zones = self.rings.zones(self.ring);
        let mut bounds = Bounds::ANY;
        room.clear();
        if 0 < above && zones.each_bounds(back, |zone| room.push(zone.high)) && above < room.len() {
            bounds.high = *room.select_nth_unstable_by(above, |a, b| b.cmp(a)).1;
        }
        room.clear();
        if 0 < below && zones.each_bounds(back, |zone| room.push(zone.low)) && below < room.len() {
            bounds.low = *room.select_nth_unstable(below).1;
        }
        bounds
    }

    /// Returns what the sum is while the block goes by: what it is before, and as much more or less
    /// as what comes and leaves can make it, minute by minute or all together.
    fn long_sums(self, Parts { before, old, new }: Parts) -> Sums {
        let (over, count) = (self.over, self.minutes);
        let minutes = count as i128;
        let ((new_low, new_high), (old_low, old_high)) = (change(new), change(old));
        let ((new_least, new_most), (old_least, old_most)) =
            (some(new, minutes), some(old, minutes));
        let known = i128::from(before.known());
        let least = known - i128::from(new.unknowns);
        let most = known + i128::from(old.unknowns);
        let fall = (minutes * (new_low - old_high)).max(new_least - old_most);
        let rise = (minutes * (new_high - old_low)).min(new_most - old_least);
        Sums {
            low: before.sum + fall.min(0),
            high: before.sum + rise.max(0),
            known: (least.max(1), most.min(over as i128).max(1)),
        }
    }

    fn parts(self) -> Parts {
        let (over, count) = (self.over, self.minutes);
        let zones = self.rings.zones(self.ring);
        Parts {
            before: self.rings.exactly(self.ring, count + over, count),
            old: zones.around(count + over, over),
            new: zones.around(count, 0),
        }
    }

    /// Returns the bounds of the deviation: it is at most half of the way between the extremes.
    fn deviation(self, hull: Bounds, parts: Option<Parts>) -> Option<Bounds> {
        if SPREAD_MAX.unsigned_abs() < hull.magnitude() {
            return None;
        }
        let half = Bounds {
            low: 0,
            high: (hull.high - hull.low) / 2 + 1,
        };
        Some(match parts {
            Some(parts) if is_long(self.length()) => half.meet(self.long_deviation(parts)),
            Some(_) | None => half,
        })
    }

    /// Returns the bounds of the deviation of a long window: the mean of the squares without the
    /// square of the mean.
    fn long_deviation(self, parts: Parts) -> Bounds {
        let sums = self.long_sums(parts);
        let Parts { before, old, new } = parts;
        let hull = before.bounds.join(old.bounds).join(new.bounds);
        if SPREAD_MAX.unsigned_abs() < hull.magnitude() {
            return Bounds::ANY;
        }
        let (least, most) = sums.known;
        let ends = (sums.low.abs(), sums.high.abs());
        let mean_low = if sums.low <= 0 && 0 <= sums.high {
            0
        } else {
            ends.0.min(ends.1) / most
        };
        let mean_high = ends.0.max(ends.1) / least + 1;
        let low = (before.squares - old.squares) / most - mean_high * mean_high;
        let high = (before.squares + new.squares) / least + 1 - mean_low * mean_low;
        let root = |square: i128| square.max(0).cast_unsigned().isqrt().cast_signed();
        // A deviation is rounded down.
        let low = (root(low) - 1).max(0);
        Bounds::in_range(low, root(high) + 1).unwrap_or(Bounds::ANY)
    }
}

impl Sums {
    /// Returns the bounds of the mean.
    fn mean(self) -> Bounds {
        let (least, most) = self.known;
        let ends = [
            self.low.div_euclid(least),
            self.low.div_euclid(most),
            self.high.div_euclid(least) + 1,
            self.high.div_euclid(most) + 1,
        ];
        let low = ends.iter().fold(ends[0], |a, b| a.min(*b));
        let high = ends.iter().fold(ends[0], |a, b| a.max(*b));
        Bounds::in_range(low, high).unwrap_or(Bounds::ANY)
    }
}

/// Returns what some values of a zone, at most so many, are together at the least and at the most: where no
/// value is below nought, no part of them is more than all.
fn some(zone: Zone, minutes: i128) -> (i128, i128) {
    let (low, high) = change(zone);
    (
        if high <= 0 {
            zone.sum
        } else {
            minutes * low.min(0)
        },
        if 0 <= low {
            zone.sum
        } else {
            minutes * high.max(0)
        },
    )
}

/// Returns by how much a value of a zone changes a sum: not at all, if it is unknown.
fn change(zone: Zone) -> (i128, i128) {
    let (low, high) = zone.bounds.wide();
    match (zone.bounds.is_none(), zone.unknowns) {
        (true, _) => (0, 0),
        (false, 0) => (low, high),
        (false, _) => (low.min(0), high.max(0)),
    }
}
