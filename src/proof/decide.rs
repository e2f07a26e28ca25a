//! Questions about expressions, with a sample where it can be so and the cause where it cannot.

use std::collections::BTreeSet;

use super::asked::Asked;
use super::prover::{Prover, Verdict};
use super::sentence;
use super::simplex::Effort;
use super::witness::Witness;
use crate::diag::Span;
use crate::lang::ast::{Expr, Hold, Kind};
use crate::lang::program::{Node, NodeId, Type};
use crate::lang::{Compiler, Names};

/// What is asked of a condition.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The condition.
    pub expr: &'a Expr,
    /// The names that it may use.
    pub names: &'a Names,
    /// What is asked of it.
    pub asked: Asked,
}

/// Whether all claims can be so at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing speaks against it; with a minute that shows it, where one was found.
    Possible(Option<Witness>),
    /// It cannot be, whatever the samples are.
    Impossible(Reason),
    /// The effort was spent before that was known, or a claim is about what is no sound condition.
    GaveUp,
}

/// Which parts of the claims cannot go together: without any of them, the others could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The parts, in the order in which they stand.
    pub demands: Vec<Demand>,
    sentence: String,
}

/// A part of a claim and what is asked of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Demand {
    /// The index of the claim.
    pub claim: usize,
    /// Where it stands in the claim's text: itself, or the name that it is behind.
    pub span: Span,
    /// The comparison, `no data` or `no traffic`, in canonical form.
    pub text: String,
    /// What is asked of it.
    pub asked: Asked,
}

impl Reason {
    /// Returns the cause in one sentence without a full stop.
    pub fn sentence(&self) -> &str {
        &self.sentence
    }
}

/// A part of a claim in the graph.
pub(super) struct Leaf<'a> {
    pub(super) node: NodeId,
    pub(super) expr: &'a Expr,
    /// The holds that it stands in, the outermost first.
    pub(super) holds: Vec<Within>,
    asked: Asked,
    claim: usize,
    span: Span,
}

/// A hold that a part stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Within {
    pub(super) hold: Hold,
    /// What is asked of it.
    pub(super) asked: Asked,
    claim: usize,
    span: Span,
}

/// A part of a claim on the way to its leaves.
#[derive(Clone)]
struct Way<'a> {
    expr: &'a Expr,
    name: Option<Span>,
    asked: Asked,
    holds: Vec<Within>,
}

impl<'a> Way<'a> {
    /// Returns the way that goes on to a part of which this is asked.
    fn to(&self, expr: &'a Expr, asked: Asked) -> Self {
        Self {
            expr,
            asked,
            ..self.clone()
        }
    }
}

/// How many parts are tried to be left out of a reason; what is beyond stays out of it.
const LEAVES_MAX: usize = 64;

/// Says whether all claims can be so at once, within an effort, see [`EFFORT`](super::EFFORT);
/// giving the reason or the sample takes as much again for each part.
pub fn decide(claims: &[Claim<'_>], effort: u32) -> Answer {
    let mut compiler = Compiler::default();
    let mut asked = Vec::new();
    for claim in claims {
        match compiler.expr(claim.expr, claim.names) {
            Ok((node, Type::Condition)) => asked.push((node, claim.asked)),
            Ok(_) | Err(_) => return Answer::GaveUp,
        }
    }
    let leaves = leaves(claims, &mut compiler);
    let program = compiler.finish();
    let mut prover = Prover::new(&program.nodes);
    match prover.ask(&asked, effort) {
        Verdict::GaveUp => Answer::GaveUp,
        Verdict::Possible => Answer::Possible(prover.witness(&asked, effort)),
        Verdict::Impossible => Answer::Impossible(reason(&mut prover, &asked, &leaves, effort)),
    }
}

/// Returns the comparisons of the claims, and `no data` and `no traffic`, in the order in which
/// they stand, names put in once.
fn leaves<'a>(claims: &[Claim<'a>], compiler: &mut Compiler) -> Vec<Leaf<'a>> {
    let mut found = Vec::new();
    for (index, claim) in claims.iter().enumerate() {
        let mut seen: BTreeSet<(&str, Asked)> = BTreeSet::new();
        let mut open = vec![Way {
            expr: claim.expr,
            name: None,
            asked: claim.asked,
            holds: Vec::new(),
        }];
        while let Some(way) = open.pop() {
            match &way.expr.value {
                Kind::Comparison(..) | Kind::NoData | Kind::NoTraffic => {
                    if let Ok((node, _)) = compiler.expr(way.expr, claim.names) {
                        found.push(Leaf {
                            node,
                            expr: way.expr,
                            asked: way.asked,
                            claim: index,
                            span: way.name.unwrap_or(way.expr.span),
                            holds: way.holds,
                        });
                    }
                }
                Kind::Name(word) => {
                    if let Some((meant, _)) = claim.names.get(word)
                        && seen.insert((word, way.asked))
                    {
                        let mut within = way.to(meant, way.asked);
                        within.name = way.name.or(Some(way.expr.span));
                        open.push(within);
                    }
                }
                Kind::Not(of) => open.push(way.to(of, way.asked.turned())),
                Kind::Given(of, guard) => {
                    open.push(way.to(guard, way.asked.of_guard()));
                    open.push(way.to(of, way.asked));
                }
                Kind::For(of, hold) => {
                    let mut within = way.to(of, way.asked);
                    within.holds.push(Within {
                        hold: *hold,
                        asked: way.asked,
                        claim: index,
                        span: way.name.unwrap_or(way.expr.span),
                    });
                    open.push(within);
                }
                _ => {
                    let parts = way.expr.operands().rev();
                    open.extend(parts.map(|part| way.to(part, way.asked)));
                }
            }
        }
    }
    found
}

