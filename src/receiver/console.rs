//! Telling on the terminal: a few lines that are read at a glance.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::{Mutex, oneshot};
use tokio::time::timeout;

use super::words::{Tone, letter};
use super::{Delivered, SendError};
use crate::config::Language;
use crate::dispatch::Notification;
use crate::unit::Severity;

/// How many alerts of a message are shown; the others are counted.
const ALERTS_MAX: usize = 20;
/// How long a message may take to be written: a terminal that is read takes it at once.
const WRITE_MAX: Duration = Duration::from_secs(5);

/// Where messages for the terminal are written: by a thread of its own, for nobody may read what is
/// written, and then a write takes for ever. Clones share it.
#[derive(Clone)]
pub struct Console {
    colour: Colour,
    texts: mpsc::Sender<(String, Done)>,
    progress: Arc<Mutex<Progress>>,
}

/// To be told what came of a text.
type Done = oneshot::Sender<io::Result<()>>;

/// How far the thread is.
#[derive(Default)]
struct Progress {
    under_way: Option<UnderWay>,
    /// The deliveries that were written after their try had ended, and were not tried again yet.
    late: BTreeSet<String>,
}

/// A delivery that is being written.
struct UnderWay {
    delivery: String,
    outcome: oneshot::Receiver<io::Result<()>>,
}

/// Whether the terminal shows colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// Text alone.
    Plain,
    /// ANSI colours, by severity.
    Ansi,
}

impl Console {
    /// Returns a console that writes to `writer`.
    pub fn new(mut writer: Box<dyn Write + Send>, colour: Colour) -> Self {
        let (texts, waiting) = mpsc::channel::<(String, Done)>();
        let write = move || {
            for (text, done) in waiting {
                let written = writer.write_all(text.as_bytes());
                let _ = done.send(written.and_then(|()| writer.flush()));
            }
        };
        // Without a thread nobody waits for texts, which each of them is told.
        let _ = thread::Builder::new()
            .name("console".to_owned())
            .spawn(write);
        Self {
            colour,
            texts,
            progress: Arc::default(),
        }
    }

    /// Writes a notification.
    pub(super) async fn tell(
        &self,
        notification: &Notification,
        language: Language,
    ) -> Result<Delivered, SendError> {
        let written = timeout(WRITE_MAX, self.write(notification, language));
        match written.await {
            Ok(Ok(())) => Ok(Delivered {
                answer: "written".to_owned(),
            }),
            // Room may be made on the disk that the output goes to.
            Ok(Err(error)) if error.kind() == io::ErrorKind::StorageFull => Err(SendError::Retry {
                after: None,
                answer: format!("the console takes no more: {error}"),
            }),
            Ok(Err(error)) => Err(SendError::Reject {
                answer: format!("the console takes no more: {error}"),
            }),
            Err(_) => Err(SendError::Retry {
                after: None,
                answer: "nobody reads the console".to_owned(),
            }),
        }
    }

    async fn write(&self, notification: &Notification, language: Language) -> io::Result<()> {
        let mut progress = self.progress.lock().await;
        if let Some(before) = progress.under_way.as_mut() {
            let is_written = outcome(before).await.is_ok();
            let before = progress.under_way.take().filter(|_| is_written);
            progress.late.extend(before.map(|before| before.delivery));
        }
        if progress.late.remove(&notification.id) {
            return Ok(());
        }
        let mut text = text(notification, self.colour, language);
        // An empty line sets messages apart.
        text.push('\n');
        let (done, written) = oneshot::channel();
        let _ = self.texts.send((text, done));
        let under_way = progress.under_way.insert(UnderWay {
            delivery: notification.id.clone(),
            outcome: written,
        });
        let outcome = outcome(under_way).await;
        progress.under_way = None;
        outcome
    }
}

/// Waits for what comes of a text.
async fn outcome(of: &mut UnderWay) -> io::Result<()> {
    let ended = |_| Err(io::Error::other("nothing writes any more"));
    (&mut of.outcome).await.unwrap_or_else(ended)
}

/// Returns a notification as lines for the terminal.
pub(super) fn text(notification: &Notification, colour: Colour, language: Language) -> String {
    let letter = letter(notification, language, ALERTS_MAX);
    let colon = letter.colon;
    let mut text = String::new();
    let head = [&letter.headline, &letter.counts];
    for line in head.into_iter().filter(|line| !line.is_empty()) {
        let _ = writeln!(text, "{line}");
    }
    for (index, told) in letter.alerts.iter().enumerate() {
        if index > 0 || !text.is_empty() {
            text.push('\n');
        }
        let (on, off) = match colour {
            Colour::Plain => ("", ""),
            Colour::Ansi => (ansi(told.tone), "\u{1b}[0m"),
        };
        let _ = writeln!(
            text,
            "{on}{}{off} {}{colon}{}",
            told.badge,
            told.title(),
            told.sentence
        );
        if !told.summary.is_empty() {
            let _ = writeln!(text, "    {}", told.summary);
        }
        for (name, value) in &told.rows {
            let _ = writeln!(text, "    {name}{colon}{value}");
        }
        for link in &told.links {
            let _ = writeln!(text, "    {}{colon}{}", link.name, link.url);
        }
    }
    if let Some((name, domains)) = &letter.others {
        let _ = writeln!(text, "    {name}{colon}{domains}");
    }
    if !letter.rest.is_empty() {
        let _ = writeln!(text, "\n{}", letter.rest);
    }
    text
}

const fn ansi(tone: Tone) -> &'static str {
    match tone {
        Tone::Firing(Severity::Critical) => "\u{1b}[1;31m",
        Tone::Firing(Severity::Warning) => "\u{1b}[1;33m",
        Tone::Firing(Severity::Info) => "\u{1b}[1;36m",
        Tone::Over => "\u{1b}[1;32m",
        Tone::Unknown => "\u{1b}[1;35m",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::super::tests::{firing, told};
    use super::*;
    use crate::dispatch::Reason;

    /// A terminal that takes nothing until it is read, and says what it was given.
    struct Terminal {
        reads: Receiver<()>,
        shown: Sender<String>,
    }

    impl Write for Terminal {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            let _ = self.reads.recv();
            let text = String::from_utf8_lossy(bytes).into_owned();
            self.shown.send(text).map_err(io::Error::other)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_console_that_nobody_reads_holds_nothing_up_and_is_told_once_when_it_is_read() {
        let ((read, reads), (shown, seen)) = (channel(), channel());
        let console = Console::new(Box::new(Terminal { reads, shown }), Colour::Plain);
        let first = told(Reason::First, vec![firing()]);
        let mut second = told(Reason::Reminder, vec![firing()]);
        second.id = "d2".to_owned();
        for message in [&first, &second, &first] {
            let tried = console.tell(message, Language::En).await;
            assert!(matches!(tried, Err(SendError::Retry { .. })), "{tried:?}");
        }
        tokio::time::resume();
        drop(read);
        for message in [&second, &first] {
            console.tell(message, Language::En).await.unwrap();
        }
        let seen: Vec<String> = seen.try_iter().collect();
        assert_eq!(seen.len(), 2, "{seen:?}");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn a_console_that_goes_to_a_full_disk_is_tried_again() {
        let full = std::fs::OpenOptions::new()
            .write(true)
            .open("/dev/full")
            .unwrap();
        let console = Console::new(Box::new(full), Colour::Plain);
        let message = told(Reason::First, vec![firing()]);
        let tried = console.tell(&message, Language::En).await;
        assert!(matches!(tried, Err(SendError::Retry { .. })), "{tried:?}");
    }
}
