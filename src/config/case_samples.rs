//! The samples of a rule test: rows by domain and status code.

use std::collections::BTreeMap;

use super::read::Reader;
use super::tree::Node;
use super::yaml_faults::quoted;
use crate::diag::{Code, Diagnostic, Level};
use crate::engine::{Proportion, Sample};
use crate::replay::case::{self, MinuteFault};
use crate::replay::row::{self, Cell, Entry};
use crate::samples::Samples;
use crate::unit::{DomainName, Minute, Minutes, StatusSet};

/// How many requests a minute may have: more than any site has.
pub(super) const REQUESTS_MAX: u64 = 1_000_000_000_000;
pub(super) fn start(reader: &mut Reader<'_>, node: &Node) -> Option<Minute> {
    let text = reader.set_text(node, "a minute")?;
    text.value
        .parse()
        .map_err(|why| {
            let message = format!("{} is no minute: {why}", text.shown());
            let fault = Diagnostic::new(Code::Syntax, text.span, message);
            reader.push(fault.help("write it like 2026-11-22T10:00:00Z"));
        })
        .ok()
}

pub(super) fn requests(reader: &mut Reader<'_>, node: &Node) -> Option<u64> {
    let requests: u64 = reader.parsed(node, "a number of requests per minute")?;
    if requests == 0 || requests > REQUESTS_MAX {
        let message = format!("`requests` is from 1 to {REQUESTS_MAX}");
        let fault = Diagnostic::new(Code::Limit, node.span, message);
        reader.push(fault.help("a minute without traffic is written `-` in a row"));
        return None;
    }
    Some(requests)
}

/// The samples of a test.
pub(super) struct SamplesRead {
    pub(super) samples: Samples,
    /// How many minutes the longest row has.
    pub(super) minutes: usize,
}

/// A row and where it stands.
struct Row<'n> {
    code: u16,
    node: &'n Node,
    entries: Vec<Entry>,
}

pub(super) fn domains(
    reader: &mut Reader<'_>,
    node: &Node,
    start: Minute,
    requests: Option<u64>,
) -> SamplesRead {
    let mut all: BTreeMap<DomainName, Vec<Row<'_>>> = BTreeMap::new();
    for (name, key, value) in reader.pairs(node, "a map of rows by domain") {
        let domain = DomainName::from(name);
        if all.contains_key(&domain) {
            let message = format!("the domain {} stands twice", quoted(name));
            let fault = Diagnostic::new(Code::DuplicateName, key.span, message);
            reader.push(fault.help("remove one of them"));
            continue;
        }
        let rows = rows(reader, value);
        all.insert(domain, rows);
    }
    let lengths = all.values().flatten().map(|row| row.entries.len());
    let minutes = lengths.max().unwrap_or(0);
    if minutes == 0 && reader.faults.is_empty() {
        let fault = Diagnostic::new(Code::Syntax, node.span, "the samples have no minutes");
        reader.push(fault.help("add a row: `www.example.com: {\"502\": \"0x5 12 15 20x3\"}`"));
    }
    let mut samples = Samples::new();
    for (domain, rows) in all {
        let minutes = one_domain(reader, &rows, (start, minutes), requests);
        samples.insert(domain, minutes);
    }
    SamplesRead { samples, minutes }
}

fn rows<'n>(reader: &mut Reader<'_>, node: &'n Node) -> Vec<Row<'n>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    for (name, key, value) in reader.pairs(node, "a map of rows by status code") {
        let code = name.parse().ok().filter(|code| StatusSet::is_code(*code));
        let Some(code) = code.filter(|_| name.len() == 3) else {
            let message = format!("{} is no status code", quoted(name));
            let help = match name.trim_end_matches(['x', 'X']) {
                "1" | "2" | "3" | "4" | "5" => "a row is one code, such as 502",
                _ => "write a code from 100 to 599",
            };
            reader.push(Diagnostic::new(Code::Syntax, key.span, message).help(help));
            continue;
        };
        let Some(text) = reader.raw(value, "a row, such as `0x5 12 15 20x3`") else {
            continue;
        };
        let (entries, faults) = row::parse(text);
        let place = reader.place(value);
        for fault in faults {
            let file = reader.file;
            reader.push(fault.relocate(file, |span| place.locate(span)));
        }
        rows.push(Row {
            code,
            node: value,
            entries,
        });
    }
    rows
}

