//! What the nodes that look at the minute itself are worth: one pass over a sample's codes.

use std::collections::BTreeSet;

use super::bounds::Bounds;
use super::cell::Cell;
use super::columns::{Columns, State};
use super::narrow::NarrowRows;
use super::recording::{Kind, Page};
use super::sample::{Observation, Sample};
use super::view::{ONE, View, proportion};
use super::zones::Asked;
use crate::unit::StatusSet;

/// Codes from 100 to 599.
const CODES: usize = 500;
/// The lowest of them.
const LOW: u16 = 100;

/// The leaves of a program: for each the place of its value.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaves {
    selectors: Vec<StatusSet>,
    /// For each code the selectors that have it, as bits, `words` words for each code.
    members: Vec<u64>,
    words: usize,
    pub(super) proportions: Vec<(usize, usize)>,
    counts: Vec<(usize, usize)>,
    requests: Vec<usize>,
    no_data: Vec<usize>,
    no_traffic: Vec<usize>,
    /// All of them.
    all: Looked,
    /// The places of those proportions whose sums over some minutes are asked for.
    pub(super) summed: BTreeSet<usize>,
    /// The places of those whose extremes over some minutes are asked for.
    pub(super) exact: BTreeSet<usize>,
}

/// Which leaves are looked at in a minute.
#[derive(Clone, Debug, Default)]
pub(super) struct Looked {
    proportions: Vec<(usize, usize)>,
    /// The selectors that are added up for them, as bits.
    selected: Vec<u64>,
}

impl Leaves {
    pub(super) fn add_proportion(&mut self, codes: StatusSet, place: usize) {
        let selector = self.selector(codes);
        self.proportions.push((selector, place));
    }

    pub(super) fn add_count(&mut self, codes: StatusSet, place: usize) {
        let selector = self.selector(codes);
        self.counts.push((selector, place));
    }

    /// Returns the place of the count of these codes, if there is one already.
    pub(super) fn count_place(&self, codes: StatusSet) -> Option<usize> {
        let selector = self.selectors.iter().position(|known| *known == codes)?;
        let counted = self.counts.iter().find(|(s, _)| *s == selector);
        counted.map(|(_, place)| *place)
    }

    pub(super) fn requests_place(&self) -> Option<usize> {
        self.requests.first().copied()
    }

    pub(super) fn add_requests(&mut self, place: usize) {
        self.requests.push(place);
    }

    pub(super) fn add_no_data(&mut self, place: usize) {
        self.no_data.push(place);
    }

    pub(super) fn add_no_traffic(&mut self, place: usize) {
        self.no_traffic.push(place);
    }

    fn selector(&mut self, codes: StatusSet) -> usize {
        let known = self.selectors.iter().position(|known| *known == codes);
        known.unwrap_or_else(|| {
            self.selectors.push(codes);
            self.selectors.len() - 1
        })
    }

    /// Works out which selectors each code belongs to, once all are there.
    pub(super) fn index(&mut self) {
        self.words = self.selectors.len().div_ceil(64);
        self.members = vec![0; CODES * self.words];
        for (selector, codes) in self.selectors.iter().enumerate() {
            for code in codes.iter() {
                let row = usize::from(code - LOW) * self.words;
                self.members[row + selector / 64] |= 1 << (selector % 64);
            }
        }
        self.all = self.looked(|_| true);
    }

    /// Returns the leaves that are looked at where only these places matter. Counts always are.
    pub(super) fn looked(&self, matters: impl Fn(usize) -> bool) -> Looked {
        let proportions = self.proportions.iter().filter(|(_, place)| matters(*place));
        let proportions: Vec<(usize, usize)> = proportions.copied().collect();
        let mut selected = vec![0; self.words];
        for (selector, _) in proportions.iter().chain(&self.counts) {
            selected[selector / 64] |= 1_u64 << (selector % 64);
        }
        Looked {
            proportions,
            selected,
        }
    }

    /// Returns the places of all leaves that are values.
    fn values(&self) -> impl Iterator<Item = usize> {
        let selected = self.proportions.iter().chain(&self.counts);
        selected
            .map(|(_, place)| *place)
            .chain(self.requests.iter().copied())
    }

    /// Lets the rows of all leaves that are values be open.
    pub(super) fn open(&self, columns: &mut Columns) {
        for place in self.values() {
            columns.open(place);
        }
    }

    /// Notes that every leaf was put into its row, and that nothing else is known of it.
    pub(super) fn set_whole(&self, columns: &mut Columns) {
        for place in self.values() {
            columns.set_bounds(place, Bounds::ANY, State::Whole);
        }
    }

    /// Returns how many sums [`observe`](Self::observe) needs room for.
    pub(super) fn sums_len(&self) -> usize {
        self.selectors.len()
    }

    /// Sets the value of every leaf at one minute of a block. `sums` is room to work in.
    pub(super) fn observe(
        &self,
        observation: Observation<'_>,
        at: usize,
        sums: &mut [i128],
        columns: &mut Columns,
    ) {
        self.observe_some(&self.all, observation, (at, sums, columns));
    }

