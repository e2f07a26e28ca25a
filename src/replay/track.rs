//! One domain of a file, minute by minute.

use std::collections::BTreeMap;

use crate::engine::{Observation, Sample};
use crate::samples::Samples;
use crate::unit::Minute;

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
