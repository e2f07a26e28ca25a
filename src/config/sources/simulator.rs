//! `source: simulator:`: made-up samples, by a scenario.

use super::number;
use super::pace::SPEED_MAX;
use crate::config::Simulator;
use crate::config::reader::{Fields, Reader};
use crate::diag::Code;
use crate::yaml::{Kind, Node};

/// Reads the keys of `simulator:` that other sources do not have.
pub(super) fn read(reader: &mut Reader<'_>, fields: &Fields<'_>) -> Simulator {
    let seed = fields
        .get("seed")
        .and_then(|n| reader.parsed(n, "a whole number"));
    let speed = fields
        .get("speed")
        .and_then(|n| number(reader, n, SPEED_MAX));
    let start = fields
        .get("start")
        .and_then(|n| reader.parsed(n, "a time, such as 2026-11-22T10:00:00Z"));
    let scenario = fields.get("scenario").and_then(|n| scenario(reader, n));
    Simulator {
        seed: seed.unwrap_or(1),
        speed: speed.unwrap_or(1),
        start,
        scenario,
    }
}

/// A scenario stands in a file of its own, or right here: as a text of several lines or as YAML.
fn scenario(reader: &mut Reader<'_>, node: &Node) -> Option<String> {
    if !matches!(node.kind, Kind::Scalar(_)) {
        let whole = reader.source.get(node.span.range())?;
        return Some(dedent(reader.source, node.span.start(), whole));
    }
    let text = reader.set_text(node, "the path of a scenario")?;
    if text.value.contains('\n') {
        return Some(text.value);
    }
    match reader.surroundings.file(&reader.beside(&text.value)) {
        Ok(content) => Some(content),
        Err(why) => {
            let message = format!("the scenario {} cannot be read: {why}", text.shown());
            reader.fault(Code::UnknownName, text.span, message);
            None
        }
    }
}

/// Takes YAML out of its place: its lines lose the indentation of the first.
fn dedent(source: &str, start: usize, text: &str) -> String {
    let line_start = source[..start].rfind('\n').map_or(0, |i| i + 1);
    let indent = start - line_start;
    let strip = |line: &str| {
        let spaces = line.len() - line.trim_start_matches(' ').len();
        line[spaces.min(indent)..].to_owned()
    };
    let lines: Vec<String> = text
        .lines()
        .enumerate()
        .map(|(i, line)| if i == 0 { line.to_owned() } else { strip(line) })
        .collect();
    lines.join("\n")
}
