//! Conditions, or parts of them, that cannot hold.
//!
//! ## What it finds
//!
//! A condition, a `let:` condition or one side of an `or`, also of an `until`, that no sample can
//! make true. It is proved: the codes of one minute are at least 0 % and at most 100 % together, windows and
//! holds look at the same minutes, and whatever the samples are, they cannot be what is asked. And a rule that asks for more domains at once than
//! it is about, where the sources or the rule itself list them by name.
//!
//! ## Why it matters
//!
//! The rule never fires, and looks like one that watches. With `on_unknown: fire` it fires while its condition is
//! unknown, and in no other minute.
//!
//! ## Example
//!
//! ```yaml
//! when: 5xx > 60% and 2xx > 50%
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! when: 5xx > 60% or 4xx > 50%
//! ```

use std::collections::BTreeSet;

use super::super::numbers;
use super::super::proofs::{self, Part, Proofs, Standing, Tier, explained};
use super::{Checked, no_domain};
use crate::config::{GlobsOutline, LetOutline, Outline};
use crate::diag::{Code, Diagnostic, Span};
use crate::engine::OnUnknown;
use crate::lang::ast::{Aggregate, Comparator, Expr, Fleet, Kind};
use crate::lang::program::Type;
use crate::lang::{Compiler, Names};
use crate::proof::{Asked, Demand, EFFORT, Prover, Reason, Verdict};
use crate::unit::Decimal;

/// How many pairs of rule and domain are looked at: a file beyond is checked in part.
const PAIRS_MAX: usize = 2_000_000;

/// What is never true of the `let:`s.
pub(in crate::lint) struct DeadLets {
    found: Vec<Diagnostic>,
    /// The names of each scope that stand for such conditions.
    names: Vec<BTreeSet<String>>,
}

/// Finds what is never true of the `let:`s, and the rules that ask for too many domains.
pub(super) fn of_file(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut found = checked.dead_lets().found.clone();
    found.extend(too_few_domains(checked));
    found
}

/// Finds the rules that ask for more domains at once than there are of theirs.
fn too_few_domains(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let outline = checked.outline;
    let listed = no_domain::listed(outline);
    let mut tries = 0_usize;
    let each = checked.proofs.tiers().filter_map(|tier| {
        let Some(Fleet::Count(wanted)) = tier.compiled.fleet else {
            return None;
        };
        let globs = &tier.rule.domains;
        tries = tries.saturating_add(listed.as_ref().map_or(0, Vec::len));
        let count = match &listed {
            Some(_) if PAIRS_MAX < tries => return None,
            Some(listed) => {
                let own = listed
                    .iter()
                    .filter(|name| globs.list.matches(name.as_str()));
                own.count()
            }
            None => named(globs)? * outline.sources.len().max(1),
        };
        // That there is none is told by another check.
        let is_short = 0 < count && u32::try_from(count).is_ok_and(|count| count < wanted);
        let fleet = tier.written.when.fleet.as_ref().filter(|_| is_short)?;
        let message = format!("this is never true: the rule is about {}", domains(count));
        let finding = Diagnostic::new(Code::NeverTrue, fleet.span, message);
        let finding = finding.help(format!("ask for {count} at the most, or for more domains"));
        Some(tier.written.written.relocate(finding))
    });
    each.collect()
}

/// Returns how many domains a list names, if it names each and has no glob.
fn named(globs: &GlobsOutline) -> Option<usize> {
    let texts: BTreeSet<String> = globs.list.texts().collect();
    let is_name = |text: &String| !text.contains(['*', '?', '!']);
    (!texts.is_empty() && texts.iter().all(is_name)).then_some(texts.len())
}

fn domains(count: usize) -> String {
    match count {
        1 => "1 domain".to_owned(),
        _ => format!("{count} domains"),
    }
}

/// Finds what is never true of the `let:`s.
pub(in crate::lint) fn dead_lets(outline: &Outline) -> DeadLets {
    let mut found = Vec::new();
    let mut dead: Vec<BTreeSet<String>> = Vec::new();
    for scope in &outline.scopes {
        // Later scopes have the names of the first.
        let mut names = dead.first().cloned().unwrap_or_default();
        for entry in &scope.lets {
            names.remove(&entry.name);
            if let Some(reason) = dead_reason(entry, &scope.names) {
                names.insert(entry.name.clone());
                let is_told = entry
                    .expr
                    .as_ref()
                    .is_none_or(|expr| is_of(expr, &reason, &names));
                if let Some(expr) = entry.expr.as_ref().filter(|_| !is_told) {
                    let finding = told(expr, &scope.names, "this is never true", &reason);
                    found.push(entry.written.relocate(finding));
                }
            }
        }
        dead.push(names);
    }
    DeadLets { found, names: dead }
}

