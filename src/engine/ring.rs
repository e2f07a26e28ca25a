//! The past of values: rings of decimals.

use super::cell::Cell;
use super::narrow::{NARROW_UNITS, Narrow};
use super::plan::Plan;
use super::zones::{ZONE, Zone, Zones};

/// The rings of one series, one after the other. Each has room for the longest look back upon it,
/// and for a block: the block's values are put in before anything looks back.
#[derive(Clone, Debug)]
pub(super) struct Rings {
    slots: Vec<i64>,
    layout: Vec<Ring>,
    /// What is known of each, over blocks alone.
    zones: Vec<Zones>,
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
        let mut zones = Vec::new();
        for planned in &plan.rings {
            let before = plan.before[planned.of];
            let (start, len) = (slots.len(), planned.len + width);
            slots.resize(start + len, before.0);
            rings.push(Ring {
                start,
                len,
                head: 0,
                is_wide: is_wide(before),
            });
            if 1 < width {
                zones.push(Zones::filled(len, before, planned.has_squares));
            }
        }
        Self {
            slots,
            layout: rings,
            zones,
        }
    }

    /// Goes back to what [`new`](Self::new) made.
    pub(super) fn refill(&mut self, plan: &Plan) {
        for ((ring, planned), zones) in self.layout.iter_mut().zip(&plan.rings).zip(&mut self.zones)
        {
            let before = plan.before[planned.of];
            self.slots[ring.start..ring.start + ring.len].fill(before.0);
            zones.refill(before);
            (ring.head, ring.is_wide) = (0, is_wide(before));
        }
    }

    /// Puts a block's values in.
    pub(super) fn append(&mut self, ring: usize, values: &[i64]) {
        let zones = &mut self.zones[ring];
        for values in values.chunks(ZONE) {
            zones.push(Zone::of(values, zones.has_squares));
        }
        let (first, second) = self.make_room(ring, values.len());
        first.copy_from_slice(&values[..first.len()]);
        second.copy_from_slice(&values[first.len()..]);
        let bounds = self.zones[ring].around(values.len(), 0).bounds;
        self.layout[ring].is_wide |= NARROW_MAX < bounds.magnitude();
    }

    /// Puts a block's narrow values in, of which this is known, but for squares.
    pub(super) fn append_narrow(&mut self, ring: usize, block: Narrow<'_>) {
        let values = block.values;
        let (first, second) = self.make_room(ring, values.len());
        let split = first.len();
        for (slot, value) in first.iter_mut().zip(values) {
            *slot = i64::from(*value) * NARROW_UNITS;
        }
        for (slot, value) in second.iter_mut().zip(&values[split..]) {
            *slot = i64::from(*value) * NARROW_UNITS;
        }
        block.unknowns(|at| {
            if at < split {
                first[at] = Cell::UNKNOWN.0;
            } else {
                second[at - split] = Cell::UNKNOWN.0;
            }
        });
        let has_squares = self.zones[ring].has_squares;
        for (zone, values) in block.zones.iter().zip(values.chunks(ZONE)) {
            let mut zone = *zone;
            if has_squares {
                let squares = values
                    .iter()
                    .map(|value| u64::from(*value) * u64::from(*value));
                // What is unknown is nought.
                let sum: u128 = squares.map(u128::from).sum();
                zone.squares = sum.cast_signed() * i128::from(NARROW_UNITS * NARROW_UNITS);
            }
            self.zones[ring].push(zone);
        }
    }

    /// Moves on by so many slots, and returns them in two pieces.
    fn make_room(&mut self, ring: usize, count: usize) -> (&mut [i64], &mut [i64]) {
        let ring = &mut self.layout[ring];
        let slots = &mut self.slots[ring.start..ring.start + ring.len];
        let (begin, fitting) = (ring.head, count.min(ring.len - ring.head));
        let head = begin + count;
        ring.head = if head < ring.len {
            head
        } else {
            head - ring.len
        };
        let (before, after) = slots.split_at_mut(begin);
        (&mut after[..fitting], &mut before[..count - fitting])
    }

    /// Puts one value in.
    #[inline]
    pub(super) fn push(&mut self, ring: usize, value: Cell) {
        let ring = &mut self.layout[ring];
        self.slots[ring.start + ring.head] = value.0;
        let head = ring.head + 1;
        ring.head = if head == ring.len { 0 } else { head };
        ring.is_wide |= value.is_known() && NARROW_MAX < value.0.unsigned_abs();
    }

    /// Whether every value is small enough for sums in 64 bits.
    pub(super) fn is_narrow(&self, ring: usize) -> bool {
        !self.layout[ring].is_wide
    }

    /// Returns `count` values, the first of which was put in `back` values ago, in two pieces.
    #[inline]
    pub(super) fn past(&self, ring: usize, back: usize, count: usize) -> [&[i64]; 2] {
        let slots = self.slots(ring);
        let start = self.slot(ring, back);
        let first = count.min(slots.len() - start);
        [&slots[start..start + first], &slots[..count - first]]
    }

    /// Returns the zones of a ring of an evaluator for blocks.
    #[inline]
    pub(super) fn zones(&self, ring: usize) -> &Zones {
        &self.zones[ring]
    }

    /// Returns just the values that were put in from `back` ago to before `end` ago.
    pub(super) fn exactly(&self, ring: usize, back: usize, end: usize) -> Zone {
        let zones = &self.zones[ring];
        zones.exactly(back, end, |from, to| {
            let pieces = self.past(ring, from, from - to);
            pieces.map(|cells| Zone::of(cells, zones.has_squares))
        })
    }

    /// Returns the slot of the value that was put in `back` values ago.
    #[inline]
    pub(super) fn slot(&self, ring: usize, back: usize) -> usize {
        let ring = &self.layout[ring];
        if back <= ring.head {
            ring.head - back
        } else {
            ring.head + ring.len - back
        }
    }

    #[inline]
    pub(super) fn slots(&self, ring: usize) -> &[i64] {
        let ring = &self.layout[ring];
        &self.slots[ring.start..ring.start + ring.len]
    }
}

fn is_wide(before: Cell) -> bool {
    before.is_known() && NARROW_MAX < before.0.unsigned_abs()
}
