//! One expression into the graph, typed on the way.

use std::collections::BTreeMap;

use super::advice;
use super::graph::Graph;
use super::names::{Meaning, Names};
use crate::diag::{Code, Diagnostic, Span, Spanned};
use crate::lang::ast::{Aggregate, Codes, Expr, Hold, Kind, Operator, Selector};
use crate::lang::clip::clip;
use crate::lang::parse::nesting;
use crate::lang::print;
use crate::lang::program::{Node, NodeId, Reduce, Type};
use crate::unit::{Decimal, Minutes, StatusSet};

/// How many minutes an expression may look at: last week, and a day to compare with.
pub(super) const REACH_MAX: u32 = 8 * 24 * 60;

/// What becomes of `for`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holds {
    /// It is a node.
    Kept,
    /// Only what it holds is left.
    Removed,
}

/// What an expression is in the graph.
#[derive(Clone, Copy, Debug)]
pub(super) struct Value {
    pub(super) node: NodeId,
    pub(super) of: Type,
    /// How deep it nests: parentheses, windows, `not`, unary `-`, through names.
    pub(super) depth: u32,
}

/// The lowering of some expressions. `None` stands for what has a fault, told or told elsewhere.
pub(super) struct Lowering<'a> {
    graph: &'a mut Graph,
    names: &'a Names,
    holds: Holds,
    /// The names that are in the graph already: each is lowered once.
    done: BTreeMap<String, Value>,
    pub(super) faults: Vec<Diagnostic>,
}

impl<'a> Lowering<'a> {
    pub(super) fn new(graph: &'a mut Graph, names: &'a Names, holds: Holds) -> Self {
        Self {
            graph,
            names,
            holds,
            done: BTreeMap::new(),
            faults: Vec::new(),
        }
    }

    /// Lowers what must be a condition.
    pub(super) fn condition(&mut self, expr: &Expr) -> Option<Value> {
        let value = self.expr(expr)?;
        if value.of == Type::Condition {
            return Some(value);
        }
        self.fault(advice::no_condition(expr, value.of))
    }

    pub(super) fn expr(&mut self, expr: &Expr) -> Option<Value> {
        let value = self.unlimited(expr)?;
        if value.depth > nesting::DEPTH_MAX {
            return self.fault(nesting::limit(expr.span));
        }
        if self.graph.reach(value.node) > REACH_MAX {
            let reach = self.graph.reach(value.node);
            return self.fault(advice::reach(expr.span, reach, REACH_MAX));
        }
        Some(value)
    }

