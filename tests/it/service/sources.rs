//! Sources that refuse, throttle, talk nonsense, and recover.

use super::hook::{Answer, Hook, text};
use super::house::{House, START, Service, foghorn, until};

/// Many domains on the built-in simulator, with these faults of the source.
fn rules(hook: &Hook, speed: u32, faults: &str) -> String {
    let domains: Vec<String> = (0..12).map(|n| format!("d{n}.example.com")).collect();
    format!(
        "
source:
  simulator:
    domains: [{}]
    speed: {speed}
    start: {START}
    rate: 1000
    scenario:
      faults: [{faults}]
max_lateness: 12h
rules: [{{name: errors, when: 5xx > 90% for 2m}}]
notify:
  receivers: {{ops: [{{webhook: {{url: \"{}\"}}}}]}}
  routes: [{{to: [ops]}}]
web: {{listen: 127.0.0.1:0}}
",
        domains.join(", "),
        hook.url()
    )
}

fn errors(service: &Service) -> Vec<String> {
    let log = service.log();
    let errors = log
        .lines()
        .filter(|line| line.contains("\"level\":\"ERROR\""));
    errors.map(str::to_owned).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_refused_is_told_once_with_the_mend_and_recovers() {
    let hook = Hook::new(Answer::Status(200)).await;
    let fault = "{fault: error, code: Forbidden.RAM, status: 403, message: denied, from: 2026-11-22T08:10:00Z, for: 40m}";
    let house = House::new(&rules(&hook, 240, fault));
    let mut service = house.run();
    until("it is told", || hook.count() == 1);
    let (_, status) = service.get("/api/v1/status");
    assert_eq!(
        status.matches("To mend it: grant `cdn:").count(),
        2 + 12,
        "of the account, as a trouble, and of each domain: {status}"
    );
    until("it is over", || hook.count() == 2);
    service.stop();
    let arrivals = hook.arrivals();
    let (first, last) = (arrivals[0].alert(), arrivals[1].alert());
    assert_eq!(text(&first["rule"]), "source-failing");
    assert_eq!(text(&first["severity"]), "critical");
    let summary = text(&first["summary"]);
    assert!(
        summary.contains("cdn:DescribeDomainRealTimeSrcHttpCodeData"),
        "{summary}"
    );
    let minute = |value: &serde_json::Value| -> chrono::DateTime<chrono::Utc> {
        text(value).parse().unwrap()
    };
    let waited = minute(&first["fired_at"]) - minute(&first["since"]);
    // Where the machine is busy, a second in which it is not looked is four minutes.
    assert!((9..40).contains(&waited.num_minutes()), "{waited}");
    assert_eq!(text(&last["state"]), "resolved");
    let errors = errors(&service);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(errors[0].contains("grant `cdn:"), "{errors:?}");
    assert!(service.log().contains("the source answers again"));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_domain_that_may_not_be_asked_is_told_alone_and_the_others_are_asked_on() {
    let hook = Hook::new(Answer::Status(200)).await;
    let fault = "{fault: error, code: Forbidden.RAM, status: 403, message: denied, \
                 domains: [d7.example.com]}";
    let house = House::new(&rules(&hook, 240, fault));
    let mut service = house.run();
    until("it is told", || hook.count() == 1);
    service.stop();
    let summary = text(&hook.arrivals()[0].alert()["summary"]);
    assert!(
        summary.contains("1 of 12 domains of account simulator cannot be asked"),
        "{summary}"
    );
    let errors = errors(&service);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].contains("the source refuses the domain"),
        "{errors:?}"
    );
    assert!(errors[0].contains("d7.example.com"), "{errors:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_and_nonsense_delay_and_invent_nothing() {
    let hook = Hook::new(Answer::Status(200)).await;
    let faults = "{fault: throttle, share: 2%, retry_after: 1s}, {fault: garbage, share: 5%}, \
                  {fault: error, code: InternalError, share: 5%}";
    let house = House::new(&rules(&hook, 60, faults));
    let mut service = house.run();
    service.judged("2026-11-22T08:20:00Z");
    until("each of them was met", || {
        let (_, metrics) = service.get("/metrics");
        metrics.contains("outcome=\"throttled\"") && metrics.contains("outcome=\"failed\"")
    });
    assert_eq!(service.get("/readyz").0, 200);
    service.stop();
    assert_eq!(hook.count(), 0, "{:?}", hook.arrivals());
    // Some three hundred calls, over some twenty minutes.
    let warnings = service
        .log()
        .matches("the source gave no answer that can be used")
        .count();
    assert!((1..=40).contains(&warnings), "{warnings}");
    assert_eq!(errors(&service), Vec::<String>::new());
}

/// The simulator as a program of its own, with a key.
fn simulator(folder: &House, secret: &str) -> (Service, String) {
    let mut command = foghorn();
    let arguments = [
        "simulate",
        "--listen",
        "127.0.0.1:0",
        "--scenario",
        "scenario.yaml",
    ];
    command
        .args(arguments)
        .args(["--access-key-secret", secret]);
    command.current_dir(folder.path());
    let service = Service::spawn(command);
    let mut address = String::new();
    until("the simulator serves", || {
        let log = service.log();
        let rest = log
            .split_once("serves http://")
            .map(|(_, rest)| rest.to_owned());
        address = rest.map_or(String::new(), |rest| {
            rest.split('"').next().unwrap().to_owned()
        });
        !address.is_empty()
    });
    (service, address)
}

#[test]
fn a_key_that_is_rejected_is_one_clear_error_and_the_service_is_ready_to_say_so() {
    let house = House::new("");
    house.write(
        "scenario.yaml",
        "domains: [a.example.com, b.example.com, c.example.com]\n",
    );
    let (_simulator, address) = simulator(&house, "another-secret");
    let rules = format!(
        "
source:
  aliyun_cdn:
    domains: [a.example.com, b.example.com, c.example.com]
    endpoint: http://{address}
    credentials: {{access_key_id: testid, access_key_secret: \"${{SECRET}}\"}}
rules: [{{name: errors, when: 5xx > 90% for 2m}}]
web: {{listen: 127.0.0.1:0}}
"
    );
    house.write("rules.yaml", &rules);
    let mut command = house.run_command();
    command.env("SECRET", "key5ecret-of-the-account");
    let mut service = Service::spawn(command);
    service.wait_for_listening();
    until("the error is told", || !errors(&service).is_empty());
    until("it has said why not", || service.get("/readyz").0 == 200);
    std::thread::sleep(std::time::Duration::from_secs(3));
    service.stop();
    let errors = errors(&service);
    assert_eq!(errors.len(), 1, "{errors:?}");
    assert!(
        errors[0].contains("check the access key's secret"),
        "{errors:?}"
    );
    assert!(!service.log().contains("key5ecret"));
}
