//! What people read, as a whole: mails and the console.

use super::console::{Colour, text as console_text};
use super::email::{compose, text as mail_text};
use super::words::{subject, told as words};
use crate::dispatch::{AlertView, Notification, PartView, Reason, State};

fn firing() -> AlertView {
    let part = |text: &str, value: &str| PartView {
        text: text.into(),
        value: value.into(),
    };
    AlertView {
        id: "a1b2".into(),
        rule: "origin-5xx".into(),
        account: "main".into(),
        domain: "www.example.com".into(),
        domains: vec!["www.example.com".into()],
        severity: "critical".into(),
        state: State::Firing,
        since: "2026-11-22T10:00:00Z".into(),
        fired_at: "2026-11-22T10:02:00Z".into(),
        ended_at: None,
        condition: "5xx > 10% given requests >= 50 for 3m until 5xx < 5% for 5m".into(),
        value: "34.2%".into(),
        peak: "40.1%".into(),
        values: vec![part("5xx", "34.2%"), part("requests", "812")],
        labels: [("team".to_owned(), "edge".to_owned())].into(),
        summary: "34.2% of the origin's answers are 5xx".into(),
        runbook_url: "https://wiki.example.com/origin-5xx".into(),
        url: "https://foghorn.example.com/alerts/a1b2".into(),
        end_reason: String::new(),
        minute: String::new(),
        ack_url: String::new(),
        silence_url: String::new(),
        ack: None,
    }
}

fn over(state: State, reason: &str) -> AlertView {
    AlertView {
        state,
        ended_at: Some("2026-11-22T10:12:00Z".into()),
        value: "0%".into(),
        end_reason: reason.into(),
        summary: String::new(),
        ..firing()
    }
}

fn told(reason: Reason, alerts: Vec<AlertView>) -> Notification {
    Notification {
        id: "d1".into(),
        receiver: "oncall".into(),
        channel: 0,
        reason,
        group: [("rule".to_owned(), "origin-5xx".to_owned())].into(),
        timestamp: "2026-11-22T10:13:05Z".into(),
        alerts,
        key: String::new(),
        others: Vec::new(),
        undelivered: None,
    }
}

fn mail(notification: &Notification) -> String {
    let from = "Foghorn <foghorn@example.com>".parse().unwrap();
    let to = ["oncall@example.com".parse().unwrap()];
    let now = "2026-11-22T10:13:06Z".parse().unwrap();
    let message = compose(&from, &to, notification, now).unwrap();
    String::from_utf8(message.formatted()).unwrap()
}

#[test]
fn a_mail_that_fires_says_what_where_since_when_how_bad_and_what_next() {
    let mail = mail(&told(Reason::First, vec![firing()]));
    insta::assert_snapshot!("mail_firing", mail.replace("\r\n", "\n"));
}

#[test]
fn the_text_part_stands_alone() {
    let changed = AlertView {
        severity: "warning".into(),
        value: "3%".into(),
        ..firing()
    };
    let mails = [
        told(Reason::Changed, vec![changed]),
        told(Reason::Resolved, vec![over(State::Resolved, "")]),
        told(
            Reason::Ended,
            vec![over(State::Ended, "the rule was removed")],
        ),
        told(
            Reason::First,
            vec![
                firing(),
                AlertView {
                    domain: "img.example.com".into(),
                    value: String::new(),
                    peak: String::new(),
                    ..firing()
                },
            ],
        ),
    ]
    .map(|message| {
        let shown: Vec<_> = message.alerts.iter().map(|a| words(&message, a)).collect();
        let text = mail_text(&shown, 7).replace("\r\n", "\n");
        format!("{}\n\n{text}", subject(&message))
    });
    insta::assert_snapshot!("mail_texts", mails.join("\n=====\n"));
}

#[test]
fn the_console_is_read_at_a_glance() {
    let changed = AlertView {
        severity: "warning".into(),
        value: "3%".into(),
        ..firing()
    };
    let fleet = AlertView {
        domain: String::new(),
        account: String::new(),
        domains: (1..=12).map(|n| format!("d{n}.example.com")).collect(),
        ..firing()
    };
    let messages = [
        told(Reason::First, vec![firing()]),
        told(Reason::Changed, vec![changed]),
        told(Reason::Resolved, vec![over(State::Resolved, "")]),
        told(
            Reason::Ended,
            vec![over(State::Ended, "the rule was removed")],
        ),
        told(Reason::Past, vec![over(State::Resolved, "")]),
        told(Reason::Test, vec![fleet]),
    ];
    let text: Vec<String> = messages
        .iter()
        .map(|message| {
            format!(
                "{}\n{}",
                subject(message),
                console_text(message, Colour::Plain)
            )
        })
        .collect();
    insta::assert_snapshot!("console", text.join("\n"));
}

