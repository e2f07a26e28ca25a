//! A table of what a rule would have done with other thresholds and holds.

use std::cmp::Reverse;
use std::fmt::Write as _;

use anyhow::Context as _;

use super::incidents::{Caught, Incident, Place};
use super::outcome::Scope;
use super::ranges::Sweep;
use super::recording::{Recording, Rules};
use super::untried::Untried;
use super::words::{Side, columns, duration, paragraph, rate, whole};
use crate::cli::unknown::unknown;
use crate::config::Loaded;
use crate::lang::Names;
use crate::replay::firing::{Firing, firings};
use crate::replay::summary::median;
use crate::replay::sweep::{Variant, compile, written};
use crate::unit::{Minute, Minutes, Severity, Timespan, counted};

/// How many of the incidents are named that are missed.
const MISSED_MAX: usize = 10;
/// How many days a week has.
const WEEK: u64 = 7;

/// What became of the variants of one rule.
pub(super) struct Swept {
    /// The rule, and the severity whose condition was changed.
    title: String,
    /// What the rule has now.
    now: Variant,
    /// What each variant would have done.
    rows: Vec<Row>,
    /// How many incidents there were; `None` if none were given.
    incidents: Option<u64>,
    /// How many of the incidents that were given lie outside of the data.
    outside: u64,
    /// How many of them were on domains that the data has not.
    elsewhere: u64,
    /// Why the rule could not be tried, however it is varied.
    untried: Option<String>,
}

/// What one variant would have done.
struct Row {
    variant: Variant,
    alerts: u64,
    /// Alerts a week, as text; empty of a time that is too short to say.
    per_week: String,
    minutes: u64,
    /// How many alerts were of no incident.
    outside: u64,
    /// How many incidents were caught.
    caught: u64,
    /// How many of these by an alert that fired already when they began.
    before: u64,
    /// How many minutes of each of the others passed until then, ascending.
    delays: Vec<u64>,
    /// What the incidents are called that were not caught.
    missed: Vec<String>,
}

/// Judges all variants of a sweep.
pub(super) fn sweep(
    sweep: &Sweep,
    loaded: &Loaded,
    (recording, scope): (&Recording, &Scope),
    judge_from: Option<Minute>,
    incidents: Option<&[Incident]>,
) -> anyhow::Result<Swept> {
    let outline = &loaded.outline;
    let found = outline.rules.iter().find(|rule| rule.name == sweep.rule);
    let Some(rule) = found else {
        let names = outline.rules.iter().map(|rule| rule.name.as_str());
        return Err(unknown("rule", &sweep.rule, names));
    };
    let tiers = rule.tiers.iter();
    let tier = tiers
        .filter(|tier| sweep.severity.is_none_or(|of| of == tier.severity))
        .max_by_key(|tier| tier.severity);
    let severity = sweep.severity.unwrap_or(Severity::Warning);
    let tier = tier.with_context(|| format!("`{}` has no severity {severity}", rule.name))?;
    let none = Names::default();
    let scope_of_names = outline.scopes.get(rule.scope);
    let names = scope_of_names.map_or(&none, |scope| &scope.names);
    let now = written(&tier.when, names);
    // What is not swept stays, and is shown.
    let variants = sweep.variants().into_iter().map(|variant| Variant {
        threshold: variant.threshold.or(now.threshold),
        hold: variant.hold.or(now.hold),
    });
    let mut variants: Vec<Variant> = variants.collect();
    if !variants.contains(&now) {
        variants.push(now);
        variants.sort();
    }
    let about = (&rule.domains.list, names);
    let (program, rules) = compile(
        (tier.severity, &tier.when),
        about,
        rule.on_unknown,
        &variants,
    )
    .with_context(|| format!("change `{}`", rule.name))?;
    let set = Rules {
        program: &program,
        rules: &rules,
    };
    let mut judged = recording.judge(&[set], judge_from)?;
    let judged = judged.pop().unwrap_or_default();
    let all = firings(&judged);
    let untried = Untried::of(set, &judged, (recording, scope))?;
    let is_untried = rules.iter().all(|rule| !untried.has_tried(rule));
    let mut varied = variants.iter().zip(&rules);
    let own = varied.find(|(variant, _)| is_untried && **variant == now);
    let why = own.and_then(|(_, rule)| untried.why(rule));
    let placed = |place: Place| {
        let all = incidents.unwrap_or(&[]).iter();
        all.filter(move |incident| incident.place(scope) == place)
    };
    let within: Vec<&Incident> = placed(Place::Within).collect();
    let of_variant = |(place, variant): (usize, &Variant)| {
        let place = place.to_string();
        let own = all.iter().filter(|firing| firing.key.rule == place);
        let own: Vec<&Firing> = own.collect();
        Row::new(*variant, &own, &within, scope)
    };
    Ok(Swept {
        title: format!("{} ({})", rule.name, tier.severity),
        now,
        rows: variants.iter().enumerate().map(of_variant).collect(),
        incidents: incidents.map(|_| within.len() as u64),
        outside: placed(Place::Outside).count() as u64,
        elsewhere: placed(Place::Elsewhere).count() as u64,
        untried: why.map(|why| format!("{} {why}.", whole(&rule.name))),
    })
}

