//! A rule with other thresholds and holds: all its variants, in one program.

use std::sync::Arc;

use crate::diag::Diagnostic;
use crate::engine::Rule;
use crate::lang::ast::{Codes, Expr, Hold, Kind, When};
use crate::lang::program::Type;
use crate::lang::{Compiler, Names, Program};
use crate::unit::{Decimal, GlobList, Minutes, Severity};

/// A threshold: its number, and its unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Threshold {
    /// In percent.
    Percent(Decimal),
    /// As it is.
    Number(Decimal),
}

/// One variant of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    /// What the main comparison compares with.
    pub threshold: Option<Threshold>,
    /// How long it must hold; `None` is not at all.
    pub hold: Option<Minutes>,
}

/// Why a rule has no variants.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SweepFault {
    /// No comparison with a constant.
    #[error("its condition compares with no plain number that could be changed")]
    NoConstant,
    /// A threshold of another unit.
    #[error("it compares with {written}, and the range is {wanted}")]
    Unit {
        /// What the rule has.
        written: String,
        /// What was asked for.
        wanted: &'static str,
    },
    /// A variant that does not compile.
    #[error("{0}")]
    Condition(String),
}

impl std::fmt::Display for Threshold {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Percent(value) => write!(f, "{value}%"),
            Self::Number(value) => write!(f, "{value}"),
        }
    }
}

/// Returns what a condition has now: the constant of its main comparison, and its outermost hold.
pub fn written(when: &When, names: &Names) -> Variant {
    let mut condition = when.condition.clone();
    Variant {
        threshold: constant(&mut condition, names).and_then(|of| threshold_of(&of.value)),
        hold: hold(&mut condition).map(|hold| hold.over),
    }
}

/// Returns a condition with another threshold and hold; what the variant leaves open stays.
///
/// # Errors
///
/// [`SweepFault::NoConstant`] and [`SweepFault::Unit`].
pub fn varied(when: &When, variant: Variant, names: &Names) -> Result<When, SweepFault> {
    let mut when = when.clone();
    if let Some(threshold) = variant.threshold {
        let constant = constant(&mut when.condition, names).ok_or(SweepFault::NoConstant)?;
        let is_percent = matches!(threshold_of(&constant.value), Some(Threshold::Percent(_)));
        constant.value = match threshold {
            Threshold::Percent(value) if is_percent => Kind::Proportion(value),
            Threshold::Number(value) if !is_percent => Kind::Number(value),
            Threshold::Percent(_) | Threshold::Number(_) => {
                let written = threshold_of(&constant.value);
                return Err(SweepFault::Unit {
                    written: written.map_or_else(String::new, |of| of.to_string()),
                    wanted: if is_percent {
                        "without `%`"
                    } else {
                        "in percent"
                    },
                });
            }
        };
    }
    if let Some(over) = variant.hold {
        if let Some(hold) = hold(&mut when.condition) {
            // `3 of 5m` over 10 minutes is `6 of 10m`.
            let (before, now) = (u64::from(hold.over.get()), u64::from(over.get()));
            hold.needed = hold.needed.map(|needed| {
                let needed = (u64::from(needed) * now).div_ceil(before).clamp(1, now);
                u32::try_from(needed).unwrap_or(over.get())
            });
            hold.over = over;
        } else {
            let condition = Box::new(when.condition.clone());
            let needed = None;
            when.condition.value = Kind::For(condition, Hold { needed, over });
        }
    }
    Ok(when)
}

/// Compiles all variants of one severity of a rule into one program, in which what they have in
/// common stands once. Each is a rule that is named by its place.
///
/// # Errors
///
/// A [`SweepFault`].
pub fn compile(
    (severity, when): (Severity, &When),
    (domains, names): (&GlobList, &Names),
    on_unknown: crate::engine::OnUnknown,
    variants: &[Variant],
) -> Result<(Program, Vec<Rule>), SweepFault> {
    let mut compiler = Compiler::default();
    let mut rules = Vec::with_capacity(variants.len());
    for (place, variant) in variants.iter().enumerate() {
        let tiers = [(severity, varied(when, *variant, names)?)];
        let told = |faults: Vec<(usize, Diagnostic)>| {
            let fault = faults.into_iter().next();
            SweepFault::Condition(fault.map(|(_, fault)| fault.message).unwrap_or_default())
        };
        rules.push(Rule {
            name: place.to_string(),
            domains: domains.clone(),
            on_unknown,
            compiled: Arc::new(compiler.rule(&tiers, names).map_err(told)?),
        });
    }
    Ok((compiler.finish(), rules))
}

fn threshold_of(value: &Kind) -> Option<Threshold> {
    match value {
        Kind::Proportion(value) => Some(Threshold::Percent(*value)),
        Kind::Number(value) => Some(Threshold::Number(*value)),
        _ => None,
    }
}

/// Finds the constant of the main comparison, the first one, guards left out, and makes one number of it.
fn constant<'a>(expr: &'a mut Expr, names: &Names) -> Option<&'a mut Expr> {
    match &mut expr.value {
        Kind::For(of, _) | Kind::Given(of, _) | Kind::Not(of) => constant(of, names),
        Kind::And(parts) | Kind::Or(parts) => {
            parts.iter_mut().find_map(|part| constant(part, names))
        }
        Kind::Comparison(_, a, b) => {
            if let Some(value) = number(b, a, names) {
                b.value = value;
                return Some(&mut **b);
            }
            let value = number(a, b, names)?;
            a.value = value;
            Some(&mut **a)
        }
        _ => None,
    }
}

