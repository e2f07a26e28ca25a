//! Recorded samples: the JSON lines that `eval`, `backtest` and `export` share.
//!
//! Text in, values out. One line is one minute of one domain; lines come in any order and the
//! last one for a minute holds. An answer of the source's API, saved as it came, is read too.

mod answer;
mod digits;
mod gather;
mod line;
mod quick;
mod reader;
mod scalar;
mod write;

use std::collections::BTreeMap;

use crate::engine::{ParseProportionError, Sample, SampleError};
use crate::unit::{DomainName, Minute, ParseMinuteError};

pub use reader::{Reader, Recordings};
pub use write::{percent, write_line};

/// Samples by domain and minute.
pub type Samples = BTreeMap<DomainName, BTreeMap<Minute, Sample>>;

/// The longest line: a sample of every code there is, with counts, needs a quarter of it.
pub const LINE_BYTES_MAX: usize = 256 * 1024;
/// The largest text that holds saved answers: a day of minutes of every code has a tenth of it.
pub const ANSWERS_BYTES_MAX: usize = 256 * 1024 * 1024;
/// How many faults of a text are told: who has more has one cause.
pub const FAULTS_MAX: usize = 20;
/// The longest name of a domain: RFC 1035, section 2.3.4, with room for a wildcard's dot.
const DOMAIN_BYTES_MAX: usize = 255;

/// What is wrong with a text of samples, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct SamplesError {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong.
    pub kind: SamplesFault,
}

/// What is wrong with one line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SamplesFault {
    /// Not JSON, or not that of a sample.
    #[error("this is no sample: {0}")]
    Json(String),
    /// What the source answered instead of data.
    #[error("this is a refusal of the source, `{0}`, and has no samples")]
    Refused(String),
    /// A line beyond the limit.
    #[error("a line has at most {LINE_BYTES_MAX} bytes")]
    LineTooLong,
    /// Saved answers beyond the limit.
    #[error("a file of saved answers has at most {ANSWERS_BYTES_MAX} bytes")]
    AnswersTooLong,
    /// No name of a domain, or one that is too long.
    #[error("a sample names its domain, in at most {DOMAIN_BYTES_MAX} bytes")]
    Domain,
    /// No minute.
    #[error("`{text}` is no minute: {reason}")]
    Minute {
        /// What stands there, shortened.
        text: String,
        /// Why it is none.
        reason: ParseMinuteError,
    },
    /// No proportion.
    #[error("`{text}` for code `{code}`: {reason}")]
    Proportion {
        /// The code, shortened.
        code: String,
        /// What stands there, shortened.
        text: String,
        /// Why it is none.
        reason: ParseProportionError,
    },
    /// No count.
    #[error("`{text}` for code `{code}`: a count is a whole number")]
    Count {
        /// The code, shortened.
        code: String,
        /// What stands there, shortened.
        text: String,
    },
    /// Codes that are no sample.
    #[error("{0}")]
    Sample(SampleError),
    /// An answer whose points are not a minute apart.
    #[error("the answer's points are {0} s apart; ask for spans short enough for points of 60 s")]
    Interval(String),
}

/// Reads a whole text of JSON lines or saved answers. Blank lines are passed over.
///
/// # Errors
///
/// The faults, at most [`FAULTS_MAX`], each with its line.
pub fn parse(text: &str) -> Result<Samples, Vec<SamplesError>> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut samples = Samples::new();
    let mut faults = Vec::new();
    if text.contains(answer::MARK) {
        answer::parse_all(text, &mut samples, &mut faults);
    } else {
        parse_lines(text, &mut samples, &mut faults);
    }
    if faults.is_empty() {
        Ok(samples)
    } else {
        Err(faults)
    }
}

fn parse_lines(text: &str, samples: &mut Samples, faults: &mut Vec<SamplesError>) {
    for (at, line) in text.lines().enumerate() {
        if line.trim().is_empty() {
            continue;
        }
        if let Err(kind) = take_line(line, samples) {
            faults.push(SamplesError { line: at + 1, kind });
            if FAULTS_MAX <= faults.len() {
                return;
            }
        }
    }
}

