//! Why a text was not read to its end. What was meant there is found only if somebody asks.

use serde_saphyr::granit_parser::ScanError;

use super::faults;
use super::vocabulary::Vocabulary;
use crate::diag::Diagnostic;

/// Why reading stopped.
pub(super) enum Stop {
    /// What was read goes over a limit, or is more than one document.
    Tree(Box<Diagnostic>),
    /// What looks like blanks is none.
    Blanks(Box<Diagnostic>),
    Scan(ScanError),
}

impl Stop {
    /// The byte at which YAML stopped; `None` if a limit did.
    pub fn at(&self, text: &str) -> Option<usize> {
        match self {
            Self::Tree(_) => None,
            Self::Blanks(fault) => Some(fault.primary.span.start()),
            Self::Scan(error) if faults::is_limit(error) => None,
            Self::Scan(error) => Some(error.marker().byte_offset().unwrap_or(text.len())),
        }
    }

    /// Says what is wrong there.
    pub fn fault(self, text: &str, vocabulary: &Vocabulary) -> Diagnostic {
        match self {
            Self::Tree(fault) | Self::Blanks(fault) => *fault,
            Self::Scan(error) => faults::of_scan(text, &error, vocabulary),
        }
    }
}