/// Returns the number that a side of a comparison is, if it is one: also a negative one, and a bare status code
/// beside a number, which is no code there.
fn number(side: &Expr, other: &Expr, names: &Names) -> Option<Kind> {
    match &side.value {
        Kind::Proportion(value) => Some(Kind::Proportion(*value)),
        Kind::Number(value) => Some(Kind::Number(*value)),
        Kind::Negative(of) => match number(of, other, names)? {
            Kind::Proportion(value) => Some(Kind::Proportion(-value)),
            Kind::Number(value) => Some(Kind::Number(-value)),
            _ => None,
        },
        Kind::Selector(members) => {
            let [only] = members.as_slice() else {
                return None;
            };
            let Codes::One(code) = only.value else {
                return None;
            };
            let (_, of) = Compiler::default().expr(other, names).ok()?;
            let value = Decimal::from_integer(i64::from(code))?;
            (of == Type::Number).then_some(Kind::Number(value))
        }
        _ => None,
    }
}

/// Finds the outermost hold of the main part.
fn hold(expr: &mut Expr) -> Option<&mut Hold> {
    match &mut expr.value {
        Kind::For(_, hold) => Some(hold),
        Kind::Given(of, _) | Kind::Not(of) => hold(of),
        Kind::And(parts) | Kind::Or(parts) => parts.iter_mut().find_map(hold),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lang::parse_when;

    const NO_NUMBER: &str = "its condition compares with no plain number that could be changed";

    fn changed(text: &str, threshold: Option<Threshold>, hold: Option<&str>) -> String {
        let when = parse_when(text).0.unwrap();
        let hold = hold.map(|hold| hold.parse().unwrap());
        match varied(&when, Variant { threshold, hold }, &Names::default()) {
            Ok(when) => when.to_string(),
            Err(fault) => fault.to_string(),
        }
    }

    #[test]
    fn the_main_comparison_and_its_hold_are_changed_and_nothing_else() {
        let seven = Some(Threshold::Percent("7.5".parse().unwrap()));
        let number = Some(Threshold::Number("7".parse().unwrap()));
        for (text, threshold, hold, expected) in [
            (
                "5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m",
                seven,
                Some("10m"),
                "5xx > 7.5% given requests >= 50 for 10m until 5xx < 5% for 5m",
            ),
            ("5xx > 10%", seven, Some("2m"), "5xx > 7.5% for 2m"),
            (
                "5xx > 10% for 3 of 5m",
                None,
                Some("10m"),
                "5xx > 10% for 6 of 10m",
            ),
            ("10% < 5xx", seven, None, "7.5% < 5xx"),
            (
                "(5xx > 4xx and 5xx > 1%) given requests > 9",
                seven,
                None,
                "(5xx > 4xx and 5xx > 7.5%) given requests > 9",
            ),
            (
                "burn(5xx over 1h, 99.9%) > 14.4",
                number,
                None,
                "burn(5xx over 1h, 99.9%) > 7",
            ),
            (
                "5xx > 10%",
                number,
                None,
                "it compares with 10%, and the range is without `%`",
            ),
            (
                "requests(5xx) > 200 for 2m",
                number,
                None,
                "requests(5xx) > 7 for 2m",
            ),
            ("200 < requests", number, None, "7 < requests"),
            ("5xx > 200", seven, None, NO_NUMBER),
            (
                "change(5xx over 10m) < -20%",
                seven,
                None,
                "change(5xx over 10m) < 7.5%",
            ),
            ("no data for 5m", seven, None, NO_NUMBER),
        ] {
            assert_eq!(changed(text, threshold, hold), expected, "{text}");
        }
    }

    #[test]
    fn what_is_written_is_found() {
        let when = parse_when("5xx > 10% given requests >= 50 for 3m")
            .0
            .unwrap();
        let now = written(&when, &Names::default());
        assert_eq!(now.threshold.unwrap().to_string(), "10%");
        assert_eq!(now.hold.unwrap().to_string(), "3m");
        for (text, threshold) in [
            ("requests > 200", "200"),
            ("change(5xx over 10m) < -20%", "-20%"),
        ] {
            let when = parse_when(text).0.unwrap();
            let now = written(&when, &Names::default());
            assert_eq!(now.threshold.unwrap().to_string(), threshold);
        }
    }

    #[test]
    fn a_negative_threshold_and_one_that_looks_like_a_code_are_tried() {
        for (text, threshold) in [
            (
                "change(5xx over 10m) < -20%",
                Threshold::Percent("-30".parse().unwrap()),
            ),
            (
                "requests(5xx) > 200",
                Threshold::Number("500".parse().unwrap()),
            ),
        ] {
            let when = parse_when(text).0.unwrap();
            let variant = Variant {
                threshold: Some(threshold),
                hold: None,
            };
            let about = (&GlobList::all(), &Names::default());
            let (program, _) = compile(
                (Severity::Warning, &when),
                about,
                crate::engine::OnUnknown::Hold,
                &[variant],
            )
            .unwrap();
            let literal = crate::lang::program::Node::Literal(match threshold {
                Threshold::Percent(value) | Threshold::Number(value) => value,
            });
            assert!(program.nodes.contains(&literal), "{text}");
        }
    }
}
