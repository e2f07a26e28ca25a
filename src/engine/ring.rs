//! The past of values: rings of decimals.

use super::cell::Cell;
use super::plan::Plan;

/// The rings of one series, one after the other. Each has room for the longest look back upon it,
/// and for a block: the block's values are put in before anything looks back.
#[derive(Clone, Debug)]
pub(super) struct Rings {
    slots: Vec<i64>,
    rings: Vec<Ring>,
}

#[derive(Clone, Copy, Debug)]
struct Ring {
    start: usize,
    len: usize,
    /// The slot that is filled next.
    head: usize,
    /// Whether it ever held a value beyond [`NARROW_MAX`].
    is_wide: bool,
}

/// The largest magnitude of which a week of values can be added up in 64 bits, in units.
pub(super) const NARROW_MAX: u64 = 1 << 49;

impl Rings {
    /// Returns the rings, for blocks of at most `width` minutes.
    pub(super) fn new(plan: &Plan, width: usize) -> Self {
        let mut slots = Vec::with_capacity(plan.slots + plan.rings.len() * width);
        let mut rings = Vec::with_capacity(plan.rings.len());
        for layout in &plan.rings {
            let before = plan.before[layout.of];
            let (start, len) = (slots.len(), layout.len + width);
            slots.resize(start + len, before.0);
            rings.push(Ring {
                start,
                len,
                head: 0,
                is_wide: before.is_known() && NARROW_MAX < before.0.unsigned_abs(),
            });
        }
        Self { slots, rings }
    }

    /// Puts a block's values in.
    #[inline]
    pub(super) fn append(&mut self, ring: usize, values: &[i64]) {
        let ring = &mut self.rings[ring];
        let slots = &mut self.slots[ring.start..ring.start + ring.len];
        let fitting = values.len().min(ring.len - ring.head);
        slots[ring.head..ring.head + fitting].copy_from_slice(&values[..fitting]);
        slots[..values.len() - fitting].copy_from_slice(&values[fitting..]);
        let head = ring.head + values.len();
        ring.head = if head < ring.len {
            head
        } else {
            head - ring.len
        };
        if !ring.is_wide {
            let magnitudes = values.iter().map(|value| {
                if *value == Cell::UNKNOWN.0 {
                    0
                } else {
                    value.unsigned_abs()
                }
            });
            ring.is_wide = NARROW_MAX < magnitudes.fold(0, |all, one| all | one);
        }
    }

    /// Puts one value in.
    #[inline]
    pub(super) fn push(&mut self, ring: usize, value: Cell) {
        let ring = &mut self.rings[ring];
        self.slots[ring.start + ring.head] = value.0;
        let head = ring.head + 1;
        ring.head = if head == ring.len { 0 } else { head };
        ring.is_wide |= value.is_known() && NARROW_MAX < value.0.unsigned_abs();
    }

    /// Whether every value is small enough for sums in 64 bits.
    pub(super) fn is_narrow(&self, ring: usize) -> bool {
        !self.rings[ring].is_wide
    }

    /// Returns `count` values, the first of which was put in `back` values ago, in two pieces.
    #[inline]
    pub(super) fn past(&self, ring: usize, back: usize, count: usize) -> [&[i64]; 2] {
        let slots = self.slots(ring);
        let start = self.slot(ring, back);
        let first = count.min(slots.len() - start);
        [&slots[start..start + first], &slots[..count - first]]
    }

    /// Returns the slot of the value that was put in `back` values ago.
    #[inline]
    pub(super) fn slot(&self, ring: usize, back: usize) -> usize {
        let ring = &self.rings[ring];
        if back <= ring.head {
            ring.head - back
        } else {
            ring.head + ring.len - back
        }
    }

    #[inline]
    pub(super) fn slots(&self, ring: usize) -> &[i64] {
        let ring = &self.rings[ring];
        &self.slots[ring.start..ring.start + ring.len]
    }
}
