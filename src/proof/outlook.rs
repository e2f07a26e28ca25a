//! What can be seen at once to be ruled out, before a way is taken.

use super::asked::Asked;
use super::form::Need;
use super::limits::{Limits, kinds_of, limits};
use super::minutes::Knowledge;
use super::search::{Item, Search};
use crate::lang::ast::Comparator;
use crate::lang::program::{Node, NodeId};

impl Search<'_, '_, '_> {
    /// Whether nothing that is known at once speaks against it.
    pub(super) fn is_open(&self, item: Item) -> bool {
        match item {
            Item::Note(need, back, knowledge) => {
                let (need, back) = self.meant(need, back);
                self.minutes.is_open(need, back, knowledge)
            }
            Item::Limit(..) => true,
            Item::Goal(id, asked, back) => match self.context.values.node(id) {
                Node::NoData | Node::NoTraffic => {
                    let kinds = kinds_of(self.context.values.node(id), asked);
                    let back = self.meant_back(back);
                    !self.minutes.kinds(back).and(kinds).is_none()
                }
                Node::Compare(how, ..) => self.is_comparison_open((id, how), asked, back),
                _ => true,
            },
        }
    }

    fn is_comparison_open(&self, (id, how): (NodeId, Comparator), asked: Asked, back: u32) -> bool {
        let truth = match asked {
            Asked::True => true,
            Asked::False => false,
            Asked::NotTrue | Asked::NotFalse => return true,
        };
        if self.context.freed.contains(&id) {
            return true;
        }
        let Some(form) = self.context.values.known_form(id) else {
            return true;
        };
        let is_known = |(need, at): &(Need, u32)| {
            let (need, at) = self.meant(*need, at.saturating_add(back));
            self.minutes.is_open(need, at, Knowledge::Known)
        };
        let is_ruled_out = |(side, value)| self.model.is_ruled_out(&form.linear, back, side, value);
        form.needs.iter().all(is_known)
            && match limits(how, truth) {
                Limits::All(limits) => !limits.into_iter().flatten().any(is_ruled_out),
                Limits::One(limits) => !limits.into_iter().all(is_ruled_out),
            }
    }
}
