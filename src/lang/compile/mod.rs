//! From tree to graph: names put in, types checked, equal parts shared.

mod advice;
mod anatomy;
mod graph;
mod lower;
mod names;
mod parts;
mod ratio;

use std::borrow::Borrow;
use std::collections::BTreeMap;

pub use self::anatomy::{Anatomy, Clause, Compared, Held, Role, Side, Whole};
use self::graph::Graph;
use self::lower::{Holds, Lowering, Value};
pub use self::names::Names;
use super::ast::{Expr, When};
use super::print;
use super::program::{Compiled, Node, NodeId, Program, Tier, Type};
use crate::diag::{Code, Diagnostic, Span};
use crate::unit::Severity;

/// How many nodes a rule may have, names put in and equal parts counted once: the work of a
/// minute and domain has a bound.
pub const NODES_MAX: usize = 1000;

/// How many nodes most rules add to the graph: they share the others.
const NODES_USUAL: usize = 2;

/// A hold in the graph.
struct HoldNode {
    place: NodeId,
    /// What is held.
    of: NodeId,
    /// For how many of its minutes it may be interrupted.
    slack: u32,
}

/// Lowers expressions into one graph.
#[derive(Clone, Debug, Default)]
pub struct Compiler {
    graph: Graph,
}

impl Compiler {
    /// Makes room for the conditions of so many rules more.
    pub fn reserve(&mut self, rules: usize) {
        self.graph.reserve(rules * NODES_USUAL);
    }

    /// Lowers a rule: one `when` for each severity, from the least to the worst.
    ///
    /// # Errors
    ///
    /// The faults, each with the index of the `when` that it is in. There are none where the rule
    /// only uses a name that is faulty itself, which was told with the name.
    pub fn rule<W: Borrow<When>>(
        &mut self,
        tiers: &[(Severity, W)],
        names: &Names,
    ) -> Result<Compiled, Vec<(usize, Diagnostic)>> {
        let before = self.graph.len();
        let mut faults = uneven_fleets(tiers);
        let mut lowered = Vec::with_capacity(tiers.len());
        for (index, (severity, when)) in tiers.iter().enumerate() {
            match self.tier(*severity, when.borrow(), names) {
                Ok(tier) => lowered.push(tier),
                Err(more) => faults.extend(more.into_iter().map(|fault| (index, fault))),
            }
        }
        let roots: Vec<NodeId> = lowered
            .iter()
            .flat_map(|tier| [Some(tier.condition), tier.until])
            .flatten()
            .collect();
        if self.graph.used_by(roots.iter().copied()).len() > NODES_MAX {
            let span = tiers.first().map(|(_, when)| when.borrow().condition.span);
            faults.push((0, too_many(span.unwrap_or_default())));
        }
        if lowered.len() < tiers.len() || !faults.is_empty() {
            self.graph.truncate(before);
            return Err(faults);
        }
        let reach = roots.iter().map(|root| self.graph.reach(*root)).max();
        Ok(Compiled {
            tiers: lowered,
            reach: reach.unwrap_or(0),
        })
    }

    /// [Checks](Names::check) the names of a file whose rules this compiles as well: what is sought
    /// for all of them has one limit.
    pub fn names(
        &mut self,
        definitions: BTreeMap<String, Expr>,
    ) -> (Names, Vec<(String, Diagnostic)>) {
        Names::check_further(definitions, &mut self.graph.sought)
    }

    /// Lowers a single expression, as `eval` takes it.
    ///
    /// # Errors
    ///
    /// The faults; none where it only uses a name that is faulty itself.
    pub fn expr(&mut self, expr: &Expr, names: &Names) -> Result<(NodeId, Type), Vec<Diagnostic>> {
        let before = self.graph.len();
        let mut lowering = Lowering::new(&mut self.graph, names, Holds::Kept);
        let value = lowering.expr(expr);
        let mut faults = lowering.faults;
        if let Some(Value { node, of, .. }) = value {
            if self.graph.used_by([node]).len() > NODES_MAX {
                faults.push(too_many(expr.span));
            }
            if faults.is_empty() {
                return Ok((node, of));
            }
        }
        self.graph.truncate(before);
        Err(faults)
    }

