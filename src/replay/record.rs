//! Recorded minutes as a rule test: the rows give the same samples when they are read again.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::fact::{At, Fact, What};
use super::minute::{self, Parts, REST, SLACK, WHOLE, shortest};
use super::row::REQUESTS_MAX;
use crate::engine::{Proportion, Sample};
use crate::samples::{Samples, percent};
use crate::unit::{Minute, StatusSet};

/// How wide the text is, about.
const WIDTH: usize = 96;

/// A rule test that is to be written.
#[derive(Clone, Debug)]
pub struct Record<'a> {
    /// What is said at the head of the file, line by line.
    pub comments: Vec<String>,
    /// The test's name.
    pub name: String,
    /// The path of the rules file, as seen from the test.
    pub rules: &'a str,
    /// The first minute.
    pub start: Minute,
    /// The last minute.
    pub last: Minute,
    /// The rules that the test is about; `None` for all.
    pub only: Option<BTreeSet<String>>,
    /// What was recorded, between these two.
    pub samples: Samples,
}

impl Record<'_> {
    /// Returns the test file, which expects these events.
    pub fn yaml(&self, facts: &[Fact]) -> String {
        let mut text = String::new();
        for comment in &self.comments {
            comment_lines(&mut text, comment);
        }
        let (name, rules) = (scalar(&self.name), scalar(self.rules));
        let _ = write!(
            text,
            "rules: {rules}\n\ntests:\n  - name: {name}\n    start: {}\n",
            self.start
        );
        if let Some(only) = &self.only {
            let names: Vec<String> = only.iter().map(|name| scalar(name)).collect();
            let _ = writeln!(text, "    only: [{}]", names.join(", "));
        }
        text.push_str("    samples:\n");
        for (domain, minutes) in &self.samples {
            let _ = writeln!(text, "      {}:", scalar(domain.as_str()));
            for (key, cells) in self.rows(minutes) {
                row(&mut text, &key, &cells);
            }
        }
        if facts.is_empty() {
            text.push_str("    expect: []\n");
        } else {
            text.push_str("    expect:\n");
        }
        for fact in facts {
            event(&mut text, fact);
        }
        text
    }

    /// Returns the rows of a domain: their keys, and their words for each minute.
    fn rows(&self, minutes: &BTreeMap<Minute, Sample>) -> Vec<(String, Vec<String>)> {
        let samples = minutes.values().filter(|sample| sample.has_codes());
        let stated = samples
            .clone()
            .any(|s| total(s).is_none() && sum(s) != WHOLE);
        let is_counted = samples.clone().any(|sample| total(sample).is_some());
        let mut keys: BTreeSet<Option<u16>> = samples
            .flat_map(|sample| parts(sample, stated).into_iter())
            .filter(|(code, part)| *code == Some(REST) || part.units() != 0)
            .map(|(code, _)| code)
            .collect();
        if keys.is_empty() {
            keys.insert(Some(500));
        }
        let told: Vec<Option<Option<Parts>>> = self
            .minutes()
            .map(|minute| minutes.get(&minute))
            .map(|sample| sample.filter(|sample| can_be_told(sample)))
            .map(|sample| sample.map(|s| s.has_codes().then(|| parts(s, stated))))
            .collect();
        let mut rows: Vec<(String, Vec<String>)> = keys
            .into_iter()
            .map(|code| {
                let words = told.iter().map(|minute| cell(minute.as_ref(), code));
                (key(code), words.collect())
            })
            .collect();
        if is_counted {
            rows.push(("requests".to_owned(), self.requests(minutes)));
        }
        rows
    }

    /// Returns the row of how many requests there were; where there is no sample, the number
    /// before goes on.
    fn requests(&self, minutes: &BTreeMap<Minute, Sample>) -> Vec<String> {
        let mut word = "_".to_owned();
        let mut words = Vec::new();
        for minute in self.minutes() {
            if let Some(sample) = minutes.get(&minute).filter(|sample| sample.has_codes()) {
                word = total(sample).map_or_else(|| "_".to_owned(), |total| total.to_string());
            }
            words.push(word.clone());
        }
        words
    }

    fn minutes(&self) -> impl Iterator<Item = Minute> + use<> {
        self.start.until(self.last.next())
    }
}

/// Whether no rule can tell two samples apart.
pub fn is_alike(a: &Sample, b: &Sample) -> bool {
    let codes: BTreeSet<u16> = [a, b]
        .into_iter()
        .flat_map(|sample| sample.parts().iter().filter_map(|part| part.code))
        .collect();
    let same = |code: u16| {
        let only = StatusSet::range(code, code);
        a.proportion_of(&only) == b.proportion_of(&only)
    };
    a.has_codes() == b.has_codes() && a.requests() == b.requests() && codes.into_iter().all(same)
}