impl Row {
    fn new(variant: Variant, own: &[&Firing], incidents: &[&Incident], scope: &Scope) -> Self {
        let (_, last) = scope.span;
        let minutes = own.iter().map(|of| of.minutes(last));
        let is_outside = |of: &&&Firing| incidents.iter().all(|one| !one.is_caught_by(of));
        let (mut before, mut delays, mut missed) = (0, Vec::new(), Vec::new());
        for one in incidents {
            match one.caught(own.iter().copied()) {
                Some((_, Caught::Before)) => before += 1,
                Some((_, Caught::After(minutes))) => delays.push(minutes),
                None => missed.push(one.title()),
            }
        }
        delays.sort_unstable();
        let alerts = own.len() as u64;
        Self {
            variant,
            alerts,
            per_week: rate(alerts, WEEK, scope.minutes()).unwrap_or_default(),
            minutes: minutes.sum(),
            outside: own.iter().filter(is_outside).count() as u64,
            caught: before + delays.len() as u64,
            before,
            delays,
            missed,
        }
    }

    fn threshold(&self) -> String {
        let threshold = self.variant.threshold;
        threshold.map_or_else(|| "-".to_owned(), |of| of.to_string())
    }

    fn hold(&self) -> String {
        let hold: Option<Minutes> = self.variant.hold;
        hold.map_or_else(|| "-".to_owned(), |of| of.to_string())
    }

    fn name(&self) -> String {
        match self.variant.hold {
            Some(hold) => format!("{} for {hold}", self.threshold()),
            None => self.threshold(),
        }
    }
}

impl Swept {
    /// Returns the table and the suggestion, for a service that judges a minute `settle` after its end.
    pub(super) fn human(&self, scope: &Scope, settle: Timespan) -> String {
        let mut text = format!(
            "{} over {}, {}\n\n",
            self.title,
            scope.name,
            duration(scope.minutes())
        );
        if let Some(untried) = &self.untried {
            text.push_str(&paragraph(untried));
            return text;
        }
        text.push_str(&self.table());
        if self.incidents.is_some() {
            text.push_str(&paragraph(&format!(
                "AFTER and WORST: minutes of an incident up to the one that decided; the service judges a minute {settle} after its end (`settle:`). OUTSIDE: alerts of no incident"
            )));
        }
        let _ = write!(text, "\n{}", paragraph(&self.suggestion()));
        let left = [
            (self.outside, "outside of the data"),
            (self.elsewhere, "on domains that the data has not"),
        ];
        for (left, place) in left.into_iter().filter(|(left, _)| *left > 0) {
            let (lies, is) = if left == 1 {
                ("lies", "is")
            } else {
                ("lie", "are")
            };
            text.push_str(&paragraph(&format!(
                "Of the incidents that were given, {left} {lies} {place} and {is} not counted."
            )));
        }
        text
    }

    fn table(&self) -> String {
        // What the time is too short for, and what never happened, has no column.
        let has_rate = self.rows.iter().any(|row| !row.per_week.is_empty());
        let has_before = self.rows.iter().any(|row| row.before > 0);
        let of = |number: Option<u64>| number.map(duration).unwrap_or_default();
        let mut rows = Vec::new();
        for row in &self.rows {
            let mut cells = vec![
                ("THRESHOLD", row.threshold()),
                ("FOR", row.hold()),
                ("ALERTS", row.alerts.to_string()),
            ];
            if has_rate {
                cells.push(("A WEEK", row.per_week.clone()));
            }
            cells.push(("FIRING", duration(row.minutes)));
            if let Some(incidents) = self.incidents {
                cells.push(("CAUGHT", format!("{} of {incidents}", row.caught)));
                if has_before {
                    cells.push(("BEFORE", row.before.to_string()));
                }
                cells.push(("AFTER", of(median(&row.delays))));
                cells.push(("WORST", of(row.delays.last().copied())));
                cells.push(("OUTSIDE", row.outside.to_string()));
            }
            cells.push(("", self.mark(row).to_owned()));
            let (heads, cells): (Vec<_>, Vec<_>) = cells.into_iter().unzip();
            if rows.is_empty() {
                rows.push(heads.into_iter().map(str::to_owned).collect());
            }
            rows.push(cells);
        }
        let heads = rows.first().map_or(0, Vec::len);
        let mut sides = vec![Side::Right; heads.saturating_sub(1)];
        sides.push(Side::Left);
        let mut text = columns(&sides, &rows);
        if has_before {
            text.push_str("BEFORE: those for which the alert fired already when they began\n");
        }
        text
    }

