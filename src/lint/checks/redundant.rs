//! Parts that change nothing.
//!
//! ## What it finds
//!
//! - One side of an `and` or `or` without which the condition is the same at every minute.
//! - A guard that is true wherever its condition is known.
//! - `not not`, `for 1m`, `for 5 of 5m`, a window of one minute as in `avg(5xx over 1m)`, and a set
//!   that names a code twice.
//!
//! ## Why it matters
//!
//! Whoever reads the rule takes each part for something that it does. One that does nothing is
//! often a slip: a threshold that was meant to be another.
//!
//! ## Example
//!
//! ```yaml
//! when: 5xx > 10% or 5xx > 20%
//! ```
//!
//! ## Instead
//!
//! ```yaml
//! when: 5xx > 10%
//! ```

use super::super::proofs::{self, Part, Proofs, Standing, Tier};
use super::Checked;
use crate::config::{Outline, Place, Written};
use crate::diag::{Code, Diagnostic, Files, Fix, Span};
use crate::lang::Names;
use crate::lang::ast::{Aggregate, Expr, Hold, Kind, Selector};
use crate::lang::program::NodeId;
use crate::lint::rewrite::is_on_one_line;
use crate::proof::Asked;
use crate::unit::{Minutes, StatusSet};

/// How many parts there is room for at first: most texts have fewer.
const PARTS_USUAL: usize = 16;
/// How many sides of one `and` or `or` are tried to be left out: each is compared with all others.
const SIDES_MAX: usize = 32;

pub(super) fn run(checked: &Checked<'_>) -> Vec<Diagnostic> {
    let mut found = in_lets(checked.outline);
    for tier in checked.proofs.tiers() {
        let when = &tier.written.when;
        for expr in [Some(&when.condition), when.until.as_ref()]
            .into_iter()
            .flatten()
        {
            found.extend(of_text(expr, tier.names, &tier.written.written));
        }
        if tier.standing == Standing::Open {
            found.extend(of_sides(&checked.proofs, &tier));
        }
    }
    for finding in &mut found {
        let fix = finding.fix.take();
        finding.fix = fix.filter(|fix| is_whole(checked.files, fix));
    }
    found
}

fn in_lets(outline: &Outline) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for scope in &outline.scopes {
        for entry in &scope.lets {
            if let Some(expr) = &entry.expr {
                found.extend(of_text(expr, &scope.names, &entry.written));
            }
        }
    }
    found
}

/// Returns what the text alone shows.
fn of_text(expr: &Expr, names: &Names, written: &Written) -> Vec<Diagnostic> {
    let (mut open, mut found) = (Vec::with_capacity(PARTS_USUAL), Vec::new());
    open.push(expr);
    while let Some(part) = open.pop() {
        match &part.value {
            Kind::Not(of) if matches!(of.value, Kind::Not(_)) => {
                let message = "`not not` changes nothing";
                let finding = Diagnostic::new(Code::Redundant, part.span, message);
                let inner = of.operands().next().map(ToString::to_string);
                found.push(finding.help(format!("write `{}`", inner.unwrap_or_default())));
            }
            Kind::Offset(of, by) if is_constant(of) => {
                let message = format!("`offset {by}` is about `{of}` alone, which never changes");
                let finding = Diagnostic::new(Code::Redundant, part.span, message);
                found.push(finding.help(format!(
                    "leave it out, or put it behind what changes, as in `5xx offset {by}`"
                )));
            }
            Kind::For(of, hold) if hold.over == Minutes::ONE => found.push(hold_of_one(part, of)),
            Kind::For(of, hold) if hold.needed == Some(hold.over.get()) => {
                found.push(hold_of_all(part, of, *hold));
            }
            Kind::Window {
                aggregate,
                of,
                over: Minutes::ONE,
            } if is_of_one_alike(*aggregate) => {
                let message = format!("a window of one minute changes nothing: `{part}` is `{of}`");
                let finding = Diagnostic::new(Code::Redundant, part.span, message);
                let help = format!("write `{of}`, or a window of some minutes");
                found.push(finding.help(help));
            }
            Kind::Selector(codes) | Kind::Requests(Some(codes)) => {
                found.extend(twice(codes, names));
            }
            Kind::Share { codes, .. } | Kind::Burn { codes, .. } => {
                found.extend(twice(&codes.value, names));
            }
            _ => {}
        }
        open.extend(part.operands());
    }
    let place = |finding| written.relocate(finding);
    let exact = |mut finding: Diagnostic| {
        finding.fix = finding.fix.filter(|_| written.is_exact());
        finding
    };
    found.into_iter().map(exact).map(place).collect()
}

fn is_constant(expr: &Expr) -> bool {
    matches!(expr.value, Kind::Proportion(_) | Kind::Number(_))
}

fn hold_of_one(part: &Expr, of: &Expr) -> Diagnostic {
    let message = "a hold of one minute changes nothing: conditions are judged by the minute";
    let hold = Span::new(of.span.end, part.span.end);
    let finding = Diagnostic::new(Code::Redundant, part.span, message);
    let finding = finding.help(format!("write `{of}`"));
    // In parentheses the place of the whole has them too, and what is joined may end with it.
    if part.span.start == of.span.start && of.span.end < part.span.end {
        finding.fix(hold, "")
    } else {
        finding
    }
}

/// `for 5 of 5m`: all of them.
fn hold_of_all(part: &Expr, of: &Expr, hold: Hold) -> Diagnostic {
    let message = format!("`{hold}` is all of them");
    let finding = Diagnostic::new(Code::Redundant, part.span, message);
    let finding = finding.help(format!("write `for {}`", hold.over));
    // In parentheses the place of the whole has them too.
    if part.span.start == of.span.start && of.span.end < part.span.end {
        let place = Span::new(of.span.end, part.span.end);
        finding.fix(place, format!(" for {}", hold.over))
    } else {
        finding
    }
}

