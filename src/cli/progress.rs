//! How far a long piece of work is, on standard error.

use std::io::{self, IsTerminal, Write};
use std::time::Duration;

use crate::clock::Stopwatch;

/// How long work goes on before anything is shown.
const QUIET: Duration = Duration::from_secs(1);
/// How often the line is written anew.
const EVERY: Duration = Duration::from_millis(200);
/// How many characters the bar has.
const BAR: usize = 30;

/// A bar, which is shown on a terminal only, and once the work has gone on for a second.
pub(in crate::cli) struct Progress {
    what: String,
    of: usize,
    done: usize,
    watch: Stopwatch,
    shown: Option<Duration>,
    is_shown_at_all: bool,
}

impl Progress {
    /// Begins work of so many steps.
    pub(in crate::cli) fn new(what: &str, of: usize) -> Self {
        Self {
            what: what.to_owned(),
            of: of.max(1),
            done: 0,
            watch: Stopwatch::start(),
            shown: None,
            is_shown_at_all: io::stderr().is_terminal(),
        }
    }

    /// Notes that so many more steps are done.
    pub(in crate::cli) fn step(&mut self, steps: usize) {
        self.done = self.of.min(self.done + steps);
        if !self.is_shown_at_all {
            return;
        }
        let now = self.watch.elapsed();
        let is_due = self
            .shown
            .map_or(QUIET <= now, |shown| shown + EVERY <= now);
        if is_due {
            self.shown = Some(now);
            let _ = write!(
                io::stderr(),
                "\r{}",
                line(&self.what, self.done, self.of, now)
            );
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
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.clear();
    }
}

fn line(what: &str, done: usize, of: usize, passed: Duration) -> String {
    let filled = BAR * done / of;
    let left = passed.as_secs() * (of - done) as u64 / done.max(1) as u64;
    let left = if done == 0 {
        String::new()
    } else {
        format!(", {left} s left")
    };
    format!(
        "{what} [{}{}] {done} of {of}{left}\u{1b}[K",
        "#".repeat(filled),
        " ".repeat(BAR - filled)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_says_how_much_is_done_and_how_long_the_rest_takes() {
        let half = line("judging", 50, 100, Duration::from_secs(10));
        assert_eq!(
            half,
            format!(
                "judging [{}{}] 50 of 100, 10 s left\u{1b}[K",
                "#".repeat(15),
                " ".repeat(15)
            )
        );
        assert!(line("judging", 0, 3, Duration::from_secs(2)).contains("] 0 of 3\u{1b}"));
    }
}
