//! What several commands read: rules files that must be without errors, and samples.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::path::Path;

use anyhow::Context as _;

use super::output::may_colour;
use super::progress::Counted;
use super::unpack::unpacked;
use crate::config::{self, Environment, Loaded, Unreadable};
use crate::daemon::Disk;
use crate::diag::human::{self, Colour};
use crate::diag::{Diagnostic, Files, Level};
use crate::samples::{self, Samples, SamplesFault};
use crate::unit::{DomainName, Minute};

/// What stands for standard input.
pub(super) const STDIN: &str = "-";

/// The most that is read from standard input as a rules file: what is larger is refused by its
/// size.
const STDIN_BYTES_MAX: u64 = 16 << 20;

/// Returns the text of standard input.
pub(super) fn stdin_text() -> io::Result<String> {
    let mut text = String::new();
    let mut stdin = io::stdin().lock().take(STDIN_BYTES_MAX + 1);
    stdin.read_to_string(&mut text)?;
    Ok(text)
}

/// What some editors put before a text.
const BYTE_ORDER_MARK: &[u8] = "\u{feff}".as_bytes();
/// How the names of files of samples end in a folder; what else is there is left alone.
const ENDINGS: [&str; 9] = [
    ".jsonl",
    ".jsonl.gz",
    ".jsonl.zst",
    ".ndjson",
    ".ndjson.gz",
    ".ndjson.zst",
    ".json",
    ".json.gz",
    ".json.zst",
];
/// How much of a file is looked at to know what it is.
const HEAD_BYTES: usize = 1 << 16;
/// How many files of samples a folder may have: one for each hour of a year.
const FILES_MAX: usize = 10_000;
/// Over how many days samples may reach: two years, and some more to compare with.
const DAYS_MAX: i64 = 800;

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

/// Says on standard error that a file cannot be read, in the words in which a command ends.
pub fn report_unread(unreadable: &Unreadable) -> io::Result<()> {
    writeln!(io::stderr(), "foghorn: {unreadable}")
}

/// Reads samples from a file, from the files of a folder, or from standard input for `-`; faults are
/// printed with their lines.
pub fn samples(path: &str) -> anyhow::Result<Option<Samples>> {
    let mut samples = Samples::new();
    for file in files(path)? {
        if !read_into(&file, &mut samples)? {
            return Ok(None);
        }
    }
    check_span(path, &samples)?;
    Ok(Some(samples))
}

/// Returns the files of samples that a path means, in order.
pub(super) fn files(path: &str) -> anyhow::Result<Vec<String>> {
    if path == STDIN || !Path::new(path).is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut files = Vec::new();
    let entries = fs::read_dir(path).with_context(|| format!("read {path}"))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("read {path}"))?.path();
        let name = entry.file_name().unwrap_or_default().to_string_lossy();
        let is_hidden = name.starts_with('.');
        // A link to nothing is named when it is opened.
        let is_file = || entry.metadata().map_or(true, |of| of.is_file());
        if !is_hidden && ENDINGS.iter().any(|end| name.ends_with(end)) && is_file() {
            files.push(entry.to_string_lossy().into_owned());
        }
        anyhow::ensure!(
            files.len() <= FILES_MAX,
            "{path} has more than {FILES_MAX} files of samples"
        );
    }
    anyhow::ensure!(
        !files.is_empty(),
        "{path} has no file of samples, whose name ends with one of {}",
        ENDINGS.join(", ")
    );
    files.sort();
    Ok(files)
}

fn check_span(path: &str, samples: &Samples) -> anyhow::Result<()> {
    let ends = samples.iter().filter_map(|(domain, minutes)| {
        let (first, last) = (minutes.keys().next()?, minutes.keys().next_back()?);
        Some((domain, *first, *last))
    });
    check_ends(path, ends)
}

/// Refuses samples of which one is so far from the others that its time cannot be right: every
/// domain is judged up to the last minute of all.
pub(super) fn check_ends<'a>(
    path: &str,
    ends: impl Iterator<Item = (&'a DomainName, Minute, Minute)> + Clone,
) -> anyhow::Result<()> {
    let first = ends.clone().min_by_key(|(_, first, _)| *first);
    let last = ends.max_by_key(|(_, _, last)| *last);
    let (Some((one, first, _)), Some((other, _, last))) = (first, last) else {
        return Ok(());
    };
    let days = (last.epoch() - first.epoch()) / (24 * 60);
    anyhow::ensure!(
        days <= DAYS_MAX,
        "{path}: the samples reach over {days} days, from {first} ({one}) to {last} ({other}); at most {DAYS_MAX} are read"
    );
    Ok(())
}

/// Reads one file into `samples`; whether it had no faults.
fn read_into(path: &str, samples: &mut Samples) -> anyhow::Result<bool> {
    let mut faults = 0;
    let mut reader = match open(path)? {
        Text::Answers(reader) => {
            let read = answers(path, reader)?;
            return Ok(read.map(|more| merge(more, samples)).is_some());
        }
        Text::Lines(reader) => reader,
    };
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
        if read as u64 == limit && line.last() != Some(&b'\n') {
            // The rest of it is no line of its own.
            let passed = reader.skip_until(b'\n');
            passed.with_context(|| format!("read {path}"))?;
        }
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            continue;
        }
        if let Err(fault) = samples::take_line(text, samples) {
            faults += 1;
            tell(path, number, &fault);
        }
    }
    Ok(faults == 0)
}

