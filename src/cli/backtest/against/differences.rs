//! What differs, alert by alert.

use std::cmp::Reverse;

use crate::cli::backtest::outcome::Scope;
use crate::cli::backtest::words::{clip, duration, time};
use crate::replay::compare::{Change, Pair};
use crate::unit::Minute;

/// How many differences are listed: a review does not read more.
const LISTED_MAX: usize = 30;

/// Returns a row for each difference, and how many are left out: the most severe first, what is gone
/// or new before what has moved, then what fires the longest. An alert has at most so many characters.
pub(super) fn differences(
    pairs: &[Pair<'_>],
    scope: &Scope,
    alert_max: usize,
) -> (Vec<Vec<String>>, usize) {
    let (_, last) = scope.span;
    let differing = pairs.iter().filter(|pair| pair.change() != Change::Kept);
    let mut differing: Vec<&Pair<'_>> = differing.collect();
    differing.sort_by_key(|pair| {
        let both = pair.old.into_iter().chain(pair.new);
        let severity = both.clone().map(|firing| firing.severity).max();
        let minutes = both.map(|firing| firing.minutes(last)).max();
        let is_moved = pair.change() == Change::Moved;
        // What is alike stays in the order of time.
        (Reverse(severity), is_moved, Reverse(minutes))
    });
    let more = differing.len().saturating_sub(LISTED_MAX);
    let row = |pair: &&Pair<'_>| {
        let shown = pair.shown()?;
        let alert = format!("{} {}", shown.key.rule, scope.place(shown));
        Some(vec![
            word(pair.change()).to_owned(),
            time(shown.fired),
            clip(alert.trim(), alert_max),
            how(pair, last),
        ])
    };
    let rows = differing.iter().take(LISTED_MAX).filter_map(row);
    (rows.collect(), more)
}

/// Returns the word of a change.
pub(super) const fn word(change: Change) -> &'static str {
    match change {
        Change::Added => "added",
        Change::Removed => "removed",
        Change::Moved => "moved",
        Change::Kept => "kept",
    }
}

/// Says how a firing differs.
fn how(pair: &Pair<'_>, last: Minute) -> String {
    let (Some(old), Some(new)) = (pair.old, pair.new) else {
        return pair.shown().map_or_else(String::new, |firing| {
            format!("{}, {}", firing.severity, duration(firing.minutes(last)))
        });
    };
    let mut said = Vec::new();
    match new.fired.epoch() - old.fired.epoch() {
        0 => {}
        later @ 1.. => said.push(format!("{} later", duration(later.unsigned_abs()))),
        sooner => said.push(format!("{} sooner", duration(sooner.unsigned_abs()))),
    }
    let (before, after) = (old.minutes(last), new.minutes(last));
    if before != after {
        said.push(format!("{} → {}", duration(before), duration(after)));
    }
    if old.severity != new.severity {
        said.push(format!("{} → {}", old.severity, new.severity));
    }
    said.join(", ")
}
