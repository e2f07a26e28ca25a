//! The value of one expression at each minute.

use super::track::{last_minute, observations};
use crate::engine::{Evaluator, Plan};
use crate::lang::Program;
use crate::lang::program::{NodeId, Type};
use crate::samples::Samples;
use crate::unit::{Decimal, DomainName, Minute};

/// What an expression is worth; `None` is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value {
    /// Of a condition.
    Truth(Option<bool>),
    /// Of anything else.
    Decimal(Option<Decimal>),
}

/// The value at one minute of one domain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evaluated<'a> {
    /// The domain.
    pub domain: &'a DomainName,
    /// The minute.
    pub minute: Minute,
    /// The value.
    pub value: Value,
}

/// Gives `each` the value of an expression, for each domain in ascending order, at each minute
/// from the domain's first to the file's last.
///
/// # Errors
///
/// The first error of `each`, which ends the work.
pub fn eval<E>(
    program: &Program,
    (node, of): (NodeId, Type),
    samples: &Samples,
    mut each: impl FnMut(Evaluated<'_>) -> Result<(), E>,
) -> Result<(), E> {
    let plan = Plan::new(program);
    let Some(last) = last_minute(samples) else {
        return Ok(());
    };
    for (domain, minutes) in samples {
        let mut evaluator = Evaluator::new(&plan);
        for (minute, observation) in observations(minutes, last) {
            evaluator.advance(&plan, observation);
            let value = match of {
                Type::Condition => Value::Truth(evaluator.truth(node)),
                Type::Proportion | Type::Number => Value::Decimal(evaluator.decimal(node)),
            };
            each(Evaluated {
                domain,
                minute,
                value,
            })?;
        }
    }
    Ok(())
}

/// Returns the JSON line of a value, without a line break.
pub fn eval_line(evaluated: &Evaluated<'_>) -> String {
    let domain = serde_json::Value::from(evaluated.domain.as_str());
    let minute = evaluated.minute;
    let value = match evaluated.value {
        Value::Truth(Some(truth)) => truth.to_string(),
        Value::Decimal(Some(decimal)) => format!("\"{decimal}\""),
        Value::Truth(None) | Value::Decimal(None) => "null".to_owned(),
    };
    format!(r#"{{"domain":{domain},"minute":"{minute}","value":{value}}}"#)
}
