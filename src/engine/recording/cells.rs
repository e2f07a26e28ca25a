//! What one code had in each minute of a page, in as little room as it fits.

use super::PAGE;
use super::plane::{Plane, bit};

/// How many 10⁻¹⁵ percent make one unit of a narrow cell: it has seven places, more than sources
/// mostly write, and 100 % of them fit four bytes.
pub(super) const NARROW: i64 = 100_000_000;
/// How many cells a column has at the most before it gets a place for every minute.
const FEW_MAX: usize = 128;

#[derive(Clone, Debug)]
pub(super) enum Cells {
    /// In ascending order; other minutes have none.
    Few(Vec<(u16, i64)>),
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
        match (&mut *self, narrow(value, is_counted)) {
            (Self::Narrow(cells), Some(narrow)) => cells[at] = narrow,
            (Self::Wide(cells), _) => cells[at] = value,
            (_, None) => {
                let mut cells: Box<[i64]> =
                    (0..PAGE).map(|at| self.at(at, bit(counted, at))).collect();
                cells[at] = value;
                *self = Self::Wide(cells);
            }
            (Self::Few(_), Some(_)) => {}
        }
    }

    /// Returns a column with a place for every minute.
    fn dense(few: &[(u16, i64)], counted: &Plane) -> Self {
        let mut cells = vec![0_u32; PAGE];
        for (at, value) in few {
            let at = usize::from(*at);
            if let Some(narrow) = narrow(*value, bit(counted, at)) {
                cells[at] = narrow;
            } else {
                let mut cells = vec![0_i64; PAGE];
                for (at, value) in few {
                    cells[usize::from(*at)] = *value;
                }
                return Self::Wide(cells.into());
            }
        }
        Self::Narrow(cells.into())
    }

    /// Returns a count, or a proportion in 10⁻¹⁵ percent.
    pub(super) fn at(&self, at: usize, is_counted: bool) -> i64 {
        match self {
            Self::Few(cells) => {
                let found = cells.binary_search_by_key(&at, |(at, _)| usize::from(*at));
                found.map_or(0, |place| cells[place].1)
            }
            Self::Narrow(cells) if is_counted => i64::from(cells[at]),
            Self::Narrow(cells) => i64::from(cells[at]) * NARROW,
            Self::Wide(cells) => cells[at],
        }
    }
}

/// Returns a value as a narrow cell, if that holds it.
fn narrow(value: i64, is_counted: bool) -> Option<u32> {
    if is_counted {
        u32::try_from(value).ok()
    } else if value % NARROW == 0 {
        u32::try_from(value / NARROW).ok()
    } else {
        None
    }
}
