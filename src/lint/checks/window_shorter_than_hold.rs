//! Windows and holds that do the same work.
//!
//! ## What it finds
//!
//! A value that is smoothed by a window and then held as well, and compared with a level:
//!
//! - an average, share, median or percentile over fewer minutes than the hold has: `avg(5xx over
//!   2m) > 10% for 10m`;
//! - the reverse, a window of up to three hours that is held for ten minutes or more, and is at
//!   least twice as long as the hold: `avg(5xx over 30m) > 10% for 10m`;
//! - `min(…) > …` (and `max(…) < …`) with a hold: it is a hold itself;
//! - `max(…) > …` (and `min(…) < …`) held for no longer than its window: one bad minute is enough
//!   for all of the hold.
//!
//! Not `for M of D`, which is no smoothing.
//!
//! ## Why it matters
//!
//! Each of the two adds minutes until a person is told, and only one of them makes the alert any
//! calmer.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: avg(5xx over 2m) > 10% given requests >= 50 for 10m
//! ```
//!
//! ## Instead
//!
//! One of the two:
//!
//! ```yaml
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 10m
//!   - name: origin-5xx-on-average
//!     when: avg(5xx over 10m) > 10% given avg(requests over 10m) >= 50
//! ```

use super::Checked;
use crate::diag::{Code, Diagnostic};
use crate::lang::ast::Aggregate;
use crate::lint::conditions::{Condition, Leaf, tell};
use crate::lint::measures;

/// A hold of fewer minutes is no matter beside a long window.
const HOLD_LONG: u32 = 10;
/// Windows from here on are about trends: nobody waits for them.
const WINDOW_MAX: u32 = 180;

pub(super) fn run(_: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    let leaves = condition.judged();
    for one in leaves.filter_map(|leaf| of_leaf(condition, leaf)) {
        tell(found, one);
    }
}

fn of_leaf(condition: &Condition<'_>, leaf: &Leaf<'_>) -> Option<Diagnostic> {
    let threshold = measures::threshold(leaf, condition.names)?;
    let [measure] = measures::of_leaf(leaf, condition.names) else {
        return None;
    };
    let (aggregate, window) = measure.window?;
    let hold = leaf.held();
    if measure.is_past() || window < 2 || hold < 2 || leaf.holds().any(|hold| hold.needed.is_some())
    {
        return None;
    }
    let work = work(
        aggregate,
        window,
        (threshold.is_above(), threshold.is_below()),
    )?;
    let (message, help) = match work {
        Work::Smooths { adds } if window < hold => (
            format!(
                "a window of {window} minutes under a hold of {hold}: it adds up to {} until a person is told, and the hold smooths more than it does",
                minutes(adds)
            ),
            "leave the window out, or the `for`, with a window as long".to_owned(),
        ),
        Work::Smooths { .. } if HOLD_LONG <= hold && 2 * hold <= window && window < WINDOW_MAX => (
            format!(
                "a hold of {hold} minutes over a window of {window}: it adds {} until a person is told, and the window smooths more than it does",
                minutes(hold - 1)
            ),
            "leave the `for` out, or make it shorter".to_owned(),
        ),
        Work::Holds => (
            format!(
                "`{}` over {window} minutes is a hold by itself: with this one, {} must be so one after the other",
                name(aggregate),
                minutes(window + hold - 1)
            ),
            format!("leave the window out and hold for {}m", window + hold - 1),
        ),
        Work::Spreads if hold <= window => (
            format!(
                "one minute is enough for a `{}` over {window}: the hold only tells it {} later",
                name(aggregate),
                minutes(hold - 1)
            ),
            "leave the `for` out; or ask for more minutes than one, such as `… for 3 of 5m`"
                .to_owned(),
        ),
        Work::Smooths { .. } | Work::Spreads => return None,
    };
    Some(
        condition
            .at(Code::WindowShorterThanHold, leaf.seat, message)
            .help(help),
    )
}

/// What a window does for a condition.
enum Work {
    /// It moves slowly: it is so after up to so many minutes more than one.
    Smooths { adds: u32 },
    /// It is so only when all of its minutes are.
    Holds,
    /// It is so as soon as one of its minutes is, for as long as it sees that.
    Spreads,
}

fn work(aggregate: Aggregate, window: u32, (is_above, is_below): (bool, bool)) -> Option<Work> {
    match aggregate {
        Aggregate::Avg => Some(Work::Smooths { adds: window - 1 }),
        Aggregate::Median => ranked(50, window, (is_above, is_below)),
        Aggregate::Percentile(rank) => ranked(rank, window, (is_above, is_below)),
        Aggregate::Min if is_above => Some(Work::Holds),
        Aggregate::Max if is_below => Some(Work::Holds),
        Aggregate::Max if is_above => Some(Work::Spreads),
        Aggregate::Min if is_below => Some(Work::Spreads),
        Aggregate::Min
        | Aggregate::Max
        | Aggregate::Sum
        | Aggregate::Stddev
        | Aggregate::Change => None,
    }
}

/// Returns the work of the value of a rank, by the nearest of so many: of few it is the least or the greatest.
fn ranked(rank: u8, window: u32, (is_above, is_below): (bool, bool)) -> Option<Work> {
    let place = (u64::from(window) * u64::from(rank)).div_ceil(100);
    let place = u32::try_from(place).ok()?.clamp(1, window);
    let adds = match (is_above, is_below) {
        (true, _) => window - place,
        (_, true) => place - 1,
        _ => return None,
    };
    Some(match adds {
        0 => Work::Spreads,
        adds if adds == window - 1 => Work::Holds,
        adds => Work::Smooths { adds },
    })
}

fn name(aggregate: Aggregate) -> String {
    aggregate.to_string()
}

fn minutes(count: u32) -> String {
    match count {
        1 => "a minute".to_owned(),
        count => format!("{count} minutes"),
    }
}
