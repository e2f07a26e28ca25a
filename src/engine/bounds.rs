//! Between which numbers the known values of a row lie.
//!
//! Of most blocks that is all that need be known: where a whole block is far from a threshold, no
//! minute of it has to be worked out.

use super::cell::Cell;
use crate::unit::Decimal;

/// The least and the greatest of some numbers, or numbers beyond both: what lies between need not
/// occur. Of nothing at all it is [`NONE`](Self::NONE).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Bounds {
    pub(super) low: i64,
    pub(super) high: i64,
}

impl Bounds {
    /// Of any values.
    pub(super) const ANY: Self = Self {
        low: -Decimal::UNITS_MAX,
        high: Decimal::UNITS_MAX,
    };
    /// Of no value: `low` is above `high`.
    pub(super) const NONE: Self = Self {
        low: i64::MAX,
        high: i64::MIN,
    };

    /// Returns the bounds of one number.
    pub(super) const fn point(units: i64) -> Self {
        Self {
            low: units,
            high: units,
        }
    }

    /// Returns the bounds of one cell.
    pub(super) const fn of(cell: Cell) -> Self {
        if cell.is_known() {
            Self::point(cell.0)
        } else {
            Self::NONE
        }
    }

    /// Returns the bounds of some cells, and how many of them are unknown.
    #[inline]
    pub(super) fn of_cells(cells: &[i64]) -> (Self, u32) {
        let (mut low, mut high, mut unknowns) = (i64::MAX, i64::MIN, 0);
        for cell in cells {
            let is_unknown = *cell == Cell::UNKNOWN.0;
            unknowns += u32::from(is_unknown);
            low = low.min(if is_unknown { i64::MAX } else { *cell });
            // The number of an unknown is the least.
            high = high.max(*cell);
        }
        (Self { low, high }, unknowns)
    }

    /// Returns bounds of wide numbers, if every decimal between them is within its range.
    pub(super) fn in_range(low: i128, high: i128) -> Option<Self> {
        let units = |wide| Decimal::from_wide_units(wide).map(Decimal::units);
        Some(Self {
            low: units(low)?,
            high: units(high)?,
        })
    }

    pub(super) const fn is_none(self) -> bool {
        self.high < self.low
    }

    /// Returns the bounds of both.
    #[inline]
    pub(super) fn join(self, other: Self) -> Self {
        Self {
            low: self.low.min(other.low),
            high: self.high.max(other.high),
        }
    }

    /// Returns the bounds of what is within both.
    pub(super) fn meet(self, other: Self) -> Self {
        Self {
            low: self.low.max(other.low),
            high: self.high.min(other.high),
        }
    }

    /// Returns the largest magnitude.
    pub(super) fn magnitude(self) -> u64 {
        if self.is_none() {
            0
        } else {
            self.low.unsigned_abs().max(self.high.unsigned_abs())
        }
    }

    /// Returns the two ends as wide numbers.
    pub(super) fn wide(self) -> (i128, i128) {
        (i128::from(self.low), i128::from(self.high))
    }
}
