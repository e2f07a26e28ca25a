//! What is said of types that do not go together: each case with its own advice.

use super::graph::Graph;
use super::names::Names;
use super::ratio::{divided_codes, divided_name, factor, proportion_of};
use crate::diag::{Code, Diagnostic, Span};
use crate::lang::ast::{Expr, Kind, Operator};
use crate::lang::program::Type;
use crate::lang::words;
use crate::unit::{Decimal, Minutes};

/// `502 or 503`: nothing but codes where conditions must stand.
pub(super) fn joined_codes(whole: &Expr, parts: &[Expr]) -> Diagnostic {
    let codes: Vec<String> = parts.iter().map(ToString::to_string).collect();
    let codes = codes.join("|");
    mismatch(
        whole.span,
        "codes are joined by `|`, and conditions by `and` and `or`",
    )
    .help(format!("write `{codes}`"))
}

/// A value where a condition must stand.
pub(super) fn no_condition(expr: &Expr, of: Type) -> Diagnostic {
    let than = if of == Type::Number { "50" } else { "10%" };
    let message = format!("`{expr}` is {}, not a condition", article(of));
    mismatch(expr.span, message).help(format!("compare it: `{expr} > {than}`"))
}

/// A condition where a value must stand.
pub(super) fn no_value(expr: &Expr, taker: &str) -> Diagnostic {
    let message = format!("`{taker}` takes a value, and `{expr}` is a condition");
    let help = match taker {
        "-" => format!("write `not {expr}`"),
        "offset" => "put `offset` behind the values inside the condition".to_owned(),
        _ => "to hold a condition for a time, write for example `(…) for 3 of 5m`".to_owned(),
    };
    mismatch(expr.span, message).help(help)
}

/// A name that is not of just codes, where codes must stand.
pub(super) fn no_codes(name: &str, span: Span) -> Diagnostic {
    let message = format!("`{name}` is not a name of status codes");
    mismatch(span, message).help("only codes can stand here, such as `502|503` or a name of them")
}

/// A name that does not exist, with the one of these that was meant, if it is still sought.
pub(super) fn unknown_name(name: &str, span: Span, names: &Names, graph: &mut Graph) -> Diagnostic {
    let message = format!("there is no name `{name}`");
    let fault = Diagnostic::new(Code::UnknownName, span, message);
    // `nodata` and `no_traffic` are two words here.
    let joined = name
        .strip_prefix("no")
        .map(|rest| rest.trim_start_matches('_'));
    if let Some(word) = joined.filter(|word| matches!(*word, "data" | "traffic")) {
        let meant = format!("no {word}");
        return fault.help(format!("write `{meant}`")).fix(span, meant);
    }
    let sought = graph.seeks().then_some(names);
    let near = sought.and_then(|names| names.nearest(name));
    if let Some(help) = foreign_name(name).filter(|_| near.is_none()) {
        return fault.help(help);
    }
    // Of the words of the language only this one stands where a name does.
    let word = || words::nearest(name, sought.map(|_| "requests"));
    match near.or_else(word) {
        Some(meant) => {
            let fault = if names.is_only_nearest(name, meant) && names.get(meant).is_some() {
                fault.fix(span, meant)
            } else {
                fault
            };
            fault.help(format!("write `{meant}`, or define `{name}` under `let:`"))
        }
        None => fault.help(format!("define `{name}` under `let:`")),
    }
}

/// Returns what to write for what other languages call status codes, or failures.
fn foreign_name(name: &str) -> Option<String> {
    Some(match name {
        "status" | "code" | "status_code" | "http_status" | "http_code" | "http_status_code" => {
            "status codes stand by themselves: write for example `5xx > 10%`, or `500..504 > 10%`"
                .to_owned()
        }
        "error" | "errors" | "error_rate" | "failures" | "failure_rate" => {
            format!("write the codes, for example `5xx > 10%`, or define `{name}` under `let:`")
        }
        _ => return None,
    })
}

/// A reach beyond the limit.
pub(super) fn reach(span: Span, reach: u32, most: u32) -> Diagnostic {
    let days = |minutes| Minutes::new(minutes).map_or_else(String::new, |m| m.to_string());
    let message = format!(
        "this looks back {}, further than {}",
        days(reach),
        days(most)
    );
    Diagnostic::new(Code::Duration, span, message)
        .help("windows and offsets that lie within each other add up: shorten one of them")
}

