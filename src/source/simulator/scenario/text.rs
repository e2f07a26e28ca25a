//! Scenarios as they are written: YAML in, checked values out.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::Deserialize;

use crate::unit::{DomainName, StatusSet, Timespan};
use crate::yaml;

use super::{
    Answers, Beyond, Fault, Gap, Incident, Late, Order, Requests, Scenario, Share, Skew, Types,
    builtin,
};

/// The longest text of a scenario: some thousand entries.
const TEXT_LEN_MAX: usize = 1 << 20;
/// The most entries of one list. Each is looked at for every minute that is asked for.
const ENTRIES_MAX: usize = 1_000;
/// The most domains of a scenario: more than the source lists on 20 pages.
const DOMAINS_MAX: usize = 10_000;
/// The most codes of an incident or of the background: more than an origin has.
const CODES_MAX: usize = 100;
/// The most requests of a minute: the sum over a merged hour stays far within 64 bits.
const REQUESTS_MAX: u32 = 100_000_000;
/// The longest delay: a day, because the source keeps seven.
const DELAY_MAX: Timespan = Timespan::from_seconds(86_400);
/// The span limits that the source has had, in seconds.
const SPAN_LIMITS: [u32; 2] = [3_600, 86_400];

/// Why a text is no scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}{message}", place(*line, *column))]
pub struct ScenarioError {
    /// What is wrong, and what would be right.
    pub message: String,
    /// The line, from 1; 0 where the whole text is meant.
    pub line: u64,
    /// The column, from 1; 0 where the whole text is meant.
    pub column: u64,
}

pub(super) fn parse(text: &str) -> Result<Scenario, ScenarioError> {
    let whole = |message: &str| ScenarioError {
        message: message.to_owned(),
        line: 0,
        column: 0,
    };
    if text.len() > TEXT_LEN_MAX {
        return Err(whole("a scenario is at most 1 MiB long"));
    }
    if is_blank(text) {
        return Err(whole(
            "the scenario is empty; `{}` is one with every default",
        ));
    }
    yaml::deserialize(text).map_err(|found| ScenarioError {
        message: found.message,
        line: found.line,
        column: found.column,
    })
}

/// Writes a place before what is wrong there; nothing where the whole text is meant.
fn place(line: u64, column: u64) -> String {
    match line {
        0 => String::new(),
        line => format!("line {line}, column {column}: "),
    }
}

fn is_blank(text: &str) -> bool {
    text.lines()
        .map(str::trim)
        .all(|line| line.is_empty() || line.starts_with('#') || line == "---")
}