#[test]
fn an_end_is_never_worded_as_a_recovery() {
    let ended = told(
        Reason::Ended,
        vec![over(State::Ended, "the domain is watched no longer")],
    );
    let everything = format!("{}{}", subject(&ended), mail(&ended)).to_lowercase();
    assert!(everything.contains("the domain is watched no longer"));
    assert!(!everything.contains("resolved") && !everything.contains("is over"));
}

#[test]
fn the_worst_alert_of_many_is_the_subject() {
    let info = AlertView {
        severity: "info".into(),
        rule: "small".into(),
        ..firing()
    };
    let message = told(
        Reason::First,
        vec![over(State::Resolved, ""), info, firing(), firing()],
    );
    assert_eq!(
        subject(&message),
        "[CRITICAL] origin-5xx www.example.com and 3 more: 5xx is 34.2%"
    );
    assert!(!subject(&told(Reason::First, Vec::new())).is_empty());
}

#[test]
fn colour_is_shown_only_if_asked_for() {
    let message = told(Reason::First, vec![firing()]);
    assert!(!console_text(&message, Colour::Plain).contains('\u{1b}'));
    assert!(console_text(&message, Colour::Ansi).contains("\u{1b}[1;31mCRITICAL\u{1b}[0m"));
}

#[test]
fn nothing_in_an_alert_can_write_into_the_head_the_page_or_the_terminal() {
    let evil = "x\r\nBcc: thief@example.com\r\n\r\n\0\u{2028}<script>\u{1b}[2J\u{202e}</td>\"'";
    let alert = AlertView {
        rule: evil.into(),
        domain: evil.into(),
        account: evil.into(),
        severity: evil.into(),
        value: evil.into(),
        peak: evil.into(),
        condition: evil.into(),
        summary: evil.into(),
        since: evil.into(),
        id: evil.into(),
        runbook_url: "javascript:alert(1)".into(),
        url: format!("https://x/{evil}"),
        labels: [(evil.to_owned(), evil.to_owned())].into(),
        end_reason: evil.into(),
        ..firing()
    };
    for state in [State::Firing, State::Resolved, State::Ended] {
        let alert = AlertView {
            state,
            ..alert.clone()
        };
        let mut message = told(Reason::First, vec![alert]);
        message.id = evil.to_owned();
        let mail = mail(&message);
        let (head, body) = mail.split_once("\r\n\r\n").unwrap();
        let (_, page) = body.split_once("Content-Type: text/html").unwrap();
        assert!(!head.contains("\r\nBcc"), "{head}");
        assert!(head.is_ascii() && !head.contains('\0') && !head.contains('\u{1b}'));
        assert!(!page.contains("<script"), "{page}");
        assert!(!page.contains("href=3D\"javascript"), "{page}");
        assert!(!body.contains("\r\nBcc"), "{body}");
        for hidden in ["\0", "\u{1b}", "=00", "=1B", "=E2=80=A8", "=E2=80=AE"] {
            assert!(!body.contains(hidden), "{hidden:?} in {body}");
        }
        let lines = console_text(&message, Colour::Plain);
        assert!(
            !lines.contains('\u{1b}') && !lines.contains("\nBcc"),
            "{lines}"
        );
    }
}

#[test]
fn a_subject_in_other_scripts_is_encoded_and_short() {
    let alert = AlertView {
        rule: "源站错误".repeat(100),
        ..firing()
    };
    let message = told(Reason::First, vec![alert]);
    assert!(subject(&message).chars().count() <= 150);
    let mail = mail(&message);
    let (head, _) = mail.split_once("\r\n\r\n").unwrap();
    assert!(
        head.is_ascii() && head.contains("Subject: [CRITICAL] =?utf-8?b?"),
        "{head}"
    );
    assert!(head.lines().all(|line| line.len() <= 78), "{head}");
}

#[test]
fn a_mail_lists_thirty_alerts_and_counts_the_others() {
    let message = told(Reason::First, vec![firing(); 1_000]);
    let mail = mail(&message);
    let unfolded = mail.replace("=\r\n", "");
    assert_eq!(unfolded.matches("It fires: 5xx is").count(), 60);
    assert!(mail.contains("And 970 more, which this mail does not list."));
    assert_eq!(mail.matches("<alert.").count(), 1 + 10);
    // Source: RFC 5322, 2.1.1.
    assert!(mail.lines().all(|line| line.len() <= 998));
}

#[test]
fn the_same_delivery_is_the_same_mail() {
    let message = told(Reason::First, vec![firing()]);
    assert_eq!(mail(&message), mail(&message));
    let resolved = mail(&told(Reason::Resolved, vec![over(State::Resolved, "")]));
    for line in [
        "In-Reply-To: <alert.a1b2@example.com>",
        "References: <alert.a1b2@example.com>",
        "Message-ID: <delivery.d1@example.com>",
        "Auto-Submitted: auto-generated",
        "Subject: [RESOLVED] origin-5xx www.example.com after 12m",
    ] {
        assert!(
            resolved.contains(&format!("{line}\r\n")),
            "{line}\n{resolved}"
        );
    }
}
