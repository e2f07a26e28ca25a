//! Values as integer sums of quantities, and what must be known for them to be known.

use crate::lang::program::{NodeId, Reduce};
use crate::unit::StatusSet;

/// How many units make one.
pub(super) const ONE: i128 = 1_000_000_000;
/// The whole of a proportion, in units.
pub(super) const WHOLE: i128 = 100 * ONE;
/// The largest magnitude of a value, in units; what is beyond is unknown.
pub(super) const UNITS_MAX: i128 = 9_000_000_000 * ONE;
/// The largest factor of a quantity: beyond it a value is taken as it is, so that numbers fit.
const FACTOR_MAX: i128 = 1_000_000_000_000_000_000_000;

/// Minutes whose proportions are proportions of one whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Frame {
    /// One minute.
    Minute,
    /// The means over so many minutes.
    Mean(u32),
    /// The shares over so many minutes.
    Share(u32),
    /// The shares, or where they are unknown the means.
    Spent(u32),
    /// The values of another node over so many minutes; it has no proportions.
    Of(NodeId, u32),
}

/// What a window is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// The proportions of these codes.
    Codes(StatusSet),
    /// The values of this node.
    Node(NodeId),
}

/// A quantity's place in the table of quantities.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct QuantityId(pub(super) u32);

/// What values are made of.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Quantity {
    /// A proportion of these codes, in units.
    Proportion(Frame, StatusSet),
    /// A number of responses: of these codes, or of all.
    Count(Option<StatusSet>),
    /// What a window of so many minutes makes of its values, in units.
    Fold(Source, u32, Reduce),
    /// `of / by`, rounded: it misses that by at most `miss / 2`, in units. One for each node.
    Rounded {
        node: NodeId,
        of: Linear,
        by: i128,
        miss: i128,
    },
    /// One value by another, rounded, in units.
    Ratio {
        node: NodeId,
        top: Linear,
        bottom: Linear,
    },
    /// A value of which nothing is known but its range, in units.
    Opaque(NodeId),
}

/// A quantity so many minutes ago, so many times.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Term {
    pub(super) factor: i128,
    pub(super) of: QuantityId,
    pub(super) back: u32,
}

/// An integer sum of quantities, in units; terms are in ascending order, none is 0.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Linear {
    pub(super) terms: Vec<Term>,
    pub(super) constant: i128,
}

/// What must be so for a value to be known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Need {
    /// The minute has codes, or enough minutes of the window do.
    Known(Frame),
    /// The responses are counted: those of these codes, or all.
    Counted(Option<StatusSet>),
    /// The value of this node, whose parts are known, exists and is within the range.
    Defined(NodeId),
    /// Nothing can be.
    Never,
}

/// A value: what it is, when it is known, and between which bounds it then lies.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Form {
    pub(super) linear: Linear,
    /// Each with how many minutes ago.
    pub(super) needs: Vec<(Need, u32)>,
    pub(super) low: i128,
    pub(super) high: i128,
}

impl Linear {
    pub(super) fn one(of: QuantityId, factor: i128) -> Self {
        let term = Term {
            factor,
            of,
            back: 0,
        };
        Self {
            terms: vec![term],
            constant: 0,
        }
    }

    /// Returns the sum with `factor` times the other; `None` where a number grows too large.
    pub(super) fn plus(&self, other: &Self, factor: i128) -> Option<Self> {
        let scaled = other.times(factor)?;
        let mut terms = Vec::with_capacity(self.terms.len() + scaled.terms.len());
        let mut left = self.terms.iter().copied().peekable();
        let place = |term: &Term| (term.of, term.back);
        for mut term in scaled.terms {
            while let Some(before) = left.next_if(|other| place(other) < place(&term)) {
                terms.push(before);
            }
            if let Some(same) = left.next_if(|other| place(other) == place(&term)) {
                term.factor = small(term.factor.checked_add(same.factor)?)?;
            }
            if term.factor != 0 {
                terms.push(term);
            }
        }
        terms.extend(left);
        let constant = self.constant.checked_add(scaled.constant)?;
        Some(Self { terms, constant })
    }

    /// Returns it so many times; `None` where a number grows too large.
    pub(super) fn times(&self, factor: i128) -> Option<Self> {
        if factor == 0 {
            return Some(Self::default());
        }
        let times = |term: &Term| {
            let factor = small(term.factor.checked_mul(factor)?)?;
            Some(Term { factor, ..*term })
        };
        Some(Self {
            terms: self.terms.iter().map(times).collect::<Option<_>>()?,
            constant: self.constant.checked_mul(factor)?,
        })
    }

    /// Returns it divided, if that leaves no rest in any part.
    pub(super) fn divided(&self, by: i128) -> Option<Self> {
        let is_whole = |value: i128| value % by == 0;
        let whole = is_whole(self.constant) && self.terms.iter().all(|t| is_whole(t.factor));
        whole.then(|| Self {
            terms: self
                .terms
                .iter()
                .map(|term| Term {
                    factor: term.factor / by,
                    ..*term
                })
                .collect(),
            constant: self.constant / by,
        })
    }

    fn shifted(&self, by: u32) -> Self {
        let mut moved = self.clone();
        for term in &mut moved.terms {
            term.back = term.back.saturating_add(by);
        }
        moved
    }
}

impl Form {
    pub(super) fn constant(value: i128) -> Self {
        Self {
            linear: Linear {
                terms: Vec::new(),
                constant: value,
            },
            needs: Vec::new(),
            low: value,
            high: value,
        }
    }

    /// Whether it is the same number at every minute.
    pub(super) fn as_constant(&self) -> Option<i128> {
        let is_constant = self.linear.terms.is_empty() && self.needs.is_empty();
        is_constant.then_some(self.linear.constant)
    }

    /// Returns the value of so many minutes ago.
    pub(super) fn shifted(&self, by: u32) -> Self {
        let back = |(need, back): &(Need, u32)| (*need, back.saturating_add(by));
        Self {
            linear: self.linear.shifted(by),
            needs: self.needs.iter().map(back).collect(),
            low: self.low,
            high: self.high,
        }
    }
}

/// Returns what either needs, each once.
pub(super) fn joined(a: &[(Need, u32)], b: &[(Need, u32)]) -> Vec<(Need, u32)> {
    let mut all = a.to_vec();
    for need in b {
        if !all.contains(need) {
            all.push(*need);
        }
    }
    all
}

fn small(factor: i128) -> Option<i128> {
    (factor.abs() <= FACTOR_MAX).then_some(factor)
}
