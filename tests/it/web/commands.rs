//! The commands that talk to a running service.

use std::process::Command;

use foghorn::pipeline::{Snapshot, StandingSeries};
use foghorn::telemetry::OngoingFault;
use foghorn::unit::{AccountName, DomainName, Series};
use serde_json::Value;

use super::stand::{NOW, SILENCE, Stand, at, img};

/// Runs a command against the stand: status, output, errors.
async fn run(stand: &Stand, arguments: &[&str]) -> (Option<i32>, String, String) {
    run_at(&stand.url, arguments, None).await
}

async fn run_at(
    url: &str,
    arguments: &[&str],
    token: Option<&str>,
) -> (Option<i32>, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_foghorn"));
    command
        .args(arguments)
        .env("FOGHORN_URL", url)
        .env("USER", "ann");
    command.env_remove("FOGHORN_TOKEN");
    command.envs(token.map(|token| ("FOGHORN_TOKEN", token)));
    let output = tokio::task::spawn_blocking(move || command.output().unwrap());
    let output = output.await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (
        output.status.code(),
        text(output.stdout),
        text(output.stderr),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn status_and_alerts_are_tables_of_80_columns() {
    let stand = Stand::new().await;
    let (status, out, _) = run(&stand, &["status"]).await;
    assert_eq!(status, Some(0), "{out}");
    assert!(
        out.contains("Alerts: 2 firing (1 muted, 0 taken on), 1 pending"),
        "{out}"
    );
    assert!(
        out.contains("Account main: answered 2026-11-22T12:00:00Z"),
        "{out}"
    );
    let (status, out, _) = run(&stand, &["alerts"]).await;
    assert_eq!(status, Some(0));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines.len(), 4, "{out}");
    assert!(lines[0].starts_with("ID        SEVERITY  RULE"), "{out}");
    assert!(
        lines[1].starts_with(&img()[..8]) && lines[1].ends_with("firing"),
        "{out}"
    );
    assert!(
        lines[2].contains("30m") && lines[2].ends_with("silence"),
        "{out}"
    );
    assert!(
        lines[3].starts_with("-  ") && lines[3].ends_with("pending"),
        "{out}"
    );
    assert!(lines.iter().all(|line| line.chars().count() <= 80));
    let (_, out, _) = run(&stand, &["alerts", "slow"]).await;
    assert_eq!(out.lines().count(), 2, "{out}");
    let (_, out, _) = run(
        &stand,
        &["alerts", "domain=~www.*", "--firing", "--format", "json"],
    )
    .await;
    let alerts: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(alerts.as_array().unwrap().len(), 1);
    let (_, out, _) = run(&stand, &["alerts", "no-such-rule"]).await;
    assert_eq!(out, "None of the 3 alerts matches no-such-rule.\n");
    let (_, out, _) = run(&stand, &["alerts", "no-such-rule", "--firing"]).await;
    assert_eq!(out, "None of the 2 alerts matches no-such-rule.\n");
    let (_, out, _) = run(&stand, &["alerts", "severty=critical"]).await;
    assert_eq!(
        out,
        "None of the 3 alerts matches severty=critical. None has a label `severty`; did you mean `severity`?\n"
    );
    stand.snapshot.send_replace(Snapshot::default().into());
    for (arguments, expected) in [
        (
            &["alerts", "no-such-rule"][..],
            "Nothing fires, and nothing is pending.\n",
        ),
        (&["alerts"], "Nothing fires, and nothing is pending.\n"),
        (&["alerts", "--firing"], "Nothing fires.\n"),
    ] {
        assert_eq!(run(&stand, arguments).await.1, expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_is_taken_on_by_the_beginning_of_its_id() {
    let stand = Stand::new().await;
    let (status, out, errors) = run(&stand, &["ack", &img()[..6], "--comment", "on it"]).await;
    assert_eq!(
        (status, out),
        (Some(0), format!("{} is taken on\n", img())),
        "{errors}"
    );
    let (_, out, _) = run(&stand, &["alerts", "domain=img.example.com", "--firing"]).await;
    assert!(out.contains("taken on"), "{out}");
    let (status, _, errors) = run(&stand, &["ack", "zzz"]).await;
    assert_eq!(status, Some(2));
    assert!(
        errors.contains("there is no alert that fires with the id zzz: `foghorn alerts --firing`"),
        "{errors}"
    );
    let (_, _, errors) = run(&stand, &["ack", ""]).await;
    assert!(
        errors.contains("an id is empty: give at least its beginning"),
        "{errors}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn silences_are_tried_made_listed_and_ended() {
    let stand = Stand::new().await;
    let add = [
        "silence",
        "add",
        "origin-5xx",
        "domain=~img.*",
        "--for",
        "2h",
        "--comment",
        "new disks",
    ];
    let (status, out, errors) = run(&stand, &[&add[..], &["--dry-run"]].concat()).await;
    assert_eq!(status, Some(0), "{errors}");
    assert!(out.contains("would hide 1 of 3 alerts"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let long = [&add[..4], &["--for", "31d", "--dry-run"]].concat();
    let (status, _, errors) = run(&stand, &long).await;
    assert_eq!(status, Some(2));
    assert!(
        errors.contains("a silence lasts 30 days at the most"),
        "{errors}"
    );
    assert_eq!(stand.orders(), []);
    let (status, out, errors) = run(&stand, &add).await;
    assert_eq!(
        (status, errors.as_str()),
        (Some(0), "it matches 1 of 3 alerts now\n")
    );
    let id = out.trim().to_owned();
    let (_, out, _) = run(&stand, &["silence", "list"]).await;
    assert_eq!(out.lines().count(), 3, "{out}");
    let line = out.lines().find(|line| line.starts_with(&id[..8])).unwrap();
    assert!(line.contains("active") && line.contains("ann"), "{out}");
    assert!(out.lines().all(|line| line.chars().count() <= 80), "{out}");
    let (status, out, _) = run(&stand, &["silence", "expire", &id[..8]]).await;
    assert_eq!((status, out), (Some(0), format!("{id} has ended\n")));
    let (_, out, _) = run(&stand, &["silence", "list", "--format", "json"]).await;
    let silences: Value = serde_json::from_str(&out).unwrap();
    assert_eq!(silences[0]["id"], Value::from(SILENCE));
    assert_eq!(silences.as_array().unwrap().len(), 1);
    let (_, out, _) = run(&stand, &["silence", "list", "--all"]).await;
    assert_eq!(out.lines().count(), 3, "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_that_cannot_be_is_refused_with_its_mend_and_nothing_is_done() {
    let stand = Stand::new().await;
    let until = [
        "silence",
        "add",
        "rule=x",
        "--until",
        "2026-11-22T13:00:00Z",
        "--with-alerts",
    ];
    assert_eq!(run(&stand, &until).await.0, Some(0));
    for (bad, mend) in [
        (
            &["silence", "add", "rule=x"][..],
            "<--for <DURATION>|--until <TIME>|--with-alerts>",
        ),
        (
            &["silence", "add", "rule=x", "--until", "18:00"],
            "write it like 2026-12-01T06:00:00Z",
        ),
        (
            &["silence", "add", "x", "--until", "2026-11-21T06:00:00Z"],
            "the end of a silence must not be past",
        ),
        (&["silence", "expire", ""], "an id is empty"),
    ] {
        let (status, _, errors) = run(&stand, bad).await;
        assert!(status == Some(2) && errors.contains(mend), "{errors}");
    }
    let orders = stand.orders().len();
    let (status, out, _) = run(&stand, &["silence", "expire", SILENCE, "zzz"]).await;
    assert_eq!((status, out.as_str()), (Some(2), ""));
    assert_eq!(
        stand.orders().len(),
        orders,
        "none is ended if one is not there"
    );
    for bad in [
        &["silence", "add", "rule=~(", "--for", "1h"][..],
        &["silence", "add", "--for", "1h"],
        &[
            "silence",
            "add",
            "rule=x",
            "--for",
            "1h",
            "--until",
            "2026-11-22T13:00:00Z",
        ],
        &["silence", "expire", "zzz"],
    ] {
        let (status, out, errors) = run(&stand, bad).await;
        assert!(
            status == Some(2) && out.is_empty() && !errors.is_empty(),
            "{bad:?}: {errors}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_silence_of_a_label_that_no_alert_has_is_refused_and_unknown_names_are_said() {
    let stand = Stand::new().await;
    for (matcher, why) in [
        (
            "teem!=edge",
            "no alert has a label `teem`; did you mean `team`?",
        ),
        (
            "origin=x",
            "no alert has a label `origin`; the labels are account, cause, domain, rule, severity, team",
        ),
    ] {
        let (status, out, errors) = run(&stand, &["silence", "add", matcher, "--for", "1h"]).await;
        assert_eq!((status, out.as_str()), (Some(2), ""));
        assert!(errors.contains(why), "{errors}");
    }
    assert_eq!(stand.orders(), []);
    let known = ["silence", "add", "cause=x", "alertname=slow", "--for", "1h"];
    let (status, _, errors) = run(&stand, &known).await;
    assert_eq!(
        (status, errors.as_str()),
        (Some(0), "it matches 0 of 3 alerts now\n")
    );
    let add = [
        "silence",
        "add",
        "origin-5x",
        "severity=crit",
        "domain=img.exampel.com",
        "account=somebody",
        "--for",
        "1h",
    ];
    let unknown = "no rule is called `origin-5x`; did you mean `origin-5xx`?
no severity is called `crit`; did you mean `critical`?
no domain is called `img.exampel.com`; did you mean `img.example.com`?
no account is called `somebody`\n";
    let (status, _, errors) = run(&stand, &add).await;
    assert_eq!(status, Some(0));
    assert_eq!(errors, format!("it matches 0 of 3 alerts now\n{unknown}"));
    let (_, out, errors) = run(&stand, &[&add[..], &["--dry-run"]].concat()).await;
    assert_eq!(errors, unknown);
    assert!(out.contains("would hide 0 of 3 alerts"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_stands_in_the_way_is_named_with_its_mend() {
    let stand = Stand::with("web: {users: {admin: secret-of-admin}}").await;
    let (status, _, errors) = run(&stand, &["alerts"]).await;
    assert_eq!(status, Some(2));
    assert!(
        errors.contains("asks for a password: give it by --token or FOGHORN_TOKEN"),
        "{errors}"
    );
    let (_, _, errors) = run_at(&stand.url, &["alerts"], Some("wrong")).await;
    assert!(errors.contains("does not know this token"), "{errors}");
    let (status, ..) = run_at(&stand.url, &["alerts"], Some("secret-of-admin")).await;
    assert_eq!(status, Some(0));
    let (status, _, errors) = run_at("http://127.0.0.1:9", &["status"], None).await;
    assert_eq!(status, Some(2));
    assert!(
        errors.contains("no answer from http://127.0.0.1:9/: is `foghorn run` running?"),
        "{errors}"
    );
    let (status, _, errors) = run_at("127.0.0.1", &["status"], None).await;
    assert_eq!(status, Some(2));
    assert!(
        errors.contains("is no address: write --url like http://127.0.0.1:9847"),
        "{errors}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn status_says_what_a_message_waits_for_and_each_reason_once() {
    let stand = Stand::new().await;
    super::api::with_dead_letter(&stand).await;
    super::api::with_message(&stand, "d1").await;
    let later = at(NOW) + chrono::TimeDelta::minutes(1);
    let refused = "connect: Connection refused";
    stand
        .store
        .retry("d1", at(NOW), refused, later)
        .await
        .unwrap();
    let why = "Forbidden.RAM: no. To mend it: grant `x`";
    stand.health.watch(["main", "second"].into_iter());
    stand.health.refused("second", why);
    stand.health.refused("main", why);
    let ongoing = OngoingFault {
        what: "samples are faulty".to_owned(),
        since: at("2026-11-22T11:40:00Z"),
        times: 70,
        domains: 7,
    };
    stand.health.ongoing("main", vec![ongoing]);
    stand.snapshot.send_modify(|snapshot| {
        let snapshot = std::sync::Arc::make_mut(snapshot);
        let failing = Some(why.to_owned());
        let of = |account: &str, domain: &str| StandingSeries {
            series: Series {
                account: AccountName::from(account),
                domain: DomainName::from(domain),
            },
            failing: failing.clone(),
            ..snapshot.series[0].clone()
        };
        let numbered = (1..=7).map(|n| of("main", &format!("d{n}.example.com")));
        let series: Vec<_> = numbered.chain([of("second", "s.example.com")]).collect();
        snapshot.series = series;
    });
    let (status, out, _) = run(&stand, &["status"]).await;
    assert_eq!(status, Some(1), "{out}");
    let after = out.split_once("Messages: ").unwrap().1;
    assert_eq!(
        after,
        format!(
            "1 waiting, 1 given up (`foghorn dead-letters list`)
oncall: console: 1 waiting, since 2026-11-22T12:00:00Z: {refused}
Account main: answered 2026-11-22T12:00:00Z, then: {why}
Account main: since 2026-11-22T11:40:00Z, 70 times, lately of 7 domains: samples are faulty
Account second: has not answered yet: {why}
d1.example.com, d2.example.com, d3.example.com, d4.example.com, d5.example.com and 2 more cannot be asked: {why}
s.example.com cannot be asked: as account second, see above
Not healthy: account second, see above
"
        )
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_letter_whose_channel_is_gone_is_not_said_to_be_sent_again() {
    let stand = Stand::new().await;
    super::api::with_dead_letter(&stand).await;
    super::api::with_message_to(&stand, "0ddba11000", 7).await;
    let why = "451 no";
    stand
        .store
        .dead("0ddba11000", at(NOW), why, &[])
        .await
        .unwrap();
    let left = "0ddba110  oncall: origin-5xx img.example.com: not sent again: the rules file has its \
                channel no more: put the channel back, or tell its people by hand\n";
    let (status, out, _) = run(&stand, &["dead-letters", "resend", "0ddba"]).await;
    assert_eq!(status, Some(1), "{out}");
    assert_eq!(out, format!("0 messages are sent again\n{left}"));
    let (status, out, errors) = run(&stand, &["dead-letters", "resend", "--all"]).await;
    assert_eq!((status, errors.as_str()), (Some(1), ""));
    let sent = "1 message is sent again\ndeadbeef  oncall: origin-5xx img.example.com\n";
    assert_eq!(out, format!("{sent}{left}"));
    let arguments = ["dead-letters", "resend", "--all", "--format", "json"];
    let (_, out, _) = run(&stand, &arguments).await;
    let json: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(json["not_resent"][0]["id"], "0ddba11000");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_end_that_nothing_comes_of_is_not_said_to_be_sent_again() {
    let stand = Stand::new().await;
    super::api::with_dead_letter(&stand).await;
    super::api::with_end(&stand, "e0de0de0").await;
    stand
        .store
        .dead("e0de0de0", at(NOW), "alone", &[])
        .await
        .unwrap();
    let (status, out, _) = run(&stand, &["dead-letters", "resend", "e0de"]).await;
    let left = "e0de0de0  oncall: origin-5xx img.example.com: not sent again: its channel was never \
                told that this began: send that message again first\n";
    assert_eq!(status, Some(1), "{out}");
    assert_eq!(out, format!("0 messages are sent again\n{left}"));
    // After its beginning, in whatever order they are named.
    let both = ["dead-letters", "resend", "e0de", "dead"];
    let (status, out, errors) = run(&stand, &both).await;
    assert_eq!((status, errors.as_str()), (Some(0), ""));
    assert!(out.starts_with("2 messages are sent again\n"), "{out}");
}

#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_listed_and_sent_again() {
    let stand = Stand::new().await;
    let (status, out, _) = run(&stand, &["dead-letters", "list"]).await;
    assert_eq!(
        (status, out.as_str()),
        (Some(0), "No message was given up.\n")
    );
    super::api::with_dead_letter(&stand).await;
    let (_, out, _) = run(&stand, &["dead-letters", "list"]).await;
    assert!(
        out.contains("deadbeef  oncall: console: origin-5xx img.example.com: 550 no such user"),
        "{out}"
    );
    let (status, out, errors) = run(&stand, &["dead-letters", "resend", "dead"]).await;
    assert_eq!(
        (status, out.as_str()),
        (
            Some(0),
            "1 message is sent again\ndeadbeef  oncall: origin-5xx img.example.com\n"
        ),
        "{errors}"
    );
    let (_, out, _) = run(&stand, &["dead-letters", "resend", "--all"]).await;
    assert_eq!(out, "0 messages are sent again\n");
    let (status, ..) = run(&stand, &["dead-letters", "resend"]).await;
    assert_eq!(status, Some(2));
}
