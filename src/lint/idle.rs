//! Sides of conditions, and guards, that change nothing, or are never false.

use super::numbers;
use super::proofs::{self, Part, Proofs, Standing, Tier};
use super::traffic;
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::ast::{Expr, Kind};
use crate::lang::program::NodeId;
use crate::proof::Asked;

/// How many sides of one `and` or `or` are tried to be left out: each is compared with all others.
const SIDES_MAX: usize = 32;

/// What a part is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    /// What is judged.
    Judged,
    /// Which minutes count: what lets all of them pass is told of the whole guard.
    Guard,
}

/// Returns the sides of `and` and `or`, and the guards, that change nothing or are never false.
pub(super) fn sides(proofs: &Proofs<'_>, tier: &Tier<'_>) -> Vec<Diagnostic> {
    let mut open = Vec::new();
    if tier.standing == Standing::Open {
        let (node, expr) = (tier.compiled.condition, &tier.written.when.condition);
        open.push((Part { node, expr }, Role::Judged));
    }
    if let (Some(node), Some(expr)) = (tier.compiled.until, &tier.written.when.until)
        && !is_dead(proofs, tier.at, node)
    {
        open.push((Part { node, expr }, Role::Judged));
    }
    let mut found = Vec::new();
    while let Some((part, role)) = open.pop() {
        let inner = proofs::parts(proofs.nodes(), part);
        match &part.expr.value {
            Kind::And(_) | Kind::Or(_) => {
                found.extend(of_joined(proofs, tier, (part, role), &inner));
            }
            Kind::Given(..) => found.extend(of_guard(proofs, tier, &inner)),
            _ => {}
        }
        let is_or = matches!(part.expr.value, Kind::Or(_));
        let lives = |inner: &Part<'_>| !is_or || !is_dead(proofs, tier.at, inner.node);
        let is_given = matches!(part.expr.value, Kind::Given(..));
        let role = |at| {
            if is_given && at == 1 {
                Role::Guard
            } else {
                role
            }
        };
        let inner = inner.into_iter().enumerate();
        let living = inner.filter(|(_, inner)| lives(inner));
        open.extend(living.map(|(at, inner)| (inner, role(at))));
    }
    let written = &tier.written.written;
    let exact = |mut finding: Diagnostic| {
        finding.fix = finding.fix.filter(|_| written.is_exact());
        written.relocate(finding)
    };
    found.into_iter().map(exact).collect()
}

fn is_dead(proofs: &Proofs<'_>, rule: usize, node: NodeId) -> bool {
    proofs.is_impossible(rule, &[(node, Asked::True)])
}

fn of_joined(
    proofs: &Proofs<'_>,
    tier: &Tier<'_>,
    (whole, role): (Part<'_>, Role),
    inner: &[Part<'_>],
) -> Vec<Diagnostic> {
    let is_or = matches!(whole.expr.value, Kind::Or(_));
    if SIDES_MAX < inner.len() {
        proofs.leave_out(tier.at);
        return Vec::new();
    }
    let mut left: Vec<usize> = (0..inner.len()).collect();
    let mut found = Vec::new();
    for at in (0..inner.len()).rev() {
        let others: Vec<usize> = left.iter().copied().filter(|other| *other != at).collect();
        let nodes: Vec<NodeId> = others.iter().map(|other| inner[*other].node).collect();
        let adds = || !changes_nothing(proofs, tier.at, is_or, inner[at].node, &nodes);
        let lives = || !is_or || !is_dead(proofs, tier.at, inner[at].node);
        if others.is_empty() || !lives() {
            continue;
        }
        if adds() {
            if !is_or
                && role == Role::Judged
                && let Some(finding) = never_false(proofs, tier, inner[at])
            {
                left = others;
                found.push(finding);
            }
            continue;
        }
        left = others;
        let alone = left.iter().find(|other| {
            let other = [inner[**other].node];
            changes_nothing(proofs, tier.at, is_or, inner[at].node, &other)
        });
        found.push(match numbers::advice_within(inner[at].expr, tier.names) {
            Some(help) => of_numbers(inner[at].expr, &help),
            None => side(whole, inner, at, alone.copied()),
        });
    }
    if found.is_empty() {
        return found;
    }
    let help = format!("write `{}`", rest(whole, inner, &left));
    // What says where a number was meant to be a status code keeps its help.
    let helped = |found: Diagnostic| {
        if found.help.is_none() {
            found.help(&help)
        } else {
            found
        }
    };
    let mut found: Vec<Diagnostic> = found.into_iter().map(helped).collect();
    // One mend at a time: two could take away the same word.
    if 1 < found.len() {
        for finding in &mut found {
            finding.fix = None;
        }
    }
    found
}

/// Whether a condition is the same at every minute with or without one of its sides.
fn changes_nothing(
    proofs: &Proofs<'_>,
    rule: usize,
    is_or: bool,
    side: NodeId,
    others: &[NodeId],
) -> bool {
    let claims = |of_side: Asked, of_others: Asked| {
        let others = others.iter().map(|other| (*other, of_others));
        others.chain([(side, of_side)]).collect::<Vec<_>>()
    };
    let (first, second) = if is_or {
        (
            (Asked::True, Asked::NotTrue),
            (Asked::NotFalse, Asked::False),
        )
    } else {
        (
            (Asked::NotTrue, Asked::True),
            (Asked::False, Asked::NotFalse),
        )
    };
    proofs.is_impossible(rule, &claims(first.0, first.1))
        && proofs.is_impossible(rule, &claims(second.0, second.1))
}

/// A side that cannot fail. Where it is unknown the rest may be known, so that no program takes it away.
fn never_false(proofs: &Proofs<'_>, tier: &Tier<'_>, side: Part<'_>) -> Option<Diagnostic> {
    if !proofs.is_impossible(tier.at, &[(side.node, Asked::False)]) {
        return None;
    }
    let reason = tier.reason(side.expr, Asked::False)?;
    let what = "this part is never false";
    let finding = proofs::explained(Code::AlwaysTrue, what, side.expr, Some(&reason));
    Some(finding.warning())
}

/// A side that compares plain numbers, of which one looks like a status code: nobody meant it so,
/// and no program takes it away.
fn of_numbers(part: &Expr, help: &str) -> Diagnostic {
    let message = format!("`{part}` adds nothing: it compares two plain numbers");
    Diagnostic::new(Code::Redundant, part.span, message).help(help)
}

fn side(whole: Part<'_>, inner: &[Part<'_>], at: usize, because: Option<usize>) -> Diagnostic {
    let part = inner[at].expr;
    let is_or = matches!(whole.expr.value, Kind::Or(_));
    let other = because.map(|other| inner[other].expr);
    let message = match (other, is_or) {
        (Some(other), _) if other.unplaced() == part.unplaced() => {
            format!("`{part}` stands here twice")
        }
        (Some(other), true) => format!("`{part}` adds nothing: where it is true, `{other}` is"),
        (Some(other), false) => format!("`{part}` adds nothing: it is true where `{other}` is"),
        (None, true) => format!("`{part}` adds nothing: where it is true, one of the others is"),
        (None, false) => format!("`{part}` adds nothing: it is true where the others are"),
    };
    let mut finding = Diagnostic::new(Code::Redundant, part.span, message);
    if let Some(other) = other {
        finding = finding.also(other.span, "this says it already");
    }
    let cut = without(at, |at| inner.get(at).map(|part| part.expr.span));
    finding.fix(cut, "").proved()
}

/// Returns the condition of the sides that are left.
fn rest(whole: Part<'_>, inner: &[Part<'_>], left: &[usize]) -> Expr {
    let mut rest: Vec<Expr> = left.iter().map(|at| inner[*at].expr.clone()).collect();
    let span = whole.expr.span;
    let value = match (rest.len(), &whole.expr.value) {
        (1, _) => return rest.remove(0),
        (_, Kind::Or(_)) => Kind::Or(rest),
        _ => Kind::And(rest),
    };
    Expr { value, span }
}