/// Takes in what a later file says, which holds.
fn merge(more: Samples, samples: &mut Samples) {
    for (domain, minutes) in more {
        samples.entry(domain).or_default().extend(minutes);
    }
}

pub(super) fn tell(path: &str, line: usize, fault: &dyn std::fmt::Display) {
    let _ = writeln!(io::stderr().lock(), "{path}:{line}: {fault}");
}

/// Reads a file of saved answers; `None` if it has faults, which are printed.
pub(super) fn answers(path: &str, reader: impl Read) -> anyhow::Result<Option<Samples>> {
    answers_of(path, reader, samples::ANSWERS_BYTES_MAX)
}

fn answers_of(path: &str, reader: impl Read, limit: usize) -> anyhow::Result<Option<Samples>> {
    let mut text = Vec::new();
    reader
        .take(limit as u64 + 1)
        .read_to_end(&mut text)
        .with_context(|| format!("read {path}"))?;
    if limit < text.len() {
        tell(path, 1, &SamplesFault::AnswersTooLong);
        return Ok(None);
    }
    let text = String::from_utf8(text).with_context(|| format!("read {path}"))?;
    Ok(match samples::parse(&text) {
        Ok(samples) => Some(samples),
        Err(faults) => {
            for fault in faults {
                tell(path, fault.line, &fault.kind);
            }
            None
        }
    })
}

/// What a file of samples is.
pub(super) enum Text {
    /// Samples, one a line.
    Lines(Box<dyn BufRead>),
    /// Saved answers: documents, mostly over many lines.
    Answers(Box<dyn BufRead>),
}

/// Opens a file of samples, or standard input for `-`, and looks at how it begins.
pub(super) fn open(path: &str) -> anyhow::Result<Text> {
    if path == STDIN {
        let stdin = BufReader::new(io::stdin());
        let read = unpacked(stdin).and_then(told_apart);
        return read.context("read standard input");
    }
    let file = File::open(path).with_context(|| format!("read {path}"))?;
    let bytes = file.metadata().map_or(0, |of| of.len());
    let file = Counted::new(file, path, bytes);
    let read = unpacked(BufReader::with_capacity(1 << 16, file)).and_then(told_apart);
    read.with_context(|| format!("read {path}"))
}

fn told_apart(mut reader: Box<dyn BufRead>) -> io::Result<Text> {
    // What comes at once may end within the first line, or before it.
    let mut head = Vec::new();
    while head.len() < HEAD_BYTES && !has_line(&head) {
        let room = (HEAD_BYTES - head.len()) as u64;
        if (&mut reader).take(room).read_until(b'\n', &mut head)? == 0 {
            break;
        }
    }
    let is_answer = is_answer(&head);
    let reader = Box::new(io::Cursor::new(head).chain(reader));
    Ok(if is_answer {
        Text::Answers(reader)
    } else {
        Text::Lines(reader)
    })
}

/// Whether a text has a whole line that is not blank.
fn has_line(head: &[u8]) -> bool {
    head.ends_with(b"\n") && !begun(head).is_empty()
}

/// Returns a text without what says nothing at its ends.
fn begun(head: &[u8]) -> &[u8] {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    head.trim_ascii()
}

/// Whether a text begins with a saved answer rather than with a line that is a sample.
fn is_answer(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(begun(head));
    let is_line = !text.contains("UsageData") && text.contains("\"minute\"");
    text.starts_with('{') && !is_line
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINE: &str = r#"{"domain":"a","minute":"2026-11-22T10:00:00Z","codes":{"502":"5"}}"#;

    /// Gives a text a few bytes at a time, as a pipe may.
    struct Slow(io::Cursor<Vec<u8>>);

    impl Read for Slow {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let most = into.len().min(7);
            self.0.read(&mut into[..most])
        }
    }

    fn is_lines(text: &str) -> bool {
        let slow = Slow(io::Cursor::new(text.as_bytes().to_vec()));
        let slow = BufReader::with_capacity(7, slow);
        matches!(told_apart(Box::new(slow)).unwrap(), Text::Lines(_))
    }

    #[test]
    fn lines_are_lines_after_blank_ones_and_however_little_comes_at_once() {
        assert!(is_lines(LINE));
        assert!(is_lines(&format!("\n \r\n{LINE}\n{LINE}\n")));
        assert!(is_lines(&format!("\u{feff}\n{LINE}\n")));
        assert!(is_lines(""));
        assert!(!is_lines("\n{\n  \"DomainName\": \"a\"\n}"));
        assert!(!is_lines("{\"UsageData\": [], \"minute\": 1}"));
    }

    #[test]
    fn saved_answers_beyond_the_limit_are_refused_and_not_cut() {
        let text = format!("{LINE}\n");
        let read = |limit| answers_of("x", text.as_bytes(), limit).unwrap();
        assert_eq!(read(text.len()).map(|read| read.len()), Some(1));
        assert_eq!(read(text.len() - 1), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_link_to_nothing_in_a_folder_of_samples_is_named() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.jsonl"), LINE).unwrap();
        std::fs::create_dir(folder.path().join("c.jsonl")).unwrap();
        std::os::unix::fs::symlink("nowhere", folder.path().join("b.jsonl")).unwrap();
        let fault = samples(folder.path().to_str().unwrap()).unwrap_err();
        assert!(format!("{fault:#}").contains("b.jsonl"), "{fault:#}");
    }

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
