//! The standard deviation of a window, from exact sums.

use super::cell::Cell;
use super::estimate::root;
use super::window::is_thin;
use super::zones::Zone;

/// The largest magnitude that a deviation is worked out of, in units: the square of the sum of
/// a week of them still fits 128 bits.
pub(super) const SPREAD_MAX: i64 = 1_000_000 * 1_000_000_000;

/// What is kept up of a window.
#[derive(Clone, Debug)]
pub(super) struct Spread {
    /// How many values are known.
    known: u32,
    /// How many of them are too large to be squared; they are in neither sum.
    large: u32,
    /// The sum of the others.
    sum: i128,
    /// The sum of their squares.
    squares: i128,
}

impl Spread {
    /// Returns the window whose every value is `value`.
    pub(super) fn filled(over: u32, value: Cell) -> Self {
        let known = if value.is_known() { over } else { 0 };
        let is_large = known > 0 && value.0.abs() > SPREAD_MAX;
        let summed = if is_large { 0 } else { i128::from(known) };
        let unit = i128::from(value.0);
        Self {
            known,
            large: if is_large { known } else { 0 },
            sum: if summed > 0 { unit * summed } else { 0 },
            squares: if summed > 0 { unit * unit * summed } else { 0 },
        }
    }

    /// Returns the window of some values, if none is too large.
    pub(super) fn of(zone: Zone) -> Option<Self> {
        let is_small = zone.bounds.magnitude() <= SPREAD_MAX.unsigned_abs();
        is_small.then(|| Self {
            known: zone.known(),
            large: 0,
            sum: zone.sum,
            squares: zone.squares,
        })
    }

    /// Slides by a minute, and returns the deviation if it is known.
    #[inline]
    pub(super) fn slide(&mut self, old: Cell, new: Cell, over: u32) -> Option<i64> {
        self.leave(old);
        self.enter(new);
        let is_known = self.large == 0 && !is_thin(self.known, over);
        is_known.then(|| self.deviation())
    }

    #[inline]
    fn leave(&mut self, old: Cell) {
        if !old.is_known() {
            return;
        }
        self.known -= 1;
        if SPREAD_MAX < old.0.abs() {
            self.large -= 1;
        } else {
            let value = i128::from(old.0);
            self.sum -= value;
            self.squares -= value * value;
        }
    }

    #[inline]
    pub(super) fn enter(&mut self, new: Cell) {
        if !new.is_known() {
            return;
        }
        self.known += 1;
        if SPREAD_MAX < new.0.abs() {
            self.large += 1;
        } else {
            let value = i128::from(new.0);
            self.sum += value;
            self.squares += value * value;
        }
    }

    /// Returns the deviation of known values, of which there is at least one. It is no greater
    /// than the greatest of them.
    #[inline]
    fn deviation(&self) -> i64 {
        let spread = i128::from(self.known) * self.squares - self.sum * self.sum;
        let root = root(spread.cast_unsigned());
        match u64::try_from(root) {
            Ok(root) => (root / u64::from(self.known)).cast_signed(),
            Err(_) => i64::try_from(root / u128::from(self.known)).unwrap_or(i64::MAX),
        }
    }
}
