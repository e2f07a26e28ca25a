//! The minutes of a block as they lie on a page of a recording, made into rows.

use super::bounds::Bounds;
use super::cell::{Cell, quotient};
use super::columns::{Columns, State, mask};
use super::estimate;
use super::narrow::NARROW_UNITS;
use super::recording::{Kind, Page};
use super::zones::{Asked, ZONE, Zone};
use crate::unit::StatusSet;

/// How many 10⁻¹⁵ of a written proportion make one unit of a decimal.
const FINER: i128 = 1_000_000;
/// How many units make one.
pub(super) const ONE: i128 = 1_000_000_000;

/// The minutes of a block on a page.
#[derive(Clone, Copy)]
pub(super) struct View<'a> {
    pub(super) page: &'a Page,
    pub(super) from: usize,
    pub(super) minutes: usize,
    pub(super) kind: Kind,
}

impl View<'_> {
    /// Works a row out in narrow units, if that can be, and notes its bounds.
    pub(super) fn narrow(
        self,
        (codes, asked): (&StatusSet, Asked),
        (values, zones): (&mut [u32], &mut [Zone]),
        columns: &mut Columns,
        place: usize,
    ) -> bool {
        let values = &mut values[..self.minutes];
        if self.kind != Kind::Proportions
            || self.page.has_odd()
            || !self.page.sum_narrow(codes, self.from, values)
        {
            return false;
        }
        let (_, known) = columns.cells_mut(place);
        let mut bounds = Bounds::NONE;
        for (at, (values, zone)) in values.chunks(ZONE).zip(zones).enumerate() {
            let (_, traffic) = self.page.presence(self.from + at * ZONE);
            known[at] = traffic;
            *zone = Zone::of_narrow(values, traffic & mask(values.len()), asked);
            bounds = bounds.join(zone.bounds);
        }
        columns.set_bounds(place, bounds, State::Bounded);
        true
    }

    pub(super) fn proportions(
        self,
        codes: &StatusSet,
        totals: &[i64],
        columns: &mut Columns,
        place: usize,
    ) {
        let (cells, known) = columns.cells_mut(place);
        let cells = &mut cells[..self.minutes];
        self.page.sum(codes, self.kind, self.from, cells);
        match self.kind {
            Kind::Proportions => {
                for cell in &mut *cells {
                    *cell *= NARROW_UNITS;
                }
            }
            Kind::Counts => {
                for (cell, total) in cells.iter_mut().zip(totals) {
                    *cell = share(cell.unsigned_abs(), total.unsigned_abs().max(1)).0;
                }
            }
            Kind::Mixed => {
                for (at, (cell, total)) in cells.iter_mut().zip(totals).enumerate() {
                    let is_counted = self.page.is_counted(self.from + at);
                    let total = is_counted.then_some(total.unsigned_abs());
                    *cell = proportion(i128::from(*cell), total).0;
                }
            }
        }
        self.forget(cells, known, |_, traffic| traffic);
    }

    pub(super) fn counts(self, columns: &mut Columns, place: usize, fill: impl FnOnce(&mut [i64])) {
        let (cells, known) = columns.cells_mut(place);
        let cells = &mut cells[..self.minutes];
        fill(cells);
        for (at, cell) in cells.iter_mut().enumerate() {
            let at = self.from + at;
            *cell = if self.page.is_counted(at) || !self.page.has_traffic(at) {
                Cell::of_units(i128::from(*cell) * ONE).0
            } else {
                Cell::UNKNOWN.0
            };
        }
        self.forget(cells, known, |seen, _| seen);
        for (at, cell) in cells.iter().enumerate() {
            if *cell == Cell::UNKNOWN.0 {
                known[at / 64] &= !(1 << (at % 64));
            }
        }
    }

    /// Makes those minutes unknown that are, by whether there is a sample and has codes.
    fn forget(self, cells: &mut [i64], known: &mut [u64], of: impl Fn(u64, u64) -> u64) {
        for (at, cells) in cells.chunks_mut(64).enumerate() {
            let (seen, traffic) = self.page.presence(self.from + at * 64);
            known[at] = of(seen, traffic);
            let mut unknown = !known[at] & mask(cells.len());
            while unknown != 0 {
                cells[unknown.trailing_zeros() as usize] = Cell::UNKNOWN.0;
                unknown &= unknown - 1;
            }
        }
    }
}

/// Returns the proportion of a sum of counts among so many, or of a sum of written proportions.
#[inline]
pub(super) fn proportion(sum: i128, total: Option<u64>) -> Cell {
    match (total, u64::try_from(sum)) {
        (Some(total), Ok(count)) => share(count, total),
        (Some(total), Err(_)) => exact_share(sum, total),
        (None, _) => Cell::of_units(quotient(sum, FINER)),
    }
}

/// Returns the proportion of a count among so many, of which there is at least one.
#[inline]
fn share(count: u64, total: u64) -> Cell {
    let estimate = estimate::quotient(count, 100_000_000_000, total);
    estimate.map_or_else(
        || exact_share(i128::from(count), total),
        |units| Cell(units.cast_signed()),
    )
}

fn exact_share(count: i128, total: u64) -> Cell {
    Cell::of_units(quotient(count * 100 * ONE, i128::from(total)))
}
