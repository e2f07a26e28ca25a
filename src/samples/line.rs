//! One line: one minute of one domain.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Deserialize;

use super::scalar::Scalar;
use super::{SamplesFault, quoted};
use crate::engine::{Part, Proportion, Sample};
use crate::unit::{Minute, StatusSet};

#[derive(Deserialize)]
#[serde(expecting = "an object with `domain`")]
struct Line<'a> {
    #[serde(borrow)]
    domain: Cow<'a, str>,
    #[serde(borrow)]
    minute: Cow<'a, str>,
    #[serde(borrow)]
    codes: BTreeMap<Scalar<'a>, Scalar<'a>>,
    #[serde(borrow)]
    counts: Option<BTreeMap<Scalar<'a>, Scalar<'a>>>,
}

/// Returns that a text is a refusal of the source, saved as its answers are, if it is.
fn refusal(text: &str) -> Option<SamplesFault> {
    let answer: serde_json::Value = serde_json::from_str(text).ok()?;
    let code = answer.get("Code")?.as_str()?;
    answer.get("Message")?;
    Some(SamplesFault::Refused(quoted(code)))
}

/// Reads a line.
pub(super) fn parse(text: &str) -> Result<(Cow<'_, str>, Minute, Sample), SamplesFault> {
    let line: Line<'_> = serde_json::from_str(text)
        .map_err(|error| refusal(text).unwrap_or_else(|| SamplesFault::Json(reason(&error))))?;
    let minute = parse_minute(&line.minute)?;
    let counts = line.counts.unwrap_or_default();
    let mut parts = Vec::with_capacity(line.codes.len());
    for (code, proportion) in &line.codes {
        let count = counts.get(code).map(|count| parse_count(&code.0, &count.0));
        parts.push(Part {
            code: parse_code(&code.0),
            proportion: parse_proportion(&code.0, &proportion.0)?,
            count: count.transpose()?,
        });
    }
    for (code, count) in &counts {
        let count = parse_count(&code.0, &count.0)?;
        // A code that is not listed had 0 %; where there are counts, they decide all the same.
        if !line.codes.contains_key(code) && count > 0 {
            parts.push(Part {
                code: parse_code(&code.0),
                proportion: Proportion::default(),
                count: Some(count),
            });
        }
    }
    let sample = Sample::new(parts).map_err(SamplesFault::Sample)?;
    Ok((line.domain, minute, sample))
}

pub(super) fn parse_minute(text: &str) -> Result<Minute, SamplesFault> {
    text.parse().map_err(|reason| SamplesFault::Minute {
        text: quoted(text),
        reason,
    })
}

pub(super) fn parse_proportion(code: &str, text: &str) -> Result<Proportion, SamplesFault> {
    text.parse().map_err(|reason| SamplesFault::Proportion {
        code: quoted(code),
        text: quoted(text),
        reason,
    })
}

pub(super) fn parse_count(code: &str, text: &str) -> Result<u64, SamplesFault> {
    text.parse().map_err(|_| SamplesFault::Count {
        code: quoted(code),
        text: quoted(text),
    })
}

/// Returns the code, or `None` for what is no number from 100 to 599. One with more digits, `0502`, is none: it
/// must not take the place of `502` beside it.
pub(super) fn parse_code(text: &str) -> Option<u16> {
    let is_number = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
    let code = text.parse().ok().filter(|_| is_number)?;
    StatusSet::is_code(code).then_some(code)
}

/// Returns why JSON cannot be read, without the line, which is always the first.
pub(super) fn reason(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.find(" at line ").unwrap_or(text.len());
    quoted(&text[..end])
}
