//! One domain of a file, minute by minute.

use std::collections::BTreeMap;

use crate::engine::{Observation, Sample};
use crate::samples::Samples;
use crate::unit::{Minute, Series};

/// Returns the last minute of a file.
pub(super) fn last_minute(samples: &Samples) -> Option<Minute> {
    let last = |minutes: &BTreeMap<Minute, Sample>| minutes.keys().next_back().copied();
    samples.values().filter_map(last).max()
}

/// Returns the first minute of a domain.
pub(super) fn first_minute(minutes: &BTreeMap<Minute, Sample>) -> Option<Minute> {
    minutes.keys().next().copied()
}

/// Returns every minute from a domain's first to `last`, with what is known of it.
pub(super) fn observations(
    minutes: &BTreeMap<Minute, Sample>,
    last: Minute,
) -> impl Iterator<Item = (Minute, Observation<'_>)> {
    let first = first_minute(minutes).unwrap_or(last.next());
    let mut recorded = minutes.iter().peekable();
    first.until(last.next()).map(move |minute| {
        let sample = recorded.next_if(|(at, _)| **at == minute);
        let observation = sample.map_or(Observation::Absent, |(_, sample)| {
            Observation::Sample(sample)
        });
        (minute, observation)
    })
}

/// What is known of one series, wherever it was kept, and how far it is judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Track {
    /// The series.
    pub series: Series,
    /// What was kept of the minutes from `first` to `last`: a sample, or `None` where the source
    /// could not be asked. A minute that is not among them was absent.
    pub kept: BTreeMap<Minute, Option<Sample>>,
    /// The first minute of which anything is known.
    pub first: Minute,
    /// The last.
    pub last: Minute,
    /// Where the history begins, if that is known.
    pub history_begin: Option<Minute>,
    /// The first minute that is judged.
    pub judge_from: Minute,
}

impl Track {
    /// Returns every minute from the first to the last, with what is known of it.
    pub fn observations(&self) -> impl Iterator<Item = (Minute, Observation<'_>)> {
        let mut kept = self.kept.iter().peekable();
        self.first.until(self.last.next()).map(move |minute| {
            let here = kept.next_if(|(at, _)| **at == minute);
            let observation = match here {
                None => Observation::Absent,
                Some((_, None)) => Observation::Unasked,
                Some((_, Some(sample))) => Observation::Sample(sample),
            };
            (minute, observation)
        })
    }
}
