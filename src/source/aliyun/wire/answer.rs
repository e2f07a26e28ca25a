//! The minutes of one domain.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};

use super::loose::{Loose, LooseList, Scalar};
use super::{ApiError, WireError, read};
use crate::engine::{Part, Proportion, SAMPLE_PARTS_MAX, Sample};
use crate::source::{FaultySample, MinuteRange};
use crate::unit::{Minute, StatusSet};

/// What an answer says of a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parsed {
    /// The domain that the answer names, if it does.
    pub domain: Option<String>,
    /// The samples, ascending, each minute once, all within the span.
    pub samples: Vec<(Minute, Sample)>,
    /// What was faulty and is treated as not there; at most 60.
    pub faults: Vec<FaultySample>,
}

/// How many faults of one answer are told: one for each minute of the longest call.
const FAULTS_MAX: usize = 60;
/// The most points of one answer: more than a week of minutes.
const POINTS_MAX: usize = 20_000;
/// How much of a faulty text is quoted, in characters.
const QUOTED_MAX: usize = 64;

/// Reads an answer, or one that was saved as it came.
///
/// Only points within `span` are taken (all, without one). Whether a source's ends are included is
/// not defined, so the minute beside each is left out without a word; others outside are a fault.
/// Of several points for one minute the later one in the answer holds.
///
/// # Errors
///
/// [`WireError::Unreadable`] if it is not such a document, [`WireError::Api`] if it is an error
/// of the API, [`WireError::Interval`] if its points are not minutes.
pub fn parse_answer(body: &[u8], span: Option<MinuteRange>) -> Result<Parsed, WireError> {
    let document: Document = read(body)?;
    // An error may come with the keys of an answer.
    let fault = ApiError::of(&document.code, &document.message, &document.request_id);
    if let Some(fault) = fault {
        return Err(WireError::Api(fault));
    }
    let points = match document.answer {
        Loose::Is(answer) => answer.usage,
        Loose::Empty if document.is_answer() => LooseList::default(),
        Loose::Empty | Loose::Other => {
            let what = "it has no RealTimeSrcHttpCodeData".to_owned();
            return Err(WireError::Unreadable(what));
        }
    };
    let interval = document.interval.text();
    if let Some(seconds) = interval.filter(|seconds| seconds != "60") {
        let seconds = quoted(&seconds);
        return Err(WireError::Interval { seconds });
    }
    let mut parsed = Parsed {
        domain: document.domain.text().map(std::borrow::Cow::into_owned),
        samples: Vec::new(),
        faults: Vec::new(),
    };
    match points.0 {
        Loose::Is(points) => take(points, span, &mut parsed)?,
        Loose::Empty => {}
        Loose::Other => {
            let what = "UsageData is no list".to_owned();
            return Err(WireError::Unreadable(what));
        }
    }
    Ok(parsed)
}

fn take(points: Points, span: Option<MinuteRange>, parsed: &mut Parsed) -> Result<(), WireError> {
    if points.more {
        let what = format!("it has more than {POINTS_MAX} points");
        return Err(WireError::Unreadable(what));
    }
    let mut samples = BTreeMap::new();
    let mut outside = None;
    for point in points.list {
        let minute = match point.minute {
            Ok(minute) => minute,
            Err(what) => {
                note(&mut parsed.faults, None, what);
                continue;
            }
        };
        if let Some(span) = span.filter(|span| minute < span.from || span.to <= minute) {
            if minute != span.to && minute.next() != span.from {
                let (count, _) = outside.get_or_insert((0_usize, minute));
                *count += 1;
            }
            continue;
        }
        match point.sample {
            Ok(sample) => {
                samples.insert(minute, sample);
            }
            Err(what) => {
                let what = format!("{minute}: {what}");
                note(&mut parsed.faults, Some(minute), what);
            }
        }
    }
    parsed.samples = samples.into_iter().collect();
    if let Some((count, first)) = outside {
        // It comes first, as it is of all of the answer.
        let what =
            format!("points lie outside of what was asked for: {count}, the first at {first}");
        let minute = Some(first);
        parsed.faults.truncate(FAULTS_MAX - 1);
        parsed.faults.insert(0, FaultySample { minute, what });
    }
    Ok(())
}

fn note(faults: &mut Vec<FaultySample>, minute: Option<Minute>, what: String) {
    if faults.len() < FAULTS_MAX {
        faults.push(FaultySample { minute, what });
    }
}

/// Returns a text that came from elsewhere, short and on one line.
fn quoted(text: &str) -> String {
    text.chars()
        .take(QUOTED_MAX)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

#[derive(Deserialize)]
struct Document<'a> {
    #[serde(borrow, default, rename = "DomainName")]
    domain: Scalar<'a>,
    #[serde(borrow, default, rename = "DataInterval")]
    interval: Scalar<'a>,
    #[serde(default, rename = "RealTimeSrcHttpCodeData")]
    answer: Loose<UsageData>,
    #[serde(borrow, default, rename = "Code")]
    code: Scalar<'a>,
    #[serde(borrow, default, rename = "Message")]
    message: Scalar<'a>,
    #[serde(borrow, default, rename = "RequestId")]
    request_id: Scalar<'a>,
}

impl Document<'_> {
    /// Whether a document without points is an answer all the same: it names its domain or its
    /// interval.
    fn is_answer(&self) -> bool {
        self.domain.text().is_some() || self.interval.text().is_some()
    }
}

