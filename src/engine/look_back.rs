//! What of the past can still matter: most values of a day ago are looked at by nothing any more.
//!
//! A state that is made anew from stored samples moves over as many minutes as the deepest look reaches,
//! and works out in each of them what something will look back upon: for a rule that compares with
//! yesterday, the codes that it compares, and of the last hour all else.

use std::collections::BTreeMap;

use super::evaluator::Evaluator;
use super::plan::{Plan, place};
use super::sample::Observation;
use crate::lang::Program;
use crate::lang::program::Node;

/// Returns for how many minutes after it each place's value of a minute can still matter. `counted` are the places of
/// what shares count.
pub(super) fn matters_for(
    program: &Program,
    counted: &BTreeMap<usize, (usize, usize)>,
    places: usize,
) -> Vec<u32> {
    let mut span = vec![0_u32; places];
    let raise = |span: &mut [u32], of: usize, to: u32| span[of] = span[of].max(to);
    // Operands stand before what is made of them.
    for (at, node) in program.nodes.iter().enumerate().rev() {
        let own = span[at];
        match *node {
            Node::Offset(of, over) | Node::Window(_, of, over) | Node::Hold { of, over, .. } => {
                raise(&mut span, place(of), own.saturating_add(over));
            }
            Node::Share(_, over) => {
                if let Some((part, whole)) = counted.get(&at) {
                    raise(&mut span, *part, own.saturating_add(over));
                    raise(&mut span, *whole, own.saturating_add(over));
                }
            }
            _ => {
                for of in node.operands() {
                    raise(&mut span, place(of), own);
                }
            }
        }
    }
    // A share adds up two values, which begin together; all shares have the second one in common.
    for (part, whole) in counted.values() {
        let both = span[*part].max(span[*whole]);
        (span[*part], span[*whole]) = (both, both);
    }
    for (part, whole) in counted.values() {
        span[*part] = span[*whole];
    }
    // What slides begins with what it slides over: a value that it did not see come must not leave it.
    for (at, node) in program.nodes.iter().enumerate() {
        let of = match *node {
            Node::Window(_, of, _) | Node::Hold { of, .. } => Some(place(of)),
            Node::Share(..) => counted.get(&at).map(|(part, _)| *part),
            _ => None,
        };
        if let Some(of) = of {
            let begin = span[of];
            raise(&mut span, at, begin);
        }
    }
    span
}

impl Evaluator {
    /// Moves on by a minute that lies `ago` minutes before the first one whose values are asked for: as
    /// [`advance`](Self::advance), but that only what can still matter then is worked out. What is said of minutes must
    /// come nearer to that first one by a minute each time.
    pub fn look_back(&mut self, plan: &Plan, observation: Observation<'_>, ago: u32) {
        self.advance_where(plan, observation, |place| ago <= plan.matters_for[place]);
    }
}
