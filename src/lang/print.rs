//! The canonical form: what `fmt` writes and what messages quote.
//!
//! It parses back to the tree that was printed. Only the parentheses that are needed are
//! written, but for `(a and b) for 3m` and `(a and b) given g`, where they say what is held.

use std::fmt::{self, Display, Formatter, Write as _};

use super::ast::{Aggregate, Codes, Comparator, Expr, Fleet, Hold, Kind, Operator, Selector, When};
use crate::diag::Spanned;
use crate::unit::{Decimal, Minutes, StatusSet};

/// How tightly a part holds together: a part that stands where a tighter one must gets
/// parentheses. These are the productions of the grammar.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    Condition,
    Any,
    All,
    Negation,
    Comparison,
    Sum,
    Product,
    Unary,
    Shifted,
    Atom,
}

impl Display for When {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.condition.fmt(f)?;
        if let Some(until) = &self.until {
            f.write_str(" until ")?;
            until.fmt(f)?;
        }
        match self.fleet.map(|fleet| fleet.value) {
            Some(Fleet::Count(count)) => write!(f, " on at least {count} domains"),
            Some(Fleet::Proportion(part)) => write!(f, " on at least {part}% of domains"),
            None => Ok(()),
        }
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.value {
            Kind::Proportion(value) => {
                value.fmt(f)?;
                f.write_str("%")
            }
            Kind::Number(value) => Number(*value).fmt(f),
            Kind::Selector(codes) | Kind::Requests(Some(codes)) => {
                if matches!(self.value, Kind::Requests(_)) {
                    write!(f, "requests({})", Set(codes))
                } else {
                    Set(codes).fmt(f)
                }
            }
            Kind::Requests(None) => f.write_str("requests"),
            Kind::Name(name) => f.write_str(name),
            Kind::Window {
                aggregate,
                of,
                over,
            } => {
                aggregate.fmt(f)?;
                f.write_str("(")?;
                At(Level::Sum, of).fmt(f)?;
                f.write_str(" over ")?;
                over.fmt(f)?;
                f.write_str(")")
            }
            Kind::Share { codes, over } => write!(f, "share({} over {over})", Set(&codes.value)),
            Kind::Burn {
                codes,
                over,
                objective,
            } => write!(f, "burn({} over {over}, {objective}%)", Set(&codes.value)),
            Kind::Offset(of, by) => write!(f, "{} offset {by}", At(Level::Atom, of)),
            Kind::Negative(of) => write!(f, "-{}", At(Level::Unary, of)),
            Kind::Arithmetic(operator, a, b) => {
                let (left, right) = match operator {
                    Operator::Add | Operator::Subtract => (Level::Sum, Level::Product),
                    Operator::Multiply | Operator::Divide => (Level::Product, Level::Unary),
                };
                At(left, a).fmt(f)?;
                f.write_str(" ")?;
                operator.fmt(f)?;
                f.write_str(" ")?;
                At(right, b).fmt(f)
            }
            Kind::Comparison(comparator, a, b) => {
                At(Level::Sum, a).fmt(f)?;
                f.write_str(" ")?;
                comparator.fmt(f)?;
                f.write_str(" ")?;
                At(Level::Sum, b).fmt(f)
            }
            Kind::And(parts) => joined(parts, " and ", Level::Negation, f),
            Kind::Or(parts) => joined(parts, " or ", Level::All, f),
            Kind::Not(of) => write!(f, "not {}", At(Level::Negation, of)),
            Kind::NoData => f.write_str("no data"),
            Kind::NoTraffic => f.write_str("no traffic"),
            Kind::Given(of, guard) => given(of, guard, Level::Any, f),
            Kind::For(of, hold) => {
                match &of.value {
                    Kind::Given(inner, guard) => given(inner, guard, Level::All, f)?,
                    _ => At(Level::Negation, of).fmt(f)?,
                }
                f.write_str(" for ")?;
                hold.fmt(f)
            }
        }
    }
}

/// Writes `of given guard`; the guard gets parentheses if it is looser than `loosest`.
fn given(of: &Expr, guard: &Expr, loosest: Level, f: &mut Formatter<'_>) -> fmt::Result {
    At(Level::Negation, of).fmt(f)?;
    f.write_str(" given ")?;
    At(loosest, guard).fmt(f)
}

fn joined(parts: &[Expr], word: &str, level: Level, f: &mut Formatter<'_>) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(word)?;
        }
        At(level, part).fmt(f)?;
    }
    Ok(())
}

