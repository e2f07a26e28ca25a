//! What the nodes that look at the minute itself are worth: one pass over a sample's codes.

use super::cell::{Cell, quotient};
use super::sample::{Observation, Sample};
use crate::unit::StatusSet;

/// Codes from 100 to 599.
const CODES: usize = 500;
/// The lowest of them.
const LOW: u16 = 100;
/// How many 10⁻¹⁵ of a written proportion make one unit of a decimal.
const FINER: i128 = 1_000_000;
/// How many units make one.
const ONE: i128 = 1_000_000_000;

/// The leaves of a program: for each the place of its value.
#[derive(Clone, Debug, Default)]
pub(super) struct Leaves {
    selectors: Vec<StatusSet>,
    /// For each code the selectors that have it, as bits, `words` words for each code.
    members: Vec<u64>,
    words: usize,
    proportions: Vec<(usize, usize)>,
    counts: Vec<(usize, usize)>,
    requests: Vec<usize>,
    no_data: Vec<usize>,
    no_traffic: Vec<usize>,
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
    }

    /// Returns how many sums [`observe`](Self::observe) needs room for.
    pub(super) fn sums_len(&self) -> usize {
        self.selectors.len()
    }

    /// Sets the value of every leaf. `sums` is room to work in.
    pub(super) fn observe(
        &self,
        observation: Observation<'_>,
        sums: &mut [i128],
        cells: &mut [Cell],
    ) {
        let (no_data, no_traffic) = match observation {
            Observation::Sample(sample) if sample.has_codes() => {
                self.observe_codes(sample, sums, cells);
                (Cell::FALSE, Cell::FALSE)
            }
            Observation::Sample(_) => {
                self.observe_nothing(Cell(0), cells);
                (Cell::TRUE, Cell::TRUE)
            }
            Observation::Absent => {
                self.observe_nothing(Cell::UNKNOWN, cells);
                (Cell::TRUE, Cell::UNKNOWN)
            }
            Observation::Unasked => {
                self.observe_nothing(Cell::UNKNOWN, cells);
                (Cell::UNKNOWN, Cell::UNKNOWN)
            }
        };
        for place in &self.no_data {
            cells[*place] = no_data;
        }
        for place in &self.no_traffic {
            cells[*place] = no_traffic;
        }
    }

    fn observe_nothing(&self, requests: Cell, cells: &mut [Cell]) {
        for (_, place) in &self.proportions {
            cells[*place] = Cell::UNKNOWN;
        }
        for (_, place) in &self.counts {
            cells[*place] = requests;
        }
        for place in &self.requests {
            cells[*place] = requests;
        }
    }

    fn observe_codes(&self, sample: &Sample, sums: &mut [i128], cells: &mut [Cell]) {
        let total = sample.requests();
        sums.fill(0);
        for part in sample.parts() {
            let Some(code) = part.code else { continue };
            let weight = match (total, part.count) {
                (Some(_), Some(count)) => i128::from(count),
                _ => i128::from(part.proportion.units()),
            };
            let row = usize::from(code - LOW) * self.words;
            for (word, bits) in self.members[row..row + self.words].iter().enumerate() {
                let mut bits = *bits;
                while bits != 0 {
                    sums[word * 64 + bits.trailing_zeros() as usize] += weight;
                    bits &= bits - 1;
                }
            }
        }
        for (selector, place) in &self.proportions {
            let sum = sums[*selector];
            cells[*place] = Cell::of_units(match total {
                Some(total) => quotient(sum * 100 * ONE, i128::from(total)),
                None => quotient(sum, FINER),
            });
        }
        for (selector, place) in &self.counts {
            let count = total.map_or(Cell::UNKNOWN, |_| Cell::of_units(sums[*selector] * ONE));
            cells[*place] = count;
        }
        for place in &self.requests {
            let count = total.map(|total| Cell::of_units(i128::from(total) * ONE));
            cells[*place] = count.unwrap_or(Cell::UNKNOWN);
        }
    }
}
