//! A sample that makes a condition true.

use super::english::line;
use crate::engine::{Part, Proportion, Sample};
use crate::lang::Names;
use crate::lang::ast::When;
use crate::proof::{Answer, Asked, Claim, EFFORT, Witness, decide};
use crate::samples::write_line;
use crate::unit::{Decimal, DomainName, Minute};

/// The domain of an example: RFC 2606, section 3.
const DOMAIN: &str = "www.example.com";
/// Its minute, 2026-01-01T00:00:00Z, as minutes since 1970.
const MINUTE: i64 = 29_453_760;
/// How many units of a written proportion make one of a decimal.
const FINER: i64 = 1_000_000;

/// Looks for a minute that makes a condition fire if every minute is like it, or for a reason why
/// there is none.
pub(super) fn found(when: &When, names: &Names) -> Answer {
    let claim = |expr, asked| Claim { expr, names, asked };
    let mut claims = vec![claim(&when.condition, Asked::True)];
    let until = when.until.as_ref();
    claims.extend(until.map(|until| claim(until, Asked::NotTrue)));
    decide(&claims, EFFORT)
}

/// Writes what was [found](found).
pub(super) fn write(text: &mut String, found: &Answer) {
    match found {
        Answer::Possible(Some(witness)) => {
            line(
                text,
                "example",
                &format!("so if every minute is like this one: {witness}"),
            );
            if let Some(sample) = sample(witness) {
                line(text, "", &sample);
            }
        }
        Answer::Possible(None) => line(
            text,
            "example",
            "none was found among minutes that are all alike; others may do it",
        ),
        Answer::Impossible(reason) => {
            line(
                text,
                "example",
                &format!("there is none: {}", reason.sentence()),
            );
        }
        Answer::GaveUp => line(
            text,
            "example",
            "none was found in the time there is for it",
        ),
    }
}

/// Returns the line of the sample, as `eval` reads it; `None` for a minute without one.
fn sample(witness: &Witness) -> Option<String> {
    let parts = match witness {
        Witness::Codes(parts) => parts.as_slice(),
        Witness::Empty => &[],
        Witness::Absent => return None,
    };
    let parts = parts.iter().map(|part| {
        Some(Part {
            code: part.code,
            proportion: proportion(part.proportion)?,
            count: part.count,
        })
    });
    let sample = Sample::new(parts.collect::<Option<Vec<_>>>()?).ok()?;
    let minute = Minute::from_epoch(MINUTE)?;
    Some(write_line(&DomainName::from(DOMAIN), minute, &sample))
}

fn proportion(percent: Decimal) -> Option<Proportion> {
    Proportion::from_units(percent.units().checked_mul(FINER)?)
}
