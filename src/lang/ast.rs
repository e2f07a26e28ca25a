//! An expression as it was written: nothing resolved, nothing typed, every part with its place.
//!
//! Parentheses are not kept: the tree says what they said, and printing puts back those that
//! are needed.

use std::slice::from_ref;

use crate::diag::{Span, Spanned};
use crate::unit::{Decimal, Minutes};

/// A whole `when:` of one severity.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    /// When it fires.
    pub condition: Expr,
    /// When it resolves, if not just when the condition is false.
    pub until: Option<Expr>,
    /// `on at least N domains`.
    pub fleet: Option<Spanned<Fleet>>,
}

/// How many domains must fire at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Fleet {
    /// So many, at least 1.
    Count(u32),
    /// This proportion of those that have traffic, above 0 % and at most 100 %.
    Proportion(Decimal),
}

/// How many parts there is room for at first: most texts have fewer.
const PARTS_USUAL: usize = 16;

/// A part of an expression and its place in the expression's text.
pub type Expr = Spanned<Kind>;

// Ten thousand rules have a hundred thousand of them.
const _: () = assert!(size_of::<Expr>() <= 40, "a part takes 40 bytes");

/// What a part of an expression is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `10%`
    Proportion(Decimal),
    /// `3`, `1.5`, `200.0`: never a bare integer from 100 to 599, which is a selector of one code.
    Number(Decimal),
    /// `502`, `5xx`, `500..504`, `502|503|gateway`
    Selector(Selector),
    /// `requests`, `requests(5xx)`
    Requests(Option<Selector>),
    /// A `let:` name by itself.
    Name(String),
    /// `avg(… over D)` and its kin. A trailing `offset` inside is an [`Kind::Offset`] around it.
    Window {
        /// Which function.
        aggregate: Aggregate,
        /// Of what.
        of: Box<Expr>,
        /// Over how long.
        over: Minutes,
    },
    /// `share(… over D)`
    Share {
        /// Of which codes.
        codes: Box<Spanned<Selector>>,
        /// Over how long.
        over: Minutes,
    },
    /// `burn(… over D, 99.9%)`
    Burn {
        /// Of which codes.
        codes: Box<Spanned<Selector>>,
        /// Over how long.
        over: Minutes,
        /// The objective, above 0 % and below 100 %.
        objective: Decimal,
    },
    /// `e offset D`
    Offset(Box<Expr>, Minutes),
    /// `-e`
    Negative(Box<Expr>),
    /// `a + b` and its kin.
    Arithmetic(Operator, Box<Expr>, Box<Expr>),
    /// `a > b` and its kin.
    Comparison(Comparator, Box<Expr>, Box<Expr>),
    /// `a and b and c`: two or more.
    And(Vec<Expr>),
    /// `a or b or c`: two or more.
    Or(Vec<Expr>),
    /// `not c`
    Not(Box<Expr>),
    /// `no data`
    NoData,
    /// `no traffic`
    NoTraffic,
    /// `c given g`
    Given(Box<Expr>, Box<Expr>),
    /// `c for D`, `c for M of D`
    For(Box<Expr>, Hold),
}

/// How long a condition must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hold {
    /// In how many of the minutes, 1 to `over`; `None` is all of them.
    pub needed: Option<u32>,
    /// Of how many minutes.
    pub over: Minutes,
}

/// Codes joined by `|`: one or more.
pub type Selector = Vec<Spanned<Codes>>;

/// One member of a selector.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Codes {
    /// `502`
    One(u16),
    /// `500..504`
    Range(u16, u16),
    /// `5xx`, as 5
    Hundred(u16),
    /// `50x`, as 50
    Ten(u16),
    /// A `let:` name, which must be one of codes.
    Name(String),
}

/// A function over the known values of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Aggregate {
    /// The mean.
    Avg,
    /// The sum.
    Sum,
    /// The least.
    Min,
    /// The greatest.
    Max,
    /// The lower median.
    Median,
    /// The population's standard deviation.
    Stddev,
    /// The value less that of the window's length ago.
    Change,
    /// A percentile by nearest rank, 1 to 99.
    Percentile(u8),
}

