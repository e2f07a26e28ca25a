//! What is asked, and the plain histories that are tried before it is searched for.

use std::cell::OnceCell;

use super::asked::Asked;
use super::example;
use super::form::ONE;
use super::minute::Minute;
use super::steady::Steps;
use super::witness::Witness;
use crate::lang::program::{Node, NodeId, used_by};
use crate::unit::{Decimal, StatusSet};

/// How many sets of codes, and how many levels of each, are tried.
const LEVELS_MAX: usize = 4;

/// How many responses the plainest minutes have.
pub(super) const TOTAL: u64 = 1_000_000;

/// Which minutes were tried with a question already, and do not make it so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tried {
    /// None.
    None,
    /// The [plain](super::plain::Plain) ones.
    Plain,
}

/// What is asked, and what its nodes have.
pub(super) struct Question<'q> {
    nodes: &'q [Node],
    pub(super) claims: &'q [(NodeId, Asked)],
    /// The nodes that the claims are made of, in ascending order.
    pub(super) used: Vec<NodeId>,
    /// The sets of codes that stand in them.
    pub(super) sets: Vec<StatusSet>,
    /// How many of them are counted.
    pub(super) counted: usize,
    is_counted: bool,
    /// The numbers that can be proportions between none and all.
    levels: Vec<Decimal>,
    /// The numbers that counts of responses are compared with.
    totals: Vec<u64>,
    has_offsets: bool,
    steps: OnceCell<Steps>,
}

impl<'q> Question<'q> {
    pub(super) fn of(nodes: &'q [Node], claims: &'q [(NodeId, Asked)]) -> Self {
        let mut question = Question {
            nodes,
            claims,
            used: used_by(nodes, claims.iter().map(|(id, _)| *id)),
            sets: Vec::new(),
            counted: 0,
            is_counted: false,
            levels: Vec::new(),
            totals: Vec::new(),
            has_offsets: false,
            steps: OnceCell::new(),
        };
        for id in &question.used {
            let (set, is_counted) = match nodes[id.0 as usize] {
                Node::Codes(codes) => (codes, false),
                Node::Share(codes, _) | Node::RequestsOf(codes) => (codes, true),
                Node::Literal(level) => {
                    if Decimal::ZERO < level && level < Decimal::HUNDRED {
                        question.levels.push(level);
                    }
                    continue;
                }
                Node::Requests => {
                    question.is_counted = true;
                    continue;
                }
                Node::Compare(_, a, b) => {
                    let total = total(nodes, a, b).or_else(|| total(nodes, b, a));
                    question.totals.extend(total);
                    continue;
                }
                Node::Offset(..) => {
                    question.has_offsets = true;
                    continue;
                }
                _ => continue,
            };
            question.is_counted |= is_counted;
            question.counted += usize::from(is_counted);
            if !question.sets.contains(&set) {
                question.sets.push(set);
            }
        }
        question
    }

