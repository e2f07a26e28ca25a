//! A rule taken apart, so that each of its parts has a value of its own.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::engine::{OnUnknown, Rule};
use crate::lang::ast::When;
use crate::lang::{Anatomy, Compiler, Names, Program};
use crate::unit::{GlobList, Severity};

/// A rule and the parts of its conditions, in one program.
#[derive(Clone, Debug)]
pub struct Dissected {
    /// The graph that the rule and its parts are in.
    pub program: Program,
    /// The rule.
    pub rule: Rule,
    /// The parts of each of its severities, from the least to the worst.
    pub anatomies: Vec<Anatomy>,
}

impl Dissected {
    /// Takes a rule apart: one `when` for each severity, from the least to the worst.
    ///
    /// # Errors
    ///
    /// The faults of the conditions.
    pub fn new(
        name: &str,
        domains: GlobList,
        on_unknown: OnUnknown,
        (tiers, names): (&[(Severity, When)], &Names),
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut compiler = Compiler::default();
        let compiled = compiler.rule(tiers, names);
        let told = |faults: Vec<(usize, Diagnostic)>| -> Vec<Diagnostic> {
            faults.into_iter().map(|(_, fault)| fault).collect()
        };
        let rule = Rule {
            name: name.to_owned(),
            domains,
            on_unknown,
            compiled: Arc::new(compiled.map_err(told)?),
        };
        let anatomies = tiers.iter();
        let anatomies = anatomies.filter_map(|(_, when)| compiler.anatomy(when, names));
        Ok(Self {
            anatomies: anatomies.collect(),
            program: compiler.finish(),
            rule,
        })
    }
}
