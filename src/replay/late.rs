//! Alerts about missing data while the whole source is silent: the service keeps them back, as
//! `source-late` tells of that already.

use chrono::{DateTime, TimeDelta, Utc};

use crate::engine::{Event, Passed, Subject, Transition};
use crate::pipeline::{Settling, Setup};
use crate::unit::{AccountName, Minute};

/// Until when an alert is kept back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Release {
    /// Until this time.
    At(DateTime<Utc>),
    /// The source does not come back.
    Never,
}

/// Returns until when an alert is kept back that begins to fire at `now`, if it is.
pub(super) fn kept_back(
    setup: &Setup,
    passed: &Passed,
    transition: &Transition,
    now: DateTime<Utc>,
) -> Option<Release> {
    if transition.event != Event::Fired || !setup.is_of_absence(&transition.key.rule) {
        return None;
    }
    let of =
        |account: &AccountName| release(setup.settling, passed, account, transition.minute, now);
    match &transition.key.subject {
        Subject::Series(series) => of(&series.account),
        // One domain of which more is known is enough.
        Subject::Fleet => {
            let domains = transition.evidence.domains.iter();
            let releases = domains.map(|series| of(&series.account));
            releases.min_by_key(|release| (release.is_some(), *release))?
        }
        Subject::Account { .. } => None,
    }
}

/// Returns until when what happened at a minute is kept back on an account, if its source is silent for so long
/// that the service has noticed it by `now`.
fn release(
    settling: Settling,
    passed: &Passed,
    account: &AccountName,
    minute: Minute,
    now: DateTime<Utc>,
) -> Option<Release> {
    let activity = passed.accounts.get(account)?;
    let latest = activity.last_until(minute)?;
    let back = activity.next(minute);
    // The last time at which the service found nothing new: it looks every minute.
    let silent = back.map_or(now, |back| now.min(back.end() - TimeDelta::minutes(1)));
    if silent - latest.end() <= settling.max_lateness.delta() {
        return None;
    }
    // Until the minute with which the source came back is judged, its domains may have codes.
    Some(back.map_or(Release::Never, |back| {
        Release::At(settling.judged_at(back, None, Some(back.end())))
    }))
}