    /// Returns how many minutes, its own included, a lowered node looks at.
    pub fn reach(&self, node: NodeId) -> u32 {
        self.graph.reach(node)
    }

    /// Returns the graph of all that was lowered.
    pub fn finish(self) -> Program {
        self.graph.finish()
    }

    fn tier(
        &mut self,
        severity: Severity,
        when: &When,
        names: &Names,
    ) -> Result<Tier, Vec<Diagnostic>> {
        let mut lowering = Lowering::new(&mut self.graph, names, Holds::Kept);
        let condition = lowering.condition(&when.condition);
        let until = when.until.as_ref().map(|until| lowering.condition(until));
        let faults = lowering.faults;
        let (Some(condition), false) = (condition, until.is_some_and(|until| until.is_none()))
        else {
            return Err(faults);
        };
        let holds = self.holds(condition.node);
        let unheld = self.unheld(&when.condition, (condition.node, &holds), names)?;
        let parts = parts::parts(&when.condition, &mut self.graph, names);
        Ok(Tier {
            severity,
            condition: condition.node,
            unheld,
            until: until.flatten().map(|until| until.node),
            fleet: when.fleet.map(|fleet| fleet.value),
            slack: holds.iter().map(|hold| hold.slack).max().unwrap_or(0),
            parts,
            text: print::text(when),
        })
    }

    /// Returns the holds that a condition is made of, each once.
    fn holds(&mut self, condition: NodeId) -> Vec<HoldNode> {
        let used = self.graph.used_by([condition]).into_iter();
        let holds = used.filter_map(|place| match self.graph.node(place) {
            Node::Hold { of, needed, over } => Some(HoldNode {
                place,
                of,
                slack: over - needed,
            }),
            _ => None,
        });
        holds.collect()
    }

    /// Returns the condition without its holds. Most have one, around all else, or none.
    fn unheld(
        &mut self,
        condition: &Expr,
        (node, holds): (NodeId, &[HoldNode]),
        names: &Names,
    ) -> Result<NodeId, Vec<Diagnostic>> {
        match holds {
            [] => return Ok(node),
            [only] if only.place == node => return Ok(only.of),
            _ => {}
        }
        let mut lowering = Lowering::new(&mut self.graph, names, Holds::Removed);
        match lowering.condition(condition) {
            Some(value) => Ok(value.node),
            None => Err(lowering.faults),
        }
    }
}

/// The faults of severities of which some are about many domains and some are not.
fn uneven_fleets<W: Borrow<When>>(tiers: &[(Severity, W)]) -> Vec<(usize, Diagnostic)> {
    let tiers = tiers
        .iter()
        .map(|(severity, when)| (*severity, when.borrow()));
    if tiers.clone().all(|(_, when)| when.fleet.is_none()) {
        return Vec::new();
    }
    let others = tiers.clone().filter(|(_, when)| when.fleet.is_some());
    let others: Vec<String> = others.map(|(of, _)| format!("`{of}`")).collect();
    let others = others.join(" and ");
    let without = tiers.enumerate();
    let without = without.filter(|(_, (_, when))| when.fleet.is_none());
    let fault = |(index, (severity, when)): (usize, (Severity, &When))| {
        let message = format!("`{severity}` lacks the `on at least … domains` of {others}");
        let fault = Diagnostic::new(Code::Syntax, when.condition.span, message);
        (
            index,
            fault.help("write it with all severities of a rule, or with none"),
        )
    };
    without.map(fault).collect()
}

fn too_many(span: Span) -> Diagnostic {
    let message = format!("the rule has more than {NODES_MAX} parts, names put in");
    Diagnostic::new(Code::Limit, span, message).help("make several rules of it")
}
