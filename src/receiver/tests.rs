//! What people read, as a whole: mails and the console.

use super::chart::{Chart, Threshold};
use super::console::{Colour, text as console_in};
use super::email::{Mail, compose, detailed, text as mail_text};
use super::words::letter;
use crate::config::Language;
use crate::dispatch::{Acknowledgement, AlertView, Notification, PartView, Reason, State};

pub(super) fn firing() -> AlertView {
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

pub(super) fn over(state: State, reason: &str) -> AlertView {
    AlertView {
        state,
        ended_at: Some("2026-11-22T10:12:00Z".into()),
        value: "0%".into(),
        end_reason: reason.into(),
        summary: String::new(),
        ..firing()
    }
}

pub(super) fn told(reason: Reason, alerts: Vec<AlertView>) -> Notification {
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

#[test]
fn what_a_value_is_compared_with_is_told_beside_it() {
    let part = |text: &str, value: &str| PartView {
        text: text.into(),
        value: value.into(),
    };
    let mut alert = over(State::Resolved, "");
    alert.condition = "avg(5xx over 5m) > 3 * avg(5xx over 1h) and requests >= 50".into();
    alert.value = "2.1%".into();
    alert.values = vec![
        part("avg(5xx over 5m)", "2.1%"),
        part("3 * avg(5xx over 1h)", "32.7%"),
        part("requests", "812"),
    ];
    let text = console_text(&told(Reason::Resolved, vec![alert]), Colour::Plain);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let at = lines.iter().position(|line| *line == "Value now: 2.1%");
    let next = at.and_then(|at| lines.get(at + 1));
    let against = "Compared with: 32.7% (3 * avg(5xx over 1h))";
    assert_eq!(next, Some(&against), "{text}");
    assert!(lines.contains(&"Also: requests is 812"), "{text}");
}

fn subject(notification: &Notification) -> String {
    letter(notification, Language::En, 0).subject
}

fn console_text(notification: &Notification, colour: Colour) -> String {
    console_in(notification, colour, Language::En)
}

fn mail(notification: &Notification) -> String {
    mail_in(notification, &[], Language::En)
}

fn mail_in(notification: &Notification, charts: &[Chart], language: Language) -> String {
    let from = "Foghorn <foghorn@example.com>".parse().unwrap();
    let to = "oncall@example.com".parse().unwrap();
    let mail = Mail {
        notification,
        charts,
        language,
        now: "2026-11-22T10:13:06Z".parse().unwrap(),
    };
    let message = compose(&from, &to, &mail).unwrap();
    String::from_utf8(message.formatted()).unwrap()
}

/// Returns subject and text part.
fn text(notification: &Notification, language: Language) -> String {
    let letter = letter(notification, language, 30);
    let text = mail_text(&letter, detailed(notification), &[], language);
    format!("{}\n\n{}", letter.subject, text.replace("\r\n", "\n"))
}

/// An alert with all that can be known of it.
fn full() -> AlertView {
    AlertView {
        ack_url: "https://foghorn.example.com/act/aaa".into(),
        silence_url: "https://foghorn.example.com/act/sss".into(),
        minute: "2026-11-22T10:13:00Z".into(),
        ..firing()
    }
}

fn chart() -> Chart {
    let minutes =
        (0..60).map(|n: i32| Some((n % 7 + n / 46 * (n - 40)).to_string().parse().unwrap()));
    Chart {
        alert: "a1b2".into(),
        name: "5xx".into(),
        begin: "2026-11-22T09:14:00Z".parse().unwrap(),
        values: minutes.collect(),
        is_percent: true,
        threshold: Some(Threshold {
            comparator: ">".into(),
            value: "10".parse().unwrap(),
        }),
        firing: Some((
            "2026-11-22T10:00:00Z".parse().unwrap(),
            "2026-11-22T10:13:00Z".parse().unwrap(),
        )),
    }
}

/// A message of each reason and state that it can have.
fn all_messages() -> Vec<Notification> {
    let reasons = [
        Reason::First,
        Reason::Added,
        Reason::Changed,
        Reason::PartlyResolved,
        Reason::Resolved,
        Reason::Ended,
        Reason::Past,
        Reason::Reminder,
        Reason::Escalation,
        Reason::Acknowledged,
        Reason::Unmuted,
        Reason::Flapping,
        Reason::Settled,
        Reason::Digest,
        Reason::Test,
    ];
    let taken = || AlertView {
        ack: Some(Acknowledgement {
            by: "alice".into(),
            at: "2026-11-22T10:05:00Z".into(),
            comment: "on it".into(),
        }),
        ..full()
    };
    let ended = || over(State::Ended, "the rule was removed");
    reasons
        .iter()
        .flat_map(|reason| {
            [full(), taken(), over(State::Resolved, ""), ended()]
                .map(|alert| told(*reason, vec![alert]))
                .into_iter()
                .chain([told(
                    *reason,
                    vec![over(State::Resolved, ""), ended(), full()],
                )])
        })
        .collect()
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
    .map(|message| text(&message, Language::En));
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
fn a_mail_shows_the_worst_lists_thirty_and_counts_the_others() {
    let mut alerts = vec![
        AlertView {
            severity: "warning".into(),
            ..firing()
        };
        998
    ];
    alerts.push(over(State::Resolved, ""));
    alerts.push(AlertView {
        rule: "worst".into(),
        ..full()
    });
    let mut message = told(Reason::Added, alerts);
    message.others = (0..40).map(|n| format!("o{n}.example.com")).collect();
    let mail = mail(&message);
    let unfolded = mail.replace("=\r\n", "");
    // Three alerts whole, in both parts.
    assert_eq!(unfolded.matches("It fires: 5xx is").count(), 6);
    assert!(unfolded.contains("[CRITICAL] worst www.example.com and 999 more"));
    assert!(unfolded.contains("Further alerts fire."));
    assert!(unfolded.contains("1000 alerts: 1 critical, 998 warning, 1 resolved"));
    assert!(
        unfolded
            .contains("And 970 more, which this message does not list: 969 warning, 1 resolved.")
    );
    assert!(unfolded.contains("and 30 more"));
    assert_eq!(mail.matches("<alert.").count(), 1 + 10);
    // Source: RFC 5322, 2.1.1.
    assert!(mail.lines().all(|line| line.len() <= 998));
}

#[test]
fn a_chart_is_an_image_in_the_mail_with_a_text_for_those_who_do_not_see_it() {
    let message = told(Reason::First, vec![full()]);
    let mail = mail_in(&message, &[chart()], Language::En);
    let unfolded = mail.replace("=\r\n", "").replace("=3D", "=");
    assert!(
        unfolded.contains("Content-Type: multipart/related"),
        "{mail}"
    );
    assert!(unfolded.contains("Content-ID: <chart.a1b2@example.com>"));
    assert!(
        unfolded.contains("src=\"cid:chart.a1b2@example.com\""),
        "{unfolded}"
    );
    assert!(unfolded.contains("Content-Type: image/png"));
    let alternative =
        "5xx from 09:14 to 10:13 UTC: between 0% and 22%, in the end 22%; threshold &gt; 10%";
    assert!(
        unfolded.contains(&format!("alt=\"{alternative}\"")),
        "{unfolded}"
    );
    assert_eq!(mail, mail_in(&message, &[chart()], Language::En));
    assert!(mail.len() < 60_000, "{}", mail.len());
    // A chart of something else, or of nothing, is left out.
    let other = Chart {
        alert: "zz".into(),
        ..chart()
    };
    let empty = Chart {
        values: vec![None; 60],
        ..chart()
    };
    assert!(!mail_in(&message, &[other, empty], Language::En).contains("image/png"));
}

#[test]
fn what_to_do_next_is_offered_as_long_as_there_is_something_to_do() {
    let names = |alert: AlertView| -> Vec<&str> {
        let message = told(Reason::First, vec![alert]);
        let letter = letter(&message, Language::En, 1);
        letter.alerts[0]
            .links
            .iter()
            .map(|link| link.name)
            .collect()
    };
    assert_eq!(
        names(full()),
        ["Acknowledge", "What to do", "Silence", "Look at it"]
    );
    let taken = AlertView {
        ack: Some(Acknowledgement {
            by: "alice".into(),
            at: "2026-11-22T10:05:00Z".into(),
            comment: String::new(),
        }),
        ..full()
    };
    assert_eq!(names(taken), ["What to do", "Silence", "Look at it"]);
    let resolved = AlertView {
        state: State::Resolved,
        ..full()
    };
    assert_eq!(names(resolved), ["What to do", "Look at it"]);
}

#[test]
fn every_reason_is_said_in_both_languages() {
    for (name, language) in [("reasons_en", Language::En), ("reasons_zh", Language::Zh)] {
        let texts: Vec<String> = all_messages()
            .iter()
            .map(|message| {
                let letter = letter(message, language, 3);
                let mut lines = vec![format!("{:?}", message.reason), letter.subject];
                lines.extend([letter.headline, letter.counts]);
                lines.extend(
                    letter
                        .alerts
                        .into_iter()
                        .map(|told| format!("{} | {}", told.lead, told.sentence)),
                );
                lines.retain(|line| !line.is_empty());
                lines.join("\n")
            })
            .collect();
        insta::assert_snapshot!(name, texts.join("\n\n"));
    }
}

#[test]
fn a_mail_in_chinese() {
    let group = told(
        Reason::Added,
        vec![
            over(State::Resolved, ""),
            full(),
            over(State::Ended, "the rule was removed"),
        ],
    );
    let texts = [
        text(&told(Reason::First, vec![full()]), Language::Zh),
        text(&group, Language::Zh),
        console_in(&group, Colour::Plain, Language::Zh),
    ];
    insta::assert_snapshot!("mail_zh", texts.join("\n=====\n"));
}

/// Returns the words of a text that have a letter of ASCII.
fn latin(text: &str) -> Vec<&str> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || "-.".contains(c)));
    words
        .filter(|w| w.contains(|c: char| c.is_ascii_alphabetic()))
        .collect()
}

