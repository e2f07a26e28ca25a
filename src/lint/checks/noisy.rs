//! Rules that would have fired too often.
//!
//! ## What it finds
//!
//! With `--data`: a rule that would have fired more than 5 times a day, on all its domains
//! together, over the recorded samples; and what a longer `for` or an `until` would have left.
//!
//! ## Why it matters
//!
//! Who is woken five times a night stops reading. An alert that nobody acts upon is too early,
//! too low, or ends too soon.
//!
//! ## Example
//!
//! ```yaml
//! rules:
//!   - name: errors
//!     when: 5xx > 1% given requests >= 50
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: errors
//!     when: 5xx > 1% given requests >= 50 for 10m until 5xx < 0.5% for 10m
//! ```

use crate::config::RuleOutline;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::engine::Rule;
use crate::lang::ast::{Comparator, Expr, Hold, Kind, When};
use crate::lint::history::Past;
use crate::unit::{Decimal, Minutes, Severity};

/// How often a day is too often.
const A_DAY_MAX: u64 = 5;
/// The holds that are tried.
const HOLDS: [u32; 4] = [5, 10, 15, 30];
/// How many rules are tried with other conditions: each try judges all samples again.
const TRIED_MAX: usize = 20;
/// How long the `until` that is tried holds.
const UNTIL_MINUTES: u32 = 5;

pub(super) fn run(past: &Past<'_>) -> Vec<Diagnostic> {
    let is_noisy = |fired: usize| {
        let fired = u64::try_from(fired).unwrap_or(u64::MAX);
        fired.saturating_mul(1440) > A_DAY_MAX * past.minutes.max(1440)
    };
    let noisy = past.judged().filter(|(_, _, fired)| is_noisy(*fired));
    noisy
        .enumerate()
        .map(|(index, (outline, rule, fired))| {
            let message = format!(
                "`{}` would have fired {fired} times in {} of samples, more than {A_DAY_MAX} a day",
                outline.name,
                past.length()
            );
            let finding = outline.place.finding(Code::Noisy, message);
            let left = if index < TRIED_MAX {
                remedies(past, outline, rule, fired)
            } else {
                Vec::new()
            };
            finding.help(match left.as_slice() {
                [] => "raise its threshold, or let it hold for longer".to_owned(),
                left => left.join("; "),
            })
        })
        .collect()
}

/// Tries other conditions, and says what each would have left.
fn remedies(past: &Past<'_>, outline: &RuleOutline, rule: &Rule, fired: usize) -> Vec<String> {
    let whens: Vec<(Severity, When)> = outline
        .tiers
        .iter()
        .map(|tier| (tier.severity, tier.when.clone()))
        .collect();
    let mut said = Vec::new();
    let longest = whens
        .iter()
        .filter_map(|(_, when)| held(&when.condition))
        .max();
    let holds = HOLDS
        .into_iter()
        .filter(|hold| longest.is_none_or(|held| held < *hold));
    for hold in holds.filter_map(Minutes::new) {
        let with = whens.iter().map(|(s, when)| (*s, with_hold(when, hold)));
        let with: Vec<_> = with.collect();
        if let Some(left) = past
            .fired_with(outline, rule, &with)
            .filter(|left| *left < fired)
        {
            said.push(format!("`for {hold}` would leave {left}"));
            if left.saturating_mul(4) <= fired {
                break;
            }
        }
    }
    let with: Option<Vec<_>> = whens
        .iter()
        .map(|(severity, when)| Some((*severity, with_until(when)?)))
        .collect();
    if let Some(with) = with
        && let Some(left) = past
            .fired_with(outline, rule, &with)
            .filter(|left| *left < fired)
        && let [(_, when), ..] = with.as_slice()
        && let Some(until) = &when.until
    {
        said.push(format!("`until {until}` would leave {left}"));
    }
    said
}

fn nowhere<T>(value: T) -> Spanned<T> {
    let span = Span::default();
    Spanned { value, span }
}

/// Returns how long a condition holds at its end.
fn held(condition: &Expr) -> Option<u32> {
    match &condition.value {
        Kind::For(_, hold) => Some(hold.over.get()),
        _ => None,
    }
}

fn with_hold(when: &When, over: Minutes) -> When {
    let of = match &when.condition.value {
        Kind::For(of, _) => of.as_ref().clone(),
        _ => when.condition.clone(),
    };
    let hold = Hold { needed: None, over };
    When {
        condition: nowhere(Kind::For(Box::new(of), hold)),
        ..when.clone()
    }
}

/// Returns the condition with an `until` at half its threshold; `None` if it has one already, or
/// is no such comparison.
fn with_until(when: &When) -> Option<When> {
    if when.until.is_some() {
        return None;
    }
    let (measured, threshold) = threshold(&when.condition)?;
    let below = Kind::Comparison(
        Comparator::Less,
        Box::new(measured.clone()),
        Box::new(threshold),
    );
    let hold = Hold {
        needed: None,
        over: Minutes::new(UNTIL_MINUTES)?,
    };
    let until = Kind::For(Box::new(nowhere(below)), hold);
    Some(When {
        until: Some(nowhere(until)),
        ..when.clone()
    })
}

/// Returns what the first comparison measures, and half of what it must be above.
fn threshold(condition: &Expr) -> Option<(&Expr, Expr)> {
    match &condition.value {
        Kind::For(of, _) | Kind::Given(of, _) => threshold(of),
        Kind::And(parts) => threshold(parts.first()?),
        Kind::Comparison(Comparator::Greater | Comparator::GreaterOrEqual, measured, limit) => {
            let half = |limit: Decimal| limit.checked_div(Decimal::from_integer(2)?);
            let limit = match limit.value {
                Kind::Proportion(limit) => Kind::Proportion(half(limit)?),
                Kind::Number(limit) => Kind::Number(half(limit)?),
                _ => return None,
            };
            Some((measured, nowhere(limit)))
        }
        _ => None,
    }
}
