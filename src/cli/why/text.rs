//! What is known of a firing, for people.

use std::fmt::Write as _;

use chrono::{DateTime, Utc};

use super::{Decisive, Found, Sent, decides, explain};
use crate::cli::around::title;
use crate::dispatch::summary::one_line;
use crate::dispatch::{AlertOutcome, Decided, Mute};
use crate::engine::{Event, Transition};
use crate::store::TryOutcome;
use crate::unit::counted;

/// How much of an answer is shown, in characters.
const ANSWER_CHARS_MAX: usize = 200;
/// How much of a decision is shown, in characters: a comment with all that it may have.
const DECISION_CHARS_MAX: usize = 5_000;

/// Returns all of it as text; the rule is judged as it stands in `file` now.
pub(super) fn of(found: &Found, decisive: &[Decisive], file: &str) -> String {
    let mut text = String::new();
    head(&mut text, found);
    text.push_str("\nWhat happened\n");
    for of in &found.history {
        let _ = writeln!(text, "  {}  {}", of.minute, happened(of));
    }
    text.push_str("\nThe minutes that decided\n");
    for Decisive { of, minutes } in decisive {
        let _ = writeln!(text, "\n{} at {}:", word(&of.event), of.minute);
        match minutes {
            Ok(minutes) => {
                if !decides(of, minutes) {
                    let _ = writeln!(
                        text,
                        "  By the rule as it stands in {file} now, this would not have happened: it has changed since."
                    );
                }
                let (table, dissected) = minutes;
                text.push_str(&explain::text_of(table, dissected));
            }
            Err(why) => {
                let _ = writeln!(text, "  cannot be shown: {why}");
            }
        }
    }
    if decisive.is_empty() {
        text.push_str("  none: no condition decided\n");
    }
    text.push_str("\nWho was told\n");
    if found.decisions.is_empty() {
        text.push_str("  nothing is known of it any more\n");
    }
    for (decision, sent) in &found.decisions {
        // A comment is by whoever held a link; a terminal does as its control characters say.
        let what = one_line(&decided(&decision.what), DECISION_CHARS_MAX);
        let _ = writeln!(text, "  {}  {what}", time(decision.at));
        for sent in sent {
            delivery(&mut text, sent);
        }
    }
    text
}

fn head(text: &mut String, found: &Found) {
    let Some(of) = found.history.first() else {
        return;
    };
    let is_over = |of: &&Transition| matches!(of.event, Event::Resolved | Event::Ended { .. });
    let end = found.history.iter().find(is_over);
    let end = end.map_or_else(
        || "still firing".to_owned(),
        |end| format!("over at {}", end.minute),
    );
    let _ = writeln!(
        text,
        "{}\nalert {}, bad since {}, fired at {}, {end}",
        title(of),
        found.firing,
        of.since,
        of.fired
    );
}

fn happened(of: &Transition) -> String {
    let mut text = match &of.event {
        Event::Fired => format!("fired: {}", of.severity),
        Event::SeverityChanged { from } => format!("changed from {from} to {}", of.severity),
        Event::Resolved => "resolved".to_owned(),
        Event::Ended { reason } => format!("ended: {reason}"),
    };
    for part in &of.evidence.values {
        let value = part.value.map(|value| explain::decimal(value, part.of));
        let value = value.unwrap_or_else(|| "unknown".to_owned());
        let _ = write!(text, ", {} = {value}", part.text);
    }
    text
}

fn decided(what: &Decided) -> String {
    match what {
        Decided::Unrouted => "no route takes it: nobody is told".to_owned(),
        Decided::Routed {
            route,
            group,
            receiver,
        } => format!(
            "route {} gives it to {receiver}, in group {group}",
            route + 1
        ),
        Decided::Told {
            receiver,
            reason,
            with,
            ..
        } => {
            let with = match with {
                0 => String::new(),
                with => format!(", with {}", counted(*with, "other alert")),
            };
            format!("{receiver} is told: {}{with}", reason.as_str())
        }
        Decided::Muted { by } => format!("not told while {}", mutes(by)),
        Decided::Unmuted => "muted no longer".to_owned(),
        Decided::Dropped { receiver, by } => format!(
            "{receiver} is not told at all: it was over while {}",
            mutes(by)
        ),
        Decided::Acknowledged { by, comment } => acknowledged(by, comment),
        Decided::AcknowledgementLapsed => {
            "its severity rose: it is acknowledged no longer".to_owned()
        }
        Decided::Flaps => "it fires so often that each time is told no longer".to_owned(),
        Decided::Settled => "it has come to rest".to_owned(),
    }
}