/// A comparison of what is not of one type.
pub(super) fn compared(whole: &Expr, sides: [(&Expr, Type); 2], names: &Names) -> Diagnostic {
    for (side, of) in sides {
        if of == Type::Condition {
            let message = format!("`{side}` is a condition: it cannot be compared");
            return mismatch(whole.span, message)
                .help("join conditions with `and`, `or` and `not`");
        }
    }
    let [a, b] = sides;
    let message = format!("{} is compared with {}", article(a.1), article(b.1));
    mixed(mismatch(whole.span, message), a, b, names)
}

/// An operator between what it does not take.
pub(super) fn arithmetic(
    whole: &Expr,
    operator: Operator,
    sides: [(&Expr, Type); 2],
    names: &Names,
) -> Diagnostic {
    let [a, b] = sides;
    for (side, of) in sides {
        if of == Type::Condition {
            let message = format!("`{operator}` takes values, and `{side}` is a condition");
            return mismatch(side.span, message).help("join conditions with `and`, `or` and `not`");
        }
    }
    match operator {
        Operator::Multiply => {
            let fault = mismatch(whole.span, "this multiplies two proportions");
            match [a.0, b.0].into_iter().find_map(Expr::one_code) {
                Some(code) => fault.help(format!(
                    "`{code}` is a status code here; the number is `{code}.0`"
                )),
                None => fault.help("multiply by a plain number, such as `2` or `0.5`"),
            }
        }
        Operator::Divide => {
            let fault = mismatch(whole.span, "this divides a number by a proportion");
            status_code(&fault, [a.0, b.0]).unwrap_or_else(|| {
                fault.help("divide by a plain number, or a proportion by a proportion")
            })
        }
        Operator::Add | Operator::Subtract => {
            let verb = if operator == Operator::Add {
                "is added to"
            } else {
                "is subtracted from"
            };
            let (first, second) = if operator == Operator::Add {
                (a, b)
            } else {
                (b, a)
            };
            let message = format!("{} {verb} {}", article(first.1), article(second.1));
            mixed(mismatch(whole.span, message), a, b, names)
        }
    }
}

/// The advice for a proportion beside a number.
fn mixed(fault: Diagnostic, a: (&Expr, Type), b: (&Expr, Type), names: &Names) -> Diagnostic {
    let (proportion, number) = if a.1 == Type::Proportion {
        (a.0, b.0)
    } else {
        (b.0, a.0)
    };
    // Beside a number that stands there for itself, codes are codes: `502 + 503 > 10`.
    let is_level = matches!(number.value, Kind::Number(_));
    if !is_level && let Some(fault) = status_code(&fault, [proportion, proportion]) {
        return fault;
    }
    match (&number.value, &proportion.value) {
        (Kind::Number(value), Kind::Proportion(_)) => fault.help(format!(
            "`{value}` is a plain number; if a status code is meant, these are 100 to 599"
        )),
        (Kind::Number(value), _) => {
            if let Some((code, span)) = code_in_literals(proportion).filter(|_| has_number(proportion)) {
                return fault.also(span, "this is a status code").help(format!(
                    "`{code}` is a status code here; the number is `{code}.0`; if the code is meant, write `{value}%`"
                ));
            }
            if let Some(place) = code_as_factor(proportion).filter(|_| !has_number(proportion)) {
                return no_code(&fault, place);
            }
            let fault = fault.also(number.span, "this has no unit");
            if let Some(whole) = whole_less(proportion) {
                let help = format!("`100` is a status code here: write `100%`, and `{value}%`");
                let fault = fault.also(whole, "this is a status code").help(help);
                return fault.fix(whole, "100%").fix(number.span, format!("{value}%"));
            }
            let fraction = value.checked_mul(Decimal::HUNDRED);
            let is_fraction = Decimal::ZERO < *value && *value < Decimal::ONE;
            if let Some(fraction) = fraction.filter(|_| is_fraction) {
                return fault.help(format!(
                    "`{value}` has no unit: write `{value}%`, or `{fraction}%` if you meant a fraction"
                ));
            }
            let fault = fault.help(format!("`{value}` has no unit: write `{value}%`"));
            // 1 can be a hundredth or the whole, and nothing is above the whole.
            if Decimal::ONE < *value && *value <= Decimal::HUNDRED {
                fault.fix(number.span, format!("{value}%"))
            } else {
                fault
            }
        }
        (Kind::Arithmetic(Operator::Divide, part, whole), Kind::Proportion(value)) => {
            if let Some(codes) = proportion_of(part, whole) {
                return fault.help(format!(
                    "codes are proportions of all responses: write `{codes}` for `{number}`"
                ));
            }
            if let Some(codes) = divided_codes(number) {
                return fault.help(format!(
                    "this divides one proportion by the other: for all codes together write `{codes}`"
                ));
            }
            let fraction = value.checked_div(Decimal::HUNDRED).unwrap_or(*value);
            fault.help(format!("a quotient is a plain number: write `{fraction}`"))
        }
        (Kind::Requests(_), Kind::Proportion(value)) => fault.help(format!(
            "`{number}` is a number of responses: write `{}`, or compare a share, such as `5xx`",
            plain(*value)
        )),
        (_, Kind::Proportion(value)) => fault.help(divided_name(number, names).unwrap_or_else(|| {
            format!("`{number}` is a plain number: write `{}`", plain(*value))
        })),
        _ => fault.help(named(proportion, number, names).or_else(|| factor(proportion)).unwrap_or_else(|| {
            format!(
                "`{proportion}` is a proportion and `{number}` a plain number: both must be the same"
            )
        })),
    }
}