fn one_domain(
    reader: &mut Reader<'_>,
    rows: &[Row<'_>],
    (start, minutes): (Minute, usize),
    requests: Option<u64>,
) -> BTreeMap<Minute, Sample> {
    warn_of_parts(reader, rows, requests);
    let mut samples = BTreeMap::new();
    let mut at = start;
    for place in 0..minutes {
        let cells: Vec<(&Row<'_>, Entry)> = rows
            .iter()
            .filter_map(|row| Some((row, *row.entries.get(place)?)))
            .collect();
        match minute(&cells, requests) {
            Ok(Some(sample)) => {
                samples.insert(at, sample);
            }
            Ok(None) => {}
            Err((message, help)) => {
                if let Some((row, entry)) = cells.last() {
                    let span = reader.place(row.node).locate(entry.span);
                    let message = format!("at {}, {message}", minutes_text(place));
                    reader.push(Diagnostic::new(Code::Limit, span, message).help(help));
                }
                // One of these in a domain is enough: the next minutes have it too.
                return samples;
            }
        }
        at = at.next();
    }
    samples
}

/// Returns the sample of one minute, `None` for an absent one; or what is wrong, with the mend.
fn minute(
    cells: &[(&Row<'_>, Entry)],
    requests: Option<u64>,
) -> Result<Option<Sample>, (String, &'static str)> {
    let has = |cell| cells.iter().any(|(_, entry)| entry.cell == cell);
    match (has(Cell::Absent), has(Cell::Empty)) {
        (true, true) => {
            let message = "one row says `_`, no data, and one `-`, no traffic".to_owned();
            return Err((message, "write one of them: it holds for the whole minute"));
        }
        (true, false) => return Ok(None),
        (false, true) => return Ok(Some(Sample::default())),
        (false, false) => {}
    }
    let percent = |(row, entry): &(&Row<'_>, Entry)| match entry.cell {
        Cell::Percent(part) => Some((row.code, part)),
        Cell::Absent | Cell::Empty => None,
    };
    let codes: BTreeMap<u16, Proportion> = cells.iter().filter_map(percent).collect();
    case::sample(&codes, requests)
        .map(Some)
        .map_err(|fault| match fault {
            MinuteFault::Beyond => (
                "the rows add up to more than 100%".to_owned(),
                "they are parts of one minute's responses, in percent",
            ),
            MinuteFault::Short => (
                "the rows have one of 200, and do not add up to 100%".to_owned(),
                "leave the row of 200 out: the rest is 200",
            ),
        })
}

/// Says where percentages of so many requests are no whole numbers, so that others are tested
/// than were written.
fn warn_of_parts(reader: &mut Reader<'_>, rows: &[Row<'_>], requests: Option<u64>) {
    let Some(requests) = requests else { return };
    for row in rows {
        let part = row.entries.iter().find_map(|entry| match entry.cell {
            Cell::Percent(part) if !case::is_whole(part, requests) => Some((entry.span, part)),
            Cell::Percent(_) | Cell::Absent | Cell::Empty => None,
        });
        if let Some((span, part)) = part {
            let span = reader.place(row.node).locate(span);
            let rounded = case::count(part, requests);
            let message = format!(
                "this part of {requests} requests is no whole number of them, and is taken as {rounded}"
            );
            let mut fault = Diagnostic::new(Code::Limit, span, message);
            fault.level = Level::Warning;
            reader.push(fault.help("make `requests` larger, or the percentage rounder"));
        }
    }
}

/// Returns so many minutes from the start, as `at` is written.
pub(super) fn minutes_text(minutes: usize) -> String {
    let minutes = u32::try_from(minutes).ok().and_then(Minutes::new);
    minutes.map_or_else(|| "0m".to_owned(), |minutes| minutes.to_string())
}
