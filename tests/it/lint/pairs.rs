//! Two faults in one file: each is told as if it were alone, and nothing besides.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use foghorn::diag::Level;

use super::load;

/// A sound file with a bit of everything.
const SOUND: &str = r#"source:
  - aliyun_cdn:
      account: main
      domains: [www.example.com, img.example.com]
      credentials:
        access_key_id: "${AK}"
        access_key_secret: "${SK}"
      rate: 5
  - aliyun_dcdn:
      account: other
      domains:
        - api.example.com
        - app.example.com
settle: 5m
history: 14d
let:
  gateway: 502|503|504
  busy: requests >= 50
labels:
  - {domains: ["*.example.com"], labels: {team: web}}
  - domains: [img.example.com]
    labels: {team: media}
rules:
  - name: origin-5xx
    when: 5xx > 10% given busy for 3m until 5xx < 5% for 5m
    severity: critical
    labels:
      layer: edge
    summary: "{{ domain }}: {{ values['5xx'] }} of {{ labels.team }} fail"
    runbook_url: https://wiki.example.com/a
  - name: gateway-errors
    when:
      warning: gateway > 2% given busy for 5m until gateway < 1% for 5m
      critical: gateway > 20% given busy for 3m until gateway < 10% for 5m
    domains: ["*.example.com", "!img.example.com"]
    summary: gateway errors
    runbook_url: https://wiki.example.com/b
  - name: silent
    when: (no data for 10m) and avg(requests over 10m) offset 1d > 50
    active_hours: {days: mon-fri, hours: "09:00-18:00", zone: Asia/Shanghai}
notify:
  email:
    server: smtps://mail.example.com:465
    from: Foghorn <foghorn@example.com>
  receivers:
    oncall:
      - email: {to: [oncall@example.com]}
      - webhook: {url: "https://hooks.example.com/x", secret: "${HOOK}"}
    screen:
      - console: {}
  routes:
    - match: {severity: critical}
      to: [oncall]
      group_wait: 10s
      continue: true
    - to: [screen]
  give_up: 24h
  inhibit:
    - source: {rule: gateway-errors}
      target: {rule: origin-5xx}
      equal: [domain]
  silences:
    - match: {rule: silent}
      from: 2026-11-01T00:00:00Z
      to: 2036-11-02T00:00:00Z
      reason: migration
store: sqlite:foghorn.db
web:
  listen: 127.0.0.1:9847
  external_url: https://foghorn.example.com
"#;

/// What is written, and what stands there instead.
const FAULTS: &[(&str, &str)] = &[
    ("5xx > 10% given busy", "5xx > 10 given busy"),
    ("gateway > 20%", "gatewy > 20%"),
    (
        "severity: critical\n    labels",
        "severity: urgent\n    labels",
    ),
    ("labels.team", "labels.teams"),
    (
        "runbook_url: https://wiki.example.com/a",
        "runbook_ur: https://wiki.example.com/a",
    ),
    ("to: [screen]", "to: [scren]"),
    ("settle: 5m", "settle: 5"),
    ("listen: 127.0.0.1:9847", "listen: 9847"),
    ("rate: 5", "rate: many"),
    ("mon-fri", "mon-fry"),
    ("give_up: 24h", "giveup: 24h"),
    ("502|503|504", "502|503|604"),
    ("name: silent", "name: si lent"),
    ("server: smtps", "server: smpts"),
    // What YAML stumbles over, section by section.
    ("account: main", "account main"),
    ("      rate: 5", "\trate: 5"),
    (
        "[www.example.com, img.example.com]",
        "[www.example.com, img.example.com",
    ),
    ("        - app.example.com", "       - app.example.com"),
    ("access_key_id: \"${AK}\"", "access_key_id: \"${AK}"),
    ("history: 14d", "history 14d"),
    ("busy: requests", "busy requests"),
    ("gateway: 502|503|504", "gateway: 502: 503"),
    ("labels: {team: web}}", "labels: {team: web}"),
    ("labels: {team: media}", "labels: {team: media"),
    ("      layer: edge", "      layer edge"),
    (
        "summary: gateway errors",
        "summary: Attention: gateway errors",
    ),
    ("summary: gateway errors", "summary: @gateway errors"),
    ("when: (no data", "when (no data"),
    ("  - name: gateway-errors", "   - name: gateway-errors"),
    ("      critical: gateway", "     critical: gateway"),
    ("\"!img.example.com\"]", "!img.example.com]"),
    ("from: Foghorn", "from Foghorn"),
    ("{to: [oncall@example.com]}", "{to: [oncall@example.com}"),
    ("secret: \"${HOOK}\"}", "secret: ${HOOK}}"),
    ("      - console: {}", "      - console: {"),
    ("group_wait: 10s", "group_wait 10s"),
    ("target: {rule: origin-5xx}", "target: {rule: origin-5xx"),
    ("reason: migration", "reason: 'it's moved'"),
    ("external_url: https", "external_url https"),
    ("store: sqlite", "store sqlite"),
];

/// How many faults others may hide: such as stand within each other, and labels where nobody knows
/// which there are.
const LOST_MAX: usize = 20;

/// Returns what is told as errors while a file is read.
fn told(text: &str) -> BTreeSet<String> {
    let found = load(text).diagnostics.into_iter();
    let errors = found.filter(|finding| finding.level == Level::Error);
    errors.map(|finding| finding.message).collect()
}

fn with(text: &str, (sound, faulty): (&str, &str)) -> Option<String> {
    text.contains(sound)
        .then(|| text.replacen(sound, faulty, 1))
}

#[test]
fn of_two_faults_each_is_told_as_if_it_were_alone() {
    assert_eq!(told(SOUND), BTreeSet::new());
    let (mut pairs, mut all_lost, mut all_invented) = (0, 0, 0);
    let mut report = String::new();
    let alone = FAULTS.iter().map(|fault| {
        let faulty = with(SOUND, *fault).unwrap();
        let told = told(&faulty);
        assert!(!told.is_empty(), "{fault:?}");
        (faulty, told)
    });
    let alone: Vec<_> = alone.collect();
    for (at, first) in FAULTS.iter().enumerate() {
        let (one, of_one) = &alone[at];
        for (second, (_, of_other)) in FAULTS.iter().zip(&alone).skip(at + 1) {
            let Some(both) = with(one, *second) else {
                continue;
            };
            pairs += 1;
            let expected: BTreeSet<String> = of_one.union(of_other).cloned().collect();
            let found = told(&both);
            let lost: Vec<_> = expected.difference(&found).collect();
            let invented: Vec<_> = found.difference(&expected).collect();
            all_lost += lost.len();
            all_invented += invented.len();
            if !lost.is_empty() || !invented.is_empty() {
                let _ = writeln!(
                    report,
                    "{first:?} {second:?}\n  lost {lost:?}\n  invented {invented:?}"
                );
            }
        }
    }
    assert!(
        all_lost <= LOST_MAX && all_invented == 0,
        "{report}of {pairs} pairs {all_lost} lost, {all_invented} invented"
    );
}
