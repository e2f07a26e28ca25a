//! Guards that are false in a total outage: nothing fires then.

use super::Checked;
use super::proofs::{self, Part, Proofs, Standing, Tier};
use super::rewrite;
use super::sides::code_sets;
use super::traffic;
use crate::diag::{Code, Diagnostic};
use crate::lang::Names;
use crate::lang::ast::{Comparator, Expr, Kind, When};
use crate::lang::program::{Node, NodeId, used_by};
use crate::proof::Asked;
use crate::unit::StatusSet;

/// The first code that says that something failed.
const FAILED: u16 = 400;
/// What every answer is when all is well.
pub(super) const WELL: u16 = 200;
/// A code of an outage that no set needs to name: `2xx < 50%`.
const COMMON: u16 = 500;

/// Finds a demand of so many answers with some codes that no answer has when every one is what the
/// condition is about: `5xx > 10% given requests(2xx) >= 100`.
pub(super) fn blind_guard(checked: &Checked<'_>, tier: &Tier<'_>) -> Option<Diagnostic> {
    let proofs = &checked.proofs;
    let whole = Part {
        node: tier.compiled.condition,
        expr: &tier.written.when.condition,
    };
    if tier.standing != Standing::Open {
        return None;
    }
    let mut open = vec![whole];
    while let Some(part) = open.pop() {
        let inner = proofs::parts(proofs.nodes(), part);
        let (judged, guards) = match (&part.expr.value, inner.as_slice()) {
            (Kind::Given(..), [of, guard]) => (vec![*of], of_all(proofs, *guard)),
            (Kind::And(_), parts) => parts
                .iter()
                .partition(|part| !is_of_some(proofs, **part, tier.names)),
            _ => (Vec::new(), Vec::new()),
        };
        let guards = guards.into_iter();
        let mut guards = guards.filter(|guard| is_of_some(proofs, *guard, tier.names));
        let blind = guards.find_map(|guard| {
            let code = blind_at(proofs, whole.node, &judged, guard.node)?;
            Some(told(tier, guard.expr, code))
        });
        if blind.is_some() {
            return blind;
        }
        // What a guard is made of is no alert by itself.
        let is_given = matches!(part.expr.value, Kind::Given(..));
        open.extend(
            inner
                .into_iter()
                .take(if is_given { 1 } else { usize::MAX }),
        );
    }
    None
}

/// Returns the sides of an `and`, or the whole.
fn of_all<'e>(proofs: &Proofs<'_>, whole: Part<'e>) -> Vec<Part<'e>> {
    match &whole.expr.value {
        Kind::And(_) => proofs::parts(proofs.nodes(), whole),
        _ => vec![whole],
    }
}

/// Whether a condition asks for so many good answers in the judged minute alone: a window reaches back
/// to minutes before the outage, and a number of failures is a symptom.
fn is_of_some(proofs: &Proofs<'_>, part: Part<'_>, names: &Names) -> bool {
    let good = StatusSet::range(100, FAILED - 1);
    let is_of_minute = |id: NodeId| match proofs.nodes()[id.0 as usize] {
        Node::Window(..) | Node::Share(..) | Node::Offset(..) | Node::Hold { .. } => false,
        Node::RequestsOf(codes) => codes.difference(good).is_empty(),
        _ => true,
    };
    let used = || used_by(proofs.nodes(), [part.node]).into_iter();
    let mut demands = traffic::demands(part.expr, names).into_iter();
    demands.any(|demand| !demand.is_plain) && used().all(is_of_minute)
}

/// Returns a code such that, when every answer has it, all is as bad as can be and the guard is
/// false; `None` if the guard is true with another such code.
fn blind_at(proofs: &Proofs<'_>, whole: NodeId, judged: &[Part<'_>], guard: NodeId) -> Option<u16> {
    let claims: Vec<(NodeId, Asked)> = judged.iter().map(|part| (part.node, Asked::True)).collect();
    if claims.is_empty() {
        return None;
    }
    let is_so = |claims: &[(NodeId, Asked)], code| {
        proofs.with_prover(|prover| prover.is_so_of(claims, code))
    };
    // What is so while all is well is not about failures.
    if is_so(&claims, WELL) {
        return None;
    }
    let sets = code_sets(proofs, &claims);
    let codes = sets.iter().filter_map(StatusSet::first).chain([COMMON]);
    let bad = codes.filter(|code| FAILED <= *code && is_so(&claims, *code));
    let bad: Vec<u16> = bad.collect();
    let is_blind = |code: &u16| {
        is_so(&[(guard, Asked::False)], *code) && is_so(&[(whole, Asked::NotTrue)], *code)
    };
    bad.first().copied().filter(|_| bad.iter().all(is_blind))
}

fn told(tier: &Tier<'_>, guard: &Expr, code: u16) -> Diagnostic {
    let message = format!(
        "`{guard}` is false when every answer is a {code}: in a total outage nothing fires"
    );
    let found = Diagnostic::new(Code::NoTrafficGuard, guard.span, message);
    let when = of_all_requests(guard).map(|new| When {
        condition: rewrite::replaced(&tier.written.when.condition, guard.span, &new),
        ..tier.written.when.clone()
    });
    let otherwise = "count all requests: `requests` without codes";
    let help = when.map_or_else(
        || otherwise.to_owned(),
        |when| rewrite::write(&when, otherwise),
    );
    tier.written.written.relocate(found.help(help))
}

/// `requests >= 100` for `requests(2xx) >= 100`.
fn of_all_requests(guard: &Expr) -> Option<Expr> {
    let Kind::Comparison(comparator, value, level) = &guard.value else {
        return None;
    };
    let is_above = matches!(comparator, Comparator::Greater | Comparator::GreaterOrEqual);
    let value = match &value.value {
        Kind::Requests(Some(_)) if is_above => Kind::Requests(None),
        _ => return None,
    };
    let span = guard.span;
    let value = Kind::Comparison(*comparator, Box::new(Expr { value, span }), level.clone());
    Some(Expr { value, span })
}
