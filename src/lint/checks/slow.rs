//! Rules that tell too late.
//!
//! ## What it finds
//!
//! A severity above `info` of which a person is told later than `objective:` (15 minutes, where
//! the file does not say) after the first bad minute began, even if every minute is as bad as can
//! be after minutes that were as good: the minutes that the holds and windows need, `settle:`,
//! and the whole minutes of the `group_wait:` of the first route that takes the alert and those that
//! are asked after it. `min` and holds wait for all of theirs, an
//! average of a proportion for as many as bring it to its level: `avg(5xx over 30m) > 50%` for 16.
//! What counts requests is moved at once by a minute that is bad enough. A condition that waits for
//! `no data` or `no traffic` may take `max_lateness:` longer: nobody can tell silence from a late
//! source sooner.
//!
//! ## Why it matters
//!
//! The objective is what was promised. This rule cannot keep it, whatever happens.
//!
//! ## Example
//!
//! ```yaml
//! objective: 15m
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 20m until 5xx < 5% for 5m
//! ```
//!
//! ## Instead
//!
//! A shorter hold and a higher level, or a severity `info` if it can wait.
//!
//! ```yaml
//! objective: 15m
//! rules:
//!   - name: origin-5xx
//!     when: 5xx > 10% given requests >= 50 for 5m until 5xx < 5% for 5m
//! ```

use super::{Checked, Extent};
use crate::config::{Outline, RuleOutline, Times};
use crate::diag::{Code, Diagnostic, Label};
use crate::lint::GroupWait;
use crate::lint::conditions::{Condition, Leaf, Seat};
use crate::pipeline::{Settling, TimeToTell};
use crate::unit::{Minutes, Severity, Timespan};

pub(super) fn run(checked: &Checked<'_>, condition: &Condition<'_>, found: &mut Vec<Diagnostic>) {
    let is_urgent = condition.tier.severity != Severity::Info;
    // Where no rule at all can keep to the objective, one finding says so.
    let is_told = || {
        let last = found.last();
        is_out_of_reach(&checked.outline.times)
            && last.is_some_and(|last| !checked.allows.hold(last))
    };
    if is_urgent && !is_told() {
        found.extend(of_condition(condition, checked));
    }
}

/// Whether no rule at all can keep to the objective.
fn is_out_of_reach(times: &Times) -> bool {
    let left = times
        .objective
        .seconds()
        .checked_sub(times.settle.seconds());
    left.is_none_or(|left| left < 60)
}

fn of_condition(condition: &Condition<'_>, checked: &Checked<'_>) -> Option<Diagnostic> {
    let outline = checked.outline;
    let times = outline.times;
    let settling = Settling {
        settle: times.settle,
        max_lateness: times.max_lateness,
    };
    // Seconds of collecting are not held against an objective of minutes, as those of polling are not.
    // Of what no route takes nobody is told at all, which `no-route` says.
    let collected = collected(condition, checked)?;
    let wait = Timespan::from_seconds(collected.sure.seconds() / 60 * 60);
    if is_short(condition.rule, times, wait) {
        return None;
    }
    let time = TimeToTell::fired(&outline.program, condition.compiled, settling)?.collected(wait);
    let told = time.least().seconds();
    let patience = if time.minutes.waits_for_absence {
        times.max_lateness.seconds()
    } else {
        0
    };
    let waits = time.settle.seconds().saturating_add(time.absence.seconds());
    let waits = waits.saturating_add(wait.seconds());
    let latest = times.objective.seconds().saturating_add(patience);
    if told <= latest {
        return None;
    }
    let span = Timespan::from_seconds;
    let message = format!(
        "`{}`{} is told {} after the first bad minute began, at the earliest: the objective is {}",
        condition.tier.severity,
        collected
            .domain
            .map_or_else(String::new, |name| format!(" on `{name}`")),
        span(told),
        times.objective
    );
    let when = &condition.tier.when.condition;
    let (span_of_when, name) = (when.span, None);
    let seat = Seat {
        span: span_of_when,
        name,
    };
    let mut found = condition.at(Code::Slow, seat, message);
    found.secondary.extend(causes(&collected, wait, outline));
    let more = match patience {
        0 => String::new(),
        patience => format!(
            " (for silence {} of `max_lateness:` are allowed as well)",
            span(patience)
        ),
    };
    let silence = match time.absence.seconds() {
        0 => String::new(),
        _ => format!(" + {} because silence settles later", time.absence),
    };
    let waited = match wait.seconds() {
        0 => String::new(),
        _ => format!(" + {wait} (`group_wait:`)"),
    };
    Some(found.help(format!(
        "{} until enough minutes are bad + {} (`settle:`) until the last of them is judged{silence}{waited} = {}; {}{more}",
        span(told.saturating_sub(waits)),
        time.settle,
        span(told),
        without_offset(time.minutes.offset, told, latest)
            .or_else(|| hours(condition, latest.saturating_sub(waits)))
            .unwrap_or_else(|| mend(latest, told, waits, wait.seconds())),
    )))
}

