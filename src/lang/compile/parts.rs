//! The values that a condition compares: what an alert shows.

use std::collections::BTreeSet;

use super::graph::Graph;
use super::lower::{Holds, Lowering, Value};
use super::names::{Meaning, Names};
use crate::lang::ast::{Comparator, Expr, Kind};
use crate::lang::print;
use crate::lang::program::{Node, Part, Type, Worst};

/// How many values there is room for at first.
const PARTS_USUAL: usize = 2;

/// Returns the compared values of a sound condition, the main one first: it is the first outside
/// a guard that is no plain count of requests.
pub(super) fn parts(condition: &Expr, graph: &mut Graph, names: &Names) -> Vec<Part> {
    let mut found = Found {
        graph,
        names,
        seen: BTreeSet::new(),
        parts: Vec::with_capacity(PARTS_USUAL),
    };
    found.walk(condition, Asked::Plainly, Place::Condition);
    let Found { graph, parts, .. } = found;
    let is_main = |(part, place): &(Part, Place)| {
        let is_count = matches!(graph.node(part.node), Node::Requests);
        *place == Place::Condition && !is_count
    };
    let main = parts.iter().position(is_main).unwrap_or(0);
    let mut parts: Vec<Part> = parts.into_iter().map(|(part, _)| part).collect();
    if main > 0 {
        parts[..=main].rotate_right(1);
    }
    parts
}

/// Whether a comparison is asked for, or its opposite.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asked {
    Plainly,
    Negated,
}

/// Where a comparison stands.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Condition,
    Guard,
}

struct Found<'a> {
    graph: &'a mut Graph,
    names: &'a Names,
    /// The names that were walked: what they compare is known.
    seen: BTreeSet<String>,
    parts: Vec<(Part, Place)>,
}

impl Found<'_> {
    fn walk(&mut self, expr: &Expr, asked: Asked, place: Place) {
        match &expr.value {
            Kind::And(parts) | Kind::Or(parts) => {
                for part in parts {
                    self.walk(part, asked, place);
                }
            }
            Kind::Not(of) => {
                let opposite = match asked {
                    Asked::Plainly => Asked::Negated,
                    Asked::Negated => Asked::Plainly,
                };
                self.walk(of, opposite, place);
            }
            Kind::For(of, _) => self.walk(of, asked, place),
            Kind::Given(of, guard) => {
                self.walk(of, asked, place);
                self.walk(guard, asked, Place::Guard);
            }
            Kind::Name(name) => {
                let names = self.names;
                if let Meaning::Sound(expr, _) = names.meaning(name)
                    && self.seen.insert(name.clone())
                {
                    self.walk(expr, asked, place);
                }
            }
            Kind::Comparison(comparator, a, b) => {
                let above = matches!(
                    comparator,
                    Comparator::Greater
                        | Comparator::GreaterOrEqual
                        | Comparator::Equal
                        | Comparator::NotEqual
                );
                let above = above == (asked == Asked::Plainly);
                let (left, right) = if above {
                    (Worst::Greatest, Worst::Least)
                } else {
                    (Worst::Least, Worst::Greatest)
                };
                self.side((a, left), b, place);
                self.side((b, right), a, place);
            }
            _ => {}
        }
    }

    /// Notes one side, if it looks at any minute at all.
    fn side(&mut self, (expr, worst): (&Expr, Worst), other: &Expr, place: Place) {
        let looked_at = looks_at_minutes(self.graph, self.names, (expr, other));
        let Some(Value { node, of, .. }) = looked_at else {
            return;
        };
        let text = print::text(expr);
        if self.parts.iter().any(|(part, _)| part.text == text) {
            return;
        }
        let part = Part {
            text,
            node,
            of,
            worst,
        };
        self.parts.push((part, place));
    }
}

/// Returns the value of a side of a sound comparison, which is in the graph already; `None` if
/// it looks at no minute.
pub(super) fn looks_at_minutes(
    graph: &mut Graph,
    names: &Names,
    (side, other): (&Expr, &Expr),
) -> Option<Value> {
    if matches!(side.value, Kind::Number(_) | Kind::Proportion(_)) {
        return None;
    }
    let mut value = |expr: &Expr| Lowering::new(graph, names, Holds::Kept).expr(expr);
    // Beside a number, a bare status code is one too.
    let is_number = |value: Value| value.of == Type::Number;
    if side.one_code().is_some() && value(other).is_some_and(is_number) {
        return None;
    }
    let value = value(side)?;
    (graph.reach(value.node) > 0).then_some(value)
}