    fn unlimited(&mut self, expr: &Expr) -> Option<Value> {
        match &expr.value {
            Kind::Proportion(value) => Some(self.leaf(Node::Literal(*value), Type::Proportion)),
            Kind::Number(value) => Some(self.leaf(Node::Literal(*value), Type::Number)),
            Kind::Selector(codes) => {
                let (set, depth) = self.codes(codes)?;
                Some(self.put(Node::Codes(set), Type::Proportion, depth))
            }
            Kind::Requests(None) => Some(self.leaf(Node::Requests, Type::Number)),
            Kind::Requests(Some(codes)) => {
                let (set, depth) = self.codes(codes)?;
                Some(self.put(Node::RequestsOf(set), Type::Number, depth))
            }
            Kind::Name(name) => self.name(name, expr.span),
            Kind::Window {
                aggregate,
                of,
                over,
            } => self.window(*aggregate, of, *over, expr),
            Kind::Share { codes, over } => {
                let (set, depth) = self.codes(&codes.value)?;
                Some(self.put(Node::Share(set, over.get()), Type::Proportion, depth + 1))
            }
            Kind::Burn {
                codes,
                over,
                objective,
            } => self.burn(codes, *over, *objective),
            Kind::Offset(of, by) => {
                let value = self.value_of(of, expr, "offset")?;
                Some(self.put(Node::Offset(value.node, by.get()), value.of, value.depth))
            }
            Kind::Negative(of) => {
                let value = self.value_of(of, expr, "-")?;
                Some(self.put(Node::Negative(value.node), value.of, value.depth + 1))
            }
            Kind::Arithmetic(..) => self.arithmetic(expr),
            Kind::Comparison(comparator, a, b) => {
                let (a_value, b_value) = self.sides(a, b, Beside::Either)?;
                if a_value.of != b_value.of || a_value.of == Type::Condition {
                    let sides = [(&**a, a_value.of), (&**b, b_value.of)];
                    return self.fault(advice::compared(expr, sides, self.names));
                }
                let depth = depth_of(expr, &[(a, a_value), (b, b_value)]);
                let node = Node::Compare(*comparator, a_value.node, b_value.node);
                Some(self.put(node, Type::Condition, depth))
            }
            Kind::And(parts) => self.joined(expr, parts, Node::And),
            Kind::Or(parts) => self.joined(expr, parts, Node::Or),
            Kind::Not(of) => {
                let value = self.condition(of)?;
                let depth = depth_of(expr, &[(of, value)]) + 1;
                Some(self.put(Node::Not(value.node), Type::Condition, depth))
            }
            Kind::NoData => Some(self.leaf(Node::NoData, Type::Condition)),
            Kind::NoTraffic => Some(self.leaf(Node::NoTraffic, Type::Condition)),
            Kind::Given(of, guard) => {
                let (of_value, guard_value) = (self.condition(of), self.condition(guard));
                let (of_value, guard_value) = (of_value?, guard_value?);
                // A guard may be joined by `and` or `or` without parentheses.
                let guard_is_closed = matches!(guard.value, Kind::Given(..) | Kind::For(..));
                let guard_depth = guard_value.depth + u32::from(guard_is_closed);
                let depth = depth_of(expr, &[(of, of_value)]).max(guard_depth);
                let node = Node::Given(of_value.node, guard_value.node);
                Some(self.put(node, Type::Condition, depth))
            }
            Kind::For(of, hold) => self.hold(expr, of, *hold),
        }
    }

    fn hold(&mut self, expr: &Expr, of: &Expr, hold: Hold) -> Option<Value> {
        let value = self.condition(of)?;
        if self.holds == Holds::Removed {
            return Some(value);
        }
        let over = hold.over.get();
        let needed = hold.needed.unwrap_or(over);
        let depth = depth_of(expr, &[(of, value)]);
        let node = Node::Hold {
            of: value.node,
            needed,
            over,
        };
        Some(self.put(node, Type::Condition, depth))
    }

    fn name(&mut self, name: &str, span: Span) -> Option<Value> {
        if let Some(value) = self.done.get(name) {
            return Some(*value);
        }
        let names = self.names;
        match names.meaning(name) {
            Meaning::Unknown => self.unknown(name, span),
            Meaning::Faulty => None,
            Meaning::Sound(expr, known) => {
                if known.depth >= nesting::DEPTH_MAX {
                    return self.fault(nesting::limit(span));
                }
                // Its faults were told with its definition.
                let told = self.faults.len();
                let value = self.expr(expr);
                self.faults.truncate(told);
                let value = value?;
                let depth = value.depth + 1;
                let value = Value { depth, ..value };
                self.done.insert(name.to_owned(), value);
                Some(value)
            }
        }
    }

    fn unknown(&mut self, name: &str, span: Span) -> Option<Value> {
        let fault = advice::unknown_name(name, span, self.names, self.graph);
        self.fault(fault)
    }

