//! YAML as people write it: text in; out a tree whose parts know their places, and what is wrong.
//!
//! The way of a text:
//!
//! 1. [`parse`] (`tree.rs`) makes a tree of [`Node`]s (`node.rs`) of what the library reads. An alias is a copy of what its anchor
//!    names (`anchors.rs`, `copies.rs`). Scalars stay texts: what `no` or `0x5` means, the caller decides.
//! 2. Where YAML stumbles, or eats what was meant, `faults.rs` says so with the mend. It looks in turn for marks of a
//!    merge (`marks.rs`), for line breaks (`run_on.rs`), quotes (`quotes.rs`), dashes (`marks.rs`) and brackets (`flow.rs`), for columns
//!    (`columns.rs`), colons and tabs (`slips.rs`; items of lists: `items.rs`), and for what parts entries (`entries.rs`), line by line (`line.rs`). Which keys and names there are, the caller
//!    says by its [`Vocabulary`].
//! 3. [`salvage`] does not end there: an item of a list in a wrong column is read as if it began where the others do (`indents.rs`).
//!    Otherwise the smallest piece (`pieces.rs`) that YAML stumbles over is left out and the rest parsed again, until there is a tree.
//!    What stood in a piece is [`Kind::Unread`], about which nobody may say that it is missing.
//!    Where a file reads badly as a whole, `guesses.rs` says which lines may have moved, and the file is read as if they had not.
//! 4. Faults within a scalar's text are moved to where that stands in the file by its [`SourceMap`] (`source_map.rs`).
//!
//! Beside this way stand the comments (`comments.rs`), and texts that are read straight into a type ([`deserialize`], `typed.rs`).

mod anchors;
mod columns;
mod comments;
mod copies;
mod entries;
mod faults;
mod flow;
mod guesses;
mod indents;
mod items;
mod line;
mod marks;
mod node;
mod pieces;
mod quotes;
mod run_on;
mod salvage;
mod slips;
mod source_map;
mod stop;
mod tree;
mod typed;
mod vocabulary;

pub(crate) use comments::comments;
pub(crate) use faults::{in_quotes, unquoted_braces};
pub(crate) use guesses::{Guess, guesses, is_of_form, lines_beneath, oddly_indented};
pub(crate) use indents::Indented;
pub use node::{Kind, Node, Scalar, Style};
pub(crate) use salvage::{LEFT_OUT_MAX, salvage_as_if};
pub use salvage::{Salvaged, salvage};
pub use source_map::SourceMap;
pub(crate) use source_map::{content, head, own_line};
pub(crate) use tree::stopped;
pub use tree::{Parsed, parse};
pub use typed::{Mismatch, deserialize};
pub use vocabulary::Vocabulary;
