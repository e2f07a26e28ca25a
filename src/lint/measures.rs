//! What the compared values measure, and against which level.

use super::conditions::Leaf;
use crate::lang::Names;
use crate::lang::ast::{Aggregate, Comparator, Expr, Kind, Operator, Selector};
use crate::lang::program::Type;
use crate::unit::{Decimal, StatusSet};

/// How many parts of one value are looked at, names put in.
const PARTS_MAX: usize = 64;
/// How deep parts may lie within each other; the language allows fewer.
const DEPTH_MAX: usize = 300;

/// Something measured, somewhere in a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Measure {
    /// What.
    pub(super) of: Of,
    /// The window that it is taken over, the outermost of several.
    pub(super) window: Option<(Aggregate, u32)>,
    /// How many minutes ago it is (`offset`).
    pub(super) back: u32,
}

/// What is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    /// The proportion of these codes.
    Proportion(StatusSet),
    /// The number of all requests.
    All,
    /// The number of those with these codes.
    Some(StatusSet),
}

impl Measure {
    /// Whether it is a proportion.
    pub(super) fn is_proportion(self) -> bool {
        matches!(self.of, Of::Proportion(_))
    }

    /// Whether it is of an earlier time.
    pub(super) fn is_past(self) -> bool {
        0 < self.back
    }

    /// Returns the codes that it is about, if not about all.
    pub(super) fn codes(self) -> Option<StatusSet> {
        match self.of {
            Of::Proportion(codes) | Of::Some(codes) => Some(codes),
            Of::All => None,
        }
    }
}

/// Returns what a value measures; of a very long one a part.
pub(super) fn measures(expr: &Expr, names: &Names) -> Vec<Measure> {
    let mut found = Found {
        names,
        left: PARTS_MAX,
        depth: 0,
        // Most values are of one measure.
        measures: Vec::with_capacity(1),
    };
    found.walk(expr, None, 0);
    found.measures
}

/// Returns what the sides of a leaf measure that are no literals; beside a level that is just
/// [what is compared](Threshold::measured) with it.
pub(super) fn of_leaf<'l>(leaf: &'l Leaf<'_>, names: &Names) -> &'l [Measure] {
    leaf.measures.get_or_init(|| {
        let sides = sides(leaf.expr, names).into_iter();
        let all = sides.map(|side| measures(side, names));
        let joined = all.reduce(|mut all, more| {
            all.extend(more);
            all
        });
        joined.unwrap_or_default()
    })
}

struct Found<'a> {
    names: &'a Names,
    left: usize,
    depth: usize,
    measures: Vec<Measure>,
}

impl Found<'_> {
    fn walk(&mut self, expr: &Expr, window: Option<(Aggregate, u32)>, back: u32) {
        if self.left == 0 || DEPTH_MAX <= self.depth {
            return;
        }
        self.left -= 1;
        self.depth += 1;
        match &expr.value {
            Kind::Selector(codes) => self.proportion(codes, window, back),
            Kind::Share { codes, over } | Kind::Burn { codes, over, .. } => {
                let own = Some((Aggregate::Avg, over.get()));
                self.proportion(&codes.value, window.or(own), back);
            }
            Kind::Requests(codes) => {
                let of = match codes {
                    None => Some(Of::All),
                    Some(codes) => self.names.codes(codes).map(Of::Some),
                };
                self.measures
                    .extend(of.map(|of| Measure { of, window, back }));
            }
            Kind::Window {
                aggregate,
                of,
                over,
            } => {
                let own = Some((*aggregate, over.get()));
                self.walk(of, window.or(own), back);
            }
            Kind::Offset(of, by) => self.walk(of, window, back.saturating_add(by.get())),
            Kind::Name(name) => {
                if let Some((meaning, _)) = self.names.get(name) {
                    self.walk(meaning, window, back);
                }
            }
            Kind::Arithmetic(operator, a, b) => {
                for (part, is_beside_number) in beside(*operator, a, b, self.names) {
                    if !is_beside_number || literal(part, true, self.names).is_none() {
                        self.walk(part, window, back);
                    }
                }
            }
            _ => {
                for part in expr.operands() {
                    self.walk(part, window, back);
                }
            }
        }
        self.depth -= 1;
    }

    fn proportion(&mut self, codes: &Selector, window: Option<(Aggregate, u32)>, back: u32) {
        if let Some(codes) = self.names.codes(codes) {
            let of = Of::Proportion(codes);
            self.measures.push(Measure { of, window, back });
        }
    }
}