    /// Returns a JSON document a line, for each variant.
    pub(super) fn json(&self) -> String {
        let mut text = String::new();
        let best = self.best();
        for row in &self.rows {
            let is_suggested = best.is_some_and(|best| best.variant == row.variant);
            let line = serde_json::json!({
                "threshold": row.variant.threshold.map(|of| of.to_string()),
                "for": row.variant.hold.map(|of| of.to_string()),
                "alerts": row.alerts,
                "minutes": row.minutes,
                "incidents": self.incidents,
                "caught": self.incidents.map(|_| row.caught),
                "before": self.incidents.map(|_| row.before),
                "outside": self.incidents.map(|_| row.outside),
                "delay_median_minutes": median(&row.delays),
                "delay_worst_minutes": row.delays.last(),
                "suggested": is_suggested,
            });
            let _ = writeln!(text, "{line}");
        }
        text
    }

    fn mark(&self, row: &Row) -> &'static str {
        let is_best = self.best().is_some_and(|best| best.variant == row.variant);
        match (row.variant == self.now, is_best) {
            (true, true) => "<- now, suggested",
            (true, false) => "<- now",
            (false, true) => "<- suggested",
            (false, false) => "",
        }
    }

    /// Returns the variant that catches the most, and of those the one with the fewest alerts
    /// outside of incidents, then the one whose alerts fired before the fewest of them, then the soonest, then the
    /// one with the fewest alerts; none, if none catches any.
    fn best(&self) -> Option<&Row> {
        let catching = self.rows.iter().filter(|row| row.caught > 0);
        catching.min_by_key(|row| {
            let worst = row.delays.last().copied();
            // Of equals, what changes the least.
            let moved = [
                row.variant.threshold != self.now.threshold,
                row.variant.hold != self.now.hold,
            ];
            let caught = Reverse(row.caught);
            (caught, row.outside, row.before, worst, row.alerts, moved)
        })
    }

    fn suggestion(&self) -> String {
        let Some(incidents) = self.incidents else {
            return "What to choose depends on what must be caught: say it with --incidents FILE."
                .to_owned();
        };
        if incidents == 0 {
            return "No incident lies within the data, so there is nothing to catch.".to_owned();
        }
        let Some(best) = self.best() else {
            return format!(
                "None of these catches any of the {}.",
                counted(incidents, "incident")
            );
        };
        let slowest = match (best.delays.last(), best.before) {
            (Some(worst), 0) => format!("the slowest {} after it began", duration(*worst)),
            (Some(worst), before) => format!(
                "the slowest {} after it began and {before} before",
                duration(*worst)
            ),
            (None, _) => "all before they began".to_owned(),
        };
        let mut text = format!(
            "Suggested: {}. It catches {} of {}, {slowest}, with {} outside of them; none of the others catches more",
            best.name(),
            best.caught,
            counted(incidents, "incident"),
            alerts(best.outside),
        );
        let as_many = |row: &&Row| row.caught == best.caught && row.before == best.before;
        let sooner = self.rows.iter().filter(as_many);
        let sooner = sooner.min_by_key(|row| (row.delays.last().copied(), row.outside));
        match sooner.filter(|row| row.delays.last() < best.delays.last()) {
            Some(row) => {
                let _ = write!(
                    text,
                    ", or as many with fewer such alerts. Sooner is {}, {} at the worst, with {} outside.",
                    row.name(),
                    duration(row.delays.last().copied().unwrap_or_default()),
                    alerts(row.outside)
                );
            }
            None => text.push_str(", or as many sooner."),
        }
        if !best.missed.is_empty() {
            let mut missed: Vec<&str> = best.missed.iter().map(String::as_str).collect();
            let more = missed.len().saturating_sub(MISSED_MAX);
            missed.truncate(MISSED_MAX);
            let _ = write!(text, " It misses {}", missed.join("; "));
            let _ = match more {
                0 => write!(text, "."),
                more => write!(text, "; and {more} more."),
            };
        }
        if let Some(now) = self.rows.iter().find(|row| row.variant == self.now)
            && now.variant != best.variant
        {
            let _ = write!(
                text,
                " Now: {}, {} of {incidents} caught, {} outside.",
                now.name(),
                now.caught,
                alerts(now.outside)
            );
        }
        text
    }
}

fn alerts(number: u64) -> String {
    match number {
        0 => "no alert".to_owned(),
        _ => counted(number, "alert"),
    }
}
