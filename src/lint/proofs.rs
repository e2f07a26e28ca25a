//! What is proved of the rules of a file, once for all checks that ask.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};

use super::numbers;
use crate::config::{Outline, RuleOutline, TierOutline};
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::Names;
use crate::lang::ast::{Expr, Kind};
use crate::lang::program::{self, Node, NodeId};
use crate::proof::{Answer, Asked, Claim, Demand, EFFORT, Prover, Reason, Verdict, decide};

/// How many questions about a file may be too large to be answered: each takes some 20 ms, and
/// together they take no longer than two seconds.
const GIVEN_UP_MAX: usize = 100;

/// How many of them may be about one rule: enough that what one check gives up on hides nothing of
/// what another proves, and few enough that one rule does not take up what is left to the others.
const GIVEN_UP_OF_RULE_MAX: usize = 16;

/// How many answers are kept: ten thousand rules ask for less, and these take some 20 MB.
const ASKED_MAX: usize = 200_000;

/// The proofs of a file's rules.
pub(super) struct Proofs<'a> {
    outline: &'a Outline,
    prover: RefCell<Prover<'a>>,
    tiers: OnceCell<Vec<Tier<'a>>>,
    /// The rules of which something was too large to be proved.
    unproved: RefCell<BTreeSet<usize>>,
    /// Of how many questions about each rule the answer was not found.
    given_up: RefCell<BTreeMap<usize, usize>>,
    /// The first rule that was not compared with all others of its kind.
    uncompared: Cell<Option<usize>>,
    /// What was asked, and the answers: rules are like each other, and checks ask the same.
    asked: RefCell<BTreeMap<Claims, Verdict>>,
}

/// What was asked: most questions have one or two claims, and need no room of their own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Claims {
    One((NodeId, Asked)),
    Two([(NodeId, Asked); 2]),
    Many(Vec<(NodeId, Asked)>),
}

impl Claims {
    fn of(claims: &[(NodeId, Asked)]) -> Self {
        match *claims {
            [only] => Self::One(only),
            [first, second] => Self::Two([first, second]),
            _ => Self::Many(claims.to_vec()),
        }
    }
}

/// What a condition is by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// It can be true and it can be false, or that is not known.
    Open,
    /// It is never true.
    Dead,
    /// It is never false.
    Certain,
}

/// A sound condition of one severity.
#[derive(Clone, Copy)]
pub(super) struct Tier<'a> {
    /// The index of the rule.
    pub(super) at: usize,
    pub(super) rule: &'a RuleOutline,
    pub(super) written: &'a TierOutline,
    pub(super) compiled: &'a program::Tier,
    pub(super) names: &'a Names,
    pub(super) standing: Standing,
}

impl<'a> Proofs<'a> {
    pub(super) fn new(outline: &'a Outline) -> Self {
        Self {
            outline,
            prover: RefCell::new(Prover::new(&outline.program.nodes)),
            tiers: OnceCell::new(),
            unproved: RefCell::default(),
            given_up: RefCell::default(),
            uncompared: Cell::default(),
            asked: RefCell::default(),
        }
    }

