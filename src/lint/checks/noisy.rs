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
//!     when: 5xx > 1% given requests >= 500
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! rules:
//!   - name: errors
//!     when: 5xx > 1% given requests >= 500 for 10m until 5xx < 0.5% for 10m
//! ```

use crate::config::RuleOutline;
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::engine::Rule;
use crate::lang::Names;
use crate::lang::ast::{Comparator, Expr, Hold, Kind, When};
use crate::lint::history::Past;
use crate::lint::measures::{Of, measures};
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
    let Some(scope) = past.outline.scopes.get(outline.scope) else {
        return Vec::new();
    };
    let names = &scope.names;
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
        .map(|(severity, when)| Some((*severity, with_until(when, names)?)))
        .collect();
    if let Some(with) = with
        && let Some(left) = past
            .fired_with(outline, rule, &with)
            .filter(|left| *left < fired)
    {
        said.push(format!("{} would leave {left}", untils(&with)));
    }
    said
}

/// Says which `until`s are tried: each, where severities have their own.
fn untils(with: &[(Severity, When)]) -> String {
    let untils = with
        .iter()
        .filter_map(|(severity, when)| Some((severity, when.until.as_ref()?)));
    let said = untils.map(|(severity, until)| match with {
        [_] => format!("`until {until}`"),
        _ => format!("`until {until}` for `{severity}`"),
    });
    said.collect::<Vec<_>>().join(" and ")
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
fn with_until(when: &When, names: &Names) -> Option<When> {
    if when.until.is_some() {
        return None;
    }
    let (measured, threshold) = threshold(&when.condition, names)?;
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

/// Returns what the first comparison measures, and half of what it must be above. Beside others,
/// one of all requests is only a guard: an alert would fire on for as long as there is traffic.
fn threshold<'e>(condition: &'e Expr, names: &Names) -> Option<(&'e Expr, Expr)> {
    match &condition.value {
        Kind::For(of, _) | Kind::Given(of, _) => threshold(of, names),
        Kind::And(parts) => parts.iter().find_map(|part| {
            let found = threshold(part, names)?;
            let mut measures = measures(found.0, names).into_iter();
            measures
                .any(|measure| measure.of != Of::All)
                .then_some(found)
        }),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse_when;

    fn tried(texts: &[(Severity, &str)]) -> Option<String> {
        let names = Names::default();
        let with = texts.iter().map(|(severity, text)| {
            let (when, faults) = parse_when(text);
            assert_eq!(faults, []);
            Some((*severity, with_until(&when?, &names)?))
        });
        Some(untils(&with.collect::<Option<Vec<_>>>()?))
    }

    #[test]
    fn each_severity_has_its_own_until_and_the_traffic_is_none() {
        use Severity::{Critical, Warning};
        let one = |text| tried(&[(Warning, text)]);
        let below = "`until 5xx < 0.5% for 5m`";
        assert_eq!(one("requests >= 50 and 5xx > 1%").as_deref(), Some(below));
        assert_eq!(one("requests >= 50 and requests > 10"), None);
        assert_eq!(
            one("requests >= 50").as_deref(),
            Some("`until requests < 25 for 5m`")
        );
        let both = tried(&[(Warning, "5xx > 1%"), (Critical, "5xx > 10%")]);
        assert_eq!(
            both.as_deref(),
            Some(
                "`until 5xx < 0.5% for 5m` for `warning` and `until 5xx < 5% for 5m` for `critical`"
            )
        );
    }
}
