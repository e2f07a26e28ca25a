//! Which comparisons are of one value, however they are written.

use super::form::{Quantity, Term};
use super::prover::Prover;
use crate::lang::program::{Node, NodeId};

impl Prover<'_> {
    /// Whether both are comparisons of one value, or of multiples of it, with a level: `5xx > 30%`
    /// and `2 * 5xx + 1% < 40%`.
    pub fn are_of_one_value(&mut self, a: NodeId, b: NodeId) -> bool {
        let (Some(a), Some(b)) = (self.measured(a), self.measured(b)) else {
            return false;
        };
        let ([first, ..], [other, ..]) = (a.as_slice(), b.as_slice()) else {
            return false;
        };
        let is_same = |(a, b): (&Term, &Term)| {
            let crosswise = (
                a.factor.checked_mul(other.factor),
                b.factor.checked_mul(first.factor),
            );
            let is_multiple = crosswise.0.is_some() && crosswise.0 == crosswise.1;
            (a.of, a.back) == (b.of, b.back) && is_multiple
        };
        a.len() == b.len() && a.iter().zip(&b).all(is_same)
    }

    /// Whether both are comparisons of proportions with a level, and of the same answers: some
    /// codes are counted in both, as in `502 > 10%` and `5xx < 20%`.
    pub fn have_common_codes(&mut self, a: NodeId, b: NodeId) -> bool {
        let mut proportion = |id| match self.measured(id)?.as_slice() {
            [term] => match self.quantity(term.of) {
                Quantity::Proportion(frame, codes) => Some((*frame, term.back, *codes)),
                _ => None,
            },
            _ => None,
        };
        let (Some((frame, back, some)), Some((other, ago, others))) =
            (proportion(a), proportion(b))
        else {
            return false;
        };
        (frame, back) == (other, ago) && !some.intersection(others).is_empty()
    }

    /// Returns what a comparison compares with a level, as a sum; `None` of another one.
    fn measured(&mut self, id: NodeId) -> Option<Vec<Term>> {
        let Node::Compare(_, a, b) = self.nodes()[id.0 as usize] else {
            return None;
        };
        let is_level = self.form(a).as_constant().is_some() || self.form(b).as_constant().is_some();
        let terms = self.form(id).linear.terms.clone();
        (is_level && !terms.is_empty()).then_some(terms)
    }
}