/// Returns what to write in the definition of a name that is one bare integer: `least: 200` is a
/// status code, and `level: 10` has no unit.
fn named(proportion: &Expr, number: &Expr, names: &Names) -> Option<String> {
    let meant = |expr: &Expr| match &expr.value {
        Kind::Name(name) => Some((name.clone(), names.get(name)?.0.clone())),
        _ => None,
    };
    if let Some((name, code)) =
        meant(proportion).and_then(|(name, meant)| Some((name, meant.one_code()?)))
    {
        return Some(format!(
            "`{name}` is the status code {code}; if a number is meant, write `{name}: {code}.0` under `let:`"
        ));
    }
    let (name, level) = meant(number)?;
    let is_number = matches!(level.value, Kind::Number(_));
    is_number.then(|| format!("`{name}` has no unit: write `{name}: {level}%` under `let:`"))
}

/// Returns the advice for a status code that was probably meant as a number, if there is one: it
/// stands among literals in one of the sides.
fn status_code(fault: &Diagnostic, sides: [&Expr; 2]) -> Option<Diagnostic> {
    let place = sides.into_iter().find_map(code_in_literals)?;
    Some(no_code(fault, place))
}

/// Says that a status code is the number that it looks like.
fn no_code(fault: &Diagnostic, (code, span): (u16, Span)) -> Diagnostic {
    let fault = fault.clone().also(span, "this is a status code");
    let fault = fault.fix(span, format!("{code}.0"));
    fault.help(format!(
        "`{code}` is a status code here; the number is `{code}.0`"
    ))
}

/// Returns the status code that values are multiplied with or divided by, as in
/// `100 * requests(5xx) / requests`: nobody means the proportion of a code there.
fn code_as_factor(expr: &Expr) -> Option<(u16, Span)> {
    let Kind::Arithmetic(operator, a, b) = &expr.value else {
        return expr.operands().find_map(code_as_factor);
    };
    let own = [a, b]
        .into_iter()
        .find_map(|side| Some((side.one_code()?, side.span)));
    let own = own.filter(|_| matches!(operator, Operator::Multiply | Operator::Divide));
    own.or_else(|| [a, b].into_iter().find_map(|side| code_as_factor(side)))
}

/// Returns the place of `100` in `100 - 2xx`.
fn whole_less(expr: &Expr) -> Option<Span> {
    match &expr.value {
        Kind::Arithmetic(Operator::Subtract, whole, _) => match &whole.value {
            Kind::Arithmetic(Operator::Subtract, ..) => whole_less(whole),
            _ => (whole.one_code() == Some(100)).then_some(whole.span),
        },
        _ => None,
    }
}

/// Whether a plain number stands in a value.
fn has_number(expr: &Expr) -> bool {
    matches!(expr.value, Kind::Number(_)) || expr.operands().any(has_number)
}

fn code_in_literals(expr: &Expr) -> Option<(u16, Span)> {
    match &expr.value {
        Kind::Arithmetic(_, a, b) => code_of(a).or_else(|| code_of(b)),
        Kind::Negative(of) => code_of(of),
        _ => None,
    }
}

fn code_of(expr: &Expr) -> Option<(u16, Span)> {
    match expr.one_code() {
        Some(code) => Some((code, expr.span)),
        None => code_in_literals(expr),
    }
}

/// Writes a plain number so that it cannot be taken for a status code.
pub(super) fn plain(value: Decimal) -> Expr {
    Expr {
        value: Kind::Number(value),
        span: Span::default(),
    }
}

fn mismatch(span: Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new(Code::TypeMismatch, span, message)
}

fn article(of: Type) -> &'static str {
    match of {
        Type::Proportion => "a proportion",
        Type::Number => "a plain number",
        Type::Condition => "a condition",
    }
}
