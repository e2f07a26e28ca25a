//! Asking one question until it is answered.

use std::io::{BufRead, Read as _, Write};

use anyhow::{Context as _, bail};

use super::answers::Answers;
use super::check;
use super::topic::Topic;

/// How often a question is asked before it is given up.
const TRIES_MAX: usize = 5;
/// How long an answer may be, in bytes: a hundred names.
const ANSWER_BYTES_MAX: u64 = 32 << 10;

/// Asks, and puts the answer in; one that is no good is asked for again, with the reason.
pub(super) fn one(
    mut input: &mut dyn BufRead,
    out: &mut dyn Write,
    topic: Topic,
    answers: &mut Answers,
) -> anyhow::Result<()> {
    writeln!(out, "{}", topic.question())?;
    let choices = topic.choices();
    for (number, (word, says)) in choices.iter().enumerate() {
        writeln!(out, "  {}  {word:11}  {says}", number + 1)?;
    }
    if choices.is_empty() {
        writeln!(out, "  {}", topic.explains())?;
    }
    for _ in 0..TRIES_MAX {
        match topic.default() {
            Some(default) => write!(out, "[{default}]: ")?,
            None => write!(out, ": ")?,
        }
        out.flush()?;
        let mut line = String::new();
        let mut limited = (&mut input).take(ANSWER_BYTES_MAX);
        let read = limited.read_line(&mut line).context("read an answer")?;
        if read == 0 {
            bail!("the answers ended, and nothing is written");
        }
        if !line.ends_with('\n') && limited.limit() == 0 {
            bail!("this answer is longer than {ANSWER_BYTES_MAX} bytes, and nothing is written");
        }
        let text = match (line.trim(), topic.default()) {
            ("", Some(default)) => default,
            (text, _) => text,
        };
        let taken = if text.is_empty() {
            Err("this needs an answer".to_owned())
        } else {
            check::take(topic, answers, text)
        };
        match taken {
            Ok(()) => {
                writeln!(out)?;
                return Ok(());
            }
            Err(why) => writeln!(out, "  {why}")?,
        }
    }
    bail!(
        "no answer of {TRIES_MAX} could be taken, and nothing is written; {} answers it too",
        topic.option()
    )
}
