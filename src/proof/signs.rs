//! What tells the minutes of a stretch apart, and what that says of their values.

use std::rc::Rc;

use super::asked::Asked;
use super::form::{Form, Need};
use super::limits::{Limits, kinds_of, limits};
use super::minutes::{Kinds, knowledge_in};
use super::simplex::Side;
use super::values::Values;
use crate::lang::program::{Node, NodeId};

/// What tells the minutes of a stretch apart.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Sign {
    /// Whether a condition without parts is true, false or unknown so many minutes later.
    Leaf(NodeId, u32),
    /// Whether a value is at least or at most so much, in doubled units.
    Level(Rc<Form>, Side, i128),
}

/// What is true of a sign in a minute; `None` is unknown.
pub(super) type Truth = Option<bool>;

/// Returns of what the sign is, and between which bounds that is where it is true or false, in doubled units.
pub(super) fn meaning(
    values: &mut Values<'_>,
    sign: &Sign,
    truth: bool,
) -> (Rc<Form>, Vec<(Side, i128)>) {
    match sign {
        Sign::Leaf(id, later) => {
            let Node::Compare(how, ..) = values.node(*id) else {
                return (Rc::default(), Vec::new());
            };
            let bounds = match limits(how, truth) {
                Limits::All(all) => all.into_iter().flatten().collect(),
                Limits::One(_) => Vec::new(),
            };
            let doubled = |(side, bound): (Side, i128)| (side, bound * 2);
            let bounds: Vec<(Side, i128)> = bounds;
            (
                later_form(values, *id, *later),
                bounds.into_iter().map(doubled).collect(),
            )
        }
        Sign::Level(form, side, bound) => {
            let limit = match (side, truth) {
                (_, true) => (*side, *bound),
                (Side::Low, false) => (Side::High, bound - 2),
                (Side::High, false) => (Side::Low, bound + 2),
            };
            (Rc::clone(form), vec![limit])
        }
    }
}

/// Returns what can be true of a sign in a minute of this kind.
pub(super) fn truths(values: &mut Values<'_>, sign: &Sign, kind: Kinds) -> Vec<Truth> {
    let form = match sign {
        Sign::Leaf(id, later) => match values.node(*id) {
            node @ (Node::NoData | Node::NoTraffic) => {
                let is = |asked| kind.and(kinds_of(node, asked)) == kind;
                return vec![if is(Asked::True) {
                    Some(true)
                } else {
                    is(Asked::False).then_some(false)
                }];
            }
            Node::Compare(..) => later_form(values, *id, *later),
            _ => return vec![Some(true), Some(false), None],
        },
        Sign::Level(form, ..) => Rc::clone(form),
    };
    match is_known(&form, kind) {
        Some(true) => vec![Some(true), Some(false)],
        Some(false) => vec![None],
        None => vec![Some(true), Some(false), None],
    }
}

/// Returns what a comparison compares so many minutes later, where all of it is at least so many minutes ago then.
fn later_form(values: &mut Values<'_>, id: NodeId, later: u32) -> Rc<Form> {
    let form = values.form(id);
    if later == 0 {
        return form;
    }
    let mut form = (*form).clone();
    for term in &mut form.linear.terms {
        term.back = term.back.saturating_sub(later);
    }
    for (_, back) in &mut form.needs {
        *back = back.saturating_sub(later);
    }
    Rc::new(form)
}

/// Whether a value is known in a minute of this kind; `None` where that is left open.
pub(super) fn is_known(form: &Form, kind: Kinds) -> Option<bool> {
    let each = |(need, back): &(Need, u32)| match back {
        0 => knowledge_in(*need, kind),
        _ if *need == Need::Never => Some(false),
        _ => None,
    };
    let known: Vec<Option<bool>> = form.needs.iter().map(each).collect();
    if known.contains(&Some(false)) {
        return Some(false);
    }
    known
        .iter()
        .all(|known| *known == Some(true))
        .then_some(true)
}
