//! The rule language: from text to a [`Program`] that the engine runs.
//!
//! A text is parsed into an [`ast`] that remembers where everything stands; names are put in and
//! types checked; what is left is lowered into one graph of [`program`] nodes in which equal
//! parts stand once. Faults are collected as diagnostics, each with its place and its mend.

pub mod ast;
mod clip;
mod compile;
pub mod explain;
mod format;
mod parse;
mod print;
pub mod program;
pub mod soonest;
mod words;

pub use compile::{Anatomy, Clause, Compared, Held, Role, Side, Whole};
pub use compile::{Compiler, NODES_MAX, Names};
pub(crate) use format::tokens_of;
pub use format::{format_expr, format_when};
pub use parse::{EXPRESSION_MAX, Form, may_follow, parse_expr, parse_when};
pub use program::Program;
pub(crate) use words::{is_function, is_name, is_word, words};
