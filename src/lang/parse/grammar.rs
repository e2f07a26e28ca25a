//! What pest makes of the grammar; its rules are known to this folder alone.

use pest_derive::Parser;

#[derive(Parser)]
#[grammar = "grammar/condition.pest"]
pub(super) struct Grammar;