    pub(super) fn nodes(&self) -> &'a [Node] {
        &self.outline.program.nodes
    }

    /// Whether all this is ruled out at once. What is too large to be proved is not, and is noted
    /// for the rule. Other questions about it are asked all the same, up to a limit.
    pub(super) fn is_impossible(&self, rule: usize, claims: &[(NodeId, Asked)]) -> bool {
        match self.verdict(rule, claims) {
            Verdict::Impossible => true,
            Verdict::Possible => false,
            Verdict::GaveUp => {
                self.leave_out(rule);
                false
            }
        }
    }

    fn verdict(&self, rule: usize, claims: &[(NodeId, Asked)]) -> Verdict {
        if self.prover.borrow_mut().is_plain(claims) {
            return Verdict::Possible;
        }
        let key = Claims::of(claims);
        if let Some(verdict) = self.asked.borrow().get(&key) {
            return *verdict;
        }
        if self.is_given_up(rule) {
            return Verdict::GaveUp;
        }
        let verdict = self.prover.borrow_mut().ask(claims, EFFORT);
        if verdict == Verdict::GaveUp {
            *self.given_up.borrow_mut().entry(rule).or_default() += 1;
        }
        let mut asked = self.asked.borrow_mut();
        if asked.len() < ASKED_MAX {
            asked.insert(key, verdict);
        }
        verdict
    }

    /// Whether nothing more is asked of a rule.
    fn is_given_up(&self, rule: usize) -> bool {
        let given_up = self.given_up.borrow();
        let own = given_up.get(&rule).copied().unwrap_or(0);
        GIVEN_UP_OF_RULE_MAX <= own || GIVEN_UP_MAX <= given_up.values().sum()
    }

    /// Whether the first is true wherever the other is.
    pub(super) fn is_implied(&self, rule: usize, of: NodeId, by: NodeId) -> bool {
        of == by || self.is_impossible(rule, &[(by, Asked::True), (of, Asked::NotTrue)])
    }

    /// Works with the prover of all rules.
    pub(super) fn with_prover<T>(&self, work: impl FnOnce(&mut Prover<'a>) -> T) -> T {
        work(&mut self.prover.borrow_mut())
    }

    /// Returns the rules of which something was too large to be proved.
    pub(super) fn unproved(&self) -> BTreeSet<usize> {
        self.unproved.borrow().clone()
    }

    /// Returns the first rule that was not compared with all others of its kind.
    pub(super) fn uncompared(&self) -> Option<usize> {
        self.uncompared.get()
    }

    /// Notes that a rule, and those behind it, were not compared with all others of their kind.
    pub(super) fn leave_uncompared(&self, rule: usize) {
        let first = self.uncompared.get().map_or(rule, |first| first.min(rule));
        self.uncompared.set(Some(first));
    }

    /// Notes that not all was looked for in a rule.
    pub(super) fn leave_out(&self, rule: usize) {
        self.unproved.borrow_mut().insert(rule);
    }

    /// Returns the sound conditions of all rules, in order, also those of rules of which others are
    /// not.
    pub(super) fn tiers(&self) -> impl Iterator<Item = Tier<'a>> {
        self.judged().iter().copied()
    }

    /// Returns the sound conditions of each rule that has some.
    pub(super) fn by_rule(&self) -> impl Iterator<Item = &[Tier<'a>]> {
        self.judged().chunk_by(|a, b| a.at == b.at)
    }

    /// Returns the sound conditions of all rules, in order, as a list.
    pub(super) fn judged(&self) -> &[Tier<'a>] {
        self.tiers.get_or_init(|| {
            let rules = self.outline.rules.iter().enumerate();
            let mut tiers = Vec::with_capacity(rules.len());
            for (at, rule) in rules {
                self.judge(at, rule, &mut tiers);
            }
            tiers
        })
    }

    /// Adds the sound conditions of a rule.
    fn judge(&self, at: usize, rule: &'a RuleOutline, tiers: &mut Vec<Tier<'a>>) {
        let scope = self.outline.scopes.get(rule.scope);
        let compiled = rule.compiled.iter().flat_map(|compiled| &compiled.tiers);
        for compiled in compiled.chain(&rule.sound_tiers) {
            let standing = self.standing(at, compiled.condition);
            let mut written = rule.tiers.iter();
            let written = written.find(|written| written.severity == compiled.severity);
            if let (Some(scope), Some(written)) = (scope, written) {
                tiers.push(Tier {
                    at,
                    rule,
                    written,
                    compiled,
                    names: &scope.names,
                    standing,
                });
            }
        }
    }

    fn standing(&self, rule: usize, condition: NodeId) -> Standing {
        if self.is_impossible(rule, &[(condition, Asked::True)]) {
            Standing::Dead
        } else if self.is_impossible(rule, &[(condition, Asked::False)]) {
            Standing::Certain
        } else {
            Standing::Open
        }
    }
}