/// `for 3h`, where so many minutes would do and were perhaps meant.
fn hours(condition: &Condition<'_>, left: u32) -> Option<String> {
    let holds = condition.leaves.iter().flat_map(Leaf::holds);
    let longest = holds.map(|hold| hold.over).max()?;
    let meant = (longest.get() % 60 == 0).then(|| Minutes::new(longest.get() / 60))??;
    (meant.get() <= left / 60)
        .then(|| format!("if minutes were meant, write `for {meant}`; or make `objective:` longer"))
}

/// Returns the labels of the objective, and of the route that collects for long.
fn causes(
    collected: &GroupWait<'_>,
    wait: Timespan,
    outline: &Outline,
) -> impl Iterator<Item = Label> {
    let objective = outline.objective.map(|place| place.label("the objective"));
    let routes = outline.routes.as_ref();
    let route = collected.route.and_then(|at| routes?.routes.get(at));
    let route = route.filter(|_| 0 < wait.seconds());
    let text = format!("this route collects for {wait}");
    let route = route.map(|(_, place)| place.label(text));
    objective.into_iter().chain(route)
}

/// Returns how long its alerts are collected; `None` if no route takes them.
fn collected<'a>(condition: &Condition<'_>, checked: &Checked<'a>) -> Option<GroupWait<'a>> {
    // A route may ask for what could not be read.
    if checked.labels == Extent::Part {
        return Some(GroupWait::usual());
    }
    let routing = checked.routing();
    routing.group_wait(condition.rule, condition.tier.severity)
}

/// Whether a rule keeps to the objective even where it needs all minutes that it looks at, as most do:
/// what silence takes longer is allowed in any case.
fn is_short(rule: &RuleOutline, times: Times, wait: Timespan) -> bool {
    let reach = rule.compiled.as_ref().map(|compiled| compiled.reach);
    let minutes = reach.map_or(u32::MAX, |reach| reach.saturating_mul(60));
    let waits = times.settle.seconds().saturating_add(wait.seconds());
    minutes.saturating_add(waits) <= times.objective.seconds()
}

/// Says that a rule is late only because it asks for minutes so long ago, if it is.
fn without_offset(minutes: u32, told: u32, latest: u32) -> Option<String> {
    let offset = Timespan::from_seconds(minutes.saturating_mul(60));
    let is_cause = 0 < minutes && told.saturating_sub(offset.seconds()) <= latest;
    is_cause.then(|| {
        format!(
            "`offset` makes {offset} of it: ask for the present minutes, or make `objective:` longer"
        )
    })
}

/// Says what may be how long: the collecting, if that alone is too much, or else the condition.
fn mend(latest: u32, told: u32, waits: u32, collected: u32) -> String {
    let own = told.saturating_sub(collected);
    if 0 < collected && own <= latest {
        return match (latest - own) / 60 {
            0 => "shorten `group_wait:` to less than a minute, or make `objective:` longer"
                .to_owned(),
            minutes => format!(
                "shorten `group_wait:` to {}, or make `objective:` longer",
                Timespan::from_seconds(minutes * 60)
            ),
        };
    }
    match latest.saturating_sub(waits) / 60 {
        0 if 60 <= latest.saturating_sub(waits.saturating_sub(collected)) => {
            "shorten `group_wait:` and the hold or the window, or make `objective:` longer"
                .to_owned()
        }
        0 => "make `objective:` longer: `settle:` leaves no minute of it to any rule".to_owned(),
        minutes => format!(
            "shorten the hold or the window to {minutes}m in all, or make `objective:` longer"
        ),
    }
}