#[derive(Deserialize)]
struct UsageData {
    #[serde(default, rename = "UsageData")]
    usage: LooseList<Points>,
}

/// The points in the order of the answer, up to the limit.
struct Points {
    list: Vec<Point>,
    more: bool,
}

impl<'de> Deserialize<'de> for Points {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PointsVisitor)
    }
}

struct PointsVisitor;

impl<'de> Visitor<'de> for PointsVisitor {
    type Value = Points;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of points")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Points, A::Error> {
        let mut list = Vec::with_capacity(64);
        while list.len() < POINTS_MAX {
            match seq.next_element::<Loose<Point>>()? {
                Some(Loose::Is(point)) => list.push(point),
                Some(Loose::Empty) => {}
                Some(Loose::Other) => list.push(Point {
                    minute: Err("a point is no object".to_owned()),
                    sample: Ok(Sample::default()),
                }),
                None => return Ok(Points { list, more: false }),
            }
        }
        let mut more = false;
        while seq.next_element::<IgnoredAny>()?.is_some() {
            more = true;
        }
        Ok(Points { list, more })
    }
}

/// One minute, or what is faulty about it.
struct Point {
    minute: Result<Minute, String>,
    sample: Result<Sample, String>,
}

impl<'de> Deserialize<'de> for Point {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Fields<'a> {
            #[serde(borrow, default, rename = "TimeStamp")]
            time: Scalar<'a>,
            #[serde(default, rename = "Value")]
            value: Loose<Value>,
        }
        #[derive(Deserialize)]
        struct Value {
            #[serde(default, rename = "RealTimeSrcCodeProportionData")]
            codes: LooseList<Parts>,
        }
        let Fields { time, value } = Fields::deserialize(deserializer)?;
        let codes = match value {
            Loose::Is(value) => value.codes.0,
            Loose::Empty => Loose::Empty,
            Loose::Other => Loose::Other,
        };
        Ok(Self {
            minute: minute(&time),
            sample: match codes {
                Loose::Is(parts) => parts
                    .0
                    .and_then(|parts| Sample::new(parts).map_err(|error| error.to_string())),
                Loose::Empty => Ok(Sample::default()),
                Loose::Other => Err("its codes are no list".to_owned()),
            },
        })
    }
}

fn minute(time: &Scalar) -> Result<Minute, String> {
    let text = time
        .text()
        .ok_or_else(|| "a point has no TimeStamp".to_owned())?;
    text.parse()
        .map_err(|error| format!("the TimeStamp {:?}: {error}", quoted(&text)))
}

/// The codes of one minute, or what is faulty about the first that is.
struct Parts(Result<Vec<Part>, String>);

impl<'de> Deserialize<'de> for Parts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(PartsVisitor)
    }
}

struct PartsVisitor;

impl<'de> Visitor<'de> for PartsVisitor {
    type Value = Parts;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of codes")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Parts, A::Error> {
        let mut parts = Vec::with_capacity(16);
        let fault = loop {
            match seq.next_element::<Loose<Fields>>()? {
                // One more than a sample may have is enough to have it refused.
                Some(_) if parts.len() > SAMPLE_PARTS_MAX => {}
                Some(Loose::Is(fields)) => match fields.part() {
                    Ok(part) => parts.push(part),
                    Err(fault) => break fault,
                },
                Some(Loose::Empty) => {}
                Some(Loose::Other) => break "a code is no object".to_owned(),
                None => return Ok(Parts(Ok(parts))),
            }
        };
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Parts(Err(fault)))
    }
}

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow, default, rename = "Code")]
    code: Scalar<'a>,
    #[serde(borrow, default, rename = "Proportion")]
    proportion: Scalar<'a>,
    #[serde(borrow, default, rename = "Count")]
    count: Scalar<'a>,
}

impl Fields<'_> {
    fn part(&self) -> Result<Part, String> {
        let code = self.code.whole().and_then(|code| u16::try_from(code).ok());
        let code = code.filter(|code| StatusSet::is_code(*code));
        let Some(text) = self.proportion.text() else {
            let code = quoted(&self.code.text().unwrap_or_default());
            return Err(format!("the code {code:?} has no proportion"));
        };
        let proportion = proportion(&text)
            .map_err(|error| format!("the proportion {:?}: {error}", quoted(&text)))?;
        Ok(Part {
            code,
            proportion,
            count: self.count.whole(),
        })
    }
}

/// Reads a proportion; the plain ones, which are nearly all, without allocating.
fn proportion(text: &str) -> Result<Proportion, crate::engine::ParseProportionError> {
    plain_units(text)
        .and_then(Proportion::from_units)
        .map_or_else(|| text.parse(), Ok)
}

/// Returns the 10⁻¹⁵ percent of up to three digits, a point and up to fifteen places.
fn plain_units(text: &str) -> Option<i64> {
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    if whole.is_empty() || whole.len() > 3 || places.is_empty() || places.len() > 15 {
        return None;
    }
    let digits = whole.bytes().chain(places.bytes());
    let mut units = 0_i64;
    for digit in digits {
        if !digit.is_ascii_digit() {
            return None;
        }
        units = units * 10 + i64::from(digit - b'0');
    }
    let missing = u32::try_from(15 - places.len()).ok()?;
    units.checked_mul(10_i64.pow(missing))
}

#[cfg(test)]
#[path = "answer_tests.rs"]
mod tests;