    /// Sets the value of those leaves that are looked at.
    #[inline]
    pub(super) fn observe_some(
        &self,
        looked: &Looked,
        observation: Observation<'_>,
        (at, sums, columns): (usize, &mut [i128], &mut Columns),
    ) {
        let (no_data, no_traffic) = match observation {
            Observation::Sample(sample) if sample.has_codes() => {
                self.observe_codes(looked, sample, (at, sums, columns));
                (Cell::FALSE, Cell::FALSE)
            }
            Observation::Sample(_) => {
                self.observe_nothing(Cell(0), at, columns);
                (Cell::TRUE, Cell::TRUE)
            }
            Observation::Absent => {
                self.observe_nothing(Cell::UNKNOWN, at, columns);
                (Cell::TRUE, Cell::UNKNOWN)
            }
            Observation::Unasked => {
                self.observe_nothing(Cell::UNKNOWN, at, columns);
                (Cell::UNKNOWN, Cell::UNKNOWN)
            }
        };
        for place in &self.no_data {
            columns.put_truth(*place, at, no_data);
        }
        for place in &self.no_traffic {
            columns.put_truth(*place, at, no_traffic);
        }
    }

    fn observe_nothing(&self, requests: Cell, at: usize, columns: &mut Columns) {
        for (_, place) in &self.proportions {
            columns.put(*place, at, Cell::UNKNOWN);
        }
        for (_, place) in &self.counts {
            columns.put(*place, at, requests);
        }
        for place in &self.requests {
            columns.put(*place, at, requests);
        }
    }

    fn observe_codes(
        &self,
        looked: &Looked,
        sample: &Sample,
        (at, sums, columns): (usize, &mut [i128], &mut Columns),
    ) {
        let total = sample.requests();
        sums.fill(0);
        for part in sample.parts() {
            let Some(code) = part.code else { continue };
            let weight = match (total, part.count) {
                (Some(_), Some(count)) => i128::from(count),
                _ => i128::from(part.proportion.units()),
            };
            let row = usize::from(code - LOW) * self.words;
            let members = self.members[row..row + self.words].iter();
            for (word, (bits, selected)) in members.zip(&looked.selected).enumerate() {
                let mut bits = bits & selected;
                while bits != 0 {
                    sums[word * 64 + bits.trailing_zeros() as usize] += weight;
                    bits &= bits - 1;
                }
            }
        }
        for (selector, place) in &looked.proportions {
            let value = proportion(sums[*selector], total);
            columns.put(*place, at, value);
        }
        for (selector, place) in &self.counts {
            let count = total.map_or(Cell::UNKNOWN, |_| Cell::of_units(sums[*selector] * ONE));
            columns.put(*place, at, count);
        }
        for place in &self.requests {
            let count = total.map(|total| Cell::of_units(i128::from(total) * ONE));
            columns.put(*place, at, count.unwrap_or(Cell::UNKNOWN));
        }
    }

    /// Sets the value of every leaf over a block of minutes that begin at a place of a page;
    /// without one they are absent.
    pub(super) fn observe_page(
        &self,
        (page, from): (Option<&Page>, usize),
        minutes: usize,
        (sums, totals, narrow): (&mut [i128], &mut [i64], &mut NarrowRows),
        columns: &mut Columns,
    ) {
        let Some(page) = page else {
            for at in 0..minutes {
                self.observe(Observation::Absent, at, sums, columns);
            }
            self.set_whole(columns);
            return;
        };
        let view = View {
            page,
            from,
            minutes,
            kind: page.kind(),
        };
        let is_counting = self.requests.len() + self.counts.len() > 0;
        if is_counting || view.kind != Kind::Proportions {
            page.total(view.kind, from, &mut totals[..minutes]);
        }
        let totals = &totals[..minutes];
        for (row, (selector, place)) in self.proportions.iter().enumerate() {
            let asked = Asked {
                has_sum: self.summed.contains(place),
                is_exact: self.exact.contains(place),
            };
            let codes = (&self.selectors[*selector], asked);
            if view.narrow(codes, narrow.row(row), columns, *place) {
                continue;
            }
            view.proportions(&self.selectors[*selector], totals, columns, *place);
        }
        for (selector, place) in &self.counts {
            let codes = &self.selectors[*selector];
            view.counts(columns, *place, |sums| {
                page.sum(codes, view.kind, from, sums);
            });
        }
        for place in &self.requests {
            view.counts(columns, *place, |sums| sums.copy_from_slice(totals));
        }
        for at in 0..minutes.div_ceil(64) {
            let (seen, traffic) = page.presence(from + at * 64);
            for place in &self.no_data {
                let (trues, known) = columns.planes_mut(*place);
                let asked = !page.unasked(from + at * 64);
                (trues[at], known[at]) = (!traffic & asked, asked);
            }
            for place in &self.no_traffic {
                let (trues, known) = columns.planes_mut(*place);
                (trues[at], known[at]) = (seen & !traffic, seen);
            }
        }
        for (at, sample) in page.odd(from..from + minutes) {
            self.observe(Observation::Sample(sample), at - from, sums, columns);
        }
        for place in self.values() {
            if columns.is_open(place) {
                let (bounds, _) = Bounds::of_cells(&columns.row(place).cells[..minutes]);
                columns.set_bounds(place, bounds, State::Whole);
            }
        }
    }
}
