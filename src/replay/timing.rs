//! When a service would have judged what a recording says, if each sample had come at its minute's end;
//! and until when it would have kept alerts about missing data back, as `source-late` tells of that already.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::judged::Judged;
use crate::engine::{Event, Subject, Transition};
use crate::pipeline::Setup;
use crate::unit::{Minute, Series};

/// Until when an alert is kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Release {
    /// Until this time.
    At(DateTime<Utc>),
    /// The source does not come back.
    Never,
}

/// When a service with this setup does what.
#[derive(Clone, Copy)]
pub(super) struct Timing<'a> {
    pub(super) setup: &'a Setup,
    pub(super) judged: &'a Judged,
}

impl Timing<'_> {
    /// Returns when the minute of a transition is judged: for a rule over many domains, on the slowest of them.
    pub(super) fn judged_at(self, of: &Transition) -> DateTime<Utc> {
        let series = self.series_of(of);
        let judged = series.iter();
        let judged = judged.map(|(series, next)| self.judged_on(series, of.minute, *next));
        judged.max().unwrap_or_else(|| of.minute.end())
    }

    /// Returns until when an alert is kept back that begins to fire at `now`, if it is: while the source of each
    /// domain on which it fires is silent.
    pub(super) fn kept_back(self, of: &Transition, now: DateTime<Utc>) -> Option<Release> {
        if of.event != Event::Fired || !self.setup.is_of_absence(&of.key.rule) {
            return None;
        }
        let fires_on: BTreeSet<&Series> = match &of.key.subject {
            Subject::Series(series) => BTreeSet::from([series]),
            Subject::Fleet => of.evidence.domains.iter().collect(),
            Subject::Account { .. } => BTreeSet::new(),
        };
        let series = self.series_of(of).into_iter();
        let releases = series.filter(|(series, _)| fires_on.contains(series));
        let releases = releases.map(|(series, next)| self.release(series, of.minute, next, now));
        // One domain of which more is known is enough.
        releases.min_by_key(|release| (release.is_some(), *release))?
    }

    /// Returns the series that decide a transition, each with the first of its minutes from then on that has codes.
    fn series_of<'b>(self, of: &'b Transition) -> Vec<(&'b Series, Option<Minute>)>
    where
        Self: 'b,
    {
        match &of.key.subject {
            Subject::Series(series) => {
                let silent = self.judged.passed.silent.get(&(series.clone(), of.minute));
                vec![(series, silent.copied().unwrap_or(Some(of.minute)))]
            }
            Subject::Fleet => {
                let place = self.setup.place_of(&of.key.rule);
                let rules = place.map(|place| &self.setup.rules()[place]).into_iter();
                let members = &self.judged.members;
                rules
                    .flat_map(|rule| members.counted(rule, of.minute))
                    .collect()
            }
            Subject::Account { .. } => Vec::new(),
        }
    }

    /// Returns when a minute of a series is judged that has codes next at `next`.
    fn judged_on(self, series: &Series, minute: Minute, next: Option<Minute>) -> DateTime<Utc> {
        let account = self.judged.passed.accounts.get(&series.account);
        let other = account.and_then(|activity| activity.next(minute));
        let settling = self.setup.settling;
        settling.judged_at(minute, next.map(Minute::end), other.map(Minute::end))
    }

    /// Returns until when what happened at a minute of a series, which has codes next at `next`, is kept back, if
    /// the source of its account is silent for so long that the service has noticed it by `now`.
    fn release(
        self,
        series: &Series,
        minute: Minute,
        next: Option<Minute>,
        now: DateTime<Utc>,
    ) -> Option<Release> {
        let activity = self.judged.passed.accounts.get(&series.account)?;
        let latest = activity.last_until(minute)?;
        let back = activity.next(minute);
        // The last time at which the service found nothing new: it looks every minute.
        let silent = back.map_or(now, |back| now.min(back.end() - TimeDelta::minutes(1)));
        if silent - latest.end() <= self.setup.settling.max_lateness.delta() {
            return None;
        }
        // Until the minute with which the source came back is judged, the domain may have codes.
        Some(back.map_or(Release::Never, |back| {
            Release::At(self.judged_on(series, back, next))
        }))
    }
}
