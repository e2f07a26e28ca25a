//! Rules that never fired.
//!
//! ## What it finds
//!
//! With `--data` of 7 days or more: a rule that would not have fired once, and how near its
//! first compared value came, or, of a rule over many domains, on how many its condition held.
//!
//! ## Why it matters
//!
//! A rule for the worst day is silent for years, and should be. But one whose threshold is far
//! beyond all that was ever measured, or whose domains are mistyped, guards nothing.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: errors
//!     when: 5xx > 90% given requests >= 50 for 3m until 5xx < 50% for 5m
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: errors
//!     when: 5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m
//! ```
//!
//! or, if it is meant so, `# foghorn: allow(silent) for the worst day`.

use std::collections::BTreeMap;

use crate::diag::{Code, Diagnostic};
use crate::engine::Rule;
use crate::lang::ast::Fleet;
use crate::lang::program::{Part, Tier, Type, Worst};
use crate::lint::history::Past;
use crate::replay::{self, Value};
use crate::samples::Samples;
use crate::unit::{Decimal, Minute};

/// How many minutes of samples it takes to say that a rule never fires.
const MINUTES_MIN: u64 = 7 * 1440;
/// For how many rules it is worked out how near they came.
const MEASURED_MAX: usize = 50;

pub(super) fn run(past: &Past<'_>) -> Vec<Diagnostic> {
    if past.minutes < MINUTES_MIN {
        return Vec::new();
    }
    let silent = past.judged().filter(|(_, _, fired)| *fired == 0);
    silent
        .enumerate()
        .map(|(index, (outline, rule, _))| {
            let message = format!(
                "`{}` would not have fired once in {} of samples",
                outline.name,
                past.length()
            );
            let finding = outline.place.finding(Code::Silent, message);
            let nearest = (index < MEASURED_MAX)
                .then(|| nearest(past, rule))
                .flatten();
            finding.help(nearest.unwrap_or_else(|| {
                "see whether its domains and its threshold are meant so".to_owned()
            }))
        })
        .collect()
}

/// Says how far the first compared value came, or on how many domains at once the condition held.
fn nearest(past: &Past<'_>, rule: &Rule) -> Option<String> {
    let matching = past.samples.iter();
    let matching = matching.filter(|(domain, _)| rule.domains.matches(domain.as_str()));
    let samples: Samples = matching
        .map(|(d, minutes)| (d.clone(), minutes.clone()))
        .collect();
    if samples.is_empty() {
        return Some("no domain of the samples is one of its domains".to_owned());
    }
    let tier = rule.compiled.tiers.first()?;
    if let Some(fleet) = tier.fleet
        && let Some(most) = at_once(past, tier, &samples).filter(|most| 0 < *most)
    {
        let asked = match fleet {
            Fleet::Count(count) => count.to_string(),
            Fleet::Proportion(part) => format!("{part}% of them"),
        };
        return Some(format!(
            "its condition held on {most} of its domains at once at the most, and it asks for {asked}"
        ));
    }
    let part = tier.parts.first()?;
    let unit = match part.of {
        Type::Proportion => "%",
        Type::Number | Type::Condition => "",
    };
    let worst = worst(past, part, &samples)?;
    Some(format!(
        "the worst that `{}` came to is {worst}{unit}",
        part.text
    ))
}

/// Returns on how many domains the condition of a severity held in one minute at the most.
fn at_once(past: &Past<'_>, tier: &Tier, samples: &Samples) -> Option<u32> {
    let mut counts: BTreeMap<Minute, u32> = BTreeMap::new();
    let each = |evaluated: replay::Evaluated<'_>| {
        if evaluated.value == Value::Truth(Some(true)) {
            *counts.entry(evaluated.minute).or_default() += 1;
        }
        Ok::<(), std::convert::Infallible>(())
    };
    let node = (tier.condition, Type::Condition);
    let Ok(()) = replay::eval(past.program, node, samples, each);
    counts.into_values().max()
}

fn worst(past: &Past<'_>, part: &Part, samples: &Samples) -> Option<Decimal> {
    let mut worst: Option<Decimal> = None;
    let each = |evaluated: replay::Evaluated<'_>| {
        if let Value::Decimal(Some(value)) = evaluated.value {
            worst = Some(match (worst, part.worst) {
                (None, _) => value,
                (Some(worst), Worst::Greatest) => worst.max(value),
                (Some(worst), Worst::Least) => worst.min(value),
            });
        }
        Ok::<(), std::convert::Infallible>(())
    };
    let Ok(()) = replay::eval(past.program, (part.node, part.of), samples, each);
    worst
}
