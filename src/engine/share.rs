//! The proportion of some codes among all responses of a window, from their counts.

use super::cell::{Cell, quotient};
use super::columns::Out;
use super::ring::Rings;
use super::window::{is_thin, known_if};

/// The counts of a share's window.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Share {
    /// How many minutes have known requests.
    known: u32,
    part: i128,
    whole: i128,
}

impl Share {
    /// Slides over a block whose values stand last in the rings.
    pub(super) fn slide(
        &mut self,
        rings: &Rings,
        counted: (usize, usize),
        over: u32,
        out: &mut Out<'_>,
    ) {
        out.known.fill(u64::MAX);
        let minutes = out.cells.len();
        for (at, cell) in out.cells.iter_mut().enumerate() {
            let value = self.step(rings, counted, over, minutes - at);
            *cell = known_if(value.is_known(), value.0, at, out.known);
        }
    }

    /// Slides to the minute that was put into the rings so many ago.
    pub(super) fn step(
        &mut self,
        rings: &Rings,
        (part, whole): (usize, usize),
        over: u32,
        new: usize,
    ) -> Cell {
        let at = |ring: usize, back: usize| Cell(rings.slots(ring)[rings.slot(ring, back)]);
        let old = new + over as usize;
        let (old_part, old_whole) = (at(part, old), at(whole, old));
        let (new_part, new_whole) = (at(part, new), at(whole, new));
        if old_whole.is_known() {
            self.known -= 1;
            self.part -= i128::from(old_part.0);
            self.whole -= i128::from(old_whole.0);
        }
        if new_whole.is_known() {
            self.known += 1;
            self.part += i128::from(new_part.0);
            self.whole += i128::from(new_whole.0);
        }
        if is_thin(self.known, over) || self.whole == 0 {
            Cell::UNKNOWN
        } else {
            Cell::of_units(quotient(self.part * HUNDRED, self.whole))
        }
    }
}

/// One hundred percent of a whole, in units.
const HUNDRED: i128 = 100 * 1_000_000_000;