    /// Returns the codes of a selector and how deep its names nest.
    fn codes(&mut self, selector: &Selector) -> Option<(StatusSet, u32)> {
        let names = self.names;
        let (mut depth, mut sound) = (0, true);
        for Spanned { value, span } in selector {
            let Codes::Name(name) = value else { continue };
            match names.meaning(name) {
                Meaning::Unknown => sound = self.unknown(name, *span).is_some(),
                Meaning::Faulty => sound = false,
                Meaning::Sound(_, known) if known.codes.is_none() => {
                    self.faults.push(advice::no_codes(name, *span));
                    sound = false;
                }
                Meaning::Sound(_, known) => depth = depth.max(known.depth + 1),
            }
        }
        let set = names.codes(selector).filter(|_| sound)?;
        Some((set, depth))
    }

    fn window(
        &mut self,
        aggregate: Aggregate,
        of: &Expr,
        over: Minutes,
        expr: &Expr,
    ) -> Option<Value> {
        let value = self.value_of(of, expr, &aggregate.to_string())?;
        let reduce = match aggregate {
            Aggregate::Avg => Reduce::Avg,
            Aggregate::Sum => Reduce::Sum,
            Aggregate::Min => Reduce::Min,
            Aggregate::Max => Reduce::Max,
            Aggregate::Median => Reduce::Percentile(50),
            Aggregate::Percentile(rank) => Reduce::Percentile(rank),
            Aggregate::Stddev => Reduce::Stddev,
            Aggregate::Change => {
                let before = self.graph.add(Node::Offset(value.node, over.get()));
                let node = Node::Subtract(value.node, before);
                return Some(self.put(node, value.of, value.depth + 1));
            }
        };
        let node = Node::Window(reduce, value.node, over.get());
        Some(self.put(node, value.of, value.depth + 1))
    }

    /// How many times faster than allowed the error budget is spent: the share of the bad ones,
    /// or where nothing is counted their mean, by what the objective leaves.
    fn burn(
        &mut self,
        codes: &Spanned<Selector>,
        over: Minutes,
        objective: Decimal,
    ) -> Option<Value> {
        let (set, depth) = self.codes(&codes.value)?;
        let share = self.graph.add(Node::Share(set, over.get()));
        let each = self.graph.add(Node::Codes(set));
        let mean = self.graph.add(Node::Window(Reduce::Avg, each, over.get()));
        let spent = self.graph.add(Node::OrElse(share, mean));
        let budget = Decimal::HUNDRED.checked_sub(objective)?;
        let budget = self.graph.add(Node::Literal(budget));
        Some(self.put(Node::Divide(spent, budget), Type::Number, depth + 1))
    }

    /// A chain such as `a + b - c` leans to the left: it is walked without recursion.
    fn arithmetic(&mut self, expr: &Expr) -> Option<Value> {
        let mut chain = Vec::new();
        let mut first = expr;
        while let Kind::Arithmetic(operator, a, b) = &first.value {
            chain.push((first, *operator, a, b));
            first = a;
        }
        let mut left = None;
        for (whole, operator, a, b) in chain.into_iter().rev() {
            let beside = match operator {
                Operator::Add | Operator::Subtract => Beside::Either,
                Operator::Multiply => Beside::None,
                Operator::Divide => Beside::Right,
            };
            let (a_value, b_value) = match left {
                None => self.sides(a, b, beside)?,
                Some(value) => (value, self.right(value, b, beside)?),
            };
            let Some(of) = type_of(operator, a_value.of, b_value.of) else {
                let sides = [(&**a, a_value.of), (&**b, b_value.of)];
                return self.fault(advice::arithmetic(whole, operator, sides, self.names));
            };
            let node = match operator {
                Operator::Add => Node::Add(a_value.node, b_value.node),
                Operator::Subtract => Node::Subtract(a_value.node, b_value.node),
                Operator::Multiply => Node::Multiply(a_value.node, b_value.node),
                Operator::Divide => Node::Divide(a_value.node, b_value.node),
            };
            let depth = depth_of(whole, &[(a, a_value), (b, b_value)]);
            left = Some(self.put(node, of, depth));
        }
        left
    }

