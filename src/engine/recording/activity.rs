//! In which minutes there was traffic.

use std::collections::BTreeMap;

use super::plane::{Plane, window};
use super::{PAGE, Recording, minute, place};
use crate::unit::Minute;

/// The minutes that have samples with codes, of one series or of any of several.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Activity(BTreeMap<i64, Box<Plane>>);

impl Activity {
    /// Returns the minutes of a recording.
    pub fn of(recording: &Recording) -> Self {
        let pages = recording.pages.iter();
        Self(
            pages
                .map(|(number, page)| (*number, Box::new(*page.traffic())))
                .collect(),
        )
    }

    /// Takes in the minutes of others.
    pub fn merge(&mut self, others: &Self) {
        for (number, plane) in &others.0 {
            let own = self.0.entry(*number).or_insert([0; PAGE / 64].into());
            for (word, others) in own.iter_mut().zip(plane.iter()) {
                *word |= others;
            }
        }
    }

    /// Returns the first of them from a minute on.
    pub fn next(&self, from: Minute) -> Option<Minute> {
        let (first, at) = place(from.epoch());
        let mut pages = self.0.range(first..);
        pages.find_map(|(number, plane)| {
            let from = if *number == first { at } else { 0 };
            let mut words = (from..PAGE).step_by(64);
            let found = words.find_map(|at| match window(plane, at) {
                0 => None,
                bits => Some(at + bits.trailing_zeros() as usize),
            });
            minute(*number, found?)
        })
    }

    /// Returns the last of them up to a minute, which may be it.
    pub fn last_until(&self, until: Minute) -> Option<Minute> {
        let (last, at) = place(until.epoch());
        let mut pages = self.0.range(..=last).rev();
        pages.find_map(|(number, plane)| {
            let most = if *number == last { at } else { PAGE - 1 };
            let mut words = (0..=most / 64).rev();
            let found = words.find_map(|word| {
                // Of the last word, what comes after the minute is shifted out.
                let beyond = (63 + 64 * word).saturating_sub(most);
                let bits = plane.get(word)? << beyond;
                let back = bits.leading_zeros() as usize + beyond;
                (bits != 0).then(|| 64 * word + 63 - back)
            });
            minute(*number, found?)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Part, Sample};

    fn at(epoch: i64) -> Minute {
        Minute::from_epoch(epoch).unwrap()
    }

    fn activity(epochs: &[i64]) -> Activity {
        let part = Part {
            code: Some(200),
            proportion: "100".parse().unwrap(),
            count: None,
        };
        let sample = Sample::new(vec![part]).unwrap();
        let mut recording = Recording::default();
        for epoch in epochs {
            recording.insert(at(*epoch), &sample);
        }
        recording.insert(at(7), &Sample::default());
        Activity::of(&recording)
    }

    #[test]
    fn the_next_minute_with_traffic_is_found_across_pages_and_series() {
        let mut all = activity(&[5, 1_023]);
        assert_eq!(all.next(at(5)), Some(at(5)));
        assert_eq!(all.next(at(6)), Some(at(1_023)));
        assert_eq!(all.next(at(1_024)), None);
        all.merge(&activity(&[100, 9_000]));
        let found = [0, 6, 101, 1_024, 9_000, 9_001].map(|from| all.next(at(from)));
        let expected = [5, 100, 1_023, 9_000, 9_000].map(|epoch| Some(at(epoch)));
        assert_eq!(found[..5], expected);
        assert_eq!(found[5], None);
        let found = [5, 99, 100, 1_023, 8_999, 20_000].map(|until| all.last_until(at(until)));
        let expected = [5, 5, 100, 1_023, 1_023, 9_000].map(|epoch| Some(at(epoch)));
        assert_eq!(found, expected);
        assert_eq!(all.last_until(at(4)), None);
    }
}
