//! What is asked of a condition.

/// A demand on the value of a condition, which is true, false or unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asked {
    /// It is true.
    True,
    /// It is false or unknown.
    NotTrue,
    /// It is false.
    False,
    /// It is true or unknown.
    NotFalse,
}

impl Asked {
    /// Returns what is asked of the condition if this is asked of its `not`.
    #[must_use]
    pub const fn turned(self) -> Self {
        match self {
            Self::True => Self::False,
            Self::False => Self::True,
            Self::NotTrue => Self::NotFalse,
            Self::NotFalse => Self::NotTrue,
        }
    }

    /// Returns what is asked of the guard if this is asked of a condition that is given it.
    pub(super) const fn of_guard(self) -> Self {
        match self {
            Self::True | Self::False => Self::True,
            Self::NotTrue | Self::NotFalse => Self::NotTrue,
        }
    }

    /// Whether a value, of which `None` is unknown, is what is asked.
    pub const fn is_met(self, value: Option<bool>) -> bool {
        match self {
            Self::True => matches!(value, Some(true)),
            Self::False => matches!(value, Some(false)),
            Self::NotTrue => !matches!(value, Some(true)),
            Self::NotFalse => !matches!(value, Some(false)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_of_not_is_asked_of_the_opposite() {
        for asked in [Asked::True, Asked::NotTrue, Asked::False, Asked::NotFalse] {
            for value in [Some(true), Some(false), None] {
                let opposite = value.map(|value: bool| !value);
                assert_eq!(asked.is_met(opposite), asked.turned().is_met(value));
            }
        }
    }
}