/// Says who took an alert on; without users nobody has to say who asks.
fn acknowledged(by: &str, comment: &str) -> String {
    let by = if by.is_empty() {
        String::new()
    } else {
        format!(" by {by}")
    };
    if comment.is_empty() {
        format!("acknowledged{by}")
    } else {
        format!("acknowledged{by}: {comment}")
    }
}

/// Says what mutes an alert.
pub(in crate::cli) fn mutes(by: &[Mute]) -> String {
    let said = by.iter().map(|mute| match mute {
        Mute::Silence(id) => format!("silence {id} hides it"),
        Mute::Inhibited(id) => format!("alert {id} inhibits it"),
        Mute::OutsideHours => "its active hours are over".to_owned(),
        Mute::SourceLate => "the source is late".to_owned(),
        Mute::CatchingUp => "past minutes are caught up with".to_owned(),
        Mute::Flapping => "it flaps".to_owned(),
    });
    said.collect::<Vec<_>>().join(", ")
}

fn delivery(text: &mut String, sent: &Sent) {
    let place = match (&sent.place, &sent.lane) {
        (Some(place), _) => format!("{place}, "),
        (None, Some(_)) => "a channel that the rules file has no more, ".to_owned(),
        (None, None) => String::new(),
    };
    let _ = write!(text, "      {place}delivery {}: ", sent.id);
    if let Some((at, own)) = &sent.own {
        let outcome = match own {
            AlertOutcome::Taken(_) => "delivered",
            AlertOutcome::Refused(_) => "refused",
            AlertOutcome::Failed(_) => "failed",
        };
        let answer = one_line(own.answer(), ANSWER_CHARS_MAX);
        let _ = writeln!(text, "{outcome} at {}: {answer}", time(*at));
        return;
    }
    let Some(last) = sent.tries.last() else {
        text.push_str("no try is known\n");
        return;
    };
    let tries = match sent.tries.len() {
        1 => String::new(),
        count => format!(" at try {count}"),
    };
    let outcome = match last.outcome {
        TryOutcome::Delivered => "delivered",
        TryOutcome::Retry => "is tried again, it failed",
        TryOutcome::Dead => "given up",
    };
    let answer = one_line(&last.answer, ANSWER_CHARS_MAX);
    let _ = writeln!(text, "{outcome}{tries} at {}: {answer}", time(last.at));
}

fn word(event: &Event) -> &'static str {
    match event {
        Event::Fired => "Fired",
        Event::SeverityChanged { .. } => "Changed",
        Event::Resolved => "Resolved",
        Event::Ended { .. } => "Ended",
    }
}

fn time(at: DateTime<Utc>) -> String {
    at.format("%Y-%m-%dT%H:%M:%SZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dispatch::Decision;

    #[test]
    fn a_comment_makes_no_line_and_no_colour_of_its_own() {
        let decision = Decision {
            firing: "a1b2".to_owned(),
            at: "2026-11-22T10:05:00Z".parse().unwrap(),
            what: Decided::Acknowledged {
                by: "ann\u{202e}".to_owned(),
                comment: "c\u{1b}[31mred\r\nBcc: x".to_owned(),
            },
        };
        let found = Found {
            firing: "a1b2".to_owned(),
            history: Vec::new(),
            decisions: vec![(decision, Vec::new())],
        };
        let text = of(&found, &[], "rules.yaml");
        let last = "\n  2026-11-22T10:05:00Z  acknowledged by ann: c [31mred Bcc: x\n";
        assert!(text.ends_with(last), "{text}");
    }
}
