//! A table of what a rule would have done with other thresholds and holds.

use std::cmp::Reverse;
use std::fmt::Write as _;

use anyhow::{Context as _, bail};

use super::incidents::Incident;
use super::outcome::Scope;
use super::ranges::Sweep;
use super::recording::{Recording, Rules};
use super::words::{Side, columns, count, duration, paragraph};
use crate::config::{Loaded, nearest};
use crate::lang::Names;
use crate::replay::firing::{Firing, firings};
use crate::replay::summary::median;
use crate::replay::sweep::{Variant, compile, written};
use crate::unit::{Minute, Minutes, Severity};

/// How many of the incidents are named that are missed.
const MISSED_MAX: usize = 10;
/// How many minutes a week has.
const WEEK: u64 = 7 * 24 * 60;

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
    beyond: u64,
}

/// What one variant would have done.
struct Row {
    variant: Variant,
    alerts: u64,
    /// Alerts per week, times ten.
    per_week: u64,
    minutes: u64,
    /// How many alerts were of no incident.
    outside: u64,
    /// How many minutes of each incident that was caught passed until then, ascending.
    caught: Vec<u64>,
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
        let near = nearest(&sweep.rule, names);
        let hint = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
        bail!("there is no rule `{}`{hint}", sweep.rule);
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
    let now = written(&tier.when);
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
    let judged = recording.judge(&[set], judge_from)?;
    let all = judged.first().map(firings).unwrap_or_default();
    let given = incidents.map_or(0, <[Incident]>::len);
    let incidents = incidents.map(|all| {
        let within = all.iter().filter(|incident| incident.is_within(scope.span));
        within.collect::<Vec<_>>()
    });
    let of_variant = |(place, variant): (usize, &Variant)| {
        let place = place.to_string();
        let own = all.iter().filter(|firing| firing.key.rule == place);
        let own: Vec<&Firing> = own.collect();
        Row::new(*variant, &own, incidents.as_deref().unwrap_or(&[]), scope)
    };
    let within = incidents.as_ref().map_or(given, Vec::len);
    Ok(Swept {
        title: format!("{} ({})", rule.name, tier.severity),
        now,
        rows: variants.iter().enumerate().map(of_variant).collect(),
        incidents: incidents.map(|incidents| incidents.len() as u64),
        beyond: (given - within) as u64,
    })
}

impl Row {
    fn new(variant: Variant, own: &[&Firing], incidents: &[&Incident], scope: &Scope) -> Self {
        let (_, last) = scope.span;
        let minutes = own.iter().map(|of| of.minutes(last));
        let is_outside = |of: &&&Firing| incidents.iter().all(|one| !one.is_caught_by(of));
        let (mut caught, mut missed) = (Vec::new(), Vec::new());
        for one in incidents {
            match one.caught_after(own.iter().copied()) {
                Some(minutes) => caught.push(minutes),
                None => missed.push(one.title()),
            }
        }
        caught.sort_unstable();
        let alerts = own.len() as u64;
        Self {
            variant,
            alerts,
            per_week: 10 * alerts * WEEK / scope.minutes().max(1),
            minutes: minutes.sum(),
            outside: own.iter().filter(is_outside).count() as u64,
            caught,
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
    /// Returns the table and the suggestion.
    pub(super) fn human(&self, scope: &Scope) -> String {
        let mut heads = vec!["THRESHOLD", "FOR", "ALERTS A WEEK", "FIRING"];
        let mut sides = vec![Side::Right; 4];
        if self.incidents.is_some() {
            heads.extend(["CAUGHT", "AFTER", "WORST", "OUTSIDE", ""]);
            sides.extend([
                Side::Right,
                Side::Right,
                Side::Right,
                Side::Right,
                Side::Left,
            ]);
        } else {
            heads.push("");
            sides.push(Side::Left);
        }
        let mut rows = vec![heads.into_iter().map(str::to_owned).collect::<Vec<_>>()];
        for row in &self.rows {
            let mut cells = vec![
                row.threshold(),
                row.hold(),
                tenths(row.per_week),
                duration(row.minutes),
            ];
            if let Some(incidents) = self.incidents {
                let of = |number: Option<u64>| number.map(duration).unwrap_or_default();
                cells.push(format!("{} of {incidents}", row.caught.len()));
                cells.push(of(median(&row.caught)));
                cells.push(of(row.caught.last().copied()));
                cells.push(row.outside.to_string());
            }
            cells.push(self.mark(row).to_owned());
            rows.push(cells);
        }
        let mut text = format!(
            "{} over {}, {}\n\n",
            self.title,
            scope.name,
            duration(scope.minutes())
        );
        text.push_str(&columns(&sides, &rows));
        if self.incidents.is_some() {
            text.push_str("AFTER and WORST: minutes of an incident until it was known; OUTSIDE: alerts of no incident\n");
        }
        let _ = write!(text, "\n{}", paragraph(&self.suggestion()));
        if self.beyond > 0 {
            let are = if self.beyond == 1 {
                "lies outside of the data and is"
            } else {
                "lie outside of the data and are"
            };
            text.push_str(&paragraph(&format!(
                "Of the incidents that were given, {} {are} not counted.",
                self.beyond
            )));
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
                "caught": self.incidents.map(|_| row.caught.len()),
                "outside": self.incidents.map(|_| row.outside),
                "delay_median_minutes": median(&row.caught),
                "delay_worst_minutes": row.caught.last(),
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
    /// outside of incidents, then the soonest, then the one with the fewest alerts; none, if none
    /// catches any.
    fn best(&self) -> Option<&Row> {
        let catching = self.rows.iter().filter(|row| !row.caught.is_empty());
        catching.min_by_key(|row| {
            let worst = row.caught.last().copied();
            // Of equals, what changes the least.
            let moved = [
                row.variant.threshold != self.now.threshold,
                row.variant.hold != self.now.hold,
            ];
            let caught = Reverse(row.caught.len());
            (caught, row.outside, worst, row.alerts, moved)
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
                count(incidents, "incident")
            );
        };
        let caught = best.caught.len() as u64;
        let worst = best.caught.last().copied().unwrap_or_default();
        let mut text = format!(
            "Suggested: {}. It catches {caught} of {}, the slowest {} after it began, with {} outside of them; none of the others catches more",
            best.name(),
            count(incidents, "incident"),
            duration(worst),
            alerts(best.outside),
        );
        let as_many = |row: &&Row| row.caught.len() == best.caught.len();
        let sooner = self.rows.iter().filter(as_many);
        let sooner = sooner.min_by_key(|row| (row.caught.last().copied(), row.outside));
        match sooner.filter(|row| row.caught.last() < best.caught.last()) {
            Some(row) => {
                let _ = write!(
                    text,
                    ", or as many with fewer such alerts. Sooner is {}, {} at the worst, with {} outside.",
                    row.name(),
                    duration(row.caught.last().copied().unwrap_or_default()),
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
                now.caught.len(),
                alerts(now.outside)
            );
        }
        text
    }
}

fn alerts(number: u64) -> String {
    match number {
        0 => "no alert".to_owned(),
        _ => count(number, "alert"),
    }
}

fn tenths(number: u64) -> String {
    format!("{}.{}", number / 10, number % 10)
}