/// Whether it is the value itself where there is just one.
fn is_of_one_alike(aggregate: Aggregate) -> bool {
    match aggregate {
        Aggregate::Avg
        | Aggregate::Sum
        | Aggregate::Min
        | Aggregate::Max
        | Aggregate::Median
        | Aggregate::Percentile(_) => true,
        Aggregate::Stddev | Aggregate::Change => false,
    }
}

/// Returns the members of a set of which others have every code.
fn twice(codes: &Selector, names: &Names) -> Vec<Diagnostic> {
    if codes.len() < 2 {
        return Vec::new();
    }
    let members = codes.iter().map(std::slice::from_ref);
    let sets = members.map(|member| names.codes(member).unwrap_or_default());
    let sets: Vec<StatusSet> = sets.collect();
    let mut left: Vec<usize> = (0..codes.len()).collect();
    let mut found = Vec::new();
    for at in (0..codes.len()).rev() {
        let others = left.iter().filter(|other| **other != at);
        let others = others.fold(StatusSet::EMPTY, |all, other| all.union(sets[*other]));
        let own = sets[at];
        if left.len() < 2 || own.is_empty() || !own.difference(others).is_empty() {
            continue;
        }
        left.retain(|other| *other != at);
        let member = Expr {
            value: Kind::Selector(codes[at..=at].to_vec()),
            span: codes[at].span,
        };
        let rest: Selector = left.iter().map(|at| codes[*at].clone()).collect();
        let rest = Expr {
            value: Kind::Selector(rest),
            span: codes[at].span,
        };
        let message = format!("the others have every code of `{member}` already");
        let finding = Diagnostic::new(Code::Redundant, codes[at].span, message);
        let cut = without(at, |at| codes.get(at).map(|member| member.span));
        found.push(finding.help(format!("write `{rest}`")).fix(cut, ""));
    }
    // One mend at a time: two could take away the same bar.
    if 1 < found.len() {
        for finding in &mut found {
            finding.fix = None;
        }
    }
    found
}

/// Returns the place of a member with what joins it to the others.
fn without(at: usize, place: impl Fn(usize) -> Option<Span>) -> Span {
    let own = place(at).unwrap_or_default();
    match at.checked_sub(1).and_then(&place) {
        Some(before) => Span::new(before.end, own.end),
        None => Span::new(own.start, place(at + 1).map_or(own.end, |next| next.start)),
    }
}

/// Returns the sides of `and` and `or`, and the guards, that change nothing.
fn of_sides(proofs: &Proofs<'_>, tier: &Tier<'_>) -> Vec<Diagnostic> {
    let mut open = vec![Part {
        node: tier.compiled.condition,
        expr: &tier.written.when.condition,
    }];
    let mut found = Vec::new();
    while let Some(part) = open.pop() {
        let inner = proofs::parts(proofs.nodes(), part);
        match &part.expr.value {
            Kind::And(_) | Kind::Or(_) => found.extend(of_joined(proofs, tier, part, &inner)),
            Kind::Given(..) => found.extend(of_guard(proofs, tier, &inner)),
            _ => {}
        }
        let is_or = matches!(part.expr.value, Kind::Or(_));
        let lives = |inner: &Part<'_>| !is_or || !is_dead(proofs, tier.at, inner.node);
        open.extend(inner.into_iter().filter(lives));
    }
    let written = &tier.written.written;
    let exact = |mut finding: Diagnostic| {
        finding.fix = finding.fix.filter(|_| written.is_exact());
        written.relocate(finding)
    };
    found.into_iter().map(exact).collect()
}

/// Whether a mend takes away parentheses in pairs alone, since those around several sides stay,
/// and no comment, nor the line that one stands on.
fn is_whole(files: &Files, fix: &Fix) -> bool {
    fix.0.iter().all(|edit| {
        let text = files.get(edit.file).map(|file| &*file.text);
        let cut = text.and_then(|text| text.get(edit.span.start..edit.span.end));
        let depth = cut.and_then(|cut| {
            cut.bytes().try_fold(0_usize, |depth, byte| match byte {
                b'(' => Some(depth + 1),
                b')' => depth.checked_sub(1),
                _ => Some(depth),
            })
        });
        let place = Place {
            file: edit.file,
            span: edit.span,
        };
        depth == Some(0) && is_on_one_line(files, place)
    })
}

fn is_dead(proofs: &Proofs<'_>, rule: usize, node: NodeId) -> bool {
    proofs.is_impossible(rule, &[(node, Asked::True)])
}

fn of_joined(
    proofs: &Proofs<'_>,
    tier: &Tier<'_>,
    whole: Part<'_>,
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
        if others.is_empty() || adds() || !lives() {
            continue;
        }
        left = others;
        let alone = left.iter().find(|other| {
            let other = [inner[**other].node];
            changes_nothing(proofs, tier.at, is_or, inner[at].node, &other)
        });
        found.push(side(whole, inner, at, alone.copied()));
    }
    if found.is_empty() {
        return found;
    }
    let help = format!("write `{}`", rest(whole, inner, &left));
    let mut found: Vec<Diagnostic> = found.into_iter().map(|f| f.help(&help)).collect();
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
    finding.fix(cut, "")
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
        return None;
    }
    let (text, condition) = (guard.expr, of.expr);
    let message = format!("the guard `{text}` adds nothing: it is true wherever the rest is known");
    let finding = Diagnostic::new(Code::Redundant, guard.expr.span, message);
    let cut = Span::new(of.expr.span.end, guard.expr.span.end);
    Some(finding.help(format!("write `{condition}`")).fix(cut, ""))
}
