//! How far a value moves with each bad minute, where it is known how far it can go.

use crate::lang::program::Reduce;
use crate::unit::Decimal;

/// How many units are 1.
const ONE: i128 = Decimal::ONE.units() as i128;

/// A value that goes from one bound to the other in equal steps, one with each minute. A window
/// moves so if what it is over changes at once; a constant is where both bounds are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ramp {
    low: i128,
    high: i128,
    over: u32,
}

impl Ramp {
    /// A proportion of one minute: none or all of it.
    pub(super) const PROPORTION: Self = Self {
        low: 0,
        high: Decimal::HUNDRED.units() as i128,
        over: 1,
    };

    pub(super) fn constant(value: Decimal) -> Self {
        let value = value.units().into();
        Self {
            low: value,
            high: value,
            over: 1,
        }
    }

    fn as_constant(self) -> Option<i128> {
        (self.low == self.high).then_some(self.low)
    }

    /// Returns what becomes of it if its bounds become these.
    fn bounded(self, low: i128, high: i128) -> Self {
        Self {
            low: low.min(high),
            high: low.max(high),
            ..self
        }
    }

    pub(super) fn negative(self) -> Self {
        self.bounded(-self.low, -self.high)
    }

    pub(super) fn plus(self, other: Self) -> Option<Self> {
        if let Some(by) = self.as_constant() {
            return Some(other.bounded(other.low + by, other.high + by));
        }
        let by = other.as_constant()?;
        Some(self.bounded(self.low + by, self.high + by))
    }

    pub(super) fn times(self, other: Self) -> Option<Self> {
        let (of, by) = match self.as_constant() {
            Some(by) => (other, by),
            None => (self, other.as_constant()?),
        };
        let times = |bound: i128| Some(bound.checked_mul(by)? / ONE);
        Some(of.bounded(times(of.low)?, times(of.high)?))
    }

    pub(super) fn divided(self, other: Self) -> Option<Self> {
        let by = other.as_constant()?;
        let divided = |bound: i128| bound.checked_mul(ONE)?.checked_div(by);
        Some(self.bounded(divided(self.low)?, divided(self.high)?))
    }

    /// Returns what a window over it goes through; one over what itself takes its time is left.
    pub(super) fn window(self, reduce: Reduce, over: u32) -> Option<Self> {
        if self.over > 1 {
            return None;
        }
        match reduce {
            Reduce::Avg => Some(Self { over, ..self }),
            Reduce::Sum => {
                let sum = |bound: i128| bound.checked_mul(over.into());
                let (low, high) = (sum(self.low)?, sum(self.high)?);
                Some(Self { low, high, over })
            }
            Reduce::Stddev => None,
            Reduce::Min | Reduce::Max | Reduce::Percentile(_) => Some(self),
        }
    }

    /// Returns how many minutes more than one it takes from one bound to a level, `past` it or just
    /// to it: rising, and falling. A level that is out of reach counts as the other bound.
    pub(super) fn until(self, level: Self, is_past: bool) -> Option<(u32, u32)> {
        let level = level.as_constant()?;
        let way = self.high.checked_sub(self.low).filter(|way| *way > 0)?;
        let minutes = |far: i128| {
            let steps = far.max(0).checked_mul(self.over.into())?;
            let full = if is_past {
                steps / way
            } else {
                (steps - 1).div_euclid(way)
            };
            let more = full.clamp(0, i128::from(self.over) - 1);
            u32::try_from(more).ok()
        };
        Some((minutes(level - self.low)?, minutes(self.high - level)?))
    }
}
