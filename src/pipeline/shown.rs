//! How far a source is, by what its answers have shown.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};

use crate::unit::Minute;

/// How many advances of a source are remembered with their times; of what lies before, the first
/// that is remembered counts. More than the minutes that can wait for one another.
const SHOWN_MAX: usize = 64;

/// How far a source has shown codes, and to which requests: what one request shows says nothing
/// of those that were sent before it.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Shown(VecDeque<(Minute, DateTime<Utc>)>);

impl Shown {
    /// Notes that a request that was sent then has shown codes as late as this minute; says whether that is news.
    pub fn note(&mut self, minute: Minute, sent: DateTime<Utc>) -> bool {
        // Both mostly advance, and then nothing that is remembered says as much.
        let latest = self.0.back();
        if latest.is_some_and(|(at, since)| minute <= *at || sent <= *since) {
            if self.since(minute).is_some_and(|since| since <= sent) {
                return false;
            }
            self.0.retain(|(at, since)| minute < *at || *since < sent);
        }
        let place = self.place(minute);
        self.0.insert(place, (minute, sent));
        if SHOWN_MAX < self.0.len() {
            self.0.pop_front();
        }
        true
    }

    /// Returns when the first request was sent that has shown codes of this minute or later.
    pub fn since(&self, minute: Minute) -> Option<DateTime<Utc>> {
        self.0.get(self.place(minute)).map(|(_, sent)| *sent)
    }

    /// Returns the place of the first advance to this minute or beyond. It is mostly among the last.
    fn place(&self, minute: Minute) -> usize {
        let before = self.0.iter().rposition(|(at, _)| *at < minute);
        before.map_or(0, |place| place + 1)
    }

    /// Returns the advances that are remembered: the latest minute that was shown by then, and when that was asked
    /// for first. Both ascend.
    pub fn advances(&self) -> impl DoubleEndedIterator<Item = (Minute, DateTime<Utc>)> {
        self.0.iter().copied()
    }

    /// Returns the latest minute of which codes were shown.
    pub fn latest(&self) -> Option<Minute> {
        self.0.back().map(|(at, _)| *at)
    }

    /// Whether a request that was sent then was sent to a source that is past this minute.
    pub fn is_past(&self, minute: Minute, sent: DateTime<Utc>) -> bool {
        self.since(minute).is_some_and(|since| since <= sent)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;

    #[test]
    fn what_ten_thousand_domains_show_of_one_minute_is_news_a_few_times() {
        let minute = Minute::from_epoch(1_000_000).unwrap();
        let sent = |n: i64| minute.end() + TimeDelta::milliseconds(n);
        let mut shown = Shown::default();
        // Of calls that are under way together the last may be answered first.
        let order = (0..10_000).map(|n: i64| n - n % 32 + 31 - n % 32);
        let news = order.filter(|n| shown.note(minute, sent(*n)));
        assert_eq!(news.count(), 32);
        assert_eq!(shown.since(minute), Some(sent(0)));
    }
}
