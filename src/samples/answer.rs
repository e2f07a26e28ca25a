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
                let source = &text[start..documents.byte_offset()];
                take_answer(&document, source, samples)
            }
            Ok(_) => {
                take_line(&text[start..documents.byte_offset()], samples).map_err(|kind| (0, kind))
            }
            Err(error) => {
                // It counts from the text's beginning, whatever was read before.
                let line = error.line().max(1);
                let kind = SamplesFault::Json(reason(&error));
                faults.push(SamplesError { line, kind });
                return;
            }
        };
        if let Err((offset, kind)) = outcome {
            let line = line_of(text, start + offset);
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

/// Takes in every point; a fault comes with its place in the answer's text.
fn take_answer(
    answer: &Value,
    source: &str,
    samples: &mut Samples,
) -> Result<(), (usize, SamplesFault)> {
    let interval = answer.get("DataInterval").and_then(scalar);
    if let Some(seconds) = interval.filter(|text| !text.is_empty() && text != "60") {
        return Err((0, SamplesFault::Interval(quoted(&seconds))));
    }
    let domain = answer.get("DomainName").and_then(scalar);
    let domain = domain.unwrap_or_default();
    for point in list(answer.pointer("/RealTimeSrcHttpCodeData/UsageData")) {
        take_point(&domain, point, samples).map_err(|kind| (place_of(point, source), kind))?;
    }
    Ok(())
}

fn take_point(domain: &str, point: &Value, samples: &mut Samples) -> Result<(), SamplesFault> {
    let time = point.get("TimeStamp").and_then(scalar).unwrap_or_default();
    let minute = parse_minute(&time)?;
    let parts = list(point.pointer("/Value/RealTimeSrcCodeProportionData"))
        .map(part)
        .collect::<Result<_, _>>()?;
    let sample = Sample::new(parts).map_err(SamplesFault::Sample)?;
    keep(samples, domain, minute, sample)
}

/// Returns where a point's time stands in the answer's text, or its start.
fn place_of(point: &Value, source: &str) -> usize {
    let time = point.get("TimeStamp").map(Value::to_string);
    let places = time.as_deref().map(|time| source.match_indices(time));
    let is_stamp = |at: &usize| {
        let before = source[..*at].trim_end().strip_suffix(':');
        before.is_some_and(|before| before.trim_end().ends_with("\"TimeStamp\""))
    };
    let mut places = places.into_iter().flatten().map(|(at, _)| at);
    places.find(is_stamp).unwrap_or(0)
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
