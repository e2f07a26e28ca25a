//! What of the past can still matter: most values of a day ago are looked at by nothing any more.
//!
//! A state that is made anew from stored samples moves over as many minutes as the deepest look reaches,
//! and works out in each of them what something will look back upon: for a rule that compares with
//! yesterday, the codes that it compares, and of the last hour all else.

use std::collections::{BTreeMap, BTreeSet};

use super::leaves::Looked;
use super::plan::{Plan, RingOf, Step, place};
use crate::lang::Program;
use crate::lang::program::Node;

/// Minutes in which the same can still matter.
#[derive(Clone, Debug)]
pub(super) struct Era {
    /// How long before the first minute that is asked for they lie at the most.
    pub(super) most_ago: u32,
    /// The leaves that are looked at.
    pub(super) looked: Looked,
    /// The rings of those that are looked back upon.
    pub(super) leaf_rings: Vec<(usize, RingOf)>,
    /// What is worked out, in order.
    pub(super) steps: Vec<Step>,
}

/// Returns the eras of a plan that works out such steps, the last ones first.
pub(super) fn eras(
    program: &Program,
    counted: &BTreeMap<usize, (usize, usize)>,
    (plan, steps): (&Plan, &[Step]),
) -> Vec<Era> {
    let matters_for = matters_for(program, counted, plan.before.len());
    let spans: BTreeSet<u32> = matters_for.iter().copied().collect();
    let era = |most_ago: u32| {
        let matters = |place: usize| most_ago <= matters_for[place];
        let rings = plan.leaf_rings.iter().filter(|(of, _)| matters(*of));
        let steps = steps.iter().filter(|step| matters(step.place));
        Era {
            most_ago,
            looked: plan.leaves.looked(matters),
            leaf_rings: rings.copied().collect(),
            steps: steps.copied().collect(),
        }
    };
    spans.into_iter().map(era).collect()
}

/// Returns for how many minutes after it each place's value of a minute can still matter. `counted` are the places of
/// what shares count.
fn matters_for(
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
