//! What several commands read: rules files that must be without errors, and samples.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};

use anyhow::Context as _;

use super::output::may_colour;
use crate::config::{self, Environment, Loaded};
use crate::daemon::Disk;
use crate::diag::human::{self, Colour};
use crate::diag::{Diagnostic, Files, Level};
use crate::samples::{self, Samples};

/// What some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();

/// Reads a rules file; its faults are printed. Without a configuration the file has an error
/// that stops a run.
pub fn rules(path: &str) -> anyhow::Result<Loaded> {
    rules_with(path, Environment::Required)
}

/// Reads a rules file as [`rules`] does, and secrets as `environment` says.
pub fn rules_with(path: &str, environment: Environment) -> anyhow::Result<Loaded> {
    let loaded = config::load(path, &Disk, environment)?;
    let stops = |d: &&Diagnostic| d.level == Level::Error && d.code.stops_a_run();
    let faults: Vec<Diagnostic> = loaded.diagnostics.iter().filter(stops).cloned().collect();
    report(&faults, &loaded.files)?;
    Ok(loaded)
}

/// Prints diagnostics to standard error.
pub fn report(faults: &[Diagnostic], files: &Files) -> io::Result<()> {
    let colour = if may_colour(&io::stderr()) {
        Colour::Always
    } else {
        Colour::Never
    };
    write!(io::stderr(), "{}", human::render(faults, files, colour))
}

/// Reads samples from a file, or from standard input for `-`; faults are printed with their lines.
pub fn samples(path: &str) -> anyhow::Result<Option<Samples>> {
    let mut samples = Samples::new();
    let mut faults = 0;
    let stderr = io::stderr();
    let tell = |line: usize, fault: &dyn std::fmt::Display| {
        let _ = writeln!(stderr.lock(), "{path}:{line}: {fault}");
    };
    let mut reader = open(path)?;
    let head = reader.fill_buf().with_context(|| format!("read {path}"))?;
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    // A saved answer is one document over many lines; samples have one line each.
    if head.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'{') && !is_line(head) {
        let mut text = String::new();
        let limit = samples::ANSWERS_BYTES_MAX as u64;
        reader
            .take(limit + 1)
            .read_to_string(&mut text)
            .with_context(|| format!("read {path}"))?;
        return Ok(match samples::parse(&text) {
            Ok(samples) => Some(samples),
            Err(faults) => {
                for fault in faults {
                    tell(fault.line, &fault.kind);
                }
                None
            }
        });
    }
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        let limit = samples::LINE_BYTES_MAX as u64 + 2;
        let read = (&mut reader)
            .take(limit)
            .read_until(b'\n', &mut line)
            .with_context(|| format!("read {path}"))?;
        if read == 0 || faults == samples::FAULTS_MAX {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        if let Err(fault) = samples::take_line(text, &mut samples) {
            faults += 1;
            tell(number, &fault);
        }
    }
    Ok((faults == 0).then_some(samples))
}

/// Whether the text begins with a line that is a sample rather than a saved answer.
fn is_line(head: &[u8]) -> bool {
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    !text.contains("UsageData") && text.contains("\"minute\"")
}

fn open(path: &str) -> anyhow::Result<Box<dyn BufRead>> {
    if path == "-" {
        return Ok(Box::new(BufReader::new(io::stdin())));
    }
    let file = File::open(path).with_context(|| format!("read {path}"))?;
    Ok(Box::new(BufReader::with_capacity(1 << 16, file)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_byte_order_mark_hides_neither_lines_nor_a_saved_answer() {
        let line = r#"{"domain":"a","minute":"2026-11-22T10:00:00Z","codes":{"502":"5"}}"#;
        let answer = r#"{
  "DomainName": "a",
  "RealTimeSrcHttpCodeData": {"UsageData": [{"TimeStamp": "2026-11-22T10:00:00Z", "Value":
    {"RealTimeSrcCodeProportionData": [{"Code": "502", "Proportion": "5"}]}}]}}"#;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("samples");
        let read = |text: &str| {
            std::fs::write(&path, text).unwrap();
            samples(path.to_str().unwrap()).unwrap()
        };
        let plain = read(line);
        assert_eq!(plain.as_ref().map(Samples::len), Some(1));
        for text in [line, answer] {
            assert_eq!(read(text), plain, "{text}");
            assert_eq!(read(&format!("\u{feff}{text}\r\n")), plain, "{text}");
        }
    }
}
