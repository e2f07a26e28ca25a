//! One page of a recording.

use std::collections::BTreeMap;

use super::PAGE;
use super::plane::{Plane, bit, first_of, last_of, set, window};
use crate::engine::sample::{Part, Proportion, Sample};
use crate::unit::StatusSet;

/// How many 10⁻¹⁵ percent make one unit of a narrow cell: it has seven places, more than sources
/// mostly write, and 100 % of them fit four bytes.
const NARROW: i64 = 100_000_000;
/// The largest sum of a minute's cells: beyond it a sample is kept as it came, so that sums over
/// codes need no care.
const SUM_MAX: i128 = 1 << 62;
/// How many cells a column has at the most before it gets a place for every minute.
const FEW_MAX: usize = 128;

/// What is known of [`PAGE`] minutes.
#[derive(Clone, Debug, Default)]
pub(in crate::engine) struct Page {
    /// Which minutes have a sample.
    seen: Plane,
    /// Which of them have codes.
    traffic: Plane,
    /// Which of those are counted: their cells are counts, the others' 10⁻¹⁵ percent.
    counted: Plane,
    /// Which minutes nobody could ask for; none of them has a sample.
    unasked: Plane,
    /// Whether some cell of proportions is none of narrow units.
    is_fine: bool,
    columns: Vec<Column>,
    /// Samples that cells cannot hold.
    odd: BTreeMap<usize, Sample>,
}

/// What one code had.
#[derive(Clone, Debug)]
struct Column {
    /// `None` stands for all that is no code, together.
    code: Option<u16>,
    cells: Cells,
}

#[derive(Clone, Debug)]
enum Cells {
    /// In ascending order; other minutes have none.
    Few(Vec<(u16, i64)>),
    /// Counts, or proportions in [`NARROW`].
    Narrow(Box<[u32]>),
    /// Counts, or proportions in 10⁻¹⁵ percent.
    Wide(Box<[i64]>),
}

/// How the minutes of a page with traffic are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Kind {
    /// All are proportions of at most seven places.
    Proportions,
    /// All are counted.
    Counts,
    /// They differ.
    Mixed,
}

impl Page {
    /// Puts a sample in the place of what there is.
    pub(super) fn put(&mut self, at: usize, sample: &Sample) {
        if self.holds(at) {
            self.clear(at);
        }
        set(&mut self.seen, at);
        if !sample.has_codes() {
            return;
        }
        set(&mut self.traffic, at);
        if !packs(sample) {
            self.odd.insert(at, sample.clone());
            return;
        }
        if let Some(total) = sample.requests() {
            set(&mut self.counted, at);
            let mut rest = total;
            for (hint, part) in coded(sample).enumerate() {
                let count = part.count.unwrap_or(0);
                rest -= count;
                self.put_cell(hint, part.code, at, count.cast_signed());
            }
            if 0 < rest {
                self.put_cell(sample.parts().len(), None, at, rest.cast_signed());
            }
        } else {
            for (hint, part) in coded(sample).enumerate() {
                let units = part.proportion.units();
                self.is_fine |= units % NARROW != 0;
                self.put_cell(hint, part.code, at, units);
            }
        }
    }

    /// Puts a value into a code's column, which mostly stands at `hint`.
    fn put_cell(&mut self, hint: usize, code: Option<u16>, at: usize, value: i64) {
        let is_there = self.columns.get(hint).is_some_and(|c| c.code == code);
        let place = if is_there {
            hint
        } else {
            let known = self.columns.iter().position(|c| c.code == code);
            known.unwrap_or_else(|| {
                let cells = Cells::Few(Vec::new());
                self.columns.push(Column { code, cells });
                self.columns.len() - 1
            })
        };
        let counted = &self.counted;
        self.columns[place].cells.put(at, value, counted);
    }

    fn clear(&mut self, at: usize) {
        let planes = [
            &mut self.seen,
            &mut self.unasked,
            &mut self.traffic,
            &mut self.counted,
        ];
        for plane in planes {
            plane[at / 64] &= !(1 << (at % 64));
        }
        self.odd.remove(&at);
        for column in &mut self.columns {
            match &mut column.cells {
                Cells::Few(cells) => cells.retain(|(place, _)| usize::from(*place) != at),
                Cells::Narrow(cells) => cells[at] = 0,
                Cells::Wide(cells) => cells[at] = 0,
            }
        }
    }

    /// Notes that nobody could ask for a minute, in the place of what there is.
    pub(super) fn put_unasked(&mut self, at: usize) {
        if self.holds(at) {
            self.clear(at);
        }
        set(&mut self.unasked, at);
    }

    /// Whether anything is known of a minute.
    pub(super) fn holds(&self, at: usize) -> bool {
        bit(&self.seen, at) || bit(&self.unasked, at)
    }

    pub(super) fn is_unasked(&self, at: usize) -> bool {
        bit(&self.unasked, at)
    }

    /// Returns the first minute with a sample.
    pub(super) fn first(&self) -> Option<usize> {
        first_of(&self.seen)
    }

    /// Returns the first minute of which anything is known.
    pub(super) fn first_known(&self) -> Option<usize> {
        let (seen, unasked) = (first_of(&self.seen), first_of(&self.unasked));
        seen.into_iter().chain(unasked).min()
    }

    /// Returns the first minute with codes.
    pub(super) fn first_traffic(&self) -> Option<usize> {
        first_of(&self.traffic)
    }

    /// Returns the last minute with a sample.
    pub(super) fn last(&self) -> Option<usize> {
        last_of(&self.seen)
    }

