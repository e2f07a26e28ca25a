//! What a sweep goes through: `origin-5xx: 5%..20%; for 1m..10m`.

use anyhow::{Context as _, bail, ensure};

use crate::replay::sweep::{Threshold, Variant};
use crate::unit::{Decimal, Minutes, Severity};

/// How many values a range has if its step is not said.
const VALUES: i64 = 8;
/// How many variants a sweep may have: more make no table that anybody reads.
const VARIANTS_MAX: usize = 400;
/// Holds that people choose, in minutes.
const HOLDS: [u32; 16] = [
    1, 2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90, 120, 180, 360, 720,
];

/// A sweep as it is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sweep {
    /// The rule.
    pub(super) rule: String,
    /// The severity, if the rule has several: by default the worst.
    pub(super) severity: Option<Severity>,
    /// The thresholds; empty leaves that of the rule.
    pub(super) thresholds: Vec<Threshold>,
    /// The holds; empty leaves that of the rule.
    pub(super) holds: Vec<Minutes>,
}

impl Sweep {
    /// Reads a sweep.
    pub(super) fn parse(text: &str) -> anyhow::Result<Self> {
        let form = "a sweep is written like `origin-5xx: 5%..20%; for 1m..10m`";
        let (rule, ranges) = text.split_once(':').context(form)?;
        let (rule, severity) = match rule.trim().split_once('/') {
            Some((rule, severity)) => {
                let severity = severity.trim();
                let known = severity.parse().ok();
                let known = known.with_context(|| format!("`{severity}` is no severity"))?;
                (rule.trim(), Some(known))
            }
            None => (rule.trim(), None),
        };
        let mut sweep = Self {
            rule: rule.to_owned(),
            severity,
            thresholds: Vec::new(),
            holds: Vec::new(),
        };
        for range in ranges.split(';').map(str::trim) {
            match range.strip_prefix("for ") {
                Some(range) if sweep.holds.is_empty() => sweep.holds = holds(range)?,
                None if sweep.thresholds.is_empty() && !range.is_empty() => {
                    sweep.thresholds = thresholds(range)?;
                }
                Some(_) | None => bail!(form),
            }
        }
        let variants = sweep.thresholds.len().max(1) * sweep.holds.len().max(1);
        ensure!(
            variants <= VARIANTS_MAX,
            "there are {variants} variants; at most {VARIANTS_MAX} are tried"
        );
        Ok(sweep)
    }

    /// Returns all variants, by threshold, then hold.
    pub(super) fn variants(&self) -> Vec<Variant> {
        let thresholds = all(&self.thresholds);
        let holds = all(&self.holds);
        let pairs = thresholds.iter().flat_map(|threshold| {
            holds.iter().map(|hold| Variant {
                threshold: *threshold,
                hold: *hold,
            })
        });
        pairs.collect()
    }
}

/// Returns each value, or that there is none.
fn all<T: Copy>(values: &[T]) -> Vec<Option<T>> {
    if values.is_empty() {
        return vec![None];
    }
    values.iter().map(|value| Some(*value)).collect()
}

/// Parts a range into its ends and its step: `5%..20% step 1%`.
fn parts(text: &str) -> (&str, &str, Option<&str>) {
    let (range, step) = match text.split_once(" step ") {
        Some((range, step)) => (range, Some(step.trim())),
        None => (text, None),
    };
    let (from, to) = range.split_once("..").unwrap_or((range, range));
    (from.trim(), to.trim(), step)
}

fn thresholds(text: &str) -> anyhow::Result<Vec<Threshold>> {
    let (from, to, step) = parts(text);
    let is_percent = to.ends_with('%');
    let number = |text: &str| {
        let digits = text.strip_suffix('%').unwrap_or(text);
        let value: Result<Decimal, _> = digits.parse();
        value.with_context(|| format!("`{text}` is no threshold"))
    };
    let (low, high) = (number(from)?, number(to)?);
    ensure!(low <= high, "`{text}`: the smaller one stands first");
    let step = match step {
        Some(step) => number(step)?.units(),
        None => nice((high.units() - low.units()) / (VALUES - 1)),
    };
    ensure!(step > 0 || low == high, "`{text}`: a step is above 0");
    let mut values = Vec::new();
    let mut at = low.units();
    while at < high.units() {
        values.extend(Decimal::from_units(at));
        ensure!(
            values.len() <= VARIANTS_MAX,
            "`{text}` has more than {VARIANTS_MAX} values"
        );
        at += step;
    }
    values.push(high);
    let unit = |value| {
        if is_percent {
            Threshold::Percent(value)
        } else {
            Threshold::Number(value)
        }
    };
    Ok(values.into_iter().map(unit).collect())
}