/// Reads one line and takes its sample in: for who reads a file too large to hold as text.
///
/// # Errors
///
/// What is wrong with the line, which then changes nothing.
pub fn take_line(line: &str, samples: &mut Samples) -> Result<(), SamplesFault> {
    if LINE_BYTES_MAX < line.len() {
        return Err(SamplesFault::LineTooLong);
    }
    let (domain, minute, sample) = line::parse(line)?;
    keep(samples, &domain, minute, sample)
}

/// Takes a sample in, unless its domain has no proper name.
fn keep(
    samples: &mut Samples,
    domain: &str,
    minute: Minute,
    sample: Sample,
) -> Result<(), SamplesFault> {
    if domain.trim().is_empty() || DOMAIN_BYTES_MAX < domain.len() {
        return Err(SamplesFault::Domain);
    }
    if let Some(minutes) = samples.get_mut(domain) {
        minutes.insert(minute, sample);
    } else {
        let minutes = samples.entry(DomainName::from(domain)).or_default();
        minutes.insert(minute, sample);
    }
    Ok(())
}

/// How much of what stands in a file a message repeats, in characters.
const QUOTED_MAX: usize = 64;

/// Returns a text of a file, short and on one line.
fn quoted(text: &str) -> String {
    let plain = |c: char| if c.is_control() { ' ' } else { c };
    text.chars().take(QUOTED_MAX).map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::unit::StatusSet;

    fn only(text: &str) -> Sample {
        let samples = parse(text).unwrap();
        let (_, minutes) = samples.first_key_value().unwrap();
        minutes.first_key_value().unwrap().1.clone()
    }

    fn line(rest: &str) -> String {
        format!(r#"{{"domain":"a","minute":"2026-11-22T10:00:00Z",{rest}}}"#)
    }

    fn faults(text: &str) -> Vec<String> {
        let faults = parse(text).unwrap_err();
        faults.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn strings_and_numbers_mean_the_same() {
        let text = line(r#""codes":{"200":"95.5","502":"4.5"},"counts":{"200":955,"502":45}"#);
        let numbers = line(r#""codes":{"200":95.5,"502":4.5},"counts":{"200":"955","502":"45"}"#);
        assert_eq!(only(&text), only(&numbers));
        assert_eq!(only(&text).requests(), Some(1000));
    }

    #[test]
    fn a_line_is_written_as_it_is_read() {
        for rest in [
            r#""codes":{"200":"95.5","502":"4.5"},"counts":{"200":955,"502":45}"#,
            r#""codes":{}"#,
            r#""codes":{"200":"33.333333333333336","-":"66.666666666666664"}"#,
            r#""codes":{"200":"100.0000001","404":"-0.0000001"}"#,
        ] {
            let samples = parse(&line(rest)).unwrap();
            let (domain, minutes) = samples.first_key_value().unwrap();
            let (minute, sample) = minutes.first_key_value().unwrap();
            let written = write_line(domain, *minute, sample);
            assert_eq!(parse(&written).unwrap(), samples, "{written}");
        }
        let codes = r#""codes":{"x":"50","y":"50"},"counts":{"x":1,"y":2}"#;
        let samples = parse(&line(codes)).unwrap();
        let written = write_line(
            &"a".into(),
            Minute::from_epoch(0).unwrap(),
            &only(&line(codes)),
        );
        assert_eq!(only(&written), only(&line(codes)), "{written} {samples:?}");
    }

    #[test]
    fn a_count_of_a_code_without_a_proportion_counts() {
        let sample = only(&line(
            r#""codes":{"500":"100"},"counts":{"500":99,"200":1}"#,
        ));
        assert_eq!(sample.requests(), Some(100));
        assert!(!only(&line(r#""codes":{},"counts":{"200":0}"#)).has_codes());
    }

    #[test]
    fn a_code_with_a_nought_before_it_is_no_code_and_counts_in_the_whole() {
        let sample = only(&line(
            r#""codes":{"502":"7","0502":"5","200":"88"},"counts":{"502":7,"0502":5,"200":88}"#,
        ));
        assert_eq!(sample.requests(), Some(100));
        assert_eq!(
            sample.requests_of(&StatusSet::range(500, 599)),
            Some(7),
            "{sample:?}"
        );
    }

    #[test]
    fn the_last_line_for_a_minute_holds_and_letter_case_is_no_matter() {
        let first = line(r#""codes":{"200":"100"}"#);
        let second = first.replace("\"a\"", "\"A\"").replace("200", "502");
        let samples = parse(&format!("{first}\n\n{second}\r\n")).unwrap();
        assert_eq!(samples.len(), 1);
        assert_eq!(
            only(&format!("{first}\n{second}")).parts()[0].code,
            Some(502)
        );
    }

    #[test]
    fn every_fault_names_its_line() {
        let good = line(r#""codes":{}"#);
        let text = [
            good.clone(),
            line(r#""codes":{"200":"101"}"#),
            good.replace("10:00:00Z", "10:00:01Z"),
            line(r#""codes":{"200":true}"#),
            line(r#""codes":{"200":"1"},"counts":{"200":-1}"#),
            "x".to_owned(),
            good.replace("\"a\"", "\"\""),
            good.replace(r#""codes":{}"#, r#""other":{}"#),
            format!("{good}{}", " ".repeat(LINE_BYTES_MAX)),
        ]
        .join("\n");
        let told = faults(&text);
        let starts: Vec<&str> = told.iter().map(|fault| &fault[..7]).collect();
        assert_eq!(
            starts,
            [
                "line 2:", "line 3:", "line 4:", "line 5:", "line 6:", "line 7:", "line 8:",
                "line 9:"
            ],
            "{told:?}"
        );
        assert_eq!(
            told[0],
            "line 2: `101` for code `200`: a proportion lies between 0 and 100"
        );
    }

    #[test]
    fn a_line_that_is_something_else_is_told_what_a_sample_is() {
        let told = faults("\"id\"\n").join("\n");
        assert!(told.contains("expected an object with `domain`"), "{told}");
        let refusal =
            r#"{"RequestId":"1","Code":"Throttling.User","Message":"Request was denied."}"#;
        let told = faults(refusal).join("\n");
        assert_eq!(
            told,
            "line 1: this is a refusal of the source, `Throttling.User`, and has no samples"
        );
    }

    #[test]
    fn a_file_of_faults_tells_only_the_first() {
        assert_eq!(faults(&"x\n".repeat(1_000)).len(), FAULTS_MAX);
        let deep = "[".repeat(100_000);
        assert_eq!(faults(&deep).len(), 1);
    }

    #[test]
    fn a_saved_answer_is_read() {
        let answer = r#"{
  "DomainName": "A.example.com", "DataInterval": "60", "RequestId": "R",
  "RealTimeSrcHttpCodeData": {"UsageData": [
    {"TimeStamp": "2026-11-22T10:01:00Z", "Value": {}},
    {"TimeStamp": "2026-11-22T10:00:00Z", "Value": {"RealTimeSrcCodeProportionData": [
      {"Code": "200", "Proportion": "90", "Count": "9"},
      {"Code": 502, "Proportion": 10.0, "Count": 1}]}}]}}
"#;
        let samples = parse(answer).unwrap();
        let minutes = &samples["a.example.com"];
        assert_eq!(minutes.len(), 2);
        let sample = minutes.first_key_value().unwrap().1;
        assert_eq!(sample.requests(), Some(10));
        let mixed = format!("{}\n{answer}", line(r#""codes":{}"#));
        assert_eq!(parse(&mixed).unwrap().len(), 2);
        let told = faults(&answer.replace("10.0", "110.0"));
        assert_eq!(
            told,
            ["line 5: `110` for code `502`: a proportion lies between 0 and 100"]
        );
        let told = faults(&answer.replace("\"60\"", "\"300\""));
        assert!(told[0].contains("300 s apart"), "{told:?}");
        let told = faults(&answer.replace("\"DomainName\": \"A.example.com\",", ""));
        assert!(told[0].contains("names its domain"), "{told:?}");
        assert_eq!(faults(&format!("{answer}{{")).len(), 1);
    }

    #[test]
    fn a_fault_after_saved_answers_is_at_its_own_line() {
        let text = "{\"RealTimeSrcHttpCodeData\":{}}\n\n!";
        let lines: Vec<usize> = parse(text).unwrap_err().iter().map(|f| f.line).collect();
        assert_eq!(lines.last(), Some(&3), "{lines:?}");
    }
}
