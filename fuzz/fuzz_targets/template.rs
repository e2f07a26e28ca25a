//! Any template is rendered in bounds, as one line; whether it is taken at all, `config` asks.
//!
//! `cargo +nightly fuzz run -O -a -s none template -- -max_total_time=60`

#![no_main]

use foghorn::dispatch::summary::render;
use foghorn::dispatch::{AlertView, PartView, Reason, State};
use foghorn::unit::Minute;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let minute: Minute = "2026-11-22T10:03:00Z".parse().expect("a minute");
    let rendered = render(text, &alert(), Reason::First, minute);
    assert!(rendered.chars().count() <= 1_000, "a summary has a limit");
    assert!(
        !rendered.contains(|c: char| c.is_control()),
        "a summary is one line"
    );
});

fn alert() -> AlertView {
    AlertView {
        id: "1".to_owned(),
        rule: "origin-5xx".to_owned(),
        account: "main".to_owned(),
        domain: "www.example.com".to_owned(),
        domains: vec!["www.example.com".to_owned()],
        severity: "critical".to_owned(),
        state: State::Firing,
        since: "2026-11-22T10:01:00Z".to_owned(),
        fired_at: "2026-11-22T10:03:00Z".to_owned(),
        ended_at: None,
        condition: "5xx > 10% for 3m".to_owned(),
        value: "34.2%".to_owned(),
        peak: "40%".to_owned(),
        values: vec![PartView {
            text: "5xx".to_owned(),
            value: "34.2%".to_owned(),
        }],
        labels: [("team".to_owned(), "web".to_owned())].into(),
        summary: String::new(),
        runbook_url: String::new(),
        url: String::new(),
        end_reason: String::new(),
        minute: "2026-11-22T10:03:00Z".to_owned(),
        ack_url: String::new(),
        silence_url: String::new(),
        ack: None,
    }
}
