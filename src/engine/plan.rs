//! How a program is run: worked out once, shared by all series.
//!
//! Leaves are found, rings are laid out (one for each node that something looks back upon, as
//! long as the longest look), and every node gets the value that it has while nothing is known:
//! before the history begins leaves are unknown but literals are not, so that
//! `5xx > 10% or 1 > 0` was always true. Windows, holds and offsets start as if they had been
//! looking at that forever.

use super::cell::Cell;
use super::leaves::Leaves;
use super::point::Point;
use crate::lang::program::{NodeId, Reduce};

/// A program, laid out for evaluators.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    pub(super) leaves: Leaves,
    /// What is worked out in a minute, in order.
    pub(super) steps: Vec<Step>,
    /// The value of each node, and of each hidden count, while nothing is known.
    pub(super) before: Vec<Cell>,
    pub(super) rings: Vec<Ring>,
    pub(super) truths: Vec<Ring>,
    /// The windows as they are at first.
    pub(super) windows: Vec<WindowPlan>,
    /// How many trues and unknowns each hold counts at first.
    pub(super) holds: Vec<(u32, u32)>,
    /// How many shares there are.
    pub(super) shares: usize,
    /// How many slots all rings of decimals have together.
    pub(super) slots: usize,
}

/// The past of one node.
#[derive(Clone, Copy, Debug)]
pub(super) struct Ring {
    /// The place of the value.
    pub(super) of: usize,
    /// How many minutes are kept.
    pub(super) len: usize,
    /// The first slot among those of all rings; 0 for truths.
    pub(super) start: usize,
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
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Work {
    /// Of one or two values of the same minute.
    Point(Point),
    /// The value of a ring so many minutes ago.
    Back { ring: usize, minutes: usize },
    /// The truth of a ring so many minutes ago.
    BackTruth { ring: usize, minutes: usize },
    /// A window and its operand.
    Window { window: usize, of: usize },
    /// A share, and the rings of what it counts.
    Share {
        share: usize,
        part: usize,
        whole: usize,
        over: u32,
    },
    /// A hold.
    Hold {
        hold: usize,
        ring: usize,
        of: usize,
        needed: u32,
        over: u32,
    },
}

/// Returns what a hold is worth of which so many minutes are true and so many unknown.
#[inline]
pub(super) fn held((trues, unknowns): (u32, u32), needed: u32) -> Cell {
    if needed <= trues {
        Cell::TRUE
    } else if trues + unknowns < needed {
        Cell::FALSE
    } else {
        Cell::UNKNOWN
    }
}

/// Returns the place of a node's value.
pub(super) const fn place(id: NodeId) -> usize {
    id.0 as usize
}
