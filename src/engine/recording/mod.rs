//! The samples of one series over a long time, packed by code.
//!
//! A [`Recording`] keeps of a sample what decides: its counts where the source counted, else its
//! proportions. They lie in pages of [`PAGE`] minutes, a column for each code, so that a sum over
//! codes is a loop over numbers that lie beside each other. Most cells take four bytes.

mod cells;
mod page;
mod plane;

use std::collections::BTreeMap;

use super::sample::{Observation, Sample};
use crate::unit::Minute;

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
