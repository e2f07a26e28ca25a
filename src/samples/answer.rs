//! Answers of the source's API, saved as they came.
//!
//! Source: Alibaba Cloud CDN, `DescribeDomainRealTimeSrcHttpCodeData`, response. Its types drift
//! between strings and numbers, and a minute without traffic comes in several forms.

use serde_json::Value;

use super::line::{parse_code, parse_count, parse_minute, parse_proportion, reason};
use super::{
    ANSWERS_BYTES_MAX, FAULTS_MAX, Samples, SamplesError, SamplesFault, keep, line, quoted,
};
use crate::engine::{Part, Sample};

/// By what a text is known to hold an answer.
pub(super) const MARK: &str = "\"RealTimeSrcHttpCodeData\"";

/// Reads a text of answers, among which lines may stand.
pub(super) fn parse_all(text: &str, samples: &mut Samples, faults: &mut Vec<SamplesError>) {
    if ANSWERS_BYTES_MAX < text.len() {
        let kind = SamplesFault::AnswersTooLong;
        faults.push(SamplesError { line: 1, kind });
        return;
    }
    let mut documents = serde_json::Deserializer::from_str(text).into_iter::<Value>();
    loop {
        let rest = &text[documents.byte_offset()..];
        let start = text.len() - rest.trim_start().len();
        let Some(document) = documents.next() else {
            return;
        };
        let outcome = match document {
            Ok(document) if document.get("RealTimeSrcHttpCodeData").is_some() => {
                take_answer(&document, samples)
            }
            Ok(_) => take_line(&text[start..documents.byte_offset()], samples),
            Err(error) => {
                let line = line_of(text, start) + error.line().saturating_sub(1);
                let kind = SamplesFault::Json(reason(&error));
                faults.push(SamplesError { line, kind });
                return;
            }
        };
        if let Err(kind) = outcome {
            let line = line_of(text, start);
            faults.push(SamplesError { line, kind });
            if FAULTS_MAX <= faults.len() {
                return;
            }
        }
    }
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].bytes().filter(|b| *b == b'\n').count() + 1
}

fn take_line(text: &str, samples: &mut Samples) -> Result<(), SamplesFault> {
    let (domain, minute, sample) = line::parse(text)?;
    keep(samples, &domain, minute, sample)
}

fn take_answer(answer: &Value, samples: &mut Samples) -> Result<(), SamplesFault> {
    let interval = answer.get("DataInterval").and_then(scalar);
    if let Some(seconds) = interval.filter(|text| !text.is_empty() && text != "60") {
        return Err(SamplesFault::Interval(quoted(&seconds)));
    }
    let domain = answer
        .get("DomainName")
        .and_then(scalar)
        .unwrap_or_default();
    let points = answer.pointer("/RealTimeSrcHttpCodeData/UsageData");
    for point in list(points) {
        let time = point.get("TimeStamp").and_then(scalar).unwrap_or_default();
        let minute = parse_minute(&time)?;
        let parts = list(point.pointer("/Value/RealTimeSrcCodeProportionData"))
            .map(part)
            .collect::<Result<_, _>>()?;
        let sample = Sample::new(parts).map_err(SamplesFault::Sample)?;
        keep(samples, &domain, minute, sample)?;
    }
    Ok(())
}

fn part(entry: &Value) -> Result<Part, SamplesFault> {
    let text = |key: &str| entry.get(key).and_then(scalar).unwrap_or_default();
    let (code, count) = (text("Code"), text("Count"));
    let count = (!count.is_empty()).then(|| parse_count(&code, &count));
    Ok(Part {
        code: parse_code(&code),
        proportion: parse_proportion(&code, &text("Proportion"))?,
        count: count.transpose()?,
    })
}

/// Returns the entries of a list; anything else has none.
fn list(value: Option<&Value>) -> impl Iterator<Item = &Value> {
    value.and_then(Value::as_array).into_iter().flatten()
}

/// Returns the text of a string or a number. A whole number that is written as a decimal is
/// given as a whole one.
fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) => {
            let text = number.to_string();
            Some(
                text.strip_suffix(".0")
                    .map_or_else(|| text.clone(), str::to_owned),
            )
        }
        Value::Null | Value::Bool(_) | Value::Array(_) | Value::Object(_) => None,
    }
}
