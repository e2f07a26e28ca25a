//! The rule tests that belong to the rules file.

use std::fmt::Write as _;

use super::answers::{Answers, Sensitivity};
use super::text::{conditions, scalar};

/// The domain of the tests, where none is named.
const DOMAIN: &str = "www.example.com";

/// The minutes, in percent, at which the rules of a sensitivity do what the tests say.
struct Levels {
    /// Enough for `warning` alone.
    warning: &'static str,
    /// When a severe failure that begins at 5m fires.
    critical_at: &'static str,
    /// Enough for `client-errors`.
    client: &'static str,
}

const fn levels(sensitivity: Sensitivity) -> Levels {
    let (warning, critical_at, client) = match sensitivity {
        Sensitivity::Low => ("30", "9m", "0"),
        Sensitivity::Normal => ("8", "7m", "60"),
        Sensitivity::High => ("4", "7m", "40"),
    };
    Levels {
        warning,
        critical_at,
        client,
    }
}

/// Returns the file of rule tests beside a rules file of this name.
pub(super) fn tests(answers: &Answers, name: &str) -> String {
    let Levels {
        warning,
        critical_at,
        client,
    } = levels(answers.sensitivity);
    let named = answers.domains.first().filter(|_| !answers.is_discovered());
    let domain = scalar(named.map_or(DOMAIN, String::as_str));
    let mut text = format!(
        r#"# What the rules make of these minutes. A row is one status code, in percent, minute by minute;
# 200 has the rest. `0x5` are five minutes of 0, `-` is one without traffic. An event that is not
# expected fails the test.
rules: {name}

tests:
  - name: an outage is critical, and over when five minutes were good
    requests: 1000
    samples:
      {domain}: {{"502": "0x5 80x6 0x6"}}
    expect:
      - {{at: {critical_at}, rule: origin-5xx, domain: {domain}, event: fired, severity: critical}}
      - {{at: 15m, rule: origin-5xx, domain: {domain}, event: resolved}}

  - name: some errors are a warning
    requests: 1000
    samples:
      {domain}: {{"500": "0x5 {warning}x6 0x6"}}
    expect:
      - {{at: 9m, rule: origin-5xx, domain: {domain}, event: fired, severity: warning}}
      - {{at: 15m, rule: origin-5xx, domain: {domain}, event: resolved}}

  - name: two bad minutes tell nobody
    requests: 1000
    samples:
      {domain}: {{"502": "0x5 80x2 0x6"}}
    expect: []

  - name: with few requests nobody is told, however bad they are
    requests: 20
    samples:
      {domain}: {{"502": "0x5 80x6 0x6"}}
    expect: []
"#,
        name = scalar(name),
    );
    if conditions(answers.sensitivity).client.is_none() {
        return text;
    }
    let _ = write!(
        text,
        r#"
  - name: most answers are 404
    requests: 1000
    samples:
      {domain}: {{"404": "0x5 {client}x6 0x6"}}
    expect:
      - {{at: 9m, rule: client-errors, domain: {domain}, event: fired, severity: warning}}
      - {{at: 15m, rule: client-errors, domain: {domain}, event: resolved}}

  - name: a site that falls silent, though it had traffic at this time yesterday
    requests: 1000
    samples:
      {domain}: {{"500": "0x1450 -x12 0"}}
    expect:
      - {{at: 1459m, rule: origin-silent, domain: {domain}, event: fired, severity: warning}}
      - {{at: 1462m, rule: origin-silent, domain: {domain}, event: resolved}}
"#
    );
    text
}