/// Leaves out one part after the other without which it is still impossible, the last first.
fn reason(
    prover: &mut Prover<'_>,
    claims: &[(NodeId, Asked)],
    leaves: &[Leaf<'_>],
    effort: u32,
) -> Reason {
    let mut nodes: Vec<NodeId> = Vec::new();
    for leaf in leaves {
        if !nodes.contains(&leaf.node) {
            nodes.push(leaf.node);
        }
    }
    nodes.truncate(LEAVES_MAX);
    let mut freed: Vec<NodeId> = Vec::new();
    for node in nodes.into_iter().rev() {
        freed.push(node);
        let verdict = prover.ask_without(claims, &freed, &mut Effort(effort));
        if verdict != Verdict::Impossible {
            freed.pop();
        }
    }
    let asked = asked_of(prover.nodes(), claims);
    let mut kept: Vec<(&Leaf<'_>, Asked)> = Vec::new();
    for leaf in leaves.iter().filter(|leaf| !freed.contains(&leaf.node)) {
        let key = |leaf: &Leaf<'_>| (leaf.node, leaf.asked);
        let is_known =
            |(other, _): &(&Leaf<'_>, Asked)| key(other) == key(leaf) && other.holds == leaf.holds;
        if !kept.iter().any(is_known) {
            kept.push((leaf, leaf.asked));
        }
    }
    let sentence = if has_choice(prover.nodes(), &asked, &kept) {
        sentence::of_choice(&kept)
    } else {
        sentence::of(prover, &kept)
    };
    let demand = |(leaf, asked): &(&Leaf<'_>, Asked)| Demand {
        claim: leaf.claim,
        span: leaf.span,
        text: leaf.expr.to_string(),
        asked: *asked,
    };
    Reason {
        demands: kept.iter().map(demand).collect(),
        sentence,
    }
}

/// Whether what is kept stands on several sides of which one would be enough.
fn has_choice(
    nodes: &[Node],
    asked: &BTreeSet<(NodeId, Asked)>,
    kept: &[(&Leaf<'_>, Asked)],
) -> bool {
    let has_kept = |root: NodeId| {
        let (mut seen, mut open) = (BTreeSet::new(), vec![root]);
        while let Some(id) = open.pop() {
            if seen.insert(id) {
                open.extend(nodes[id.0 as usize].operands());
            }
        }
        kept.iter().any(|(leaf, _)| seen.contains(&leaf.node))
    };
    asked.iter().any(|(id, asked)| {
        let is_met = matches!(asked, Asked::True | Asked::NotFalse);
        match nodes[id.0 as usize] {
            Node::Or(a, b) if is_met => has_kept(a) && has_kept(b),
            Node::And(a, b) if !is_met => has_kept(a) && has_kept(b),
            _ => false,
        }
    })
}

/// Returns what the claims ask of each part on the way down to the comparisons.
fn asked_of(nodes: &[Node], claims: &[(NodeId, Asked)]) -> BTreeSet<(NodeId, Asked)> {
    let mut seen: BTreeSet<(NodeId, Asked)> = BTreeSet::new();
    let mut open = claims.to_vec();
    while let Some((id, asked)) = open.pop() {
        if !seen.insert((id, asked)) {
            continue;
        }
        match nodes[id.0 as usize] {
            Node::And(a, b) | Node::Or(a, b) => open.extend([(a, asked), (b, asked)]),
            Node::Not(of) => open.push((of, asked.turned())),
            Node::Hold { of, .. } => open.push((of, asked)),
            Node::Given(of, guard) => {
                open.extend([(of, asked), (guard, asked.of_guard())]);
            }
            _ => {}
        }
    }
    seen
}