    /// Returns the first of the minutes of which all that is asked is so if every minute is that one.
    pub(super) fn first<'p>(&self, minutes: &[Minute<'p>]) -> Option<Minute<'p>> {
        self.steps().first(minutes)
    }

    /// Tries the plainest minutes: all of one set of codes or of none, of so many responses,
    /// empty, absent, and the levels and numbers that things are compared with.
    pub(super) fn simple_witness(&self, tried: Tried) -> Option<Witness> {
        let counts = self.counts(tried);
        let codes = std::iter::once(other_code(&self.sets)).chain(own_codes(&self.sets));
        let whole =
            codes.flat_map(|code| counts.iter().map(move |count| example::whole(code, *count)));
        let whole: Vec<_> = whole.collect();
        let silent = [Minute::Empty, Minute::Absent].into_iter();
        let silent = silent.filter(|_| tried == Tried::None);
        let minutes = whole.iter().map(|parts| Minute::Codes(parts)).chain(silent);
        if let Some(minute) = self.first(&minutes.collect::<Vec<_>>()) {
            return Some(minute.to_witness());
        }
        let levels = &self.levels[..self.levels.len().min(LEVELS_MAX)];
        self.at_levels(levels).or_else(|| self.at_totals())
    }

    /// Tries minutes that are halfway between the levels.
    pub(super) fn witness_between(&self) -> Option<Witness> {
        let levels = self.levels.iter().take(2 * LEVELS_MAX);
        self.at_levels(&between(levels))
    }

    /// Tries histories in which all minutes were of one set of codes, or of none, until all were of
    /// another.
    pub(super) fn has_turned(&self) -> bool {
        if !self.has_offsets || !self.steps().look_behind() {
            return false;
        }
        // Too few responses for any guard are tried as well.
        let totals: &[_] = if self.is_counted {
            &[Some(TOTAL), Some(1)]
        } else {
            &[None]
        };
        let codes = std::iter::once(other_code(&self.sets));
        let codes = codes.chain(own_codes(&self.sets).take(LEVELS_MAX));
        let whole = codes.flat_map(|code| totals.iter().map(move |total| (code, *total)));
        let whole: Vec<_> = whole
            .map(|(code, total)| example::whole(code, total))
            .collect();
        let minutes: Vec<_> = whole.iter().map(|parts| Minute::Codes(parts)).collect();
        let mut before = minutes.iter().step_by(totals.len());
        before.any(|before| self.steps().hold_after(*before, &minutes))
    }

    /// Returns how many responses the minutes have that are left to be tried; `None` is not counted.
    fn counts(&self, tried: Tried) -> &'static [Option<u64>] {
        match (self.is_counted, tried) {
            (true, Tried::None) => &[Some(TOTAL), Some(1), None],
            (true, Tried::Plain) | (false, Tried::None) => &[None],
            (false, Tried::Plain) => &[],
        }
    }

    /// Returns what tells whether it can be so in minutes that are all alike.
    fn steps(&self) -> &Steps {
        let made = || Steps::new(self.nodes, &self.used, self.claims);
        self.steps.get_or_init(made)
    }

    /// Tries minutes in which the codes of one set have one of these proportions.
    fn at_levels(&self, levels: &[Decimal]) -> Option<Witness> {
        let other = other_code(&self.sets);
        let total = self.is_counted.then_some(TOTAL);
        let codes = own_codes(&self.sets).take(LEVELS_MAX);
        let at_level = |code, level: &Decimal| example::at_level((code, *level), other, total);
        let minutes = codes.flat_map(|code| levels.iter().map(move |level| at_level(code, level)));
        let minutes: Vec<_> = minutes.collect();
        let minutes: Vec<_> = minutes.iter().map(|parts| Minute::Codes(parts)).collect();
        self.first(&minutes).map(Minute::to_witness)
    }

    /// Tries minutes of one set of codes, or of none, with as many responses as some number that
    /// these are compared with, or one more.
    fn at_totals(&self) -> Option<Witness> {
        let totals = self.totals.iter().take(LEVELS_MAX);
        let totals = totals.flat_map(|total| [*total, total.saturating_add(1)]);
        let totals: Vec<u64> = totals.filter(|total| 0 < *total).collect();
        let codes = std::iter::once(other_code(&self.sets)).chain(own_codes(&self.sets));
        let whole = codes.flat_map(|code| {
            let totals = totals.iter();
            totals.map(move |total| example::whole(code, Some(*total)))
        });
        let whole: Vec<_> = whole.collect();
        let minutes: Vec<_> = whole.iter().map(|parts| Minute::Codes(parts)).collect();
        self.first(&minutes).map(Minute::to_witness)
    }
}

