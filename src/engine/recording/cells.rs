//! What one code had in each minute of a page, in as little room as it fits.

use std::ops::Range;

use super::PAGE;
use super::plane::{Plane, bit};

/// How many 10⁻¹⁵ percent make one unit of a narrow cell: it has seven places, more than sources
/// mostly write, and 100 % of them fit four bytes.
pub(super) const NARROW: i64 = 100_000_000;
/// How many 10⁻¹⁵ percent make one unit of a small cell: it has four places and ends at 6.5535 %, which is
/// what most codes but the most frequent one have.
const SMALL: i64 = NARROW * SMALL_NARROW as i64;
/// How many units of a narrow cell make one of a small cell.
pub(super) const SMALL_NARROW: u32 = 1_000;
/// How many cells a column has at the most before it gets a place for every minute: as many as take half
/// the room of that.
const FEW_MAX: usize = 64;

#[derive(Clone, Debug)]
pub(super) enum Cells {
    /// In ascending order; other minutes have none.
    Few(Vec<(u16, i64)>),
    /// Counts, or proportions in [`SMALL`].
    Small(Box<[u16]>),
    /// Counts, or proportions in [`NARROW`].
    Narrow(Box<[u32]>),
    /// Counts, or proportions in 10⁻¹⁵ percent.
    Wide(Box<[i64]>),
}

impl Cells {
    pub(super) fn put(&mut self, at: usize, value: i64, counted: &Plane) {
        if let Self::Few(cells) = self {
            let place = u16::try_from(at).unwrap_or(u16::MAX);
            if cells.len() < FEW_MAX {
                let end = cells.partition_point(|(there, _)| *there < place);
                cells.insert(end, (place, value));
                return;
            }
            *self = Self::dense(cells, counted);
        }
        let is_counted = bit(counted, at);
        let is_put = match self {
            Self::Small(cells) => put(cells, at, small(value, is_counted)),
            Self::Narrow(cells) => put(cells, at, narrow(value, is_counted)),
            Self::Wide(cells) => put(cells, at, Some(value)),
            Self::Few(_) => false,
        };
        if !is_put {
            let cells = (0..PAGE).map(|at| self.at(at, bit(counted, at)));
            let mut cells: Vec<i64> = cells.collect();
            cells[at] = value;
            *self = Self::packed(&cells, counted);
        }
    }

    /// Returns a column with a place for every minute.
    fn dense(few: &[(u16, i64)], counted: &Plane) -> Self {
        let mut cells = vec![0_i64; PAGE];
        for (at, value) in few {
            cells[usize::from(*at)] = *value;
        }
        Self::packed(&cells, counted)
    }

    /// Returns the values of all minutes in as little room as they fit.
    fn packed(cells: &[i64], counted: &Plane) -> Self {
        let values = || {
            let cells = cells.iter().enumerate();
            cells.map(|(at, value)| (*value, bit(counted, at)))
        };
        let small: Option<Box<[u16]>> = values().map(|(value, is)| small(value, is)).collect();
        if let Some(small) = small {
            return Self::Small(small);
        }
        let narrow: Option<Box<[u32]>> = values().map(|(value, is)| narrow(value, is)).collect();
        narrow.map_or_else(|| Self::Wide(cells.into()), Self::Narrow)
    }

    /// Returns a count, or a proportion in 10⁻¹⁵ percent.
    pub(super) fn at(&self, at: usize, is_counted: bool) -> i64 {
        match self {
            Self::Few(cells) => {
                let found = cells.binary_search_by_key(&at, |(at, _)| usize::from(*at));
                found.map_or(0, |place| cells[place].1)
            }
            Self::Small(cells) if is_counted => i64::from(cells[at]),
            Self::Small(cells) => i64::from(cells[at]) * SMALL,
            Self::Narrow(cells) if is_counted => i64::from(cells[at]),
            Self::Narrow(cells) => i64::from(cells[at]) * NARROW,
            Self::Wide(cells) => cells[at],
        }
    }

