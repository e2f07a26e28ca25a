//! What the service shows: its pages, its log, and never a secret.

use super::hook::{Answer, Hook};
use super::house::{House, START, until};

const SECRETS: [&str; 6] = [
    "path5ecret",
    "query5ecret",
    "whsec_c2lnbmluZzVlY3JldDEyMzQ1Ng==",
    "mail5ecret",
    "key5ecret",
    "ping5ecret",
];

/// A simulator and a real account with a wrong address, a webhook with secrets, a mail server
/// that does not answer.
fn rules(hook: &Hook, watchdog: &Hook) -> String {
    format!(
        "
source:
  simulator:
    domains: [a.example.com]
    speed: 120
    start: {START}
    rate: 1000
    scenario: {{incidents: [{{codes: {{502: 40%}}, every: 10m, for: 4m, from: 2026-11-22T08:10:00Z}}]}}
max_lateness: 12h
rules: [{{name: errors, when: 5xx > 10% for 2m}}]
notify:
  email: {{server: \"smtp://127.0.0.1:9?tls=none\", user: foghorn, password: \"${{MAIL}}\", from: \"Foghorn <f@example.com>\"}}
  receivers:
    ops:
      - webhook: {{url: \"http://{}/path5ecret?token=query5ecret\", secret: \"${{HOOK}}\"}}
      - email: {{to: [ops@example.com]}}
    gone:
      - webhook: {{url: \"http://127.0.0.1:9/path5ecret?token=query5ecret\", secret: \"${{HOOK}}\"}}
  routes: [{{to: [ops, gone]}}]
  watchdog: {{url: \"http://{}/ping5ecret\", every: 1s}}
web: {{listen: 127.0.0.1:0}}
",
        hook.address, watchdog.address
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_and_logs_tell_what_happens_and_no_secret() {
    let (hook, watchdog) = (
        Hook::new(Answer::Status(500)).await,
        Hook::new(Answer::Status(200)).await,
    );
    let house = House::new(&rules(&hook, &watchdog));
    let mut command = house.run_command();
    command
        .env("MAIL", "mail5ecret")
        .env("HOOK", "whsec_c2lnbmluZzVlY3JldDEyMzQ1Ng==");
    command.env("FOGHORN_LOG", "foghorn=trace,info");
    let mut service = super::house::Service::spawn(command);
    service.wait_for_listening();
    assert_eq!(service.get("/healthz"), (200, "alive\n".to_owned()));
    until("it is ready", || {
        service.get("/readyz") == (200, "ready\n".to_owned())
    });
    until("the watchdog is pinged", || watchdog.count() > 0);

    // No channel takes anything: after ten minutes the watchdog is not pinged any more.
    until("that is noticed", || {
        service.log().contains("the watchdog is not pinged")
    });
    let pings = watchdog.count();
    std::thread::sleep(std::time::Duration::from_secs(3));
    assert!(watchdog.count() <= pings + 1);
    let (status, metrics) = service.get("/metrics");
    assert_eq!(status, 200);
    for name in [
        "foghorn_source_calls_total{account=\"simulator\",outcome=\"answered\"}",
        "foghorn_judgements_total{account=\"simulator\"}",
        "foghorn_judged_until_timestamp_seconds{account=\"simulator\"}",
        "foghorn_transitions_total{event=\"fired\"}",
        "foghorn_deliveries_total{receiver=\"ops\",outcome=\"failed\"}",
        "foghorn_alerts_firing",
        "foghorn_series 1",
        "foghorn_reload_successful 1",
    ] {
        assert!(metrics.contains(name), "{name}: {metrics}");
    }
    let pages: String = ["/", "/healthz", "/readyz", "/metrics"]
        .map(|path| service.get(path).1)
        .concat();

    // A faulty file quotes its lines, and no secret in them.
    house.write("rules.yaml", &rules(&hook, &watchdog).replace("10%", "10"));
    service.signal("-HUP");
    until("the fault is reported", || {
        service.log().contains("the old ones stay")
    });
    service.stop();
    assert!(hook.count() > 0);
    let everything = format!("{pages}{}{}", service.log(), service.out());
    // The rules file's own text is the user's: what came from the environment is never shown.
    for secret in &SECRETS[2..] {
        if *secret != "ping5ecret" {
            assert!(!everything.contains(secret), "{secret} is shown");
        }
    }
    let outside_of_quotes: String = everything
        .lines()
        .filter(|line| !line.contains("the old ones stay"))
        .collect();
    for secret in SECRETS {
        assert!(!outside_of_quotes.contains(secret), "{secret} is shown");
    }
}