impl<'de> Deserialize<'de> for Scenario {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = ScenarioText::deserialize(deserializer)?;
        text.check().map_err(serde::de::Error::custom)
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
struct ScenarioText {
    domains: Vec<String>,
    requests: Requests,
    background: Option<Codes>,
    delay: Text<Timespan>,
    revise: bool,
    counts: bool,
    types: Types,
    order: Order,
    end_included: bool,
    span_limit: Text<Timespan>,
    beyond: Beyond,
    clock_skew: Text<Skew>,
    rate: Option<u32>,
    incidents: Vec<Incident>,
    quiet: Vec<Gap>,
    missing: Vec<Gap>,
    late: Vec<Late>,
    faults: Vec<Fault>,
}

impl Default for ScenarioText {
    fn default() -> Self {
        let answers = Answers::DEFAULT;
        Self {
            domains: Vec::new(),
            requests: Requests::DEFAULT,
            background: None,
            delay: Text(answers.delay),
            revise: answers.revise,
            counts: answers.counts,
            types: answers.types,
            order: answers.order,
            end_included: answers.end_included,
            span_limit: Text(answers.span_limit),
            beyond: answers.beyond,
            clock_skew: Text(answers.clock_skew),
            rate: answers.rate,
            incidents: Vec::new(),
            quiet: Vec::new(),
            missing: Vec::new(),
            late: Vec::new(),
            faults: Vec::new(),
        }
    }
}

impl ScenarioText {
    fn check(self) -> Result<Scenario, String> {
        at_most("domains", self.domains.len(), DOMAINS_MAX)?;
        at_most("incidents", self.incidents.len(), ENTRIES_MAX)?;
        at_most("quiet", self.quiet.len(), ENTRIES_MAX)?;
        at_most("missing", self.missing.len(), ENTRIES_MAX)?;
        at_most("late", self.late.len(), ENTRIES_MAX)?;
        at_most("faults", self.faults.len(), ENTRIES_MAX)?;
        if DELAY_MAX < self.delay.0 {
            return Err(format!("`delay` is at most {DELAY_MAX}"));
        }
        if !SPAN_LIMITS.contains(&self.span_limit.0.seconds()) {
            return Err("`span_limit` is 1h, or 24h as in 2019".to_owned());
        }
        if self.rate == Some(0) {
            return Err("`rate` is at least 1 call per second".to_owned());
        }
        let domains = if self.domains.is_empty() {
            builtin::scenario(&[]).domains
        } else {
            let names = self.domains.iter().map(String::as_str);
            names.map(DomainName::from).collect()
        };
        Ok(Scenario {
            domains,
            requests: self.requests,
            background: self
                .background
                .map_or_else(builtin::background, |codes| codes.0),
            answers: Answers {
                delay: self.delay.0,
                revise: self.revise,
                counts: self.counts,
                types: self.types,
                order: self.order,
                end_included: self.end_included,
                span_limit: self.span_limit.0,
                beyond: self.beyond,
                clock_skew: self.clock_skew.0,
                rate: self.rate,
            },
            incidents: self.incidents,
            quiet: self.quiet,
            missing: self.missing,
            late: self.late,
            faults: self.faults,
        })
    }
}

fn at_most(list: &str, len: usize, max: usize) -> Result<(), String> {
    if max < len {
        return Err(format!("`{list}` has at most {max} entries"));
    }
    Ok(())
}

/// A value that is read from its text, whether YAML takes it for a number or not.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Text<T>(pub(super) T);

impl<'de, T> Deserialize<'de> for Text<T>
where
    T: FromStr<Err: fmt::Display>,
{
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let value = text.trim().parse();
        value.map(Self).map_err(serde::de::Error::custom)
    }
}

/// Status codes and how much of the responses has each.
#[derive(Deserialize)]
#[serde(try_from = "BTreeMap<Text<u16>, Text<Share>>")]
pub(super) struct Codes(pub(super) BTreeMap<u16, Share>);

impl TryFrom<BTreeMap<Text<u16>, Text<Share>>> for Codes {
    type Error = String;

    fn try_from(text: BTreeMap<Text<u16>, Text<Share>>) -> Result<Self, String> {
        at_most("codes", text.len(), CODES_MAX)?;
        let codes: BTreeMap<u16, Share> = text
            .into_iter()
            .map(|(code, share)| (code.0, share.0))
            .collect();
        if let Some(code) = codes.keys().find(|code| !StatusSet::is_code(**code)) {
            return Err(format!("{code} is no status code from 100 to 599"));
        }
        let sum: u64 = codes
            .values()
            .map(|share| u64::from(share.millionths()))
            .sum();
        if u64::from(Share::WHOLE.millionths()) < sum {
            return Err("the codes together are more than 100%".to_owned());
        }
        Ok(Self(codes))
    }
}

/// Requests per minute, as they are written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RequestsText {
    night: u32,
    day: u32,
}

impl TryFrom<RequestsText> for Requests {
    type Error = String;

    fn try_from(text: RequestsText) -> Result<Self, String> {
        let RequestsText { night, day } = text;
        if REQUESTS_MAX < night.max(day) {
            return Err(format!("a minute has at most {REQUESTS_MAX} requests"));
        }
        Ok(Self { night, day })
    }
}

#[cfg(test)]
mod tests {
    use super::super::*;

