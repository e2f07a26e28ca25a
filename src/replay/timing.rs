//! When a service would have judged what a recording says, if each sample had come at its minute's end;
//! and until when it would have kept alerts about missing data back, as `source-late` tells of that already.

use std::collections::BTreeSet;

use chrono::{DateTime, TimeDelta, Utc};

use super::judged::Judged;
use crate::engine::{Event, Subject, Transition};
use crate::pipeline::Setup;
use crate::unit::{AccountName, Minute, Series};

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
        self.reached_at(of, of.minute)
    }

    /// Returns when a minute, that of a transition or a later one, is judged that its alert goes by.
    pub(super) fn reached_at(self, of: &Transition, minute: Minute) -> DateTime<Utc> {
        let series = self.series_of(of, minute).into_iter();
        let judged = series.map(|(series, next)| self.judged_on(series, minute, next));
        judged.max().unwrap_or_else(|| minute.end())
    }

    /// Returns until when an alert is kept back that begins to fire at `now`, if it is: while the source of each
    /// domain on which it fires is silent.
    pub(super) fn kept_back(self, of: &Transition, now: DateTime<Utc>) -> Option<Release> {
        if of.event != Event::Fired || !self.setup.is_of_absence(&of.key.rule) {
            return None;
        }
        let accounts: BTreeSet<&AccountName> = match &of.key.subject {
            Subject::Series(series) => BTreeSet::from([&series.account]),
            Subject::Fleet => of.evidence.domains.iter().map(|on| &on.account).collect(),
            Subject::Account { .. } => BTreeSet::new(),
        };
        let releases = accounts.into_iter();
        let releases = releases.map(|account| self.release(account, of, now));
        // One account of which more is known is enough.
        releases.min_by_key(|release| (release.is_some(), *release))?
    }

    /// Returns the series that an alert goes by at a minute, that of a transition or a later one, each with the first
    /// of its minutes from then on that has codes.
    fn series_of<'b>(self, of: &'b Transition, minute: Minute) -> Vec<(&'b Series, Option<Minute>)>
    where
        Self: 'b,
    {
        match &of.key.subject {
            Subject::Series(series) => {
                let activity = self.judged.passed.series.get(series);
                vec![(series, activity.map_or(Some(minute), |of| of.next(minute)))]
            }
            Subject::Fleet => {
                let place = self.setup.place_of(&of.key.rule);
                let rules = place.map(|place| &self.setup.rules()[place]).into_iter();
                let members = &self.judged.members;
                rules
                    .flat_map(|rule| members.counted(rule, minute))
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

    /// Returns until when a transition is kept back for an account, if its source is silent for so long that the
    /// service has noticed it by `now`.
    fn release(
        self,
        account: &AccountName,
        of: &Transition,
        now: DateTime<Utc>,
    ) -> Option<Release> {
        let activity = self.judged.passed.accounts.get(account)?;
        let latest = activity.last_until(of.minute)?;
        let back = activity.next(of.minute);
        // The last time at which the service found nothing new: it looks every minute.
        let silent = back.map_or(now, |back| now.min(back.end() - TimeDelta::minutes(1)));
        if silent - latest.end() <= self.setup.settling.max_lateness.delta() {
            return None;
        }
        // Until the minute with which the source came back is judged, the domain may have codes.
        Some(back.map_or(Release::Never, |back| {
            Release::At(self.reached_at(of, back))
        }))
    }
}