fn dead_reason(entry: &LetOutline, names: &Names) -> Option<Reason> {
    let expr = entry.expr.as_ref()?;
    let (_, Type::Condition) = names.get(&entry.name)? else {
        return None;
    };
    let mut compiler = Compiler::default();
    let (node, _) = compiler.expr(expr, names).ok()?;
    let program = compiler.finish();
    let verdict = Prover::new(&program.nodes).ask(&[(node, Asked::True)], EFFORT);
    match verdict {
        Verdict::Impossible => proofs::reason(expr, names, Asked::True),
        Verdict::Possible | Verdict::GaveUp => None,
    }
}

/// Finds what is never true of a condition.
pub(super) fn of_tier(checked: &Checked<'_>, tier: &Tier<'_>, found: &mut Vec<Diagnostic>) {
    let proofs = &checked.proofs;
    let whole = Part {
        node: tier.compiled.condition,
        expr: &tier.written.when.condition,
    };
    let (what, parts) = match tier.standing {
        Standing::Dead => ("this condition", vec![whole]),
        Standing::Certain => ("this condition", Vec::new()),
        Standing::Open => (
            "this part of the condition",
            dead_branches(proofs, tier.at, whole),
        ),
    };
    // One that is never true as a whole is told by another check.
    let until = tier.compiled.until.zip(tier.written.when.until.as_ref());
    let until = until.filter(|(node, _)| !proofs.is_impossible(tier.at, &[(*node, Asked::True)]));
    let ends = until.map_or(Vec::new(), |(node, expr)| {
        dead_branches(proofs, tier.at, Part { node, expr })
    });
    let parts = parts.into_iter().map(|part| (what, part));
    let ends = ends.into_iter().map(|part| ("this part of `until`", part));
    for (what, part) in parts.chain(ends) {
        let Some(reason) = tier.reason(part.expr, Asked::True) else {
            continue;
        };
        let dead = checked.dead_lets().names.get(tier.rule.scope);
        if dead.is_some_and(|dead| is_of(part.expr, &reason, dead)) {
            continue;
        }
        let otherwise = if tier.standing == Standing::Dead && fires_unknown(proofs, tier) {
            ", so that with `on_unknown: fire` the alert fires only while it is unknown"
        } else {
            ""
        };
        let what = format!("{what} is never true{otherwise}");
        let finding = told(part.expr, tier.names, &what, &reason);
        let finding = with_others(proofs, tier.at, (part, &reason), finding);
        found.push(tier.written.written.relocate(finding));
    }
}

/// Whether the rule fires while its condition is unknown, which it can be.
fn fires_unknown(proofs: &Proofs<'_>, tier: &Tier<'_>) -> bool {
    let open = [(tier.compiled.condition, Asked::NotFalse)];
    tier.rule.on_unknown == OnUnknown::Fire && !proofs.is_impossible(tier.at, &open)
}