    /// Returns those of some minutes, if they are small.
    pub(super) fn small(&self, range: Range<usize>) -> Option<&[u16]> {
        match self {
            Self::Small(cells) => Some(&cells[range]),
            Self::Few(_) | Self::Narrow(_) | Self::Wide(_) => None,
        }
    }
}

/// Puts the sums of small cells of proportions, in narrow units, in the place of what there is; whether there
/// are any.
pub(super) fn add_small<'a>(mut all: impl Iterator<Item = &'a [u16]>, sums: &mut [u32]) -> bool {
    let Some(first) = all.next() else {
        return false;
    };
    for (sum, cell) in sums.iter_mut().zip(first) {
        *sum = u32::from(*cell);
    }
    for cells in all {
        for (sum, cell) in sums.iter_mut().zip(cells) {
            *sum = sum.wrapping_add(u32::from(*cell));
        }
    }
    // Once for all: a processor without newer instructions multiplies slowly.
    for sum in sums {
        *sum = sum.wrapping_mul(SMALL_NARROW);
    }
    true
}

/// Puts a value in, if there is one; whether there was.
fn put<T>(cells: &mut [T], at: usize, value: Option<T>) -> bool {
    let Some(value) = value else { return false };
    cells[at] = value;
    true
}

/// Returns a value as a small cell, if that holds it.
fn small(value: i64, is_counted: bool) -> Option<u16> {
    u16::try_from(in_units(value, is_counted, SMALL)?).ok()
}

/// Returns a value as a narrow cell, if that holds it.
fn narrow(value: i64, is_counted: bool) -> Option<u32> {
    u32::try_from(in_units(value, is_counted, NARROW)?).ok()
}

/// Returns a count as it is, and a proportion as a whole number of such units, if it is one.
fn in_units(value: i64, is_counted: bool, units: i64) -> Option<i64> {
    if is_counted {
        Some(value)
    } else {
        (value % units == 0).then_some(value / units)
    }
}

#[cfg(test)]
mod tests {
    use super::super::plane::set;
    use super::*;

    /// Values at and beside the ends of what each form holds, finer and finer.
    const VALUES: [i64; 12] = [
        0,
        SMALL,
        65_535 * SMALL,
        65_536 * SMALL,
        NARROW,
        4_294_967_295 * NARROW,
        NARROW - 1,
        65_535,
        65_536,
        4_294_967_295,
        4_294_967_296,
        1 << 62,
    ];

    #[test]
    fn cells_give_back_what_was_put_in_whatever_comes_after() {
        for is_counted in [false, true] {
            for last in 1..=VALUES.len() {
                let (mut cells, mut counted) = (Cells::Few(Vec::new()), Plane::default());
                let value = |at: usize| VALUES[at * last / PAGE];
                for at in 0..PAGE {
                    if is_counted || at % 3 == 0 {
                        set(&mut counted, at);
                    }
                    cells.put(at, value(at), &counted);
                }
                for at in 0..PAGE {
                    let found = cells.at(at, bit(&counted, at));
                    assert_eq!(found, value(at), "{at} of {last}, counted: {is_counted}");
                }
            }
        }
    }

    #[test]
    fn a_column_takes_as_little_room_as_its_values_fit() {
        let filled = |value: i64, plane: &Plane| {
            let mut cells = Cells::Few(Vec::new());
            for at in 0..PAGE {
                cells.put(at, value, plane);
            }
            cells
        };
        let (shares, counts) = (Plane::default(), [u64::MAX; PAGE / 64]);
        assert!(matches!(filled(65_535 * SMALL, &shares), Cells::Small(_)));
        assert!(matches!(filled(65_536 * SMALL, &shares), Cells::Narrow(_)));
        assert!(matches!(filled(NARROW, &shares), Cells::Narrow(_)));
        assert!(matches!(filled(1, &shares), Cells::Wide(_)));
        assert!(matches!(filled(65_535, &counts), Cells::Small(_)));
        assert!(matches!(filled(65_536, &counts), Cells::Narrow(_)));
        assert!(matches!(filled(1 << 32, &counts), Cells::Wide(_)));
    }
}