/// An operator between two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operator {
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/`
    Divide,
}

/// An operator that compares two values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Comparator {
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
}

impl Comparator {
    /// Whether it holds between two known values, in billionths.
    pub fn holds(self, a: i64, b: i64) -> bool {
        match self {
            Self::Greater => b < a,
            Self::GreaterOrEqual => b <= a,
            Self::Less => a < b,
            Self::LessOrEqual => a <= b,
            Self::Equal => a == b,
            Self::NotEqual => a != b,
        }
    }

    /// Returns the comparator that holds where this one, between known values, does not.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
        }
    }

    /// Returns the comparator that says the same with its sides changed.
    #[must_use]
    pub fn mirrored(self) -> Self {
        match self {
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Equal | Self::NotEqual => self,
        }
    }
}

impl Spanned<Kind> {
    /// Returns the code of an expression that is one code: a bare integer.
    pub fn one_code(&self) -> Option<u16> {
        let Kind::Selector(members) = &self.value else {
            return None;
        };
        match members.as_slice() {
            [only] => match only.value {
                Codes::One(code) => Some(code),
                _ => None,
            },
            _ => None,
        }
    }

    /// Returns the parts that this one is directly made of, in order.
    pub fn operands(&self) -> impl DoubleEndedIterator<Item = &Expr> {
        let (first, others): (&[Expr], &[Expr]) = match &self.value {
            Kind::Proportion(_)
            | Kind::Number(_)
            | Kind::Selector(_)
            | Kind::Requests(_)
            | Kind::Name(_)
            | Kind::Share { .. }
            | Kind::Burn { .. }
            | Kind::NoData
            | Kind::NoTraffic => (&[], &[]),
            Kind::Window { of, .. }
            | Kind::Offset(of, _)
            | Kind::Negative(of)
            | Kind::Not(of)
            | Kind::For(of, _) => (from_ref(of), &[]),
            Kind::Arithmetic(_, a, b) | Kind::Comparison(_, a, b) | Kind::Given(a, b) => {
                (from_ref(a), from_ref(b))
            }
            Kind::And(parts) | Kind::Or(parts) => (parts, &[]),
        };
        first.iter().chain(others)
    }

    /// Returns the same without places, so that two that say the same are equal.
    #[must_use]
    pub fn unplaced(&self) -> Self {
        let one = |of: &Expr| Box::new(of.unplaced());
        let all = |parts: &[Expr]| parts.iter().map(Self::unplaced).collect();
        let value = match &self.value {
            Kind::Selector(codes) => selected(unplaced(codes)),
            Kind::Requests(codes) => Kind::Requests(codes.as_ref().map(unplaced)),
            Kind::Window {
                aggregate,
                of,
                over,
            } => Kind::Window {
                aggregate: *aggregate,
                of: one(of),
                over: *over,
            },
            Kind::Share { codes, over } => Kind::Share {
                codes: Box::new(nowhere(unplaced(&codes.value))),
                over: *over,
            },
            Kind::Burn {
                codes,
                over,
                objective,
            } => Kind::Burn {
                codes: Box::new(nowhere(unplaced(&codes.value))),
                over: *over,
                objective: *objective,
            },
            Kind::Offset(of, by) => Kind::Offset(one(of), *by),
            Kind::Negative(of) => Kind::Negative(one(of)),
            Kind::Arithmetic(operator, a, b) => Kind::Arithmetic(*operator, one(a), one(b)),
            Kind::Comparison(comparator, a, b) => Kind::Comparison(*comparator, one(a), one(b)),
            Kind::And(parts) => Kind::And(all(parts)),
            Kind::Or(parts) => Kind::Or(all(parts)),
            Kind::Not(of) => Kind::Not(one(of)),
            Kind::Given(of, guard) => Kind::Given(one(of), one(guard)),
            Kind::For(of, hold) => Kind::For(one(of), *hold),
            plain @ (Kind::Proportion(_)
            | Kind::Number(_)
            | Kind::Name(_)
            | Kind::NoData
            | Kind::NoTraffic) => plain.clone(),
        };
        nowhere(value)
    }

    /// Returns the names that stand anywhere in it, in order, each as often as it stands there.
    pub fn names(&self) -> Vec<(&str, Span)> {
        let mut found = Vec::new();
        let mut open = Vec::with_capacity(PARTS_USUAL);
        open.push(self);
        while let Some(expr) = open.pop() {
            match &expr.value {
                Kind::Name(name) => found.push((name.as_str(), expr.span)),
                Kind::Selector(codes) | Kind::Requests(Some(codes)) => {
                    found.extend(names_of(codes));
                }
                Kind::Share { codes, .. } | Kind::Burn { codes, .. } => {
                    found.extend(names_of(&codes.value));
                }
                _ => open.extend(expr.operands().rev()),
            }
        }
        found
    }
}

/// Returns the members without places, each once, as the canonical form has them.
fn unplaced(selector: &Selector) -> Selector {
    let mut members: Selector = Vec::new();
    for member in selector {
        let member = nowhere(member.value.clone());
        if !members.contains(&member) {
            members.push(member);
        }
    }
    members
}

/// Returns the expression of a selector: a name by itself may be any value.
fn selected(selector: Selector) -> Kind {
    match selector.as_slice() {
        [only] => match &only.value {
            Codes::Name(name) => Kind::Name(name.clone()),
            Codes::One(_) | Codes::Range(..) | Codes::Hundred(_) | Codes::Ten(_) => {
                Kind::Selector(selector)
            }
        },
        _ => Kind::Selector(selector),
    }
}

fn nowhere<T>(value: T) -> Spanned<T> {
    let span = Span::default();
    Spanned { value, span }
}

fn names_of(selector: &Selector) -> impl Iterator<Item = (&str, Span)> {
    selector.iter().filter_map(|member| match &member.value {
        Codes::Name(name) => Some((name.as_str(), member.span)),
        Codes::One(_) | Codes::Range(..) | Codes::Hundred(_) | Codes::Ten(_) => None,
    })
}

/// Returns the span of a list of parts.
pub fn span_of(parts: &[Expr]) -> Span {
    parts
        .iter()
        .map(|part| part.span)
        .reduce(Span::to)
        .unwrap_or_default()
}
