//! What a hold asks of its minutes, and through windows and holds within it of those before them.

use std::collections::BTreeSet;

use super::asked::Asked;
use super::holds::Held;
use super::limits::{Limits, limits};
use super::model::Histories;
use super::search::{Item, Search};
use crate::lang::program::{Node, NodeId};

/// Of how many minutes each is looked at by itself where a hold is over windows.
const MINUTES_MAX: u32 = 6;

impl Search<'_, '_, '_> {
    pub(super) fn hold(&mut self, of: NodeId, (needed, over): (u32, u32), asked: Asked, back: u32) {
        if self.context.histories == Histories::Steady {
            self.agenda.push(Item::Goal(of, asked, 0));
            return;
        }
        let held = Held {
            back,
            over,
            least: least((needed, over), asked),
            bodies: vec![(of, asked)],
        };
        if held.is_throughout() {
            let is_spread = over <= MINUTES_MAX && self.is_spread(of, asked);
            let each = if is_spread { 1..over } else { 0..0 };
            let each = each.map(|at| back.saturating_add(at));
            let backs = self.context.backs.iter().copied();
            let others = backs.filter(|at| !is_spread && back < *at && *at - back < over);
            let all = std::iter::once(back).chain(others).chain(each);
            self.agenda.extend(all.map(|at| Item::Goal(of, asked, at)));
        }
        self.held_within(held.clone(), (of, asked));
        self.held.push(held);
    }

    /// Takes on what a hold of a hold says of the minutes of the inner one.
    fn held_within(&mut self, mut held: Held, (mut of, asked): (NodeId, Asked)) {
        while let Node::Hold {
            of: inner,
            needed,
            over,
        } = self.context.values.node(of)
        {
            let own = least((needed, over), asked);
            let core = (own == over).then(|| core(&held, over)).flatten();
            held.over = held.over.saturating_add(over - 1);
            // Stretches that end at so many different minutes have as many minutes, and those before the first end.
            held.least = if own == over {
                held.least.saturating_add(over - 1)
            } else {
                own
            };
            held.bodies = vec![(inner, asked)];
            let core = core.map(|(back, over)| Held {
                back,
                over,
                least: over,
                bodies: held.bodies.clone(),
            });
            self.held.extend(core);
            self.held.push(held.clone());
            of = inner;
        }
    }

    /// Whether a condition asks something of other minutes, and leaves nothing to choose.
    fn is_spread(&mut self, of: NodeId, asked: Asked) -> bool {
        let (mut open, mut seen) = (vec![(of, asked)], BTreeSet::new());
        let mut is_spread = false;
        while let Some((id, asked)) = open.pop() {
            if !seen.insert((id, asked)) {
                continue;
            }
            match (self.context.values.node(id), asked) {
                (Node::And(a, b), Asked::True | Asked::NotFalse)
                | (Node::Or(a, b), Asked::False | Asked::NotTrue) => {
                    open.extend([(a, asked), (b, asked)]);
                }
                (Node::Not(of), _) => open.push((of, asked.turned())),
                (Node::Given(of, guard), Asked::True | Asked::False) => {
                    open.extend([(of, asked), (guard, Asked::True)]);
                }
                (Node::NoData | Node::NoTraffic, _) => {}
                (Node::Hold { .. }, _) => is_spread = true,
                (Node::Compare(how, ..), Asked::True | Asked::False) => {
                    if matches!(limits(how, asked == Asked::True), Limits::One(_)) {
                        return false;
                    }
                    is_spread |= self.is_of_others(id);
                }
                _ => return false,
            }
        }
        is_spread
    }

    /// Whether a comparison looks at more minutes than one.
    fn is_of_others(&self, id: NodeId) -> bool {
        let mut open = vec![id];
        let mut seen = BTreeSet::new();
        while let Some(id) = open.pop() {
            let node = self.context.values.node(id);
            if matches!(node, Node::Window(..) | Node::Share(..) | Node::Offset(..)) {
                return true;
            }
            if seen.insert(id) {
                open.extend(node.operands());
            }
        }
        false
    }
}

/// Returns the minutes in which so many of the stretches of `over` minutes share that one of them is held, whichever
/// are: where they start, how many minutes ago, and how many they are.
fn core(held: &Held, over: u32) -> Option<(u32, u32)> {
    // A minute is left out only if each stretch that has it is one of those that may be missing.
    let few = held.over.checked_sub(held.least)?;
    let all = held.over.checked_add(over)?.checked_sub(1)?;
    let is_shared = few < over && few < held.over;
    let shared = all.checked_sub(few.checked_mul(2)?)?;
    (is_shared && 0 < shared).then_some((held.back.saturating_add(few), shared))
}

/// Returns in how many minutes at the least it is what is asked of a hold.
pub(super) const fn least((needed, over): (u32, u32), asked: Asked) -> u32 {
    match asked {
        Asked::True | Asked::NotFalse => needed,
        Asked::False | Asked::NotTrue => over.saturating_sub(needed) + 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_of_the_core_is_held_whichever_stretches_are() {
        for (positions, over) in (1..=4_u32).flat_map(|a| (1..=4_u32).map(move |b| (a, b))) {
            for least in 1..=positions {
                let held = Held {
                    back: 0,
                    over: positions,
                    least,
                    bodies: Vec::new(),
                };
                let chosen = (0..1_u32 << positions).filter(|set| set.count_ones() == least);
                let is_held = |minute: u32| {
                    chosen.clone().all(|set| {
                        let mut starts = (0..positions).filter(|at| set >> at & 1 == 1);
                        starts.any(|start| start <= minute && minute < start + over)
                    })
                };
                let all: Vec<u32> = (0..positions + over - 1)
                    .filter(|at| is_held(*at))
                    .collect();
                let (start, count) = core(&held, over).unwrap_or((0, 0));
                let found: Vec<u32> = (start..start + count).collect();
                assert_eq!(found, all, "{least} of {positions} of {over}");
            }
        }
    }
}