#[test]
fn no_message_mixes_languages() {
    // What is not ours: what the rules file says, the time's zone, and what people wrote.
    let theirs = [
        "origin-5xx",
        "www.example.com",
        "5xx",
        "UTC",
        "alice",
        "main",
        "team",
        "edge",
        "for",
        "given",
        "requests",
        "until",
        "3m",
        "5m",
        "on",
        "it",
        "a1b2",
        "https",
        "wiki.example.com",
        "foghorn.example.com",
        "act",
        "aaa",
        "sss",
        "alerts",
        "of",
        "the",
        "origin",
        "s",
        "answers",
        "are",
        "www",
        "cid",
    ];
    for message in all_messages() {
        let chinese = format!(
            "{}\n{}",
            text(&message, Language::Zh),
            console_in(&message, Colour::Plain, Language::Zh)
        );
        let mixed: Vec<&str> = latin(&chinese)
            .into_iter()
            .filter(|word| !theirs.contains(word))
            .collect();
        assert!(mixed.is_empty(), "{mixed:?} in\n{chinese}");
        let english = text(&message, Language::En);
        assert!(english.is_ascii(), "{english}");
    }
}

#[test]
fn what_the_service_says_by_itself_is_in_chinese_as_well() {
    let blind = |rule: &str, cause: &str, summary: &str| {
        let alert = AlertView {
            rule: rule.into(),
            domain: String::new(),
            domains: Vec::new(),
            labels: [("cause".to_owned(), cause.to_owned())].into(),
            summary: summary.into(),
            values: Vec::new(),
            value: String::new(),
            peak: String::new(),
            condition: String::new(),
            ..firing()
        };
        letter(&told(Reason::First, vec![alert]), Language::Zh, 1).alerts[0]
            .summary
            .clone()
    };
    assert!(
        blind("source-late", "late", "The source of account main …")
            .starts_with("账号 main 的接口有应答")
    );
    assert_eq!(
        blind(
            "source-failing",
            "account",
            "account main cannot be asked: Forbidden.RAM"
        ),
        "无法获取账号 main 的数据：Forbidden.RAM"
    );
    assert!(blind("rule-blind", "origin-5xx", "Rule …").starts_with("规则 origin-5xx 无法判定"));
    let failed = AlertView {
        summary: "5xx is 34.2% (the rule's summary could not be rendered: undefined value)".into(),
        ..firing()
    };
    let letter = letter(&told(Reason::First, vec![failed]), Language::Zh, 1);
    assert_eq!(
        letter.alerts[0].summary,
        "5xx 为 34.2%（规则的摘要模板渲染失败：undefined value）"
    );
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
