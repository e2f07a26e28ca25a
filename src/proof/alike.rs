//! Which comparisons are of one value, however they are written.

use super::form::{Frame, Quantity, Source, Term};
use super::prover::Prover;
use crate::lang::program::{Node, NodeId, Reduce};
use crate::unit::StatusSet;

/// What two comparisons of proportions have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CommonCodes {
    /// Which of their codes.
    pub overlap: Overlap,
    /// Whether both look at the same minutes in the same way: not `5xx` and `avg(5xx over 5m)`.
    pub is_one_window: bool,
    /// Whether their levels are of one scale: not `5xx` and `2 * 5xx`.
    pub is_one_scale: bool,
}

/// Which codes are counted in two proportions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overlap {
    /// The same in both.
    Same,
    /// All of the one, and others in the other.
    Part,
    /// Some of each.
    Some,
    /// None.
    None,
}

/// A proportion that is compared with a level.
struct Proportion {
    window: Window,
    back: u32,
    codes: StatusSet,
    /// How often it counts, as a fraction.
    times: (i128, i128),
}

/// The minutes of a proportion.
#[derive(PartialEq, Eq)]
enum Window {
    Frame(Frame),
    Rank(u32, Reduce),
}

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

    /// Returns what two comparisons with a level have in common, if both are about proportions of
    /// one time, as in `502 > 10%` and `5xx < 20%`.
    pub fn common_codes(&mut self, a: NodeId, b: NodeId) -> Option<CommonCodes> {
        let (a, b) = (self.proportion(a)?, self.proportion(b)?);
        let both = a.codes.intersection(b.codes);
        if a.back != b.back {
            return None;
        }
        let crosswise = (a.times.0 * b.times.1, b.times.0 * a.times.1);
        Some(CommonCodes {
            overlap: if a.codes == b.codes {
                Overlap::Same
            } else if !both.is_empty() && (both == a.codes || both == b.codes) {
                Overlap::Part
            } else if both.is_empty() {
                Overlap::None
            } else {
                Overlap::Some
            },
            is_one_window: a.window == b.window,
            is_one_scale: crosswise.0 == crosswise.1,
        })
    }

    /// Returns which proportion a comparison compares with a level: a single one, or the sum of those
    /// of different codes.
    fn proportion(&mut self, id: NodeId) -> Option<Proportion> {
        let terms = self.measured(id)?;
        let mut all: Option<Proportion> = None;
        for term in terms {
            let one = self.proportion_of(term)?;
            let Some(sum) = &mut all else {
                all = Some(one);
                continue;
            };
            // The shares of codes add up, other values of a window do not.
            let is_beside = (&sum.window, sum.back, sum.times)
                == (&one.window, one.back, one.times)
                && matches!(one.window, Window::Frame(_))
                && sum.codes.intersection(one.codes).is_empty();
            if !is_beside {
                return None;
            }
            sum.codes = sum.codes.union(one.codes);
        }
        all
    }

    fn proportion_of(&self, mut term: Term) -> Option<Proportion> {
        let (mut back, mut times) = (term.back, (term.factor, 1));
        // How often it counts may be rounded, as in `burn(…, 99.7%)`.
        if let Quantity::Rounded { of, by, .. } = self.quantity(term.of) {
            let [inner] = of.terms.as_slice() else {
                return None;
            };
            (term.of, back) = (inner.of, back.checked_add(inner.back)?);
            times = (times.0.checked_mul(inner.factor)?, *by);
        }
        let (window, codes) = match self.quantity(term.of) {
            Quantity::Proportion(frame, codes) => (Window::Frame(*frame), *codes),
            Quantity::Fold(Source::Codes(codes), over, reduce)
                if !matches!(reduce, Reduce::Sum | Reduce::Stddev) =>
            {
                (Window::Rank(*over, *reduce), *codes)
            }
            _ => return None,
        };
        let is_small = |factor: i128| factor.abs() <= i128::from(u64::MAX / 2);
        (is_small(times.0) && is_small(times.1)).then_some(Proportion {
            window,
            back,
            codes,
            times,
        })
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
