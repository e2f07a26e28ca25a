//! The values of expressions straight from their definitions: slow, and plain enough to be seen
//! to be right.

use std::cell::RefCell;
use std::collections::BTreeMap;

use foghorn::engine::Sample;
use foghorn::lang::Program;
use foghorn::lang::ast::Comparator;
use foghorn::lang::program::{Node, NodeId, Reduce};
use foghorn::unit::StatusSet;

/// What there is to know of one minute.
#[derive(Clone, Debug)]
pub enum Known {
    /// The source answered with this.
    Sample(Sample),
    /// The source has nothing.
    Absent,
    /// Nobody could ask.
    Unasked,
}

/// A decimal in billionths, or a truth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// A decimal.
    Units(i128),
    /// A truth.
    Truth(bool),
}

const ONE: i128 = 1_000_000_000;
const UNITS_MAX: i128 = 9_000_000_000 * ONE;

/// A program over the minutes of one domain; minutes before the first are before its history.
pub struct Naive<'a> {
    program: &'a Program,
    minutes: BTreeMap<i64, Known>,
    seen: RefCell<BTreeMap<(u32, i64), Option<Value>>>,
}

impl<'a> Naive<'a> {
    pub fn new(program: &'a Program, minutes: BTreeMap<i64, Known>) -> Self {
        Self {
            program,
            minutes,
            seen: RefCell::default(),
        }
    }

    /// `e[t]`; `None` is unknown.
    pub fn at(&self, id: NodeId, t: i64) -> Option<Value> {
        if let Some(value) = self.seen.borrow().get(&(id.0, t)) {
            return *value;
        }
        let value = self.work_out(self.program.nodes[id.0 as usize], t);
        let in_range = |value: &Value| match value {
            Value::Units(units) => units.abs() <= UNITS_MAX,
            Value::Truth(_) => true,
        };
        let value = value.filter(in_range);
        self.seen.borrow_mut().insert((id.0, t), value);
        value
    }

    fn units(&self, id: NodeId, t: i64) -> Option<i128> {
        self.at(id, t).map(|value| match value {
            Value::Units(units) => units,
            Value::Truth(_) => panic!("{id:?} is a condition"),
        })
    }

    fn truth(&self, id: NodeId, t: i64) -> Option<bool> {
        self.at(id, t).map(|value| match value {
            Value::Truth(truth) => truth,
            Value::Units(_) => panic!("{id:?} is no condition"),
        })
    }

    fn sample(&self, t: i64) -> Option<&Sample> {
        match self.minutes.get(&t) {
            Some(Known::Sample(sample)) => Some(sample),
            _ => None,
        }
    }

    fn work_out(&self, node: Node, t: i64) -> Option<Value> {
        let decimal = |units: Option<i128>| units.map(Value::Units);
        let truth = |truth: Option<bool>| truth.map(Value::Truth);
        match node {
            Node::Literal(value) => Some(Value::Units(value.units().into())),
            Node::Codes(codes) => decimal(proportion(self.sample(t)?, &codes)),
            Node::Requests => decimal(self.requests(t, None)),
            Node::RequestsOf(codes) => decimal(self.requests(t, Some(&codes))),
            Node::Offset(of, span) => self.at(of, t - i64::from(span)),
            Node::Negative(of) => decimal(self.units(of, t).map(|v| -v)),
            Node::Add(a, b) => decimal(Some(self.units(a, t)? + self.units(b, t)?)),
            Node::Subtract(a, b) => decimal(Some(self.units(a, t)? - self.units(b, t)?)),
            Node::Multiply(a, b) => {
                decimal(Some(half_even(self.units(a, t)? * self.units(b, t)?, ONE)))
            }
            Node::Divide(a, b) => {
                let (a, b) = (self.units(a, t)?, self.units(b, t)?);
                decimal((b != 0).then(|| half_even(a * ONE, b)))
            }
            Node::OrElse(a, b) => self.at(a, t).or_else(|| self.at(b, t)),
            Node::Window(reduce, of, over) => decimal(self.window(reduce, of, over, t)),
            Node::Share(codes, over) => decimal(self.share(&codes, over, t)),
            Node::Compare(how, a, b) => {
                let order = self.units(a, t)?.cmp(&self.units(b, t)?);
                truth(Some(match how {
                    Comparator::Greater => order.is_gt(),
                    Comparator::GreaterOrEqual => order.is_ge(),
                    Comparator::Less => order.is_lt(),
                    Comparator::LessOrEqual => order.is_le(),
                    Comparator::Equal => order.is_eq(),
                    Comparator::NotEqual => order.is_ne(),
                }))
            }
            Node::And(a, b) => truth(match (self.truth(a, t), self.truth(b, t)) {
                (Some(false), _) | (_, Some(false)) => Some(false),
                (Some(true), Some(true)) => Some(true),
                _ => None,
            }),
            Node::Or(a, b) => truth(match (self.truth(a, t), self.truth(b, t)) {
                (Some(true), _) | (_, Some(true)) => Some(true),
                (Some(false), Some(false)) => Some(false),
                _ => None,
            }),
            Node::Not(of) => truth(self.truth(of, t).map(|v| !v)),
            Node::NoData => truth(match self.minutes.get(&t)? {
                Known::Sample(sample) => Some(!sample.has_codes()),
                Known::Absent => Some(true),
                Known::Unasked => None,
            }),
            Node::NoTraffic => truth(self.sample(t).map(|sample| !sample.has_codes())),
            Node::Given(of, guard) => match self.truth(guard, t) {
                Some(true) => self.at(of, t),
                _ => None,
            },
            Node::Hold { of, needed, over } => {
                let all: Vec<_> = minutes_of(over, t).map(|t| self.truth(of, t)).collect();
                let count = |wanted| all.iter().filter(|v| **v == wanted).count();
                let needed = needed as usize;
                if needed <= count(Some(true)) {
                    truth(Some(true))
                } else if count(Some(true)) + count(None) < needed {
                    truth(Some(false))
                } else {
                    None
                }
            }
        }
    }