/// How long a condition is, more or less.
const BYTES_USUAL: usize = 48;

/// Returns the canonical form.
pub(super) fn text(of: &impl Display) -> String {
    let mut text = String::with_capacity(BYTES_USUAL);
    // A `String` takes all that is written.
    let _ = write!(text, "{of}");
    text
}

/// A plain number, written so that it is not read as a status code.
pub(super) struct Number(pub(super) Decimal);

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let value = self.0;
        let whole = value.units() / Decimal::ONE.units();
        let reads_as_code =
            value.is_integer() && u16::try_from(whole).is_ok_and(StatusSet::is_code);
        let point = if reads_as_code { ".0" } else { "" };
        value.fmt(f)?;
        f.write_str(point)
    }
}

/// A part where one of the level must stand.
struct At<'a>(Level, &'a Expr);

impl Display for At<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        if level_of(self.1) < self.0 {
            write!(f, "({})", self.1)
        } else {
            self.1.fmt(f)
        }
    }
}

/// Whether `part` gets parentheses as an operand of `whole`.
pub(super) fn is_enclosed(whole: &Kind, part: &Expr) -> bool {
    let least = match whole {
        Kind::Window { .. }
        | Kind::Comparison(..)
        | Kind::Arithmetic(Operator::Add | Operator::Subtract, ..) => Level::Sum,
        Kind::Offset(..) => Level::Atom,
        Kind::Negative(_) => Level::Unary,
        Kind::Arithmetic(Operator::Multiply | Operator::Divide, ..) => Level::Product,
        Kind::Or(_) => Level::All,
        Kind::And(_) | Kind::Not(_) | Kind::Given(..) | Kind::For(..) => Level::Negation,
        Kind::Proportion(_)
        | Kind::Number(_)
        | Kind::Selector(_)
        | Kind::Requests(_)
        | Kind::Name(_)
        | Kind::Share { .. }
        | Kind::Burn { .. }
        | Kind::NoData
        | Kind::NoTraffic => Level::Condition,
    };
    level_of(part) < least
}

fn level_of(expr: &Expr) -> Level {
    match &expr.value {
        Kind::Given(..) | Kind::For(..) => Level::Condition,
        Kind::Or(_) => Level::Any,
        Kind::And(_) => Level::All,
        Kind::Not(_) => Level::Negation,
        Kind::Comparison(..) => Level::Comparison,
        Kind::Arithmetic(Operator::Add | Operator::Subtract, ..) => Level::Sum,
        Kind::Arithmetic(Operator::Multiply | Operator::Divide, ..) => Level::Product,
        Kind::Negative(_) => Level::Unary,
        Kind::Offset(..) => Level::Shifted,
        Kind::Proportion(_)
        | Kind::Number(_)
        | Kind::Selector(_)
        | Kind::Requests(_)
        | Kind::Name(_)
        | Kind::Window { .. }
        | Kind::Share { .. }
        | Kind::Burn { .. }
        | Kind::NoData
        | Kind::NoTraffic => Level::Atom,
    }
}

/// The members of a selector in the order in which they are written, each once.
struct Set<'a>(&'a Selector);

impl Display for Set<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        for (i, Spanned { value, .. }) in self.0.iter().enumerate() {
            if self.0[..i].iter().any(|before| before.value == *value) {
                continue;
            }
            if i > 0 {
                f.write_str("|")?;
            }
            value.fmt(f)?;
        }
        Ok(())
    }
}

impl Display for Codes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::One(code) => code.fmt(f),
            Self::Range(first, last) => write!(f, "{first}..{last}"),
            Self::Hundred(digit) => {
                digit.fmt(f)?;
                f.write_str("xx")
            }
            Self::Ten(digits) => {
                digits.fmt(f)?;
                f.write_str("x")
            }
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Display for Hold {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let over: Minutes = self.over;
        match self.needed {
            Some(needed) => write!(f, "{needed} of {over}"),
            None => over.fmt(f),
        }
    }
}

impl Display for Aggregate {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Avg => "avg",
            Self::Sum => "sum",
            Self::Min => "min",
            Self::Max => "max",
            Self::Median => "median",
            Self::Stddev => "stddev",
            Self::Change => "change",
            Self::Percentile(rank) => return write!(f, "p{rank}"),
        })
    }
}

impl Display for Operator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
        })
    }
}

impl Display for Comparator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        })
    }
}
