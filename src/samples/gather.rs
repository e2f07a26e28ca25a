//! Samples of one domain, put into its recording a few at a time.
//!
//! Lines mostly come minute by minute, each of another domain. A recording's columns lie far apart in
//! memory, which a sample put in alone has to wait for at every column; some of one domain together
//! wait once.

use super::quick::Coded;
use crate::engine::{Part, Recording, Sample};
use crate::unit::Minute;

/// How many samples wait at the most.
const WAITING_MAX: usize = 16;

/// A recording, and the samples that wait to be put into it.
#[derive(Debug, Default)]
pub(super) struct Gather {
    recording: Recording,
    /// Those that wait, in the order in which they came.
    waiting: Vec<Waiting>,
    /// Their codes.
    codes: Coded,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    minute: Minute,
    /// How many codes it has.
    codes: usize,
    is_counted: bool,
}

impl Gather {
    /// Takes in a sample of these codes.
    pub(super) fn add(&mut self, minute: Minute, codes: &Coded) {
        self.waiting.push(Waiting {
            minute,
            codes: codes.codes.len(),
            is_counted: !codes.counts.is_empty(),
        });
        self.codes.codes.extend_from_slice(&codes.codes);
        self.codes.proportions.extend_from_slice(&codes.proportions);
        self.codes.counts.extend_from_slice(&codes.counts);
        if WAITING_MAX <= self.waiting.len() {
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
        let mut pairs = self.codes.codes.iter().zip(&self.codes.proportions);
        let mut counts = self.codes.counts.iter();
        let mut room = Vec::new();
        for waiting in self.waiting.drain(..) {
            room.clear();
            for (code, proportion) in pairs.by_ref().take(waiting.codes) {
                let count = if waiting.is_counted {
                    counts.next()
                } else {
                    None
                };
                room.push(Part {
                    code: Some(*code),
                    proportion: *proportion,
                    count: count.copied(),
                });
            }
            // There are fewer codes than a sample may have.
            if let Ok(sample) = Sample::new(std::mem::take(&mut room)) {
                self.recording.insert(waiting.minute, &sample);
                room = sample.into_parts();
            }
        }
        self.codes.clear();
    }

    /// Returns the recording of all samples.
    pub(super) fn end(mut self) -> Recording {
        self.put();
        self.recording
    }
}