    fn requests(&self, t: i64, codes: Option<&StatusSet>) -> Option<i128> {
        let sample = self.sample(t)?;
        let counts = sample.parts().iter().map(|part| part.count);
        let counts: Vec<u64> = counts.collect::<Option<_>>()?;
        if !counts.is_empty() && counts.iter().all(|count| *count == 0) {
            return None;
        }
        let wanted = |code: Option<u16>| match codes {
            Some(codes) => code.is_some_and(|code| codes.contains(code)),
            None => true,
        };
        let pairs = sample.parts().iter().zip(counts);
        let chosen = pairs.filter(|(part, _)| wanted(part.code));
        Some(chosen.map(|(_, count)| i128::from(count)).sum::<i128>() * ONE)
    }

    fn share(&self, codes: &StatusSet, over: u32, t: i64) -> Option<i128> {
        let (mut known, mut part, mut whole) = (0, 0, 0);
        for t in minutes_of(over, t) {
            let Some(all) = self.requests(t, None).filter(|all| *all <= UNITS_MAX) else {
                continue;
            };
            known += 1;
            whole += all;
            part += self.requests(t, Some(codes)).unwrap();
        }
        let is_known = over <= known * 2 && whole > 0;
        is_known.then(|| half_even(part * 100 * ONE, whole))
    }

    fn window(&self, reduce: Reduce, of: NodeId, over: u32, t: i64) -> Option<i128> {
        let values = minutes_of(over, t).filter_map(|t| self.units(of, t));
        let mut values: Vec<i128> = values.collect();
        let n = values.len();
        if n * 2 < over as usize {
            return None;
        }
        values.sort_unstable();
        let count = n as i128;
        let sum: i128 = values.iter().sum();
        match reduce {
            Reduce::Sum => Some(sum),
            Reduce::Avg => Some(half_even(sum, count)),
            Reduce::Min => values.first().copied(),
            Reduce::Max => values.last().copied(),
            Reduce::Percentile(percent) => {
                let rank = (n * usize::from(percent)).div_ceil(100);
                values.get(rank - 1).copied()
            }
            Reduce::Stddev => {
                if values.iter().any(|v| v.abs() > 1_000_000 * ONE) {
                    return None;
                }
                // n² times the variance, whose root is n times the deviation.
                let spread: i128 = values.iter().map(|v| (count * v - sum).pow(2)).sum();
                Some((spread / count).isqrt() / count)
            }
        }
    }
}

/// The minutes of a window that ends with `t`.
fn minutes_of(over: u32, t: i64) -> impl Iterator<Item = i64> {
    t - i64::from(over) + 1..=t
}

fn proportion(sample: &Sample, codes: &StatusSet) -> Option<i128> {
    let parts = sample.parts();
    if parts.is_empty() {
        return None;
    }
    let selected = |part: &&foghorn::engine::Part| part.code.is_some_and(|c| codes.contains(c));
    let counts: Option<Vec<u64>> = parts.iter().map(|part| part.count).collect();
    let total: i128 = counts.iter().flatten().map(|c| i128::from(*c)).sum();
    if total > 0 {
        let chosen = parts.iter().filter(selected).filter_map(|part| part.count);
        let chosen: i128 = chosen.map(i128::from).sum();
        return Some(half_even(chosen * 100 * ONE, total));
    }
    let units = parts
        .iter()
        .filter(selected)
        .map(|p| i128::from(p.proportion.units()));
    Some(half_even(units.sum(), 1_000_000))
}

/// The nearest whole number to `a / b`, of two the even one.
fn half_even(a: i128, b: i128) -> i128 {
    let (a, b) = (a * b.signum(), b.abs());
    let below = a.div_euclid(b);
    let rest = a - below * b;
    match (rest * 2).cmp(&b) {
        std::cmp::Ordering::Less => below,
        std::cmp::Ordering::Greater => below + 1,
        std::cmp::Ordering::Equal => below + below.rem_euclid(2),
    }
}

/// How many minutes, its own included, a node may look at.
pub fn reach(program: &Program, id: NodeId) -> u32 {
    let node = program.nodes[id.0 as usize];
    let inner = node
        .operands()
        .map(|id| reach(program, id))
        .max()
        .unwrap_or(0);
    match node {
        Node::Literal(_) => 0,
        Node::Codes(_) | Node::Requests | Node::RequestsOf(_) | Node::NoData | Node::NoTraffic => 1,
        Node::Share(_, over) => over,
        Node::Offset(_, span) => inner + span,
        Node::Window(_, _, over) | Node::Hold { over, .. } => {
            if inner == 0 {
                0
            } else {
                inner + over - 1
            }
        }
        _ => inner,
    }
}
