//! What makes a condition without parts true or false.

use super::asked::Asked;
use super::minutes::Kinds;
use super::simplex::Side;
use crate::lang::ast::Comparator;
use crate::lang::program::Node;

/// The bounds of a difference that make a comparison true or false: all, or one of them.
pub(super) enum Limits {
    All([Option<(Side, i128)>; 2]),
    One([(Side, i128); 2]),
}

pub(super) fn limits(how: Comparator, truth: bool) -> Limits {
    let one = |side, value| Limits::All([Some((side, value)), None]);
    match (how, truth) {
        (Comparator::Greater, true) | (Comparator::LessOrEqual, false) => one(Side::Low, 1),
        (Comparator::GreaterOrEqual, true) | (Comparator::Less, false) => one(Side::Low, 0),
        (Comparator::Less, true) | (Comparator::GreaterOrEqual, false) => one(Side::High, -1),
        (Comparator::LessOrEqual, true) | (Comparator::Greater, false) => one(Side::High, 0),
        (Comparator::Equal, true) | (Comparator::NotEqual, false) => {
            Limits::All([Some((Side::Low, 0)), Some((Side::High, 0))])
        }
        (Comparator::NotEqual, true) | (Comparator::Equal, false) => {
            Limits::One([(Side::Low, 1), (Side::High, -1)])
        }
    }
}

/// Returns the kinds of minutes in which `no data` or `no traffic` is what is asked.
pub(super) fn kinds_of(node: Node, asked: Asked) -> Kinds {
    let (holds, known) = if node == Node::NoData {
        (Kinds::NO_DATA, Kinds::ASKED)
    } else {
        (Kinds::EMPTY, Kinds::ANSWERED)
    };
    match asked {
        Asked::True => holds,
        Asked::NotTrue => holds.other(),
        Asked::False => holds.other().and(known),
        Asked::NotFalse => holds.other().and(known).other(),
    }
}
