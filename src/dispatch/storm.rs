//! Storms: when a receiver would get more messages than a person can read, they become one.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::compose::Envelope;
use super::desk::Desk;
use super::flush::{ALERTS_MAX, Due, Round};
use super::group::GroupId;
use super::notification::Reason;
use super::put_back::put_back;
use super::story::News;
use crate::unit::stable_id;

/// The beginning of the names of notes of what receivers got lately.
pub const STORM: &str = "storm/";
/// How many messages a receiver gets within `WITHIN`: chat services let a robot send some twenty.
pub const MESSAGES_MAX: usize = 10;
/// The span in which messages are counted, and from one digest to the next.
pub const WITHIN: TimeDelta = TimeDelta::minutes(1);

/// What receivers got lately, by name.
#[derive(Clone, Debug, Default)]
pub struct Storms(BTreeMap<String, Lately>);

/// What a receiver got lately: the form of its note.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
struct Lately {
    /// When messages went to it within the last minute.
    sent: Vec<DateTime<Utc>>,
    /// When the last digest went to it, while there is a storm.
    digest: Option<DateTime<Utc>>,
}

/// How the messages of a receiver may go out now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Each for itself.
    Each,
    /// All in one.
    Together,
    /// Later.
    Closed,
}

impl Storms {
    /// Takes in a stored note; one that cannot be read is left alone.
    pub fn restore(&mut self, receiver: &str, text: &str) {
        let lately = serde_json::from_str(text).ok();
        self.0
            .extend(lately.map(|lately| (receiver.to_owned(), lately)));
    }

    /// Returns what the note of a receiver says, if there is one.
    pub fn text_of(&self, receiver: &str) -> Option<String> {
        serde_json::to_string(self.0.get(receiver)?).ok()
    }

    /// Says how so many messages of a receiver may go out, and counts them if they may.
    pub fn gate(&mut self, receiver: &str, messages: usize, now: DateTime<Utc>) -> Gate {
        let lately = self.0.entry(receiver.to_owned()).or_default();
        lately.sent.retain(|sent| now < *sent + WITHIN);
        if let Some(digest) = lately.digest {
            if now < digest + WITHIN {
                return Gate::Closed;
            }
            if messages <= MESSAGES_MAX {
                lately.digest = None;
            }
        }
        if lately.digest.is_some() || MESSAGES_MAX < lately.sent.len() + messages {
            lately.digest = Some(now);
            return Gate::Together;
        }
        lately.sent.extend(std::iter::repeat_n(now, messages));
        Gate::Each
    }

    /// Says whether one message that can wait may go out to a receiver, and counts it if it may.
    pub fn admit(&mut self, receiver: &str, now: DateTime<Utc>) -> bool {
        if self.closed_until(receiver, now).is_some() {
            return false;
        }
        let lately = self.0.entry(receiver.to_owned()).or_default();
        lately.sent.retain(|sent| now < *sent + WITHIN);
        let has_room = lately.sent.len() < MESSAGES_MAX;
        if has_room {
            lately.sent.push(now);
        }
        has_room
    }

    /// Takes what went out at times that are yet to come as of now; returns to whom it went.
    pub fn put_back(&mut self, now: DateTime<Utc>) -> Vec<String> {
        let receivers = self.0.iter_mut().filter_map(|(receiver, lately)| {
            let times = lately.sent.iter_mut().chain(&mut lately.digest);
            put_back(times, now).then(|| receiver.clone())
        });
        receivers.collect()
    }

    /// Returns until when nothing may go out to a receiver, if something waits for that.
    pub fn closed_until(&self, receiver: &str, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let until = self.0.get(receiver)?.digest? + WITHIN;
        (now < until).then_some(until)
    }
}

impl Desk {
    /// Tells all that is due for a receiver in one message.
    pub(super) fn tell_together(&mut self, round: &mut Round<'_>, receiver: &str, due: &Due) {
        let mut items: BTreeMap<String, News> = BTreeMap::new();
        let mut of: BTreeMap<String, &GroupId> = BTreeMap::new();
        for call in &due.calls {
            items.extend(call.items.iter().cloned());
        }
        for id in &due.groups {
            for (firing, what) in self.news_of(id) {
                of.insert(firing.clone(), id);
                items.insert(firing, what);
            }
        }
        // Whoever hears of nothing else is to see that it is theirs to act.
        let reason = if due.groups.is_empty() {
            Reason::Escalation
        } else {
            Reason::Digest
        };
        let steps = due.calls.iter();
        let steps = steps.map(|call| format!("{}/{}", call.key, call.step));
        let occasion = steps.collect::<Vec<_>>().join(" ");
        let key = stable_id(&["digest", receiver]);
        let (ends, news) = self.apart(items.into_iter().collect());
        for items in [ends, news] {
            for chunk in self.worst_first(items).chunks(ALERTS_MAX) {
                let envelope = Envelope {
                    receiver,
                    key: &key,
                    labels: None,
                    reason,
                    occasion: &occasion,
                };
                self.post(round, &envelope, chunk);
                for (firing, _) in chunk {
                    if let Some(id) = of.get(firing) {
                        self.note_heard(round.now, id, firing);
                    }
                }
            }
        }
        for call in &due.calls {
            self.note_called(round.now, receiver, call);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn more_than_a_person_can_read_become_one_a_minute_until_it_calms_down() {
        let mut storms = Storms::default();
        let at = |seconds| DateTime::UNIX_EPOCH + TimeDelta::seconds(seconds);
        assert_eq!(storms.gate("a", MESSAGES_MAX, at(0)), Gate::Each);
        assert_eq!(
            storms.gate("b", 1, at(1)),
            Gate::Each,
            "others are not concerned"
        );
        assert_eq!(storms.gate("a", 1, at(1)), Gate::Together);
        assert_eq!(storms.gate("a", 1, at(60)), Gate::Closed);
        assert_eq!(storms.closed_until("a", at(60)), Some(at(61)));
        assert_eq!(storms.gate("a", MESSAGES_MAX + 1, at(61)), Gate::Together);
        assert_eq!(storms.gate("a", 2, at(121)), Gate::Each);
        assert_eq!(storms.closed_until("a", at(121)), None);
        assert_eq!(storms.gate("a", 500, at(300)), Gate::Together);
    }
}
