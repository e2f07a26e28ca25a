//! A store that cannot be written for a while: judging stands still, and nothing is lost.

use std::collections::BTreeSet;
use std::process::Command;

use super::hook::{Answer, Arrival, Hook};
use super::house::{House, START, Service, foghorn, until};

fn rules(hook: &Hook, watchdog: &Hook) -> String {
    format!(
        "
source:
  simulator:
    domains: [a.example.com, b.example.com]
    speed: 120
    start: {START}
    rate: 1000
    scenario: {{incidents: [{{codes: {{502: 40%}}, every: 13m, for: 4m, from: 2026-11-22T08:10:00Z, to: 2026-11-22T09:15:00Z}}]}}
max_lateness: 12h
rules: [{{name: errors, when: 5xx > 10% for 2m}}]
notify:
  receivers: {{ops: [{{webhook: {{url: \"{}\"}}}}]}}
  routes: [{{to: [ops], group_by: [...], group_wait: 0s, group_interval: 0s}}]
  watchdog: {{url: \"{}\", every: 1s}}
web: {{listen: 127.0.0.1:0}}
",
        hook.url(),
        watchdog.url()
    )
}

/// How large the files of the service may grow; beyond it, writing fails as on a full disk.
fn limit(service: &Service, bytes: &str) {
    let limit = format!("--fsize={bytes}");
    let mut command = Command::new("prlimit");
    assert!(
        command
            .args(["--pid", &service.pid(), &limit])
            .status()
            .unwrap()
            .success()
    );
}

/// The service, with the signal of that limit ignored, so that it is an error of the write.
fn run(house: &House) -> Service {
    let mut command = Command::new("sh");
    let script = "trap '' XFSZ; exec \"$0\" run rules.yaml";
    command
        .args(["-c", script])
        .arg(foghorn().get_program())
        .current_dir(house.path());
    let mut service = Service::spawn(command);
    service.wait_for_listening();
    service
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_stops_judging_until_there_is_room_and_loses_nothing() {
    let watchdog = Hook::new(Answer::Status(200)).await;
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&rules(&hook, &watchdog));
    let mut service = run(&house);
    until("it is ready", || service.get("/readyz").0 == 200);
    until("the first alerts fire", || hook.count() >= 2);

    limit(&service, "4096:unlimited");
    until("it says that it is not ready", || {
        service.get("/readyz").0 == 503
    });
    let (_, why) = service.get("/readyz");
    assert!(why.contains("judging stands still"), "{why}");
    assert!(why.contains("foghorn.db"), "{why}");
    assert_eq!(service.get("/healthz").0, 200);
    let (told, pings) = (hook.count(), watchdog.count());
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert!(service.is_running(), "{}", service.log());
    assert!(hook.count() <= told + 2, "what was not stored is not told");
    assert!(watchdog.count() <= pings + 1, "the watchdog is not pinged");
    assert!(
        service
            .log()
            .contains("judging stands still until the store can be written")
    );

    limit(&service, "unlimited");
    until("it is ready again", || service.get("/readyz").0 == 200);
    let log = service.log();
    assert!(log.contains("judging goes on"), "{log}");
    // One line per cause, and not one per try.
    assert!(
        log.matches("judging stands still until").count() <= 2,
        "{log}"
    );
    assert!(
        log.matches("what became of a message cannot be stored")
            .count()
            <= 2,
        "{log}"
    );
    service.judged("2026-11-22T09:25:00Z");
    until(
        "each of two domains and five incidents is told to its end",
        || ended(&hook.arrivals()).len() == 10,
    );
    until("the watchdog is pinged again", || {
        watchdog.count() > pings + 1
    });
    service.stop();
    let arrivals = hook.arrivals();
    let ids: BTreeSet<_> = arrivals.iter().map(|a| &a.id).collect();
    assert_eq!(ids.len(), arrivals.len(), "nothing is told twice");
    let firings: BTreeSet<String> = arrivals.iter().map(Arrival::alert_id).collect();
    assert_eq!(ended(&arrivals), firings);
}

/// The firings whose end was told. On a busy machine the beginning of one may be judged in one step with
/// its end, and then the end alone is told.
fn ended(arrivals: &[Arrival]) -> BTreeSet<String> {
    let ends = arrivals.iter().filter(|of| of.reason() == "resolved");
    ends.map(Arrival::alert_id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn told_to_stop_while_the_disk_is_full_it_ends_and_goes_on_later() {
    let hook = Hook::new(Answer::Status(200)).await;
    let house = House::new(&rules(&hook, &hook));
    let mut service = run(&house);
    until("it is ready", || service.get("/readyz").0 == 200);
    limit(&service, "4096:unlimited");
    until("it says that it is not ready", || {
        service.get("/readyz").0 == 503
    });
    assert!(service.stop() < std::time::Duration::from_secs(10));
    let mut service = house.run();
    service.judged("2026-11-22T08:30:00Z");
    assert_eq!(service.get("/readyz").0, 200);
    service.stop();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outbox_that_cannot_be_read_is_told_once_and_not_at_every_try() {
    let hook = Hook::new(Answer::Status(200)).await;
    let quiet = rules(&hook, &hook).replace("10% for 2m", "99% for 2m");
    let house = House::new(&quiet);
    let mut service = house.run();
    until("it is ready", || service.get("/readyz").0 == 200);
    let url = format!("sqlite:{}", house.path().join("foghorn.db").display());
    let store = sqlx::SqlitePool::connect(&url).await.unwrap();
    let rename = async |from: &'static str| {
        sqlx::query(from).execute(&store).await.unwrap();
    };
    rename("ALTER TABLE outbox RENAME TO away").await;
    let told = "nothing is delivered until the outbox can be read";
    until("it is told", || service.log().contains(told));
    std::thread::sleep(std::time::Duration::from_secs(4));
    assert_eq!(service.log().matches(told).count(), 1, "{}", service.log());
    rename("ALTER TABLE away RENAME TO outbox").await;
    until("it goes on", || {
        service.log().contains("delivering goes on")
    });
    service.stop();
}