/// Returns how many requests a sample has counted, if a row can say it.
fn total(sample: &Sample) -> Option<u64> {
    let total = sample.requests();
    total.filter(|total| (1..=REQUESTS_MAX).contains(total))
}

/// Returns what all parts of a sample add up to, in units of a proportion.
fn sum(sample: &Sample) -> i64 {
    minute::sum(sample.parts().iter().map(|part| part.proportion))
}

/// Whether rows can say a sample: not if its parts add up to far more than 100 %.
fn can_be_told(sample: &Sample) -> bool {
    let parts = sample.parts().iter().filter(|part| part.code != Some(REST));
    let others = minute::sum(parts.map(|part| part.proportion));
    total(sample).is_some() || others <= WHOLE
}

/// Returns the parts of a minute as its rows must say them; `stated` if [`REST`] has a row.
fn parts(sample: &Sample, stated: bool) -> Parts {
    let mut parts = Parts::new();
    match total(sample) {
        Some(total) => {
            let mut counts: BTreeMap<Option<u16>, u64> = BTreeMap::new();
            for part in sample.parts() {
                *counts.entry(part.code).or_default() += part.count.unwrap_or(0);
            }
            counts.remove(&Some(REST));
            let told = counts.into_iter();
            parts.extend(told.map(|(code, count)| (code, shortest(count, total))));
        }
        None => {
            for part in sample.parts() {
                let told: &mut Proportion = parts.entry(part.code).or_default();
                let both = told.units().saturating_add(part.proportion.units());
                *told = Proportion::from_units(both).unwrap_or(*told);
            }
        }
    }
    let rest = parts.remove(&Some(REST)).unwrap_or_default();
    let others = minute::sum(parts.values().copied());
    if stated {
        let is_told = total(sample).is_none()
            && (WHOLE - others)
                .saturating_sub(rest.units())
                .saturating_abs()
                <= SLACK;
        let left = Proportion::from_units((WHOLE - others).max(0)).unwrap_or_default();
        parts.insert(Some(REST), if is_told { rest } else { left });
    }
    parts
}

/// Returns the word of a code for a minute: none of it is known, there was no traffic, or its part.
fn cell(minute: Option<&Option<Parts>>, code: Option<u16>) -> String {
    let Some(minute) = minute else {
        return "_".to_owned();
    };
    match minute {
        None => "-".to_owned(),
        Some(parts) => percent(parts.get(&code).copied().unwrap_or_default()),
    }
}

fn key(code: Option<u16>) -> String {
    code.map_or_else(|| "other".to_owned(), |code| format!("\"{code}\""))
}

/// Writes a row: in quotes, or as a folded text if it is long.
fn row(text: &mut String, key: &str, words: &[String]) {
    let runs = words.chunk_by(|a, b| a == b).map(|run| match run {
        [word] => word.clone(),
        [word, ..] => format!("{word}x{}", run.len()),
        [] => String::new(),
    });
    let mut lines = vec![String::new()];
    for word in runs {
        let last = lines.last().map_or(0, String::len);
        if last > 0 && WIDTH < 10 + last + 1 + word.len() {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(&word);
        }
    }
    if let [line] = lines.as_slice() {
        let _ = writeln!(text, "        {key}: \"{line}\"");
        return;
    }
    let _ = writeln!(text, "        {key}: >-");
    for line in lines {
        let _ = writeln!(text, "          {line}");
    }
}

fn event(text: &mut String, fact: &Fact) {
    let What::Event(event) = &fact.what else {
        return;
    };
    let _ = write!(
        text,
        "      - {{at: {}, rule: {}",
        At(fact.at),
        scalar(&fact.rule)
    );
    if let Some(domain) = &fact.domain {
        let _ = write!(text, ", domain: {}", scalar(domain.as_str()));
    }
    let _ = write!(text, ", event: {}", event.as_str());
    if let Some(severity) = fact.severity {
        let _ = write!(text, ", severity: {severity}");
    }
    text.push_str("}\n");
}

/// Writes a comment, over several lines if it is long.
fn comment_lines(text: &mut String, comment: &str) {
    let mut line = "#".to_owned();
    for word in comment.split_whitespace() {
        if WIDTH < line.len() + 1 + word.len() {
            let _ = writeln!(text, "{line}");
            "#  ".clone_into(&mut line);
        }
        line.push(' ');
        line.push_str(word);
    }
    let _ = writeln!(text, "{line}");
}

/// Returns a text as YAML reads it back: as it is, if nothing in it means anything to YAML.
fn scalar(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '/');
    let is_word = matches!(
        text.to_ascii_lowercase().as_str(),
        "null" | "true" | "false" | "yes" | "no" | "on" | "off" | "y" | "n"
    );
    let begins_well = text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '/' || c == '.');
    if begins_well && text.chars().all(is_plain) && !is_word {
        text.to_owned()
    } else {
        serde_json::Value::from(text).to_string()
    }
}
