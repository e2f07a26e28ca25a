//! How far a long piece of work is, on standard error.

use std::io::{self, IsTerminal, Read, Write};
use std::time::Duration;

use crate::clock::Stopwatch;

/// How long work goes on before anything is shown.
const QUIET: Duration = Duration::from_secs(1);
/// How often the line is written anew.
const EVERY: Duration = Duration::from_millis(200);
/// How many characters the bar has.
const BAR: u64 = 30;
/// How many bytes are told as one.
const MEGABYTE: u64 = 1_000_000;

/// A bar, which is shown on a terminal only, and once the work has gone on for a second.
pub(in crate::cli) struct Progress {
    what: String,
    of: u64,
    done: u64,
    unit: Unit,
    watch: Stopwatch,
    shown: Option<Duration>,
    is_terminal: bool,
}

/// What is counted.
#[derive(Clone, Copy)]
enum Unit {
    Steps,
    Bytes,
}

impl Progress {
    /// Begins work of so many steps.
    pub(in crate::cli) fn new(what: &str, of: usize) -> Self {
        Self::with(what, of as u64, Unit::Steps)
    }

    fn with(what: &str, of: u64, unit: Unit) -> Self {
        Self {
            what: what.to_owned(),
            of,
            done: 0,
            unit,
            watch: Stopwatch::start(),
            shown: None,
            is_terminal: io::stderr().is_terminal(),
        }
    }

    /// Notes that there are so many more steps to do.
    pub(in crate::cli) fn expect_more(&mut self, steps: usize) {
        self.of += steps as u64;
    }

    /// Notes that so many more steps are done.
    pub(in crate::cli) fn step(&mut self, steps: usize) {
        self.done = self.of.min(self.done + steps as u64);
        if !self.is_terminal {
            return;
        }
        let now = self.watch.elapsed();
        let is_due = self
            .shown
            .map_or(QUIET <= now, |shown| shown + EVERY <= now);
        if is_due {
            self.shown = Some(now);
            let _ = write!(io::stderr(), "\r{}", self.line(now));
        }
    }

    /// Says something beside the bar, on any kind of standard error.
    pub(in crate::cli) fn tell(&self, text: &str) {
        self.clear();
        let _ = writeln!(io::stderr(), "{text}");
    }

    /// Takes the line away, so that what follows stands alone.
    fn clear(&self) {
        if self.shown.is_some() {
            let _ = write!(io::stderr(), "\r\u{1b}[K");
        }
    }

    fn line(&self, passed: Duration) -> String {
        let (done, of) = (self.done, self.of.max(1));
        let filled = usize::try_from(BAR * done / of).unwrap_or(0);
        let empty = usize::try_from(BAR).unwrap_or(0) - filled;
        let (count, whole, noun) = match self.unit {
            Unit::Steps => (done, of, ""),
            Unit::Bytes => (done / MEGABYTE, of.div_ceil(MEGABYTE), " MB"),
        };
        let left = match done {
            0 => String::new(),
            _ => format!(", {} s left", passed.as_secs() * (of - done) / done),
        };
        format!(
            "{} [{}{}] {count} of {whole}{noun}{left}\u{1b}[K",
            self.what,
            "#".repeat(filled),
            " ".repeat(empty)
        )
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

/// A file whose reading has a bar.
pub(in crate::cli) struct Counted<R> {
    inner: R,
    progress: Progress,
}

impl<R> Counted<R> {
    /// Begins to read a file of so many bytes.
    pub(in crate::cli) fn new(inner: R, path: &str, bytes: u64) -> Self {
        let progress = Progress::with(&format!("reading {path}"), bytes, Unit::Bytes);
        Self { inner, progress }
    }
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        self.progress.step(read);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_much_is_done_and_how_long_the_rest_takes() {
        let mut progress = Progress::new("judging", 100);
        let none = progress.line(Duration::from_secs(2));
        assert!(none.ends_with("] 0 of 100\u{1b}[K"), "{none}");
        progress.done = 50;
        let (full, empty) = ("#".repeat(15), " ".repeat(15));
        assert_eq!(
            progress.line(Duration::from_secs(10)),
            format!("judging [{full}{empty}] 50 of 100, 10 s left\u{1b}[K")
        );
        progress.done = 100;
        assert!(
            progress
                .line(Duration::from_secs(20))
                .contains("##] 100 of 100, 0 s left")
        );
    }

    #[test]
    fn what_is_read_is_counted_in_megabytes_and_is_what_there_is() {
        let bytes = vec![7_u8; 2_500_000];
        let mut counted = Counted::new(bytes.as_slice(), "a.jsonl", 5_000_000);
        let mut read = Vec::new();
        counted.read_to_end(&mut read).unwrap();
        assert_eq!(read, bytes);
        let line = counted.progress.line(Duration::from_secs(4));
        assert!(
            line.starts_with("reading a.jsonl [###############  "),
            "{line}"
        );
        assert!(line.contains("] 2 of 5 MB, 4 s left"), "{line}");
    }
}
