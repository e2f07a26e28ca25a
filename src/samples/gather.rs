//! Samples of one domain, put into its recording a few at a time.
//!
//! Lines mostly come minute by minute, each of another domain. A recording's columns lie far apart in
//! memory, which a sample put in alone has to wait for at every column; some of one domain together
//! wait once.

use crate::engine::{Part, Recording, Sample};
use crate::unit::Minute;

/// How many samples wait at the most.
const WAITING_MAX: usize = 16;

/// A recording, and the samples that wait to be put into it.
#[derive(Debug, Default)]
pub(super) struct Gather {
    recording: Recording,
    /// The minutes of those that wait, in the order in which they came, with how many parts each has.
    minutes: Vec<(Minute, usize)>,
    /// Their parts.
    parts: Vec<Part>,
}

impl Gather {
    /// Takes in a sample of these parts, which are in ascending order.
    pub(super) fn add(&mut self, minute: Minute, parts: &[Part]) {
        self.minutes.push((minute, parts.len()));
        self.parts.extend_from_slice(parts);
        if WAITING_MAX <= self.minutes.len() {
            self.put();
        }
    }

    /// Takes in a sample.
    pub(super) fn insert(&mut self, minute: Minute, sample: &Sample) {
        self.put();
        self.recording.insert(minute, sample);
    }

    /// Puts in what waits.
    fn put(&mut self) {
        let mut room = Vec::new();
        let mut rest = self.parts.as_slice();
        for (minute, len) in self.minutes.drain(..) {
            let (parts, others) = rest.split_at(len);
            rest = others;
            room.clear();
            room.extend_from_slice(parts);
            if let Ok(sample) = Sample::new(room) {
                self.recording.insert(minute, &sample);
                room = sample.into_parts();
            } else {
                room = Vec::new();
            }
        }
        self.parts.clear();
    }

    /// Returns the recording of all samples.
    pub(super) fn end(mut self) -> Recording {
        self.put();
        self.recording
    }
}