    fn error(text: &str) -> String {
        Scenario::parse(text).unwrap_err().to_string()
    }

    #[test]
    fn an_empty_map_is_a_scenario_with_every_default() {
        let scenario = Scenario::parse("{}").unwrap();
        assert_eq!(scenario.answers, Answers::DEFAULT);
        assert_eq!(scenario.domains.len(), 4);
        assert!(scenario.incidents.is_empty());
    }

    #[test]
    fn every_word_of_the_format_is_read() {
        let text = include_str!("../../../../tests/simulator/everything.yaml");
        let scenario = Scenario::parse(text).unwrap();
        assert_eq!(scenario.domains.len(), 3);
        assert_eq!(scenario.answers.types, Types::Mixed);
        assert_eq!(scenario.answers.clock_skew.delta().num_minutes(), -2);
        assert_eq!(scenario.incidents.len(), 3);
        assert_eq!(scenario.incidents[1].shape, Shape::Ramp);
        assert_eq!((scenario.quiet.len(), scenario.missing.len()), (1, 1));
        assert_eq!(scenario.late[0].by.seconds(), 1_200);
        assert_eq!(scenario.faults.len(), 8);
    }

    #[test]
    fn the_documented_examples_are_scenarios() {
        let page = include_str!("../../../../docs/scenarios.md");
        let examples: Vec<&str> = page
            .split("```yaml\n")
            .skip(1)
            .filter_map(|rest| rest.split("```").next())
            .collect();
        assert_eq!(examples.len(), 2);
        for example in examples {
            Scenario::parse(example).unwrap();
        }
    }

    #[test]
    fn a_fault_of_the_text_is_named_with_its_place() {
        for (text, line, part) in [
            ("delay: 5m\nspeed: 3", 2, "speed"),
            ("delay: 5m\ndelay: 6m", 2, "delay"),
            ("delay: soon", 1, "10s, 5m"),
            (
                "incidents:\n  - {codes: {502: 35%}, every: 20m}",
                2,
                "`for`",
            ),
            ("incidents:\n  - {codes: {999: 35%}}", 2, "999"),
            ("incidents:\n  - {codes: {502: 60%, 503: 60%}}", 2, "100%"),
            ("incidents:\n  - {codes: {502: lots}}", 2, "35%"),
            ("quiet:\n  - {every: 5m, for: 6m}", 2, "no longer"),
            ("quiet:\n  - {from: yesterday}", 2, "2026-11-22T10:00:00Z"),
            ("faults:\n  - {fault: timeout}", 2, "`after`"),
            ("faults:\n  - {fault: gremlins}", 2, "gremlins"),
            ("faults:\n  - {fault: error, code: Odd}", 2, "`status`"),
            ("requests: {night: 1, day: 4000000000}", 1, "at most"),
        ] {
            let error = Scenario::parse(text).unwrap_err();
            assert!(error.message.contains(part), "{text}: {error}");
            assert_eq!(error.line, line, "{text}: {error}");
        }
    }

    #[test]
    fn a_place_is_said_once_and_only_where_there_is_one() {
        let said = |text: &str| Scenario::parse(text).unwrap_err().to_string();
        assert_eq!(
            said("quiet:\n  - {every: 8d, for: 6m}"),
            "line 2, column 5: `every` is at most 7d"
        );
        assert!(said("").starts_with("the scenario is empty"));
    }

    #[test]
    fn hostile_texts_are_refused_and_nothing_worse() {
        assert!(error("").contains("empty"));
        assert!(error(&"#".repeat(2 << 20)).contains("1 MiB"));
        for text in [
            "[".repeat(100_000),
            "a: &a [*a, *a]".to_owned(),
            "\u{0}".to_owned(),
            "- x".to_owned(),
            "null".to_owned(),
            format!("incidents: [{}]", "{codes: {502: 1%}},".repeat(1_001)),
        ] {
            assert!(Scenario::parse(&text).is_err());
        }
    }
}