/// Returns the next number of the form 1, 2 or 5 times a power of ten, in units.
fn nice(least: i64) -> i64 {
    let mut power = 1_i64;
    loop {
        for digit in [1, 2, 5] {
            if let Some(step) = power.checked_mul(digit).filter(|step| least <= *step) {
                return step;
            }
        }
        match power.checked_mul(10) {
            Some(next) => power = next,
            None => return i64::MAX,
        }
    }
}

fn holds(text: &str) -> anyhow::Result<Vec<Minutes>> {
    let (from, to, step) = parts(text);
    let minutes = |text: &str| {
        let minutes: Result<Minutes, _> = text.parse();
        minutes.with_context(|| format!("`{text}`"))
    };
    let (low, high) = (minutes(from)?, minutes(to)?);
    ensure!(low <= high, "`{text}`: the smaller one stands first");
    let (first, last) = (low.get(), high.get());
    let mut values: Vec<u32> = if let Some(step) = step {
        let step = usize::try_from(minutes(step)?.get()).unwrap_or(usize::MAX);
        (first..last).step_by(step).take(VARIANTS_MAX + 1).collect()
    } else {
        let usual = HOLDS.iter().copied();
        let usual = usual.filter(|of| first < *of && *of < last);
        std::iter::once(first).chain(usual).collect()
    };
    values.retain(|value| *value < last);
    values.push(last);
    Ok(values.into_iter().filter_map(Minutes::new).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> String {
        match Sweep::parse(text) {
            Ok(sweep) => {
                let thresholds: Vec<_> =
                    sweep.thresholds.iter().map(Threshold::to_string).collect();
                let holds: Vec<_> = sweep.holds.iter().map(Minutes::to_string).collect();
                format!(
                    "{} {:?} {} for {}",
                    sweep.rule,
                    sweep.severity,
                    thresholds.join(" "),
                    holds.join(" ")
                )
            }
            Err(fault) => format!("{fault:#}"),
        }
    }

    #[test]
    fn ranges_have_values_that_people_choose() {
        for (text, expected) in [
            (
                "origin-5xx: 5%..20%; for 1m..10m",
                "origin-5xx None 5% 10% 15% 20% for 1m 2m 3m 5m 7m 10m",
            ),
            (
                "a/critical: 1%..2% step 0.25%",
                "a Some(Critical) 1% 1.25% 1.5% 1.75% 2% for ",
            ),
            ("a: for 2m..6m step 3m", "a None  for 2m 5m 6m"),
            ("a: 7; for 3m", "a None 7 for 3m"),
            (
                "a: 0..0.007",
                "a None 0 0.001 0.002 0.003 0.004 0.005 0.006 0.007 for ",
            ),
        ] {
            assert_eq!(shown(text), expected, "{text}");
        }
    }

    #[test]
    fn a_faulty_sweep_says_why() {
        for (text, said) in [
            ("origin-5xx", "a sweep is written like"),
            ("a:", "a sweep is written like"),
            ("a: 1%; 2%", "a sweep is written like"),
            ("a/bad: 1%", "`bad` is no severity"),
            ("a: x..3%", "`x` is no threshold"),
            ("a: 9%..3%", "the smaller one stands first"),
            ("a: 1%..2% step 0%", "a step is above 0"),
            ("a: 1%..90% step 0.01%", "has more than 400 values"),
            ("a: for 3..4m", "`3`: a duration has a unit"),
            (
                "a: 1%..50% step 1%; for 1m..20m step 1m",
                "there are 1000 variants",
            ),
        ] {
            let told = shown(text);
            assert!(told.contains(said), "{text}: {told}");
        }
    }
}
