//! The rules file changes while the service runs.

use std::time::Duration;

use super::hook::{Answer, Hook, text};
use super::house::{House, START, Service, until};

/// One domain that is bad from 08:10 on, and these rules.
fn file(hook: &Hook, rules: &str, source: &str) -> String {
    format!(
        "
source:
  simulator:
    domains: [a.example.com]
    speed: 240
    start: {START}
    rate: 1000
    {source}
max_lateness: 12h
rules:
{rules}
notify:
  receivers: {{ops: [{{webhook: {{url: \"{}\"}}}}]}}
  routes: [{{to: [ops], repeat_interval: 40h}}]
web: {{listen: 127.0.0.1:0}}
",
        hook.url()
    )
}

const BAD: &str =
    "scenario: {incidents: [{codes: {502: 40%}, from: 2026-11-22T08:10:00Z, for: 24h}]}";
const KEPT: &str = "  - {name: kept, when: 5xx > 10% for 2m}\n";
const OTHER: &str = "  - {name: other, when: 5xx > 20% for 2m}\n";

fn told(hook: &Hook) -> Vec<(String, String)> {
    let arrivals = hook.arrivals();
    let told = arrivals
        .iter()
        .map(|a| (text(&a.alert()["rule"]), a.reason()));
    let mut told: Vec<_> = told.collect();
    told.sort();
    told
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    let owned = |(rule, reason): &(&str, &str)| ((*rule).to_owned(), (*reason).to_owned());
    pairs.iter().map(owned).collect()
}

fn logged(service: &Service, words: &str, times: usize) {
    until(words, || service.log().matches(words).count() >= times);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_unchanged_keeps_its_alert_and_what_is_removed_ends() {
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&file(&hook, &format!("{KEPT}{OTHER}"), BAD));
    let mut service = house.run();
    until("both fire", || hook.count() == 2);

    let with_new = format!("{KEPT}{OTHER}  - {{name: new, when: 5xx > 30%}}\n");
    house.write("rules.yaml", &file(&hook, &with_new, BAD));
    service.signal("-HUP");
    until("the new rule fires", || hook.count() == 3);

    // A changed file is noticed without a signal.
    house.write("rules.yaml", &file(&hook, KEPT, BAD));
    until("the removed rules end", || hook.count() == 5);
    let expected = [
        ("kept", "first"),
        ("new", "ended"),
        ("new", "first"),
        ("other", "ended"),
        ("other", "first"),
    ];
    assert_eq!(told(&hook), pairs(&expected));
    let ended = hook.arrivals().pop().unwrap();
    assert_eq!(ended.alert()["end_reason"], "the rule was removed");
    assert_eq!(ended.alert()["state"], "ended");
    service.stop();

    // Nor does a restart tell again, or end what goes on.
    let mut service = house.run();
    std::thread::sleep(Duration::from_secs(2));
    service.stop();
    assert_eq!(told(&hook), pairs(&expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_faults_is_reported_and_the_old_rules_stay() {
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&file(&hook, KEPT, BAD));
    let mut service = house.run();
    house.write(
        "rules.yaml",
        &file(&hook, "  - {name: kept, when: 5xz > 10%}\n", BAD),
    );
    service.signal("-HUP");
    logged(
        &service,
        "the changed rules have errors, the old ones stay",
        1,
    );
    let log = service.log();
    let line = log
        .lines()
        .find(|line| line.contains("the old ones stay"))
        .unwrap();
    assert!(line.contains("rules.yaml:"), "{line}");
    assert!(line.contains("5xz > 10%"), "{line}");
    assert!(line.contains("\"level\":\"ERROR\""), "{line}");
    assert!((service.metric("foghorn_reload_successful")).abs() < 0.5);
    // In short it is said where, too.
    let (_, why) = service.reload();
    let place = why.split_once("the old rules stay: ").unwrap().1;
    let (_, place) = place.split_once("rules.yaml:").unwrap();
    assert!(place.starts_with(|c: char| c.is_ascii_digit()), "{why}");

    // Rules that are fine, but whose source cannot be opened.
    let odd = "scenario: {incidents: [{codes: {502: much}}]}";
    house.write("rules.yaml", &file(&hook, OTHER, odd));
    service.signal("-HUP");
    logged(
        &service,
        "the changed rules cannot be used, the old ones stay",
        1,
    );
    assert!(service.is_running());

    let (status, why) = service.reload();
    assert_eq!(status, 500, "{why}");
    assert!(why.contains("the old rules stay"), "{why}");
    assert!(why.contains("read the scenario of account"), "{why}");
    assert!((service.metric("foghorn_reload_successful")).abs() < 0.5);
    // Who looks sees it without the log.
    let (_, page) = service.get("/");
    assert!(page.contains("the old rules stay"), "{page}");
    let url = format!("http://{}", service.address);
    let (status, said, _) = house.command(&["status", "--url", &url]);
    assert_eq!(status, Some(1), "{said}");
    let unhealthy = "Not healthy: the rules file cannot be used, the old rules stay: ";
    assert!(said.contains(unhealthy), "{said}");

    // Gone altogether.
    std::fs::remove_file(house.path().join("rules.yaml")).unwrap();
    service.signal("-HUP");
    logged(
        &service,
        "the rules cannot be read again, the old ones stay",
        1,
    );
    until("the old rule fires", || hook.count() == 1);
    assert_eq!(told(&hook), pairs(&[("kept", "first")]));

    house.write("rules.yaml", &file(&hook, &format!("{KEPT}{OTHER}"), BAD));
    until("the mended file is taken", || hook.count() == 2);
    assert_eq!(told(&hook), pairs(&[("kept", "first"), ("other", "first")]));
    assert!(service.metric("foghorn_reload_successful") > 0.5);
    let (_, known) = service.get("/api/v1/status");
    assert!(known.contains("\"rules_fault\":null"), "{known}");
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn another_speed_waits_for_a_restart_and_all_else_is_taken() {
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&file(&hook, KEPT, ""));
    let mut service = house.run();
    let faster = file(&hook, &format!("{KEPT}{OTHER}"), BAD);
    let faster = faster.replace("speed: 240", "speed: 480");
    house.write("rules.yaml", &faster);
    assert_eq!(service.reload(), (200, String::new()));
    let waits = "takes effect when foghorn is started again";
    logged(&service, waits, 1);
    let log = service.log();
    let line = log.lines().find(|line| line.contains(waits));
    assert!(line.unwrap().contains("\"speed\""), "{log}");
    until("the new rules fire", || hook.count() == 2);
    // What runs is what the file says again, and nothing waits any more.
    let as_before = faster.replace("speed: 480", "speed: 240");
    house.write("rules.yaml", &as_before);
    assert_eq!(service.reload(), (200, String::new()));
    assert_eq!(service.log().matches(waits).count(), 1, "{}", service.log());

    let of_world =
        "source: {aliyun_cdn: {domains: [a.example.com], endpoint: \"http://127.0.0.1:1\"}}";
    house.write("rules.yaml", &format!("{of_world}\nrules:\n{KEPT}"));
    let (status, why) = service.reload();
    assert_eq!(status, 500, "{why}");
    assert!(
        why.contains("aliyun_cdn") && why.contains("start it again"),
        "{why}"
    );
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_in_a_file_of_its_own_is_taken_up_when_it_comes_and_when_it_changes() {
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&file(&hook, KEPT, ""));
    let mut service = house.run();
    let by_secret = file(&hook, KEPT, "").replace(&hook.url(), "${file:address}");
    house.write("rules.yaml", &by_secret);
    logged(&service, "the changed rules have errors", 1);

    // The mend that the error asks for.
    house.write("address", &hook.url());
    logged(&service, "the rules were read again", 1);
    house.write("address", &format!("{}/new", hook.url()));
    logged(&service, "the rules were read again", 2);
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_with_which_the_next_start_would_be_refused_for_its_page_is_refused_now() {
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&file(&hook, KEPT, ""));
    let mut service = house.run();
    let open = file(&hook, KEPT, "").replace("listen: 127.0.0.1:0", "listen: 0.0.0.0:0");
    house.write("rules.yaml", &open);
    let (status, why) = service.reload();
    assert_eq!(status, 500, "{why}");
    assert!(why.contains("ask nobody for a password"), "{why}");

    house.write(
        "rules.yaml",
        &open.replace("0.0.0.0:0", "0.0.0.0:0, open: true"),
    );
    assert_eq!(service.reload(), (200, String::new()));
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_is_being_written_is_read_once_it_stands_still() {
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&file(&hook, KEPT, ""));
    let mut service = house.run();
    // Each is a whole file by itself, as the beginning of one may be.
    for piece in 0..80 {
        let text = file(&hook, &format!("{KEPT}  # {piece}\n"), "");
        house.write("rules.yaml", &text);
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let read = "the rules were read again";
    assert_eq!(service.log().matches(read).count(), 0, "{}", service.log());
    logged(&service, read, 1);
    service.stop();
}