impl Tier<'_> {
    /// Returns why the condition, or a part of it, cannot be what is asked.
    pub(super) fn reason(&self, expr: &Expr, asked: Asked) -> Option<Reason> {
        reason(expr, self.names, asked)
    }

    /// Tells of its condition, or of its `until`, that it cannot be what is asked, with the reason, and
    /// what to write: the number that was meant where a code stands, or what is said `otherwise`.
    pub(super) fn told(
        &self,
        expr: &Expr,
        asked: Asked,
        (code, what): (Code, &str),
        otherwise: &str,
    ) -> Diagnostic {
        let reason = self.reason(expr, asked);
        let finding = explained(code, what, expr, reason.as_ref());
        let demands = reason.as_ref().map_or(&[][..], |reason| &reason.demands);
        let number = numbers::advice(expr, self.names, demands);
        let help = number.unwrap_or_else(|| otherwise.to_owned());
        self.written.written.relocate(finding.help(help))
    }
}

/// Returns why a condition cannot be what is asked, if it cannot.
pub(super) fn reason(expr: &Expr, names: &Names, asked: Asked) -> Option<Reason> {
    match decide(&[Claim { expr, names, asked }], EFFORT) {
        Answer::Impossible(reason) => Some(reason),
        Answer::Possible(_) | Answer::GaveUp => None,
    }
}

/// Returns a finding with a label at each of the comparisons that are its reason; places are in
/// the text of the condition.
pub(super) fn explained(
    code: Code,
    what: &str,
    expr: &Expr,
    reason: Option<&Reason>,
) -> Diagnostic {
    let demands = reason
        .map(|reason| reason.demands.as_slice())
        .unwrap_or_default();
    let Some((first, others)) = demands.split_first() else {
        return Diagnostic::new(code, expr.span, what);
    };
    let sentence = reason.map(Reason::sentence).unwrap_or_default();
    let place = |demand: &Demand| negation(expr, demand).unwrap_or(demand.span);
    let mut finding = Diagnostic::new(code, place(first), format!("{what}: {sentence}"));
    let names = expr.names();
    let is_name = |span| names.iter().any(|(_, name)| *name == span);
    if is_name(first.span) {
        finding = finding.label(format!("here `{}`", first.text));
    }
    for other in others.iter().filter(|other| other.span != first.span) {
        let text = if is_name(other.span) {
            format!("here `{}`", other.text)
        } else {
            "and this".to_owned()
        };
        finding = finding.also(place(other), text);
    }
    finding
}

/// Returns the place of the `not` before a comparison that must be false: only with it is it what
/// cannot be.
fn negation(expr: &Expr, demand: &Demand) -> Option<Span> {
    let mut open = vec![expr];
    while let Some(part) = open.pop().filter(|_| demand.asked == Asked::False) {
        match &part.value {
            Kind::Not(of) if of.span == demand.span => return Some(part.span),
            _ => open.extend(part.operands()),
        }
    }
    None
}

/// A part of a condition: where it is in the graph, and as it is written.
#[derive(Clone, Copy)]
pub(super) struct Part<'e> {
    pub(super) node: NodeId,
    pub(super) expr: &'e Expr,
}

/// Returns the conditions that one is directly made of; a name has none.
pub(super) fn parts<'e>(nodes: &[Node], whole: Part<'e>) -> Vec<Part<'e>> {
    let part = |node, expr| Part { node, expr };
    match (&whole.expr.value, nodes[whole.node.0 as usize]) {
        (Kind::And(exprs) | Kind::Or(exprs), _) => {
            let mut found = Vec::with_capacity(exprs.len());
            let mut node = whole.node;
            for expr in exprs.iter().skip(1).rev() {
                let (Node::And(a, b) | Node::Or(a, b)) = nodes[node.0 as usize] else {
                    return Vec::new();
                };
                found.push(part(b, expr));
                node = a;
            }
            found.extend(exprs.first().map(|expr| part(node, expr)));
            found.reverse();
            found
        }
        (Kind::Not(expr), Node::Not(of)) | (Kind::For(expr, _), Node::Hold { of, .. }) => {
            vec![part(of, expr)]
        }
        (Kind::Given(expr, guard), Node::Given(of, by)) => vec![part(of, expr), part(by, guard)],
        _ => Vec::new(),
    }
}
