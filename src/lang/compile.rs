//! From tree to graph: names put in, types checked, equal parts shared.

use std::collections::BTreeMap;

use super::ast::{Expr, When};
use super::program::{Compiled, NodeId, Program, Type};
use crate::diag::Diagnostic;
use crate::unit::Severity;

/// The `let:` names that an expression may use.
#[derive(Clone, Debug, Default)]
pub struct Names(BTreeMap<String, Expr>);

impl Names {
    /// Returns the names and the faults of their definitions (cycles, names that do not exist,
    /// types, words of the language), each with the name of the definition that it is in; places
    /// are in the definition's own text.
    pub fn check(definitions: BTreeMap<String, Expr>) -> (Self, Vec<(String, Diagnostic)>) {
        (Self(definitions), Vec::new())
    }
}

/// Lowers expressions into one graph.
#[derive(Clone, Debug, Default)]
pub struct Compiler {
    program: Program,
}

impl Compiler {
    /// Lowers a rule: one `when` for each severity, from the least to the worst.
    ///
    /// # Errors
    ///
    /// The faults, each with the index of the `when` that it is in.
    pub fn rule(
        &mut self,
        _tiers: &[(Severity, When)],
        _names: &Names,
    ) -> Result<Compiled, Vec<(usize, Diagnostic)>> {
        Err(Vec::new())
    }

    /// Lowers a single expression, as `eval` takes it.
    ///
    /// # Errors
    ///
    /// The faults.
    pub fn expr(
        &mut self,
        _expr: &Expr,
        _names: &Names,
    ) -> Result<(NodeId, Type), Vec<Diagnostic>> {
        Err(Vec::new())
    }

    /// Returns the graph of all that was lowered.
    pub fn finish(self) -> Program {
        self.program
    }
}
