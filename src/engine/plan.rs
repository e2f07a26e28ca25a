//! How a program is run: worked out once, shared by all series.
//!
//! Leaves are found, rings are laid out (one for each node that something looks back upon, as
//! long as the longest look), and every node gets the value that it has while nothing is known:
//! before the history begins leaves are unknown but literals are not, so that
//! `5xx > 10% or 1 > 0` was always true. Windows, holds and offsets start as if they had been
//! looking at that forever.
//!
//! There are two lists of work. A minute at a time, every node is worked out. Over blocks, a
//! window whose rank is only compared with literals is left out: truths are counted in its stead. It
//! is worked out for those blocks in which somebody asks for it, as are all nodes that bounds do not
//! decide.

use super::cell::Cell;
use super::count::{Counts, Rank};
use super::leaves::Leaves;
use super::look_back::Era;
use super::point::Point;
use crate::lang::program::{NodeId, Reduce};

/// A program, laid out for evaluators.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub(super) leaves: Leaves,
    /// The rings of leaves, which are filled before anything is worked out.
    pub(super) leaf_rings: Vec<(usize, RingOf)>,
    /// What is worked out in a minute, by how long it lies before the first one that is asked for: the last ones
    /// first, in which that is everything.
    pub(super) eras: Vec<Era>,
    /// What is looked at in a block, in order.
    pub(super) block_steps: Vec<Step>,
    /// The work of each row over a block, apart from what is put in or never changes.
    pub(super) work: Vec<Option<Work>>,
    /// The value of each node, and of each hidden count, while nothing is known.
    pub(super) before: Vec<Cell>,
    pub(super) rings: Vec<Ring>,
    pub(super) truths: Vec<TruthRing>,
    /// The windows as they are at first.
    pub(super) windows: Vec<WindowPlan>,
    /// What each hold or rank counts at first.
    pub(super) counts: Vec<Counts>,
    /// How many shares there are.
    pub(super) shares: usize,
    /// How many slots all rings of decimals need to look back.
    pub(super) slots: usize,
}

/// The past of one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    /// The place of the value.
    pub(super) of: usize,
    /// How many minutes are kept.
    pub(super) len: usize,
    /// Whether the squares of its values are asked for.
    pub(super) has_squares: bool,
}

/// The past of one condition, or of one that is counted for a rank.
#[derive(Clone, Copy, Debug)]
pub(super) struct TruthRing {
    pub(super) len: usize,
    /// What it was while nothing was known.
    pub(super) before: Cell,
    /// Whether it is kept up over blocks alone.
    pub(super) is_of_rank: bool,
}

/// Where the past of a node is kept.
#[derive(Clone, Copy, Debug)]
pub(super) enum RingOf {
    Values(usize),
    Truths(usize),
}

#[derive(Clone, Copy, Debug)]
pub(super) struct WindowPlan {
    pub(super) reduce: Reduce,
    pub(super) over: u32,
    pub(super) ring: usize,
}

/// The work of one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    /// Where the value goes.
    pub(super) place: usize,
    pub(super) work: Work,
    /// Where it is kept, if something looks back upon it.
    pub(super) ring: Option<RingOf>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// Of a row of narrow units, where there is one.
    Narrow(usize),
    /// Of one or two values of the same minute.
    Point(Point),
    /// The value of a ring so many minutes ago.
    Back { ring: usize, minutes: usize },
    /// The truth of a ring so many minutes ago.
    BackTruth { ring: usize, minutes: usize },
    /// A window.
    Window { window: usize },
    /// A share, and the rings of what it counts.
    Share {
        share: usize,
        part: usize,
        whole: usize,
        over: u32,
    },
    /// A hold.
    Hold {
        counts: usize,
        ring: usize,
        of: usize,
        needed: u32,
        over: u32,
    },
    /// A window of `of`, whose rank is compared with a literal.
    Rank {
        counts: usize,
        ring: usize,
        of: usize,
        over: u32,
        rank: Rank,
    },
}

/// Returns the place of a node's value.
pub(super) const fn place(id: NodeId) -> usize {
    id.0 as usize
}
