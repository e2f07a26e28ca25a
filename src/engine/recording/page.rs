//! One page of a recording.

use std::collections::BTreeMap;

use super::cells::{Cells, NARROW, SMALL_NARROW, add_small};
use super::plane::{Plane, bit, first_of, last_of, set, window};
use crate::engine::sample::{Part, Proportion, Sample};
use crate::unit::StatusSet;

/// The largest sum of a minute's cells: beyond it a sample is kept as it came, so that sums over
/// codes need no care.
const SUM_MAX: i128 = 1 << 62;
/// What is known of [`PAGE`](super::PAGE) minutes.
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
    /// Whether the narrow units of some minute do not fit 31 bits together.
    is_heavy: bool,
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
            let mut whole = 0;
            for (hint, part) in coded(sample).enumerate() {
                let units = part.proportion.units();
                whole += units;
                self.is_fine |= units % NARROW != 0;
                self.put_cell(hint, part.code, at, units);
            }
            self.is_heavy |= i64::from(i32::MAX) < whole / NARROW;
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
                Cells::Small(cells) => cells[at] = 0,
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
    /// Returns the minutes that have codes.
    pub(super) fn traffic(&self) -> &Plane {
        &self.traffic
    }

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

    /// Whether there are samples that cells cannot hold.
    pub(in crate::engine) fn has_odd(&self) -> bool {
        !self.odd.is_empty()
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

    /// Adds up the cells of some codes as [`sum`](Self::sum) does, in narrow units of 31 bits; whether
    /// they are such, of a page of proportions.
    pub(in crate::engine) fn sum_narrow(
        &self,
        codes: &StatusSet,
        from: usize,
        sums: &mut [u32],
    ) -> bool {
        if self.is_heavy {
            return false;
        }
        let is_chosen = |column: &&Column| column.code.is_some_and(|code| codes.contains(code));
        let columns = self.columns.iter().filter(is_chosen);
        let range = from..from + sums.len();
        let small = columns.clone();
        let small = small.filter_map(|column| column.cells.small(range.clone()));
        let mut is_first = !add_small(small, sums);
        for column in columns {
            match &column.cells {
                Cells::Small(_) => {}
                Cells::Narrow(cells) if is_first => {
                    sums.copy_from_slice(&cells[from..from + sums.len()]);
                }
                Cells::Narrow(cells) => {
                    for (sum, cell) in sums.iter_mut().zip(&cells[from..]) {
                        *sum = sum.wrapping_add(*cell);
                    }
                }
                Cells::Few(cells) => {
                    if is_first {
                        sums.fill(0);
                    }
                    let begin = cells.partition_point(|(at, _)| usize::from(*at) < from);
                    for (at, value) in &cells[begin..] {
                        let Some(sum) = sums.get_mut(usize::from(*at) - from) else {
                            break;
                        };
                        let value = u32::try_from(*value / NARROW).unwrap_or(0);
                        *sum = sum.wrapping_add(value);
                    }
                }
                Cells::Wide(_) => return false,
            }
            is_first = false;
        }
        if is_first {
            sums.fill(0);
        }
        true
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
                Cells::Small(cells) => {
                    let cells = &cells[from..from + sums.len()];
                    self.add(cells, i64::from(SMALL_NARROW), (kind, from), sums);
                }
                Cells::Narrow(cells) => {
                    self.add(&cells[from..from + sums.len()], 1, (kind, from), sums);
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

    /// Adds cells up of which each stands for a count, or for so many narrow units.
    fn add<T: Copy + Into<i64>>(
        &self,
        cells: &[T],
        units: i64,
        (kind, from): (Kind, usize),
        sums: &mut [i64],
    ) {
        match kind {
            Kind::Counts => {
                for (sum, cell) in sums.iter_mut().zip(cells) {
                    *sum = sum.wrapping_add((*cell).into());
                }
            }
            Kind::Proportions => {
                for (sum, cell) in sums.iter_mut().zip(cells) {
                    *sum = sum.wrapping_add((*cell).into() * units);
                }
            }
            Kind::Mixed => {
                for (at, (sum, cell)) in sums.iter_mut().zip(cells).enumerate() {
                    let is_counted = bit(&self.counted, from + at);
                    let scale = if is_counted { 1 } else { NARROW * units };
                    *sum = sum.wrapping_add((*cell).into() * scale);
                }
            }
        }
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