/// Returns two operands, each with whether what looks like a code there is a number because of the
/// other.
fn beside<'e>(
    operator: Operator,
    a: &'e Expr,
    b: &'e Expr,
    names: &Names,
) -> [(&'e Expr, bool); 2] {
    match operator {
        Operator::Add | Operator::Subtract => [(a, is_number(b, names)), (b, is_number(a, names))],
        Operator::Divide => [(a, false), (b, is_number(a, names))],
        Operator::Multiply => [(a, false), (b, false)],
    }
}

/// Returns what an expression stands for, if it is a name by itself.
pub(super) fn meant<'a>(expr: &'a Expr, names: &'a Names) -> &'a Expr {
    let mut expr = expr;
    for _ in 0..DEPTH_MAX {
        let Kind::Name(name) = &expr.value else {
            return expr;
        };
        let Some((meaning, _)) = names.get(name) else {
            return expr;
        };
        expr = meaning;
    }
    expr
}

/// Whether a sound value is a plain number and no proportion.
pub(super) fn is_number(expr: &Expr, names: &Names) -> bool {
    match &expr.value {
        Kind::Number(_) | Kind::Requests(_) | Kind::Burn { .. } => true,
        Kind::Window { of, .. } | Kind::Offset(of, _) | Kind::Negative(of) => is_number(of, names),
        Kind::Name(name) => names.get(name).is_some_and(|(_, of)| of == Type::Number),
        Kind::Arithmetic(operator, a, b) => {
            let (a, b) = (is_number(a, names), is_number(b, names));
            match operator {
                Operator::Add | Operator::Subtract => a || b,
                Operator::Multiply => a && b,
                Operator::Divide => a || !b,
            }
        }
        _ => false,
    }
}

/// Returns the sides of a comparison that are no literals.
pub(super) fn sides<'a>(comparison: &'a Expr, names: &Names) -> Vec<&'a Expr> {
    let Kind::Comparison(_, a, b) = &comparison.value else {
        return Vec::new();
    };
    let beside_number = is_number(a, names) || is_number(b, names);
    let sides = [a.as_ref(), b.as_ref()].into_iter();
    sides
        .filter(|side| literal(side, beside_number, names).is_none())
        .collect()
}

/// A value that is compared with a level.
#[derive(Clone, Copy, Debug)]
pub(super) struct Threshold<'a> {
    /// The value.
    pub(super) measured: &'a Expr,
    /// How the condition wants it to be, as if the value stood on the left and under no `not`.
    pub(super) comparator: Comparator,
    /// The level: a percentage or a number.
    pub(super) level: Decimal,
    /// Whether it is a plain number.
    pub(super) is_number: bool,
}

impl Threshold<'_> {
    /// Whether the condition waits for the value to be above the level.
    pub(super) fn is_above(&self) -> bool {
        use Comparator::{Greater, GreaterOrEqual};
        matches!(self.comparator, Greater | GreaterOrEqual)
    }

    /// Whether the condition waits for the value to be below the level.
    pub(super) fn is_below(&self) -> bool {
        use Comparator::{Less, LessOrEqual};
        matches!(self.comparator, Less | LessOrEqual)
    }
}

/// Returns the comparison of a leaf with a level, if it is one.
pub(super) fn threshold<'a>(leaf: &Leaf<'a>, names: &Names) -> Option<Threshold<'a>> {
    let found = || level_of(leaf.expr, leaf.is_negated(), names);
    *leaf.threshold.get_or_init(found)
}

/// Returns the comparison with a level that an expression is, if it is one.
pub(super) fn level_of<'a>(
    expr: &'a Expr,
    is_negated: bool,
    names: &Names,
) -> Option<Threshold<'a>> {
    let Kind::Comparison(comparator, a, b) = &expr.value else {
        return None;
    };
    let comparator = if is_negated {
        comparator.opposite()
    } else {
        *comparator
    };
    let is_number = is_number(a, names) || is_number(b, names);
    let found = |measured: &'a Expr, level: &Expr, comparator| {
        Some(Threshold {
            measured,
            comparator,
            level: literal(level, is_number, names)?,
            is_number,
        })
    };
    match (literal(a, is_number, names), literal(b, is_number, names)) {
        (None, Some(_)) => found(a, b, comparator),
        (Some(_), None) => found(b, a, comparator.mirrored()),
        _ => None,
    }
}

/// Returns the value of a literal. A status code beside a number is a number.
pub(super) fn literal(expr: &Expr, beside_number: bool, names: &Names) -> Option<Decimal> {
    match &meant(expr, names).value {
        Kind::Proportion(value) | Kind::Number(value) => Some(*value),
        Kind::Negative(of) => literal(of, beside_number, names).map(|value| -value),
        Kind::Selector(_) if beside_number => {
            let code = meant(expr, names).one_code()?;
            Decimal::from_integer(i64::from(code))
        }
        _ => None,
    }
}