    pub(super) fn sample(&self, at: usize) -> Option<Sample> {
        if !bit(&self.seen, at) {
            return None;
        }
        if let Some(odd) = self.odd.get(&at) {
            return Some(odd.clone());
        }
        let is_counted = bit(&self.counted, at);
        let part = |column: &Column| {
            let value = column.cells.at(at, is_counted);
            let is_there = value != 0 || (column.code.is_some() && bit(&self.traffic, at));
            is_there.then(|| Part {
                code: column.code,
                proportion: Proportion::from_units(if is_counted { 0 } else { value })
                    .unwrap_or_default(),
                count: is_counted.then_some(value.cast_unsigned()),
            })
        };
        let mut parts: Vec<Part> = self.columns.iter().filter_map(part).collect();
        if parts.is_empty() && bit(&self.traffic, at) {
            // All that there was is selected by nothing.
            parts.push(Part {
                code: None,
                proportion: Proportion::default(),
                count: None,
            });
        }
        Sample::new(parts).ok()
    }

    /// Returns how to read the minutes, beside those of [`odd`](Self::odd).
    pub(in crate::engine) fn kind(&self) -> Kind {
        let pairs = || self.traffic.iter().zip(&self.counted);
        if pairs().all(|(traffic, counted)| traffic == counted) && self.odd.is_empty() {
            Kind::Counts
        } else if pairs().all(|(_, counted)| *counted == 0) && !self.is_fine {
            Kind::Proportions
        } else {
            Kind::Mixed
        }
    }

    /// Puts the bits of 64 minutes from `at` on: whether there is a sample, and whether it has
    /// codes.
    pub(in crate::engine) fn presence(&self, at: usize) -> (u64, u64) {
        (window(&self.seen, at), window(&self.traffic, at))
    }

    /// Returns the bits of 64 minutes from `at` on: whether nobody could ask for them.
    pub(in crate::engine) fn unasked(&self, at: usize) -> u64 {
        window(&self.unasked, at)
    }

    pub(in crate::engine) fn has_traffic(&self, at: usize) -> bool {
        bit(&self.traffic, at)
    }

    pub(in crate::engine) fn is_counted(&self, at: usize) -> bool {
        bit(&self.counted, at)
    }

    /// Returns the samples among so many minutes that cells cannot hold, with their places.
    pub(in crate::engine) fn odd(
        &self,
        range: std::ops::Range<usize>,
    ) -> impl Iterator<Item = (usize, &Sample)> {
        self.odd.range(range).map(|(at, sample)| (*at, sample))
    }

    /// Adds up the cells of some codes over `sums.len()` minutes from `from` on: counts, or
    /// proportions in narrow units or, of a mixed page, in 10⁻¹⁵ percent.
    pub(in crate::engine) fn sum(
        &self,
        codes: &StatusSet,
        kind: Kind,
        from: usize,
        sums: &mut [i64],
    ) {
        let is_chosen = |column: &&Column| column.code.is_some_and(|code| codes.contains(code));
        self.sum_columns(is_chosen, kind, from, sums);
    }

    /// Adds up all cells.
    pub(in crate::engine) fn total(&self, kind: Kind, from: usize, sums: &mut [i64]) {
        self.sum_columns(|_| true, kind, from, sums);
    }

    fn sum_columns(
        &self,
        is_chosen: impl Fn(&&Column) -> bool,
        kind: Kind,
        from: usize,
        sums: &mut [i64],
    ) {
        sums.fill(0);
        for column in self.columns.iter().filter(is_chosen) {
            match &column.cells {
                Cells::Few(cells) => {
                    let begin = cells.partition_point(|(at, _)| usize::from(*at) < from);
                    for (at, value) in &cells[begin..] {
                        let Some(sum) = sums.get_mut(usize::from(*at) - from) else {
                            break;
                        };
                        let narrow = kind == Kind::Proportions;
                        *sum += if narrow { *value / NARROW } else { *value };
                    }
                }
                Cells::Narrow(cells) => {
                    let cells = &cells[from..from + sums.len()];
                    if kind == Kind::Mixed {
                        for (at, (sum, cell)) in sums.iter_mut().zip(cells).enumerate() {
                            let is_counted = bit(&self.counted, from + at);
                            let scale = if is_counted { 1 } else { NARROW };
                            *sum = sum.wrapping_add(i64::from(*cell) * scale);
                        }
                    } else {
                        for (sum, cell) in sums.iter_mut().zip(cells) {
                            *sum = sum.wrapping_add(i64::from(*cell));
                        }
                    }
                }
                Cells::Wide(cells) => {
                    let cells = &cells[from..from + sums.len()];
                    let narrow = kind == Kind::Proportions;
                    for (sum, cell) in sums.iter_mut().zip(cells) {
                        let value = if narrow { *cell / NARROW } else { *cell };
                        *sum = sum.wrapping_add(value);
                    }
                }
            }
        }
    }
}

impl Cells {
    fn put(&mut self, at: usize, value: i64, counted: &Plane) {
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
    fn at(&self, at: usize, is_counted: bool) -> i64 {
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

/// Whether cells can hold a sample.
fn packs(sample: &Sample) -> bool {
    if let Some(total) = sample.requests() {
        return i128::from(total) <= SUM_MAX;
    }
    let mut units = coded(sample).map(|part| i128::from(part.proportion.units()));
    units.clone().all(|units| 0 <= units) && units.by_ref().sum::<i128>() <= SUM_MAX
}

fn coded(sample: &Sample) -> impl Iterator<Item = &Part> + Clone {
    sample.parts().iter().filter(|part| part.code.is_some())
}