/// Returns the whole number of responses below or at a number that a count of them is compared
/// with.
fn total(nodes: &[Node], count: NodeId, number: NodeId) -> Option<u64> {
    let count = nodes[count.0 as usize];
    match nodes[number.0 as usize] {
        Node::Literal(number) if matches!(count, Node::Requests | Node::RequestsOf(_)) => {
            u64::try_from(i128::from(number.units()).div_euclid(ONE)).ok()
        }
        _ => None,
    }
}

/// Returns the proportions in the middle between these, none and all.
fn between<'l>(levels: impl Iterator<Item = &'l Decimal>) -> Vec<Decimal> {
    let mut sorted = vec![Decimal::ZERO, Decimal::HUNDRED];
    sorted.extend(levels);
    sorted.sort_unstable();
    sorted.dedup();
    let middle = |pair: &[Decimal]| {
        let width = pair[1].checked_sub(pair[0])?;
        pair[0].checked_add(width.checked_div(Decimal::from_integer(2)?)?)
    };
    sorted.windows(2).filter_map(middle).collect()
}

/// The code that stands for those that are in no set, where it can.
const COMMON: u16 = 200;

/// Returns a code that is in none of the sets; `None`, what is no code at all, if there is none.
pub(super) fn other_code(sets: &[StatusSet]) -> Option<u16> {
    let all = sets
        .iter()
        .fold(StatusSet::EMPTY, |all, set| all.union(*set));
    if all.contains(COMMON) {
        StatusSet::range(0, u16::MAX).difference(all).first()
    } else {
        Some(COMMON)
    }
}

/// Returns a code of each set, one that is in no other set where there is one.
fn own_codes(sets: &[StatusSet]) -> impl Iterator<Item = Option<u16>> + '_ {
    sets.iter().enumerate().map(|(at, set)| {
        let others = sets.iter().enumerate().filter(|(other, _)| *other != at);
        let others = others.fold(StatusSet::EMPTY, |all, (_, set)| all.union(*set));
        set.difference(others).first().or_else(|| set.first())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::{Compiler, Names, parse_expr};

    /// Whether a history shows that a condition can be true, without a search.
    fn is_shown(text: &str) -> bool {
        let mut compiler = Compiler::default();
        let expr = parse_expr(text).0.unwrap();
        let (node, _) = compiler.expr(&expr, &Names::default()).unwrap();
        let nodes = compiler.finish().nodes;
        let claims = [(node, Asked::True)];
        let question = Question::of(&nodes, &claims);
        question.simple_witness(Tried::None).is_some() || question.has_turned()
    }

    #[test]
    fn what_compares_with_the_past_is_shown_by_a_history_that_turned() {
        assert!(is_shown(
            "avg(5xx over 10m) > 2 * avg(5xx over 10m offset 1d) + 4% given requests >= 50 for 3m"
        ));
        assert!(is_shown("2xx < 0.5 * (2xx offset 1h) for 5m"));
        assert!(is_shown("5xx > 10% and not (5xx offset 10m > 10%)"));
        assert!(is_shown("(5xx > 10% and 5xx offset 5m < 10%) for 5m"));
        assert!(is_shown(
            "avg(5xx over 10m) > 2 * avg(5xx over 10m offset 1d) + 4% and requests < 50"
        ));
    }

    #[test]
    fn minutes_that_are_both_now_and_before_are_not_taken_for_others() {
        // Each minute of the hold but the first is one that another of its minutes looks back at.
        assert!(!is_shown("(5xx > 10% and 5xx offset 5m < 10%) for 6m"));
        assert!(!is_shown(
            "avg(5xx over 10m) > 10% + avg(5xx over 10m offset 5m)"
        ));
        assert!(!is_shown("5xx > 2 * 5xx and 5xx offset 1d > 100%"));
    }

    #[test]
    fn a_number_of_responses_between_two_others_is_tried() {
        assert!(is_shown("5xx > 10% and requests >= 160 and requests < 170"));
        assert!(is_shown("requests(4xx) > 7 and not (requests(4xx) > 8)"));
        assert!(!is_shown("requests > 7 and requests < 8"));
    }
}
