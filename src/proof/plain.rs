//! The plainest minutes, in which all conditions of a graph are worked out at once.
//!
//! Most questions are settled by a minute of one code, or by one without any, and the same few
//! minutes settle those about ten thousand rules: what every node is in them is worked out once
//! and looked up.

use super::asked::Asked;
use super::example;
use super::partition::Partition;
use super::question::{TOTAL, other_code};
use super::steady::{TOGETHER, Truths, all, truths};
use super::witness::Witness;
use crate::lang::program::{Node, NodeId};
use crate::unit::StatusSet;

/// By how many sets of codes all codes are told apart: whole files have a dozen.
const SETS_MAX: usize = 16;

/// What the conditions of a graph are in some minutes.
pub(super) struct Plain<'a> {
    nodes: &'a [Node],
    /// What each node is; found out with the first question.
    truths: Vec<Truths>,
    /// All the minutes.
    all: u64,
    is_whole: bool,
}

impl<'a> Plain<'a> {
    pub(super) fn new(nodes: &'a [Node]) -> Self {
        Self {
            nodes,
            truths: Vec::new(),
            all: 0,
            is_whole: false,
        }
    }

    /// Whether all that is asked is so if every minute is like one of these.
    pub(super) fn hold(&mut self, claims: &[(NodeId, Asked)]) -> bool {
        if self.truths.is_empty() {
            self.find_out();
        }
        let met = |(id, asked): &(NodeId, Asked)| self.truths[id.0 as usize].met(*asked);
        claims.iter().map(met).fold(self.all, |all, met| all & met) != 0
    }

    /// Whether every minute of one code in which responses are counted was tried with a question
    /// that [none](Self::hold) settled.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    fn find_out(&mut self) {
        let (minutes, is_whole) = minutes(self.nodes);
        self.is_whole = is_whole && minutes.len() <= TOGETHER;
        let minutes: Vec<_> = minutes.iter().take(TOGETHER).map(Into::into).collect();
        self.all = all(minutes.len());
        self.truths = truths(self.nodes, &minutes);
    }
}

/// Returns a minute for each kind of code that the graph tells apart, with many responses, those
/// without any, and the first ones again with too few responses for any guard; and whether that
/// is every kind.
fn minutes(nodes: &[Node]) -> (Vec<Witness>, bool) {
    let (sets, is_all) = sets(nodes);
    let partition = Partition::new(&sets);
    let is_whole = is_all && partition.is_some();
    let partition = partition.unwrap_or_default();
    let codes = || std::iter::once(other_code(&sets)).chain(partition.codes());
    let of = |total| codes().map(move |code| example::whole(code, Some(total)));
    let many = of(TOTAL).map(|minute| Witness::Codes(minute.to_vec()));
    let few = of(1).map(|minute| Witness::Codes(minute.to_vec()));
    let without = [Witness::Empty, Witness::Absent];
    (many.chain(without).chain(few).collect(), is_whole)
}

/// Returns the first sets of codes that a graph looks at, and whether these are all.
fn sets(nodes: &[Node]) -> (Vec<StatusSet>, bool) {
    let (mut sets, mut is_all) = (Vec::new(), true);
    for node in nodes {
        let (Node::Codes(codes) | Node::RequestsOf(codes) | Node::Share(codes, _)) = node else {
            continue;
        };
        if sets.contains(codes) {
            continue;
        }
        if sets.len() == SETS_MAX {
            is_all = false;
            break;
        }
        sets.push(*codes);
    }
    (sets, is_all)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::{Compiler, Names, parse_expr};

    /// Returns the graph of some conditions, and the condition of each.
    fn graph(texts: &[String]) -> (Vec<Node>, Vec<NodeId>) {
        let mut compiler = Compiler::default();
        let node = |text: &String| {
            let expr = parse_expr(text).0.unwrap();
            compiler.expr(&expr, &Names::default()).unwrap().0
        };
        let ids = texts.iter().map(node).collect();
        (compiler.finish().nodes, ids)
    }

    #[test]
    fn a_minute_is_found_by_its_code_by_its_responses_and_by_having_none() {
        let (nodes, ids) = graph(&[
            "50x > 90%".to_owned(),
            "503 > 90%".to_owned(),
            "5xx > 90% given requests >= 50".to_owned(),
            "no data".to_owned(),
            "5xx > 10%".to_owned(),
            "5xx > 20%".to_owned(),
        ]);
        let mut plain = Plain::new(&nodes);
        let [tens, one, guarded, silent, low, high] = ids.as_slice() else {
            unreachable!("six were asked for");
        };
        assert!(plain.hold(&[(*tens, Asked::True), (*one, Asked::False)]));
        assert!(plain.hold(&[(*guarded, Asked::True)]));
        assert!(plain.hold(&[(*guarded, Asked::NotTrue), (*tens, Asked::True)]));
        assert!(plain.hold(&[(*silent, Asked::True), (*one, Asked::NotFalse)]));
        assert!(!plain.hold(&[(*one, Asked::True), (*tens, Asked::False)]));
        // That takes a minute of several codes.
        assert!(!plain.hold(&[(*low, Asked::True), (*high, Asked::False)]));
        assert!(plain.is_whole());
    }

    #[test]
    fn of_very_many_sets_only_the_first_have_minutes() {
        let of = |code: usize| format!("{code} > 90%");
        let texts: Vec<String> = (500..=500 + SETS_MAX).map(of).collect();
        let (nodes, ids) = graph(&texts);
        let mut plain = Plain::new(&nodes);
        assert!(plain.hold(&[(ids[0], Asked::True)]));
        assert!(!plain.hold(&[(ids[SETS_MAX], Asked::True)]));
        assert!(!plain.is_whole());
    }
}
