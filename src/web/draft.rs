//! Silences as people ask for them, before they have an id; and what they would hide.

use chrono::{DateTime, TimeDelta, Utc};

use super::{known, matchers};
use crate::config::Config;
use crate::dispatch::{Hides, Matcher, Silence, SilenceEnd, too_long};
use crate::pipeline::{Snapshot, StandingAlert};

/// The longest comment, in bytes: what fits a page.
const COMMENT_BYTES_MAX: usize = 4 * 1024;
/// The longest name of an author, in bytes.
const AUTHOR_BYTES_MAX: usize = 256;
/// How far away a time may be: beyond, arithmetic would not hold.
const TIME_MAX: TimeDelta = TimeDelta::days(36_500);

/// A silence as somebody asks for it.
pub(super) struct Draft {
    /// The silence that it is to replace.
    pub(super) replaces: Option<String>,
    /// What it hides.
    pub(super) matchers: Vec<Matcher>,
    /// When it begins.
    pub(super) starts: DateTime<Utc>,
    /// When it ends.
    pub(super) ends: DateTime<Utc>,
    /// Whether it ends before that.
    pub(super) end: SilenceEnd,
    /// Who asks.
    pub(super) author: String,
    /// Why.
    pub(super) comment: String,
}

impl Draft {
    /// Returns the silence, with a fresh id, if it can be made.
    ///
    /// A beginning that is past becomes now, unless it is that of the silence that is replaced.
    ///
    /// # Errors
    ///
    /// A sentence that says what is wrong with it.
    pub(super) fn silence(
        &self,
        rules: &Config,
        standing: &Snapshot,
        now: DateTime<Utc>,
    ) -> Result<Silence, String> {
        known::check_labels(&self.matchers, rules, standing)?;
        Hides::parse(&self.matchers).map_err(|error| error.to_string())?;
        let is_near = |time: DateTime<Utc>| (time - now).abs() <= TIME_MAX;
        if !is_near(self.starts) || !is_near(self.ends) {
            return Err("its beginning or its end is more than a hundred years away".to_owned());
        }
        if self.ends <= now {
            return Err("the end of a silence must not be past".to_owned());
        }
        if self.ends <= self.starts {
            return Err("a silence must end after it begins".to_owned());
        }
        check_texts(&self.author, &self.comment)?;
        let silence = Silence {
            id: fresh_id()?,
            matchers: self.matchers.clone(),
            starts: self.beginning(standing, now),
            ends: self.ends,
            end: self.end,
            author: self.author.clone(),
            comment: self.comment.clone(),
            updated: now,
        };
        too_long(&silence, now).map_or(Ok(silence), Err)
    }

    fn beginning(&self, standing: &Snapshot, now: DateTime<Utc>) -> DateTime<Utc> {
        let replaced = self.replaces.as_ref().and_then(|id| find(standing, id));
        let same = replaced.filter(|old| old.starts.timestamp() == self.starts.timestamp());
        same.map_or(self.starts.max(now), |old| old.starts)
    }
}

/// Says whether a name and a comment can be kept.
///
/// # Errors
///
/// A sentence that says which cannot.
pub(super) fn check_texts(author: &str, comment: &str) -> Result<(), String> {
    if AUTHOR_BYTES_MAX < author.len() || author.contains(char::is_control) {
        return Err(format!(
            "the author's name has at most {AUTHOR_BYTES_MAX} bytes, on one line"
        ));
    }
    // Alertmanager's clients send comments of several lines.
    let is_hidden = |c: char| c.is_control() && !"\r\n\t".contains(c);
    if COMMENT_BYTES_MAX < comment.len() || comment.contains(is_hidden) {
        return Err(format!(
            "the comment has at most {COMMENT_BYTES_MAX} bytes, without control characters"
        ));
    }
    Ok(())
}

/// Returns the alerts that stand and match.
///
/// # Errors
///
/// A sentence that says what is wrong with a matcher.
pub(super) fn hidden<'s>(
    matchers: &[Matcher],
    standing: &'s Snapshot,
) -> Result<Vec<&'s StandingAlert>, String> {
    let hides = matchers::all(matchers)?;
    let matches = |alert: &&StandingAlert| hides.matches(&alert.labels);
    Ok(standing.alerts.iter().filter(matches).collect())
}

/// Returns the silence of an id.
pub(super) fn find<'s>(standing: &'s Snapshot, id: &str) -> Option<&'s Silence> {
    standing.silences.iter().find(|silence| silence.id == id)
}

/// Where a silence is in its life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    /// It hides what matches.
    Active,
    /// It has not begun.
    Pending,
    /// It is over.
    Expired,
}

impl Stage {
    /// Returns where a silence is at a time.
    pub(super) fn of(silence: &Silence, now: DateTime<Utc>) -> Self {
        if silence.ends <= now {
            Self::Expired
        } else if now < silence.starts {
            Self::Pending
        } else {
            Self::Active
        }
    }

    /// Returns the word of the API.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Expired => "expired",
        }
    }
}

/// Returns silences in the order in which people look at them: those that hide something by their end,
/// those to come by their beginning, those that are over from the last one on.
pub(super) fn sorted(standing: &Snapshot, now: DateTime<Utc>) -> Vec<&Silence> {
    let mut silences: Vec<&Silence> = standing.silences.iter().collect();
    silences.sort_by_key(|silence| {
        let stage = Stage::of(silence, now);
        let time = match stage {
            Stage::Active => silence.ends.timestamp_millis(),
            Stage::Pending => silence.starts.timestamp_millis(),
            Stage::Expired => -silence.ends.timestamp_millis(),
        };
        (stage, time, silence.id.clone())
    });
    silences
}

/// Draws a UUID, of version 4.
fn fresh_id() -> Result<String, String> {
    let mut bytes = [0; 16];
    getrandom::fill(&mut bytes).map_err(|_| "no id could be drawn; try again".to_owned())?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let text = format!("{:032x}", u128::from_be_bytes(bytes));
    let parts = [
        &text[..8],
        &text[8..12],
        &text[12..16],
        &text[16..20],
        &text[20..],
    ];
    Ok(parts.join("-"))
}
