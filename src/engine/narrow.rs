//! Proportions over a block in narrow units, as pages of recordings have them: four bytes each, so that
//! most of what is done with them is done for four at a time.

use super::columns::mask;
use super::zones::{ZONE, Zone};

/// How many units make a narrow cell of a page.
pub(super) const NARROW_UNITS: i64 = 100;

/// A block's values of a leaf, in narrow units; those that are unknown are nought.
#[derive(Clone, Copy, Debug)]
pub(super) struct Narrow<'a> {
    pub(super) values: &'a [u32],
    pub(super) known: &'a [u64],
    pub(super) zones: &'a [Zone],
}

impl Narrow<'_> {
    /// Shows the places of those values that are unknown.
    #[inline]
    pub(super) fn unknowns(self, mut show: impl FnMut(usize)) {
        for (word, known) in self.known.iter().enumerate() {
            let left = self.values.len().saturating_sub(word * 64);
            let mut unknown = if left == 0 { 0 } else { !known & mask(left) };
            while unknown != 0 {
                show(word * 64 + unknown.trailing_zeros() as usize);
                unknown &= unknown - 1;
            }
        }
    }
}

/// The rows of proportions in narrow units over a block, and their zones.
#[derive(Clone, Debug)]
pub(super) struct NarrowRows {
    width: usize,
    values: Vec<u32>,
    zones: Vec<Zone>,
}

impl NarrowRows {
    /// Returns room for so many rows.
    pub(super) fn new(rows: usize, width: usize) -> Self {
        let rows = if width == 1 { 0 } else { rows };
        Self {
            width,
            values: vec![0; rows * width],
            zones: vec![Zone::EMPTY; rows * width.div_ceil(ZONE)],
        }
    }

    pub(super) fn row(&mut self, row: usize) -> (&mut [u32], &mut [Zone]) {
        let zones = self.width.div_ceil(ZONE);
        (
            &mut self.values[row * self.width..][..self.width],
            &mut self.zones[row * zones..][..zones],
        )
    }

    /// Returns what a row has over a block's minutes, with the bits of those that are known.
    pub(super) fn block<'a>(&'a self, row: usize, known: &'a [u64], minutes: usize) -> Narrow<'a> {
        let zones = self.width.div_ceil(ZONE);
        Narrow {
            values: &self.values[row * self.width..][..minutes],
            known,
            zones: &self.zones[row * zones..][..minutes.div_ceil(ZONE)],
        }
    }
}
