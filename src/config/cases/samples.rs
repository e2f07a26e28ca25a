//! The samples of a rule test: rows by domain and status code, and how many requests there were.

use std::collections::BTreeMap;

use crate::config::reader::Reader;
use crate::diag::{Code, Diagnostic, Level, quoted};
use crate::engine::Sample;
use crate::replay::fact::At;
use crate::replay::minute::{self, MinuteFault, Parts};
use crate::replay::row::{self, Cell, Entry};
use crate::samples::Samples;
use crate::unit::{DomainName, Minute, StatusSet};
use crate::yaml::{Kind, Node};

/// The row of what has no code from 100 to 599.
const OTHER: &str = "other";
/// The row of how many requests a domain had.
const REQUESTS: &str = "requests";

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

/// How many requests there were, minute by minute; the last number goes on. Empty if they were not
/// counted.
pub(super) type Requests = Vec<Entry<Option<u64>>>;

pub(super) fn requests(reader: &mut Reader<'_>, node: &Node) -> Requests {
    let Some(text) = reader.raw(node, "a number of requests per minute, or a row of them") else {
        return Requests::new();
    };
    let (entries, faults) = row::parse_requests(text);
    tell(reader, node, faults);
    entries
}

fn at(requests: &Requests, place: usize) -> Option<u64> {
    let entry = requests.get(place).or(requests.last())?;
    entry.cell
}

/// The samples of a test.
pub(super) struct SamplesRead {
    pub(super) samples: Samples,
    /// How many minutes the longest row has.
    pub(super) minutes: usize,
    /// Whether all rows could be read.
    is_whole: bool,
}

impl SamplesRead {
    /// Returns how many minutes the longest row has; 0 if nobody knows.
    pub(super) fn known_minutes(&self) -> usize {
        if self.is_whole { self.minutes } else { 0 }
    }
}

/// What is said of a domain.
#[derive(Default)]
struct Domain<'n> {
    rows: Vec<Row<'n>>,
    requests: Option<Requests>,
}

/// A row and where it stands.
struct Row<'n> {
    code: Option<u16>,
    node: &'n Node<'n>,
    entries: Vec<Entry>,
}

pub(super) fn domains(
    reader: &mut Reader<'_>,
    node: &Node,
    start: Minute,
    requests: &Requests,
) -> SamplesRead {
    let mut all: BTreeMap<DomainName, Domain<'_>> = BTreeMap::new();
    let before = reader.faults.len();
    if let Some((fault, domains)) = beside_domain(node) {
        reader.push(fault);
        return SamplesRead {
            samples: domains.map(|name| (name, BTreeMap::new())).collect(),
            minutes: 0,
            is_whole: false,
        };
    }
    for (name, key, value) in reader.pairs(node, "a map of rows by domain") {
        let domain = DomainName::from(name);
        if all.contains_key(&domain) {
            let message = format!("the domain {} stands twice", quoted(name));
            let fault = Diagnostic::new(Code::DuplicateName, key.span, message);
            reader.push(fault.help("remove one of them"));
            continue;
        }
        let rows = rows(reader, value);
        // Without all of its rows nobody knows what a minute adds up to.
        all.insert(
            domain,
            if value.is_whole() {
                rows
            } else {
                Domain::default()
            },
        );
    }
    let mut found = reader.faults[before..].iter();
    let is_whole = found.all(|fault| fault.level != Level::Error);
    let rows = all.values().flat_map(|domain| &domain.rows);
    let minutes = rows.map(|row| row.entries.len()).max().unwrap_or(0);
    if minutes == 0 && reader.faults.is_empty() {
        let fault = Diagnostic::new(Code::Syntax, node.span, "the samples have no minutes");
        reader.push(fault.help("add a row: `www.example.com: {\"502\": \"0x5 12 15 20x3\"}`"));
    }
    let mut samples = Samples::new();
    for (name, domain) in all {
        if domain.requests.is_none() {
            warn_of_parts(reader, &domain.rows, requests);
        }
        let requests = domain.requests.as_ref().unwrap_or(requests);
        let minutes = one_domain(reader, &domain.rows, (start, minutes), requests);
        samples.insert(name, minutes);
    }
    SamplesRead {
        samples,
        minutes,
        is_whole,
    }
}