/// Shows what is never true by itself beside what was told: one is mended with the other.
fn with_others(
    proofs: &Proofs<'_>,
    rule: usize,
    (whole, reason): (Part<'_>, &Reason),
    finding: Diagnostic,
) -> Diagnostic {
    let (mut open, mut finding) = (vec![whole], finding);
    while let Some(part) = open.pop() {
        match part.expr.value {
            Kind::And(_) | Kind::For(..) => open.extend(proofs::parts(proofs.nodes(), part)),
            Kind::Given(..) => open.extend(proofs::parts(proofs.nodes(), part).first().copied()),
            Kind::Comparison(..) => {
                let is_told = |demand: &Demand| demand.span == part.expr.span;
                let is_dead = || proofs.is_impossible(rule, &[(part.node, Asked::True)]);
                if !reason.demands.iter().any(is_told) && is_dead() {
                    finding = finding.also(part.expr.span, "never true either");
                }
            }
            _ => {}
        }
    }
    finding
}

/// Returns the sides of any `or` that are never true, the outermost.
fn dead_branches<'e>(proofs: &Proofs<'_>, rule: usize, whole: Part<'e>) -> Vec<Part<'e>> {
    let (mut open, mut found) = (vec![whole], Vec::new());
    while let Some(part) = open.pop() {
        let is_or = matches!(part.expr.value, Kind::Or(_));
        for inner in proofs::parts(proofs.nodes(), part) {
            if is_or && proofs.is_impossible(rule, &[(inner.node, Asked::True)]) {
                found.push(inner);
            } else {
                open.push(inner);
            }
        }
    }
    found
}

/// Whether all that is wrong stands behind names that are told of by themselves.
fn is_of(expr: &Expr, reason: &Reason, dead: &BTreeSet<String>) -> bool {
    let names = expr.names();
    let is_dead = |span: Span| {
        names
            .iter()
            .any(|(name, at)| *at == span && dead.contains(*name))
    };
    !reason.demands.is_empty() && reason.demands.iter().all(|demand| is_dead(demand.span))
}

fn told(expr: &Expr, names: &Names, what: &str, reason: &Reason) -> Diagnostic {
    let finding = explained(Code::NeverTrue, what, expr, Some(reason));
    let number = numbers::advice(expr, names, &reason.demands);
    // Where it is never so whatever the level, no level is to be found.
    let has_bound = !finding.message.ends_with("is never so");
    let mend = || mend(expr, &reason.demands).filter(|help| has_bound || help != REACHABLE);
    match number.or_else(mend) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// What is said of a level that is out of reach, where nothing better is known.
const REACHABLE: &str = "write a level that it can reach";

/// Returns the nearest sensible condition, if there is one.
fn mend(expr: &Expr, demands: &[Demand]) -> Option<String> {
    let [only] = demands else {
        return Some("change one of them".to_owned());
    };
    let mut open = vec![expr];
    let compared = loop {
        let part = open.pop()?;
        if part.span == only.span && matches!(part.value, Kind::Comparison(..)) {
            break part;
        }
        open.extend(part.operands());
    };
    let Kind::Comparison(comparator, value, bound) = &compared.value else {
        return None;
    };
    if let Some(help) = budget_for_objective(value).or_else(|| budget_for_objective(bound)) {
        return Some(help);
    }
    let reachable = || Some(REACHABLE.to_owned());
    let bound = match bound.value {
        Kind::Proportion(bound) if is_part_of_all(value) => bound,
        Kind::Proportion(_) | Kind::Number(_) => return reachable(),
        _ => return None,
    };
    match comparator {
        Comparator::Greater | Comparator::GreaterOrEqual | Comparator::Equal
            if Decimal::HUNDRED <= bound =>
        {
            let text =
                "the largest value is 100%; to be told when every answer is one of these, write";
            Some(format!("{text} `{value} >= 100%`"))
        }
        Comparator::Less | Comparator::LessOrEqual | Comparator::Equal
            if bound <= Decimal::ZERO =>
        {
            let text = "the least value is 0%; to be told when no answer is one of these, write";
            Some(format!("{text} `{value} <= 0%`"))
        }
        _ => None,
    }
}

/// `burn(5xx over 1h, 0.1%)`: the budget was written where the objective stands.
fn budget_for_objective(value: &Expr) -> Option<String> {
    let Kind::Burn {
        codes,
        over,
        objective,
    } = &value.value
    else {
        return None;
    };
    let rest = Decimal::HUNDRED.checked_sub(*objective)?;
    let meant = Expr {
        value: Kind::Burn {
            codes: codes.clone(),
            over: *over,
            objective: rest,
        },
        span: value.span,
    };
    (*objective < rest).then(|| {
        format!(
            "`{objective}%` would be the budget: the objective is what is left of 100%, write `{meant}`"
        )
    })
}

/// Whether a value is the proportion of some answers among all: 100% at the most.
fn is_part_of_all(value: &Expr) -> bool {
    match &value.value {
        Kind::Selector(_) | Kind::Share { .. } => true,
        Kind::Offset(of, _) => is_part_of_all(of),
        Kind::Window { aggregate, of, .. } => match aggregate {
            Aggregate::Sum | Aggregate::Stddev | Aggregate::Change => false,
            Aggregate::Avg
            | Aggregate::Min
            | Aggregate::Max
            | Aggregate::Median
            | Aggregate::Percentile(_) => is_part_of_all(of),
        },
        _ => false,
    }
}
