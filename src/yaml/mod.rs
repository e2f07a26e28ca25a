//! YAML as people write it: text in, a tree out whose parts know their places.

mod anchors;
mod comments;
mod copies;
mod faults;
mod flow;
mod items;
mod marks;
mod node;
mod pieces;
mod place;
mod salvage;
mod slips;
mod tree;
mod vocabulary;

pub(crate) use comments::comments;
pub(crate) use faults::braces;
pub use node::{Kind, Node, Scalar, Style};
pub use place::Place;
pub(crate) use place::{content, head, own_line};
pub use salvage::{Salvaged, salvage};
pub use tree::{Parsed, parse};
pub use vocabulary::Vocabulary;