    /// Lowers two sides, where a bare status code beside a number is a number.
    fn sides(&mut self, a: &Expr, b: &Expr, beside: Beside) -> Option<(Value, Value)> {
        if beside == Beside::Either && a.one_code().is_some() {
            let right = self.expr(b);
            let left = self.right(right?, a, beside);
            return Some((left?, right?));
        }
        let Some(left) = self.expr(a) else {
            // The other is read for its faults alone.
            self.expr(b);
            return None;
        };
        Some((left, self.right(left, b, beside)?))
    }

    /// Lowers what stands beside `known`.
    fn right(&mut self, known: Value, expr: &Expr, beside: Beside) -> Option<Value> {
        match expr.one_code() {
            Some(code) if beside != Beside::None && known.of == Type::Number => {
                let value = Decimal::from_integer(i64::from(code))?;
                Some(self.leaf(Node::Literal(value), Type::Number))
            }
            _ => self.expr(expr),
        }
    }

    fn joined(
        &mut self,
        expr: &Expr,
        parts: &[Expr],
        join: fn(NodeId, NodeId) -> Node,
    ) -> Option<Value> {
        if parts.iter().all(|part| self.names.codes_of(part).is_some()) {
            return self.fault(advice::joined_codes(expr, parts));
        }
        let values: Vec<Option<Value>> = parts.iter().map(|part| self.condition(part)).collect();
        let values: Vec<Value> = values.into_iter().collect::<Option<_>>()?;
        let operands: Vec<(&Expr, Value)> = parts.iter().zip(values.iter().copied()).collect();
        let depth = depth_of(expr, &operands);
        let places = values.into_iter().map(|value| value.node);
        let node = places.reduce(|a, b| self.graph.add(join(a, b)))?;
        let of = Type::Condition;
        Some(Value { node, of, depth })
    }

    /// Lowers what must be a value, as an operand of `whole`.
    fn value_of(&mut self, of: &Expr, whole: &Expr, taker: &str) -> Option<Value> {
        let value = self.expr(of)?;
        if value.of == Type::Condition {
            return self.fault(advice::no_value(of, taker));
        }
        let depth = depth_of(whole, &[(of, value)]);
        Some(Value { depth, ..value })
    }

    fn leaf(&mut self, node: Node, of: Type) -> Value {
        self.put(node, of, 0)
    }

    fn put(&mut self, node: Node, of: Type, depth: u32) -> Value {
        let node = self.graph.add(node);
        Value { node, of, depth }
    }

    fn fault(&mut self, fault: Diagnostic) -> Option<Value> {
        // One part beyond the limits says it for all of them.
        let limited = self.faults.iter().any(|told| told.code == Code::Limit);
        if fault.code != Code::Limit || !limited {
            self.faults.push(clip(fault));
        }
        None
    }
}

/// Which operand is a plain number, if it is a bare status code beside a number.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Beside {
    Either,
    Right,
    None,
}

fn type_of(operator: Operator, a: Type, b: Type) -> Option<Type> {
    use Operator::{Add, Divide, Multiply, Subtract};
    use Type::{Condition, Number, Proportion};
    match (operator, a, b) {
        (_, Number, Number) | (Divide, Proportion, Proportion) => Some(Number),
        (Add | Subtract, Proportion, Proportion)
        | (Multiply | Divide, Proportion, Number)
        | (Multiply, Number, Proportion) => Some(Proportion),
        (_, Condition, _)
        | (_, _, Condition)
        | (Add | Subtract, Proportion, Number)
        | (Add | Subtract | Divide, Number, Proportion)
        | (Multiply, Proportion, Proportion) => None,
    }
}

/// How deep the operands nest within `whole`, with the parentheses that they need there.
fn depth_of(whole: &Expr, operands: &[(&Expr, Value)]) -> u32 {
    let enclosed = |part: &Expr| u32::from(print::is_enclosed(&whole.value, part));
    let depths = operands
        .iter()
        .map(|(part, value)| value.depth + enclosed(part));
    depths.max().unwrap_or(0)
}
