//! What a condition is made of, part by part: what a table of minutes shows.

use std::collections::BTreeSet;

use super::Compiler;
use super::graph::Graph;
use super::lower::{Holds, Lowering, Value};
use super::names::{Meaning, Names};
use super::parts::looks_at_minutes;
use crate::lang::ast::{Expr, Hold, Kind, When};
use crate::lang::program::{NodeId, Type};

/// The parts of one severity's condition, with their nodes in the compiler's graph.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Anatomy {
    /// When it fires.
    pub condition: Whole,
    /// When it resolves, if it has an `until`.
    pub until: Option<Whole>,
    /// What these two are made of, in the order in which it stands, names put in, each once.
    pub clauses: Vec<Clause>,
}

/// A whole condition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whole {
    /// Its canonical text.
    pub text: String,
    /// Its node.
    pub node: NodeId,
    /// Its `for`, if that is its outermost part.
    pub held: Option<Held>,
}

/// What must be so in some of the last minutes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    /// The node of what must be so.
    pub node: NodeId,
    /// As it was written.
    pub hold: Hold,
}

impl Held {
    /// Returns in how many minutes it must be so.
    pub fn needed(self) -> u32 {
        self.hold.needed.unwrap_or(self.hold.over.get())
    }
}

/// A part that is true, false or unknown by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its canonical text.
    pub text: String,
    /// Its node.
    pub node: NodeId,
    /// Whose part it is.
    pub side: Side,
    /// What it is there for.
    pub role: Role,
    /// Whether the whole waits for it to be true, or, under a `not`, to be false.
    pub wants: bool,
    /// What it compares, as far as that looks at any minute.
    pub values: Vec<Compared>,
}

/// A value that is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Its canonical text.
    pub text: String,
    /// Its node.
    pub node: NodeId,
    /// Its type, for its unit.
    pub of: Type,
}

/// Which of the two conditions of a severity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The condition.
    Condition,
    /// `until`.
    Until,
}

/// What a part is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// It decides.
    Judged,
    /// It says which minutes are judged: it stands after `given`.
    Guard,
}

impl Compiler {
    /// Lowers a `when:` and returns its parts; `None` if it has faults, which
    /// [`rule`](Self::rule) tells.
    pub fn anatomy(&mut self, when: &When, names: &Names) -> Option<Anatomy> {
        let condition = self.whole(&when.condition, names)?;
        let until = match &when.until {
            Some(until) => Some(self.whole(until, names)?),
            None => None,
        };
        let mut found = Found {
            graph: &mut self.graph,
            names,
            seen: BTreeSet::new(),
            clauses: Vec::new(),
        };
        for (expr, side) in [
            (Some(&when.condition), Side::Condition),
            (when.until.as_ref(), Side::Until),
        ] {
            let Some(expr) = expr else { continue };
            let place = Place {
                side,
                role: Role::Judged,
                wants: true,
            };
            found.walk(unheld(expr, names), place);
        }
        Some(Anatomy {
            condition,
            until,
            clauses: found.clauses,
        })
    }

    fn whole(&mut self, expr: &Expr, names: &Names) -> Option<Whole> {
        let mut lower = |expr: &Expr| {
            let mut lowering = Lowering::new(&mut self.graph, names, Holds::Kept);
            let value = lowering.condition(expr)?;
            lowering.faults.is_empty().then_some(value.node)
        };
        let node = lower(expr)?;
        let held = match &meant(expr, names).value {
            Kind::For(of, hold) => Some(Held {
                node: lower(of)?,
                hold: *hold,
            }),
            _ => None,
        };
        Some(Whole {
            text: expr.to_string(),
            node,
            held,
        })
    }
}

/// Returns what a condition is, where it is a name by itself. Sound names do not go round.
fn meant<'a>(mut expr: &'a Expr, names: &'a Names) -> &'a Expr {
    while let Kind::Name(name) = &expr.value
        && let Meaning::Sound(meaning, _) = names.meaning(name)
    {
        expr = meaning;
    }
    expr
}

/// Returns what the outermost `for` holds.
fn unheld<'a>(expr: &'a Expr, names: &'a Names) -> &'a Expr {
    match &meant(expr, names).value {
        Kind::For(of, _) => of,
        _ => expr,
    }
}

/// Where a part stands.
#[derive(Clone, Copy)]
struct Place {
    side: Side,
    role: Role,
    wants: bool,
}

struct Found<'a> {
    graph: &'a mut Graph,
    names: &'a Names,
    /// The names that were walked, by the side that they stand on.
    seen: BTreeSet<(Side, String)>,
    clauses: Vec<Clause>,
}

impl Found<'_> {
    fn walk(&mut self, expr: &Expr, place: Place) {
        match &expr.value {
            Kind::And(parts) | Kind::Or(parts) => {
                for part in parts {
                    self.walk(part, place);
                }
            }
            Kind::Not(of) => {
                let wants = !place.wants;
                self.walk(of, Place { wants, ..place });
            }
            Kind::For(of, _) => {
                self.walk(of, place);
                self.note(expr, place, Vec::new());
            }
            Kind::Given(of, guard) => {
                self.walk(of, place);
                let role = Role::Guard;
                let wants = true;
                self.walk(
                    guard,
                    Place {
                        role,
                        wants,
                        ..place
                    },
                );
            }
            Kind::Name(name) => {
                let names = self.names;
                if let Meaning::Sound(meaning, _) = names.meaning(name)
                    && self.seen.insert((place.side, name.clone()))
                {
                    self.walk(meaning, place);
                }
            }
            Kind::Comparison(_, a, b) => {
                let values = [(a, b), (b, a)];
                let values = values
                    .into_iter()
                    .filter_map(|(side, other)| self.compared(side, other))
                    .collect();
                self.note(expr, place, values);
            }
            _ => self.note(expr, place, Vec::new()),
        }
    }

    fn note(&mut self, expr: &Expr, place: Place, values: Vec<Compared>) {
        let mut lowering = Lowering::new(self.graph, self.names, Holds::Kept);
        let Some(Value {
            node,
            of: Type::Condition,
            ..
        }) = lowering.expr(expr)
        else {
            return;
        };
        let is_known = |clause: &Clause| clause.node == node && clause.side == place.side;
        if !self.clauses.iter().any(is_known) {
            self.clauses.push(Clause {
                text: expr.to_string(),
                node,
                side: place.side,
                role: place.role,
                wants: place.wants,
                values,
            });
        }
    }

    fn compared(&mut self, side: &Expr, other: &Expr) -> Option<Compared> {
        let value = looks_at_minutes(self.graph, self.names, (side, other))?;
        Some(Compared {
            text: side.to_string(),
            node: value.node,
            of: value.of,
        })
    }
}
