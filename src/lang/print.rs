//! The canonical form: what `fmt` writes and what messages quote.
//!
//! It parses back to the tree that was printed. Only the parentheses that are needed are
//! written, but for `(a and b) for 3m` and `(a and b) given g`, where they say what is held.

use std::fmt::{self, Display, Formatter, Write};

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

/// What is written in the canonical form, straight into a text or for `Display`.
pub(super) trait Print {
    /// Writes it.
    fn print(&self, to: &mut impl Write) -> fmt::Result;
}

impl Print for When {
    fn print(&self, to: &mut impl Write) -> fmt::Result {
        self.condition.print(to)?;
        if let Some(until) = &self.until {
            to.write_str(" until ")?;
            until.print(to)?;
        }
        match self.fleet.map(|fleet| fleet.value) {
            Some(Fleet::Count(count)) => write!(to, " on at least {count} domains"),
            Some(Fleet::Proportion(part)) => write!(to, " on at least {part}% of domains"),
            None => Ok(()),
        }
    }
}

impl Print for Expr {
    fn print(&self, to: &mut impl Write) -> fmt::Result {
        match &self.value {
            Kind::Proportion(value) => proportion(*value, to),
            Kind::Number(value) => number(*value, to),
            Kind::Selector(codes) => set(codes, to),
            Kind::Requests(Some(codes)) => call("requests", codes, format_args!(")"), to),
            Kind::Requests(None) => to.write_str("requests"),
            Kind::Name(name) => to.write_str(name),
            Kind::Window {
                aggregate,
                of,
                over,
            } => {
                write!(to, "{aggregate}(")?;
                at(Level::Sum, of, to)?;
                window(*over, to)
            }
            Kind::Share { codes, over } => {
                call("share", &codes.value, format_args!(" over {over})"), to)
            }
            Kind::Burn {
                codes,
                over,
                objective,
            } => {
                let rest = format_args!(" over {over}, {objective}%)");
                call("burn", &codes.value, rest, to)
            }
            Kind::Offset(of, by) => {
                at(Level::Atom, of, to)?;
                write!(to, " offset {by}")
            }
            Kind::Negative(of) => {
                to.write_str("-")?;
                at(Level::Unary, of, to)
            }
            Kind::Arithmetic(operator, a, b) => {
                let (left, right) = match operator {
                    Operator::Add | Operator::Subtract => (Level::Sum, Level::Product),
                    Operator::Multiply | Operator::Divide => (Level::Product, Level::Unary),
                };
                at(left, a, to)?;
                write!(to, " {operator} ")?;
                at(right, b, to)
            }
            Kind::Comparison(comparator, a, b) => {
                at(Level::Sum, a, to)?;
                to.write_str(" ")?;
                to.write_str(comparator.as_str())?;
                to.write_str(" ")?;
                at(Level::Sum, b, to)
            }
            Kind::And(parts) => joined(parts, " and ", Level::Negation, to),
            Kind::Or(parts) => joined(parts, " or ", Level::All, to),
            Kind::Not(of) => {
                to.write_str("not ")?;
                at(Level::Negation, of, to)
            }
            Kind::NoData => to.write_str("no data"),
            Kind::NoTraffic => to.write_str("no traffic"),
            Kind::Given(of, guard) => given(of, guard, Level::Any, to),
            Kind::For(of, hold) => {
                match &of.value {
                    Kind::Given(inner, guard) => given(inner, guard, Level::All, to)?,
                    _ => at(Level::Negation, of, to)?,
                }
                to.write_str(" for ")?;
                hold.print(to)
            }
        }
    }
}

impl Display for When {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print(f)
    }
}

impl Display for Expr {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print(f)
    }
}

/// Writes `of given guard`; the guard gets parentheses if it is looser than `loosest`.
fn given(of: &Expr, guard: &Expr, loosest: Level, to: &mut impl Write) -> fmt::Result {
    at(Level::Negation, of, to)?;
    to.write_str(" given ")?;
    at(loosest, guard, to)
}

fn joined(parts: &[Expr], word: &str, level: Level, to: &mut impl Write) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            to.write_str(word)?;
        }
        at(level, part, to)?;
    }
    Ok(())
}

