//! What a line of search has taken on.

use std::collections::BTreeSet;

use super::asked::Asked;
use crate::lang::program::NodeId;

/// A node, what it must be, and how many minutes ago.
pub(super) type Goal = (NodeId, Asked, u32);

/// The goals of a line of search, in order and to be looked up.
#[derive(Debug, Default)]
pub(super) struct Goals {
    order: Vec<Goal>,
    known: BTreeSet<Goal>,
}

impl Goals {
    /// Takes a goal in; whether it was not there.
    pub(super) fn is_new(&mut self, goal: Goal) -> bool {
        let is_new = self.known.insert(goal);
        if is_new {
            self.order.push(goal);
        }
        is_new
    }

    /// Returns where the line is, to go back to.
    pub(super) fn mark(&self) -> usize {
        self.order.len()
    }

    /// Forgets what was taken in since.
    pub(super) fn back_to(&mut self, mark: usize) {
        for goal in self.order.drain(mark..) {
            self.known.remove(&goal);
        }
    }
}
