//! A sample that shows that something can be.

use std::fmt;

use crate::unit::{Decimal, StatusSet};

/// A minute such that, if every minute is like it, all that was asked is so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Witness {
    /// It has codes; their proportions add up to 100 %.
    Codes(Vec<Part>),
    /// The source answered: there was no traffic.
    Empty,
    /// The source has nothing for it.
    Absent,
}

/// One code of a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// The code, from 100 to 599; `None` is what is no such code.
    pub code: Option<u16>,
    /// Its proportion, in percent.
    pub proportion: Decimal,
    /// How many responses had it, where that is part of what was asked.
    pub count: Option<u64>,
}

impl Witness {
    /// Returns the proportion that these codes have together, in percent; `None` without codes.
    pub fn proportion_of(&self, codes: &StatusSet) -> Option<Decimal> {
        let Self::Codes(parts) = self else {
            return None;
        };
        let selected = parts
            .iter()
            .filter(|p| p.code.is_some_and(|code| codes.contains(code)));
        let mut proportions = selected.map(|part| part.proportion);
        proportions.try_fold(Decimal::ZERO, Decimal::checked_add)
    }

    /// Returns how many responses it has, where that is part of what was asked.
    pub fn requests(&self) -> Option<u64> {
        match self {
            Self::Codes(parts) => parts.iter().map(|part| part.count).sum(),
            Self::Empty => Some(0),
            Self::Absent => None,
        }
    }
}

impl fmt::Display for Witness {
    /// Writes it as it stands in a sentence: `a minute with 502 at 15 % of 100 requests`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = match self {
            Self::Empty => return f.write_str("a minute without traffic"),
            Self::Absent => return f.write_str("a minute without data"),
            Self::Codes(parts) => parts,
        };
        f.write_str("a minute with ")?;
        for (at, part) in parts.iter().enumerate() {
            let before = match at {
                0 => "",
                _ if at + 1 == parts.len() => " and ",
                _ => ", ",
            };
            match part.code {
                Some(code) => write!(f, "{before}{code} at {}%", part.proportion)?,
                None => write!(f, "{before}other codes at {}%", part.proportion)?,
            }
        }
        match self.requests() {
            Some(total) => write!(f, " of {total} requests"),
            None => Ok(()),
        }
    }
}
