//! What a minute by itself is worth.

use super::form::{ONE, UNITS_MAX};
use super::witness::{Part, Witness};
use crate::unit::{StatusSet, div_half_even};

/// A minute, by which others may be like it.
#[derive(Clone, Copy)]
pub(super) enum Minute<'p> {
    Codes(&'p [Part]),
    Empty,
    Absent,
}

impl<'p> From<&'p Witness> for Minute<'p> {
    fn from(witness: &'p Witness) -> Self {
        match witness {
            Witness::Codes(parts) => Self::Codes(parts),
            Witness::Empty => Self::Empty,
            Witness::Absent => Self::Absent,
        }
    }
}

impl Minute<'_> {
    pub(super) fn to_witness(self) -> Witness {
        match self {
            Self::Codes(parts) => Witness::Codes(parts.to_vec()),
            Self::Empty => Witness::Empty,
            Self::Absent => Witness::Absent,
        }
    }
}

fn selected(parts: &[Part], codes: StatusSet) -> impl Iterator<Item = &Part> {
    let is_selected = move |part: &&Part| part.code.is_some_and(|code| codes.contains(code));
    parts.iter().filter(is_selected)
}

/// Returns the number of responses with these codes, or of all; not yet as a value.
fn counted(parts: &[Part], codes: Option<StatusSet>) -> Option<i128> {
    let mut total = 0;
    for part in parts {
        total += i128::from(part.count?);
    }
    match codes {
        _ if total == 0 => None,
        None => Some(total),
        Some(codes) => Some(
            selected(parts, codes)
                .filter_map(|part| part.count)
                .map(i128::from)
                .sum(),
        ),
    }
}

pub(super) fn proportion(minute: Minute<'_>, codes: StatusSet) -> Option<i128> {
    let Minute::Codes(parts) = minute else {
        return None;
    };
    if let (Some(part), Some(whole)) = (counted(parts, Some(codes)), counted(parts, None)) {
        return Some(div_half_even(part * 100 * ONE, whole));
    }
    let proportions = selected(parts, codes).map(|part| i128::from(part.proportion.units()));
    Some(proportions.sum())
}

pub(super) fn requests(minute: Minute<'_>, codes: Option<StatusSet>) -> Option<i128> {
    match minute {
        Minute::Codes(parts) => counted(parts, codes).map(|count| count * ONE),
        Minute::Empty => Some(0),
        Minute::Absent => None,
    }
}

pub(super) fn share(minute: Minute<'_>, codes: StatusSet) -> Option<i128> {
    let Minute::Codes(parts) = minute else {
        return None;
    };
    let whole = counted(parts, None).filter(|whole| whole * ONE <= UNITS_MAX)?;
    let part = counted(parts, Some(codes))?;
    Some(div_half_even(part * 100 * ONE, whole))
}
