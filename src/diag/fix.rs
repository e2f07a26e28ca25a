//! Mends that a program can make by itself.

use super::{FileId, Span};

/// A mend: edits that belong together and that keep what the file says, or say what it must have
/// meant; where a person has to choose there is only a help.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Fix(pub Vec<Edit>);

/// Another text for a place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edit {
    /// The file.
    pub file: FileId,
    /// What is replaced; empty where something is put in.
    pub span: Span,
    /// The new text.
    pub text: String,
}

/// What makes a mend right.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Basis {
    /// What stands at its own place.
    Place,
    /// A proof about what stands around it as well: another mend there may take it away.
    Proof,
}