/// A domain without a value, beside which its rows stand in the same column; and all domains that are
/// named there.
fn beside_domain<'n>(
    node: &'n Node<'n>,
) -> Option<(Diagnostic, impl Iterator<Item = DomainName> + 'n)> {
    let Kind::Map(pairs) = &node.kind else {
        return None;
    };
    let is_row = |(key, value): &(Node, Node)| {
        let is_code = |name: &str| name.parse().is_ok_and(StatusSet::is_code);
        let is_of_row = |name| matches!(name, OTHER | REQUESTS) || is_code(name);
        key.text().is_some_and(is_of_row) && value.text().is_some()
    };
    let first = pairs.iter().position(is_row)?;
    let (key, value) = &pairs[first.checked_sub(1)?];
    let name = key.text().filter(|_| value.is_null())?;
    let message = format!("the rows of {} stand beside it", quoted(name));
    let fault = Diagnostic::new(Code::Syntax, key.span, message);
    let help = "indent them with two more spaces, so that they stand beneath it";
    let domains = pairs.iter().filter(move |pair| !is_row(pair));
    let domains = domains.filter_map(|(key, _)| key.text().map(DomainName::from));
    Some((fault.help(help), domains))
}

fn rows<'n>(reader: &mut Reader<'_>, node: &'n Node<'n>) -> Domain<'n> {
    let mut domain = Domain::default();
    for (name, key, value) in reader.pairs(node, "a map of rows by status code") {
        let code = match name {
            REQUESTS => {
                domain.requests = Some(requests(reader, value));
                continue;
            }
            OTHER => None,
            _ => match code(reader, name, key) {
                Some(code) => Some(code),
                None => continue,
            },
        };
        let Some(text) = reader.raw(value, "a row, such as `0x5 12 15 20x3`") else {
            continue;
        };
        let (entries, faults) = row::parse(text);
        tell(reader, value, faults);
        domain.rows.push(Row {
            code,
            node: value,
            entries,
        });
    }
    domain
}

/// Takes in the faults of a row, at their places.
fn tell(reader: &mut Reader<'_>, node: &Node, faults: Vec<Diagnostic>) {
    // Every byte of a row has a place, which is asked for only if something is wrong.
    if faults.is_empty() {
        return;
    }
    let (file, place) = (reader.file, reader.place(node));
    for fault in faults {
        reader.push(fault.relocate(file, |span| place.locate(span)));
    }
}

fn code(reader: &mut Reader<'_>, name: &str, key: &Node) -> Option<u16> {
    let code = name.parse().ok().filter(|code| StatusSet::is_code(*code));
    let code = code.filter(|_| name.len() == 3);
    if code.is_none() {
        let message = format!("{} is no status code", quoted(name));
        let help = match name.trim_end_matches(['x', 'X']) {
            "1" | "2" | "3" | "4" | "5" => "a row is one code, such as 502",
            _ => "write a code from 100 to 599",
        };
        reader.push(Diagnostic::new(Code::Syntax, key.span, message).help(help));
    }
    code
}

fn one_domain(
    reader: &mut Reader<'_>,
    rows: &[Row<'_>],
    (start, minutes): (Minute, usize),
    requests: &Requests,
) -> BTreeMap<Minute, Sample> {
    let mut samples = BTreeMap::new();
    let mut minute = start;
    for place in 0..minutes {
        let cells: Vec<(&Row<'_>, Entry)> = rows
            .iter()
            .filter_map(|row| Some((row, *row.entries.get(place)?)))
            .collect();
        match one_minute(&cells, at(requests, place)) {
            Ok(Some(sample)) => {
                samples.insert(minute, sample);
            }
            Ok(None) => {}
            Err((message, help)) => {
                if let Some((row, entry)) = cells.last() {
                    let span = reader.place(row.node).locate(entry.span);
                    let place = At(u32::try_from(place).unwrap_or(u32::MAX));
                    let message = format!("at {place}, {message}");
                    reader.push(Diagnostic::new(Code::Limit, span, message).help(help));
                }
                // One of these in a domain is enough: the next minutes have it too.
                return samples;
            }
        }
        minute = minute.next();
    }
    samples
}

/// Returns the sample of one minute, `None` for an absent one; or what is wrong, with the mend.
fn one_minute(
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
    let parts: Parts = cells.iter().filter_map(percent).collect();
    minute::sample(&parts, requests)
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
/// than were written. A domain's own row of requests is taken as recorded, and so are its parts.
fn warn_of_parts(reader: &mut Reader<'_>, rows: &[Row<'_>], requests: &Requests) {
    for row in rows {
        let mut entries = row.entries.iter().enumerate();
        let part = entries.find_map(|(place, entry)| match (entry.cell, at(requests, place)) {
            (Cell::Percent(part), Some(requests)) if !minute::is_whole(part, requests) => {
                Some((entry.span, part, requests))
            }
            (Cell::Percent(_) | Cell::Absent | Cell::Empty, _) => None,
        });
        if let Some((span, part, requests)) = part {
            let span = reader.place(row.node).locate(span);
            let rounded = minute::count(part, requests);
            let message = format!(
                "this part of {requests} requests is no whole number of them, and is taken as {rounded}"
            );
            let fault = Diagnostic::new(Code::Limit, span, message).warning();
            reader.push(fault.help("make `requests` larger, or the percentage rounder"));
        }
    }
}
