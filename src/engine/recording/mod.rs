//! The samples of one series over a long time, packed by code.
//!
//! A [`Recording`] keeps of a sample what decides: its counts where the source counted, else its
//! proportions. They lie in pages of [`PAGE`] minutes, a column for each code, so that a sum over
//! codes is a loop over numbers that lie beside each other. Most cells take four bytes.

mod activity;
mod cells;
mod page;
mod plane;

use std::collections::BTreeMap;

use super::sample::{Observation, Sample};
use crate::unit::Minute;

pub use activity::Activity;
pub(super) use page::{Kind, Page};

/// How many minutes a page has: a multiple of those of a block.
pub(super) const PAGE: usize = 1024;

/// The samples of one series. Minutes can be put in in any order; the last sample of a minute
/// holds. A minute that is not in it is absent, unless it is noted that nobody could ask for it.
#[derive(Clone, Debug, Default)]
pub struct Recording {
    pages: BTreeMap<i64, Box<Page>>,
}

impl Recording {
    /// Puts a sample in the place of what there is of its minute.
    pub fn insert(&mut self, minute: Minute, sample: &Sample) {
        let (number, at) = place(minute.epoch());
        self.pages.entry(number).or_default().put(at, sample);
    }

    /// Puts a sample in, unless something is known of its minute.
    pub fn insert_new(&mut self, minute: Minute, sample: &Sample) {
        let (number, at) = place(minute.epoch());
        let page = self.pages.entry(number).or_default();
        if !page.holds(at) {
            page.put(at, sample);
        }
    }

    /// Notes that nobody could ask for a minute, unless something is known of it.
    pub fn insert_new_unasked(&mut self, minute: Minute) {
        let (number, at) = place(minute.epoch());
        let page = self.pages.entry(number).or_default();
        if !page.holds(at) {
            page.put_unasked(at);
        }
    }

    /// Makes every minute from `from` up to, and without, `to` one that nobody could ask for.
    pub fn forget(&mut self, from: Minute, to: Minute) {
        for minute in from.until(to) {
            let (number, at) = place(minute.epoch());
            self.pages.entry(number).or_default().put_unasked(at);
        }
    }

    /// Whether there is no sample, nor anything else.
    pub fn is_empty(&self) -> bool {
        self.pages.is_empty()
    }

    /// Returns the first minute that has a sample.
    pub fn first(&self) -> Option<Minute> {
        let mut pages = self.pages.iter();
        pages.find_map(|(number, page)| minute(*number, page.first()?))
    }

    /// Returns the first minute of which anything is known: a sample, or that nobody could ask for it.
    pub fn first_known(&self) -> Option<Minute> {
        let (number, page) = self.pages.first_key_value()?;
        minute(*number, page.first_known()?)
    }

    /// Returns the first minute with a sample that has codes.
    pub fn first_traffic(&self) -> Option<Minute> {
        let mut pages = self.pages.iter();
        pages.find_map(|(number, page)| minute(*number, page.first_traffic()?))
    }

    /// Returns the last minute that has a sample.
    pub fn last(&self) -> Option<Minute> {
        let mut pages = self.pages.iter().rev();
        pages.find_map(|(number, page)| minute(*number, page.last()?))
    }

    /// Returns what is known of a minute, given the sample that there is.
    pub(super) fn observation<'a>(
        &self,
        minute: Minute,
        sample: Option<&'a Sample>,
    ) -> Observation<'a> {
        match (self.page(minute), sample) {
            (_, Some(sample)) => Observation::Sample(sample),
            ((Some(page), at), None) if page.is_unasked(at) => Observation::Unasked,
            _ => Observation::Absent,
        }
    }

    /// Returns the sample of a minute: one that no condition can tell from the one that was put
    /// in. The proportions beside counts are gone.
    pub fn sample(&self, minute: Minute) -> Option<Sample> {
        let (number, at) = place(minute.epoch());
        self.pages.get(&number)?.sample(at)
    }

    /// Returns the page that a minute lies in, if it has samples, and the minute's place there.
    pub(super) fn page(&self, minute: Minute) -> (Option<&Page>, usize) {
        let (number, at) = place(minute.epoch());
        (self.pages.get(&number).map(AsRef::as_ref), at)
    }
}

impl<'a> FromIterator<(&'a Minute, &'a Sample)> for Recording {
    fn from_iter<T: IntoIterator<Item = (&'a Minute, &'a Sample)>>(samples: T) -> Self {
        let mut recording = Self::default();
        for (minute, sample) in samples {
            recording.insert(*minute, sample);
        }
        recording
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_sign_loss,
    reason = "minutes are not negative, and a place is less than a page"
)]
const fn place(epoch: i64) -> (i64, usize) {
    (epoch / PAGE as i64, (epoch % PAGE as i64) as usize)
}

#[expect(clippy::cast_possible_wrap, reason = "a place is less than a page")]
const fn minute(number: i64, at: usize) -> Option<Minute> {
    Minute::from_epoch(number * PAGE as i64 + at as i64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Part, Proportion};
    use crate::unit::StatusSet;

    /// A sample whose codes have small, larger and, now and then, single values.
    fn sample(at: usize, is_counted: bool) -> Sample {
        let step = |times: usize, modulo: usize| (at * times % modulo) as u64;
        let shares = [
            (200, 80_000 + step(7, 9_000)),
            (404, step(13, 6_553)),
            (
                502,
                step(31, 300) * if at.is_multiple_of(211) { 30 } else { 1 },
            ),
            (503, step(3, 50)),
            (504, if at.is_multiple_of(97) { 25 } else { 0 }),
        ];
        let part = |(code, share): (u16, u64)| Part {
            code: Some(code),
            proportion: Proportion::from_units(share.cast_signed() * 100_000_000_000).unwrap(),
            count: is_counted.then_some(share * 3),
        };
        let parts = shares.into_iter().filter(|(_, share)| 0 < *share);
        Sample::new(parts.map(part).collect()).unwrap()
    }

    #[test]
    fn sums_of_a_page_are_those_of_its_samples() {
        let codes = StatusSet::range(404, 503);
        let selected = |sample: &Sample, is_counted: bool| -> i64 {
            let parts = sample.parts().iter();
            let parts = parts.filter(|part| part.code.is_some_and(|code| codes.contains(code)));
            let value = |part: &Part| match part.count.filter(|_| is_counted) {
                Some(count) => count.cast_signed(),
                None => part.proportion.units(),
            };
            parts.map(value).sum()
        };
        for (kind, counted) in [
            (Kind::Proportions, (|_| false) as fn(usize) -> bool),
            (Kind::Counts, |_| true),
            (Kind::Mixed, |at| at.is_multiple_of(3)),
        ] {
            let mut page = Page::default();
            for at in 0..PAGE {
                page.put(at, &sample(at, counted(at)));
            }
            assert_eq!(page.kind(), kind);
            let (from, mut sums) = (100, vec![7_i64; 700]);
            page.sum(&codes, kind, from, &mut sums);
            let units = if kind == Kind::Proportions {
                cells::NARROW
            } else {
                1
            };
            for (at, sum) in sums.iter().enumerate() {
                let at = from + at;
                let expected = selected(&sample(at, counted(at)), counted(at));
                assert_eq!(sum * units, expected, "{kind:?} {at}");
            }
            if kind == Kind::Proportions {
                let mut narrow = vec![7_u32; 700];
                assert!(page.sum_narrow(&codes, from, &mut narrow));
                let same = narrow.iter().zip(&sums).all(|(a, b)| i64::from(*a) == *b);
                assert!(same, "{narrow:?}");
            }
        }
    }
}