/// Writes a part where one of the level must stand.
fn at(level: Level, part: &Expr, to: &mut impl Write) -> fmt::Result {
    if level_of(part) < level {
        to.write_str("(")?;
        part.print(to)?;
        to.write_str(")")
    } else {
        part.print(to)
    }
}

/// Writes a function of codes, and the rest of its arguments.
fn call(
    name: &str,
    codes: &Selector,
    rest: fmt::Arguments<'_>,
    to: &mut impl Write,
) -> fmt::Result {
    to.write_str(name)?;
    to.write_str("(")?;
    set(codes, to)?;
    to.write_fmt(rest)
}

/// Writes the members of a selector in the order in which they are written, each once.
fn set(codes: &Selector, to: &mut impl Write) -> fmt::Result {
    for (i, Spanned { value, .. }) in codes.iter().enumerate() {
        if codes[..i].iter().any(|before| before.value == *value) {
            continue;
        }
        if i > 0 {
            to.write_str("|")?;
        }
        value.print(to)?;
    }
    Ok(())
}

// Most numbers are short and whole: these are written without the detour by `Display`, which took
// nearly half of the work for a condition.

fn decimal(value: Decimal, to: &mut impl Write) -> fmt::Result {
    let whole = value.units() / Decimal::ONE.units();
    match u32::try_from(whole) {
        Ok(whole) if value.is_integer() => digits(whole, to),
        _ => write!(to, "{value}"),
    }
}

fn proportion(value: Decimal, to: &mut impl Write) -> fmt::Result {
    decimal(value, to)?;
    to.write_str("%")
}

/// Writes the end of a function over a window.
fn window(over: Minutes, to: &mut impl Write) -> fmt::Result {
    to.write_str(" over ")?;
    minutes(over, to)?;
    to.write_str(")")
}

fn minutes(of: Minutes, to: &mut impl Write) -> fmt::Result {
    if of.get() < 60 {
        digits(of.get(), to)?;
        to.write_str("m")
    } else {
        write!(to, "{of}")
    }
}

fn digits(number: u32, to: &mut impl Write) -> fmt::Result {
    let (above, last) = (number / 10, number % 10);
    if 0 < above {
        digits(above, to)?;
    }
    to.write_char(char::from_digit(last, 10).unwrap_or('0'))
}

/// How long a condition is, more or less.
const BYTES_USUAL: usize = 48;

/// Returns the canonical form.
pub(super) fn text(of: &impl Print) -> String {
    let mut text = String::with_capacity(BYTES_USUAL);
    // A `String` takes all that is written.
    let _ = of.print(&mut text);
    text
}

/// A plain number, written so that it is not read as a status code.
pub(super) struct Number(pub(super) Decimal);

impl Display for Number {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        number(self.0, f)
    }
}

fn number(value: Decimal, to: &mut impl Write) -> fmt::Result {
    let whole = value.units() / Decimal::ONE.units();
    let reads_as_code = value.is_integer() && u16::try_from(whole).is_ok_and(StatusSet::is_code);
    decimal(value, to)?;
    to.write_str(if reads_as_code { ".0" } else { "" })
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

impl Print for Codes {
    fn print(&self, to: &mut impl Write) -> fmt::Result {
        match self {
            Self::One(code) => digits((*code).into(), to),
            Self::Range(first, last) => {
                digits((*first).into(), to)?;
                to.write_str("..")?;
                digits((*last).into(), to)
            }
            Self::Hundred(digit) => {
                digits((*digit).into(), to)?;
                to.write_str("xx")
            }
            Self::Ten(tens) => {
                digits((*tens).into(), to)?;
                to.write_str("x")
            }
            Self::Name(name) => to.write_str(name),
        }
    }
}

impl Display for Codes {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print(f)
    }
}

impl Print for Hold {
    fn print(&self, to: &mut impl Write) -> fmt::Result {
        if let Some(needed) = self.needed {
            digits(needed, to)?;
            to.write_str(" of ")?;
        }
        minutes(self.over, to)
    }
}

impl Display for Hold {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.print(f)
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

impl Comparator {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Equal => "==",
            Self::NotEqual => "!=",
        }
    }
}

impl Display for Comparator {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
