//! The silences that there are: those of the rules file and those that people made.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::order::Answer;
use super::silence::{Hides, Silence, SilenceEnd};

/// The beginning of the names of notes of silences that people made.
pub const SILENCE: &str = "silence/";
/// The beginning of the ids of silences of the rules file.
const OF_FILE: &str = "file-";
/// How long a silence may be: whoever wants more changes the rules file.
pub const SILENCE_MAX: TimeDelta = TimeDelta::days(30);
/// How long a silence is shown after its end: over a long weekend, as Alertmanager keeps them.
const SHOWN_AFTER: TimeDelta = TimeDelta::days(5);
/// How many silences of people there may be that are not over: every alert is held against each.
const SILENCES_MAX: usize = 1_000;
/// How many silences of people are kept: of those that are over, the latest.
const KEPT_MAX: usize = 2 * SILENCES_MAX;
/// The longest author, comment or id, in bytes.
const TEXT_BYTES_MAX: usize = 4 * 1024;

/// All silences, by id.
#[derive(Clone, Debug, Default)]
pub struct Silences(BTreeMap<String, KeptSilence>);

#[derive(Clone, Debug)]
struct KeptSilence {
    silence: Silence,
    hides: Hides,
    /// Whether it has hidden an alert yet.
    has_hidden: bool,
}

impl KeptSilence {
    /// Whether it is one of the rules file.
    fn is_of_file(&self) -> bool {
        self.silence.id.starts_with(OF_FILE)
    }

    /// Returns when it is shown no longer; those of the rules file always are.
    fn forgotten_at(&self) -> Option<DateTime<Utc>> {
        // A time may be so far away that nothing can be added to it.
        let shown_until = self.silence.ends.checked_add_signed(SHOWN_AFTER);
        shown_until.filter(|_| !self.is_of_file())
    }
}

/// A silence as its note keeps it.
#[derive(Serialize, Deserialize)]
struct Stored {
    silence: Silence,
    #[serde(default)]
    has_hidden: bool,
}

impl Silences {
    /// Takes in a stored silence; one that cannot be read is left alone.
    pub fn restore(&mut self, text: &str) {
        let Ok(Stored {
            silence,
            has_hidden,
        }) = serde_json::from_str(text)
        else {
            return;
        };
        if let Ok(hides) = Hides::of(&silence.matchers) {
            let kept = KeptSilence {
                silence,
                hides,
                has_hidden,
            };
            self.0.insert(kept.silence.id.clone(), kept);
        }
    }

    /// Takes the silences of the rules file instead of those that it had before.
    pub fn take_file(&mut self, silences: &[Silence]) {
        self.0.retain(|id, _| !id.starts_with(OF_FILE));
        for silence in silences {
            if let Ok(hides) = Hides::of(&silence.matchers) {
                let kept = KeptSilence {
                    silence: silence.clone(),
                    hides,
                    has_hidden: false,
                };
                self.0.insert(silence.id.clone(), kept);
            }
        }
    }

    /// Returns what the note of a silence says, if it is one of people and there is one.
    pub fn text_of(&self, id: &str) -> Option<String> {
        let kept = self.0.get(id).filter(|_| !id.starts_with(OF_FILE))?;
        let stored = Stored {
            silence: kept.silence.clone(),
            has_hidden: kept.has_hidden,
        };
        serde_json::to_string(&stored).ok()
    }

    /// Returns all silences, by id.
    pub fn all(&self) -> impl Iterator<Item = &Silence> {
        self.0.values().map(|kept| &kept.silence)
    }