/// A guard that is true wherever its condition is known.
fn of_guard(proofs: &Proofs<'_>, tier: &Tier<'_>, inner: &[Part<'_>]) -> Option<Diagnostic> {
    let [of, guard] = inner else { return None };
    let is_idle =
        |asked| proofs.is_impossible(tier.at, &[(of.node, asked), (guard.node, Asked::NotTrue)]);
    if !is_idle(Asked::True) || !is_idle(Asked::False) {
        return implied_guard(proofs, tier, *of, *guard);
    }
    if let Some(help) = numbers::advice_within(guard.expr, tier.names) {
        return Some(of_numbers(guard.expr, &help));
    }
    let (text, condition) = (guard.expr, of.expr);
    let message = format!("the guard `{text}` adds nothing: it is true wherever the rest is known");
    let finding = Diagnostic::new(Code::Redundant, guard.expr.span, message);
    let cut = Span::new(of.expr.span.end(), guard.expr.span.end());
    let finding = finding.help(format!("write `{condition}`"));
    Some(finding.fix(cut, "").proved())
}

/// A guard, or a part of one, that is true wherever its condition is: it keeps nothing from firing, and
/// makes good minutes unknown. One of the traffic makes quiet minutes unknown, which is meant.
fn implied_guard(
    proofs: &Proofs<'_>,
    tier: &Tier<'_>,
    of: Part<'_>,
    guard: Part<'_>,
) -> Option<Diagnostic> {
    let parts = match &guard.expr.value {
        Kind::And(_) => proofs::parts(proofs.nodes(), guard),
        _ => vec![guard],
    };
    let is_idle = |part: &&Part<'_>| {
        matches!(part.expr.value, Kind::Comparison(..))
            && traffic::demands(part.expr, tier.names).is_empty()
            && proofs.is_implied(tier.at, part.node, of.node)
    };
    let idle = parts.iter().take(SIDES_MAX).find(is_idle)?;
    let (text, condition) = (idle.expr, of.expr);
    let message = format!(
        "the guard `{text}` keeps nothing from firing: it is true where `{condition}` is, and a good minute is unknown with it"
    );
    let finding = Diagnostic::new(Code::Redundant, text.span, message);
    let others = parts.iter().filter(|part| part.node != idle.node);
    let left: Vec<Expr> = others.map(|part| part.expr.clone()).collect();
    let by = match left.as_slice() {
        [] => return Some(finding.help("leave it out")),
        [only] => only.clone(),
        _ => Expr {
            value: Kind::And(left),
            span: guard.expr.span,
        },
    };
    Some(finding.help(format!("write `given {by}`")))
}

/// Returns the place of a member with what joins it to the others.
pub(super) fn without(at: usize, place: impl Fn(usize) -> Option<Span>) -> Span {
    let own = place(at).unwrap_or_default();
    match at.checked_sub(1).and_then(&place) {
        Some(before) => Span::new(before.end(), own.end()),
        None => Span::new(own.start(), place(at + 1).map_or(own.end(), Span::start)),
    }
}