    /// Returns the silences that hide an alert with these labels now.
    pub fn hiding<'a>(
        &'a self,
        labels: &'a BTreeMap<String, String>,
        now: DateTime<Utc>,
    ) -> impl Iterator<Item = &'a str> {
        let active = self.0.values().filter(move |e| e.silence.is_active(now));
        let hiding = active.filter(|kept| kept.hides.matches(labels));
        hiding.map(|kept| kept.silence.id.as_str())
    }

    /// Ends silences whose alerts are over, and forgets those that ended long ago; returns the
    /// ids of those that changed. `firing` are the labels of the alerts that fire.
    pub fn pass_time<'a>(
        &mut self,
        now: DateTime<Utc>,
        firing: &(impl Iterator<Item = &'a BTreeMap<String, String>> + Clone),
    ) -> Vec<String> {
        let mut changed = Vec::new();
        for (id, kept) in &mut self.0 {
            let ends_early = kept.silence.end == SilenceEnd::WithAlerts;
            if !ends_early || !kept.silence.is_active(now) {
                continue;
            }
            let hides = firing.clone().any(|labels| kept.hides.matches(labels));
            if hides != kept.has_hidden {
                changed.push(id.clone());
            }
            if !hides && kept.has_hidden {
                (kept.silence.ends, kept.silence.updated) = (now, now);
            }
            kept.has_hidden |= hides;
        }
        let is_old = |kept: &KeptSilence| kept.forgotten_at().is_some_and(|at| at <= now);
        let old = self.0.extract_if(.., |_, kept| is_old(kept));
        changed.extend(old.map(|(id, _)| id));
        changed
    }

    /// Returns the next time after `now` at which a silence begins, ends or is forgotten.
    pub fn next_change(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let times = self.0.values().flat_map(|kept| {
            let silence = &kept.silence;
            [
                Some(silence.starts),
                Some(silence.ends),
                kept.forgotten_at(),
            ]
        });
        times.flatten().filter(|time| now < *time).min()
    }

    /// Makes a silence, or changes one; returns what to answer, and the ids of those that changed.
    pub fn make(
        &mut self,
        replaces: Option<&str>,
        silence: Silence,
        now: DateTime<Utc>,
    ) -> (Answer, Vec<String>) {
        let hides = match Self::check(&silence, now) {
            Ok(hides) => hides,
            Err(why) => return (Answer::Refused { why }, Vec::new()),
        };
        let mut changed = Vec::new();
        // Before anything is changed: what is refused must leave the old one as it was.
        let others = self.0.values().filter(|kept| {
            let is_over = kept.silence.ends <= now;
            !is_over && !kept.is_of_file() && Some(kept.silence.id.as_str()) != replaces
        });
        if SILENCES_MAX <= others.count() {
            let why = format!("there are {SILENCES_MAX} silences already: expire some");
            return (Answer::Refused { why }, changed);
        }
        let mut silence = Silence {
            updated: now,
            ..silence
        };
        if let Some(id) = replaces {
            if id.starts_with(OF_FILE) {
                return (of_file(), changed);
            }
            let Some(old) = self.0.get_mut(id) else {
                return (Answer::Unknown, changed);
            };
            let has_begun = old.silence.starts <= now;
            let same_begin = old.silence.starts.timestamp() == silence.starts.timestamp();
            let is_over = old.silence.ends <= now;
            let same = old.silence.matchers == silence.matchers;
            changed.push(id.to_owned());
            if same && !is_over && (!has_begun || same_begin) {
                id.clone_into(&mut silence.id);
            } else {
                end(&mut old.silence, now);
            }
        }
        changed.extend(self.make_room(now));
        let id = silence.id.clone();
        let has_hidden = self.0.get(&id).is_some_and(|old| old.has_hidden);
        let kept = KeptSilence {
            silence,
            hides,
            has_hidden,
        };
        self.0.insert(id.clone(), kept);
        changed.push(id.clone());
        (Answer::Done { id }, changed)
    }

    /// Forgets the silence that is over for longest, if as many are kept as may be; returns its id.
    fn make_room(&mut self, now: DateTime<Utc>) -> Option<String> {
        let of_people = || self.0.values().filter(|kept| !kept.is_of_file());
        if of_people().count() < KEPT_MAX {
            return None;
        }
        let over = of_people().filter(|kept| kept.silence.ends <= now);
        let oldest = over.min_by_key(|kept| kept.silence.ends)?;
        let id = oldest.silence.id.clone();
        self.0.remove(&id);
        Some(id)
    }

    /// Ends a silence now; returns what to answer.
    pub fn expire(&mut self, id: &str, now: DateTime<Utc>) -> Answer {
        if id.starts_with(OF_FILE) && self.0.contains_key(id) {
            return of_file();
        }
        match self.0.get_mut(id) {
            Some(kept) if now < kept.silence.ends => {
                end(&mut kept.silence, now);
                Answer::Done { id: id.to_owned() }
            }
            Some(_) | None => Answer::Unknown,
        }
    }

    fn check(silence: &Silence, now: DateTime<Utc>) -> Result<Hides, String> {
        let texts = [&silence.id, &silence.author, &silence.comment];
        if texts.iter().any(|text| TEXT_BYTES_MAX < text.len()) {
            return Err(format!(
                "author and comment have at most {TEXT_BYTES_MAX} bytes"
            ));
        }
        if silence.id.is_empty() || silence.id.starts_with(OF_FILE) {
            return Err(format!(
                "the id of a silence is not empty and does not begin with {OF_FILE}"
            ));
        }
        if silence.ends <= silence.starts || silence.ends <= now {
            return Err("the silence is over before it begins".to_owned());
        }
        if let Some(why) = too_long(silence, now) {
            return Err(why);
        }
        Hides::parse(&silence.matchers).map_err(|error| error.to_string())
    }
}

/// Says by what a silence that people make is too long, if it is.
pub fn too_long(silence: &Silence, now: DateTime<Utc>) -> Option<String> {
    let is_too_long = SILENCE_MAX < silence.ends - silence.starts.max(now);
    is_too_long.then(|| {
        let days = SILENCE_MAX.num_days();
        format!("a silence lasts {days} days at the most")
    })
}

/// Ends a silence now, also if it has not begun.
fn end(silence: &mut Silence, now: DateTime<Utc>) {
    if now < silence.ends {
        (silence.starts, silence.ends) = (silence.starts.min(now), now);
        silence.updated = now;
    }
}

fn of_file() -> Answer {
    let why = "this silence stands in the rules file: change it there".to_owned();
    Answer::Refused { why }
}
