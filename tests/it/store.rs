//! What the store promises: nothing is lost, nothing is there twice, and faults are named.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::future::Future;
use std::io::{BufRead as _, BufReader, Write as _};
use std::ops::ControlFlow;
use std::path::Path;
use std::pin::pin;
use std::process::{Command, Stdio};
use std::task::Poll;

use chrono::{DateTime, TimeDelta, Utc};
use foghorn::dispatch::{
    AlertOutcome, AlertTried, AlertView, Decided, Decision, Notification, Reason, State,
};
use foghorn::engine::{
    AlertKey, Event, Evidence, Part, PartValue, Proportion, Sample, Subject, Transition,
};
use foghorn::lang::program::Type;
use foghorn::pipeline::{AlertRow, FleetLeft, Kept, KeptSample, Need, RuleMark, SeriesMark, Step};
use foghorn::store::{
    Claim, HistoryFilter, Imported, Lane, Loaded, Prune, Repack, Requeued, Store, StoreError,
    TryOutcome, Which,
};
use foghorn::unit::{AccountName, Decimal, DomainName, Minute, Series, Severity};

const FIRST: i64 = 29_700_000;

fn minute(offset: i64) -> Minute {
    Minute::from_epoch(FIRST + offset).unwrap()
}

fn time(seconds: i64) -> DateTime<Utc> {
    minute(0).start() + TimeDelta::seconds(seconds)
}

fn series(domain: &str) -> Series {
    Series {
        account: AccountName::from("main"),
        domain: DomainName::from(domain),
    }
}

fn sample(percent: i64) -> Kept {
    let part = |code, percent: i64| Part {
        code: Some(code),
        proportion: Proportion::from_units(percent * 1_000_000_000_000_000).unwrap(),
        count: Some(percent.unsigned_abs()),
    };
    Kept::Sample(Sample::new(vec![part(200, 100 - percent), part(502, percent)]).unwrap())
}

fn kept(domain: &str, offset: i64, kept: Kept) -> KeptSample {
    KeptSample {
        series: series(domain),
        minute: minute(offset),
        kept,
    }
}

fn mark(domain: &str, covered: i64, next: i64) -> SeriesMark {
    SeriesMark {
        series: series(domain),
        judge_from: minute(covered),
        next: minute(next),
        covered_from: minute(covered),
        history_begin: Some(minute(covered)),
    }
}

fn key() -> AlertKey {
    AlertKey {
        rule: "origin-5xx".to_owned(),
        subject: Subject::Series(series("a")),
    }
}

fn message(id: &str, receiver: &str, alerts: &[&str]) -> Notification {
    let alert = |id: &&str| AlertView {
        id: (*id).to_owned(),
        rule: "origin-5xx".to_owned(),
        account: "main".to_owned(),
        domain: "a".to_owned(),
        domains: vec!["a".to_owned()],
        severity: "critical".to_owned(),
        state: State::Firing,
        since: minute(0).to_string(),
        fired_at: minute(2).to_string(),
        ended_at: None,
        condition: "5xx > 10%".to_owned(),
        value: "34.2%".to_owned(),
        peak: "40.1%".to_owned(),
        values: Vec::new(),
        labels: BTreeMap::new(),
        summary: String::new(),
        runbook_url: String::new(),
        url: String::new(),
        end_reason: String::new(),
        minute: String::new(),
        ack_url: String::new(),
        silence_url: String::new(),
        ack: None,
    };
    Notification {
        id: id.to_owned(),
        receiver: receiver.to_owned(),
        channel: 0,
        reason: Reason::First,
        group: BTreeMap::new(),
        timestamp: minute(3).to_string(),
        alerts: alerts.iter().map(alert).collect(),
        key: String::new(),
        others: Vec::new(),
        undelivered: None,
    }
}

fn fired(offset: i64) -> Transition {
    Transition {
        key: key(),
        minute: minute(offset),
        event: Event::Fired,
        severity: Severity::Critical,
        since: minute(offset - 2),
        fired: minute(offset),
        evidence: Evidence {
            values: vec![PartValue {
                text: "5xx".to_owned(),
                of: Type::Proportion,
                value: Decimal::from_integer(34),
            }],
            peak: Decimal::from_integer(40),
            domains: vec![series("a")],
            before: None,
        },
    }
}

/// A step that touches every table, with as many rows as one statement holds and more.
fn step(number: i64) -> Step {
    let samples = (0..300).map(|offset| kept("a", number * 300 + offset, sample(offset % 100)));
    Step {
        samples: samples.collect(),
        series: vec![mark("a", 0, (number + 1) * 300)],
        rules: vec![RuleMark {
            name: "origin-5xx".to_owned(),
            meaning: format!("meaning {number}"),
            from: minute(0),
            fleet_next: Some(minute(number)),
        }],
        alerts: vec![AlertRow {
            key: key(),
            state: Some(format!("state {number}")),
        }],
        fleet_left: vec![FleetLeft {
            rule: "fleet".to_owned(),
            minute: minute(number),
            series: series("b"),
        }],
        transitions: vec![fired(number * 10)],
        outbox: vec![message(&format!("message {number}"), "ops", &["alert"])],
        now: time(number),
        ..Step::default()
    }
}

fn messages(ids: &[&str], receiver: &str, alert: &str) -> Step {
    let outbox = ids.iter().map(|id| message(id, receiver, &[alert]));
    Step {
        outbox: outbox.collect(),
        now: time(0),
        ..Step::default()
    }
}

struct Folder {
    folder: tempfile::TempDir,
    url: String,
}

fn folder() -> Folder {
    let folder = tempfile::tempdir().unwrap();
    let url = url_of(folder.path());
    Folder { folder, url }
}

fn url_of(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("foghorn.db").display())
}

async fn memory() -> Store {
    Store::open("sqlite::memory:").await.unwrap()
}

async fn due(store: &Store, seconds: i64) -> Vec<String> {
    let claims = claims(store, seconds).await.into_iter();
    claims.map(|claim| claim.notification.id).collect()
}

/// What is due, lane by lane.
async fn claims(store: &Store, seconds: i64) -> Vec<Claim> {
    let mut claims = Vec::new();
    for waiting in store.waiting_lanes().await.unwrap() {
        let due = store.due(&waiting.lane, Which::Due, time(seconds), 100);
        claims.extend(due.await.unwrap());
    }
    claims
}

/// All that the store holds, for comparison.
#[derive(Debug, PartialEq)]
struct Content {
    loaded: Loaded,
    samples: Vec<KeptSample>,
    history: Vec<(String, Transition)>,
    left: Vec<FleetLeft>,
    waiting: u64,
}

async fn content(store: &Store) -> Content {
    let all = HistoryFilter::default();
    let history = store.alerts_history(&all, 1_000).await.unwrap().into_iter();
    Content {
        loaded: store.load().await.unwrap(),
        samples: exported(store).await,
        history: history.map(|row| (row.firing, row.transition)).collect(),
        left: store.fleet_left(minute(-9), minute(99_999)).await.unwrap(),
        waiting: store.outbox_summary().await.unwrap().waiting,
    }
}

async fn exported(store: &Store) -> Vec<KeptSample> {
    let mut all = Vec::new();
    let each = |sample| {
        all.push(sample);
        ControlFlow::Continue(())
    };
    store
        .export(minute(-99_999), minute(999_999), each)
        .await
        .unwrap();
    all
}

/// Polls a future so many times and then drops it; returns what it gave, if it was done.
async fn dropped_after<T>(polls: usize, future: impl Future<Output = T>) -> Option<T> {
    let mut future = pin!(future);
    let mut left = polls;
    std::future::poll_fn(|cx| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        future.as_mut().poll(cx).map(Some)
    })
    .await
}

#[tokio::test]
async fn a_step_that_is_dropped_anywhere_is_kept_whole_or_not_at_all() {
    let place = folder();
    let mut store = Store::open(&place.url).await.unwrap();
    store.commit(&step(0)).await.unwrap();
    let before = content(&store).await;
    let other = memory().await;
    other.commit(&step(0)).await.unwrap();
    other.commit(&step(1)).await.unwrap();
    let after = content(&other).await;
    for polls in 0..200 {
        let done = dropped_after(polls, store.commit(&step(1))).await;
        store.close().await;
        store = Store::open(&place.url).await.unwrap();
        let found = content(&store).await;
        if done.is_some() || found == after {
            assert_eq!(found, after, "after {polls} polls");
            return;
        }
        assert_eq!(found, before, "after {polls} polls");
    }
    panic!("the step was never kept");
}

#[tokio::test]
async fn a_step_that_is_committed_twice_is_kept_once() {
    let store = memory().await;
    store.commit(&step(0)).await.unwrap();
    store.commit(&step(1)).await.unwrap();
    let once = content(&store).await;
    store.commit(&step(1)).await.unwrap();
    assert_eq!(content(&store).await, once);
}

#[tokio::test]
async fn what_was_kept_is_there_after_a_restart() {
    let place = folder();
    let store = Store::open(&place.url).await.unwrap();
    store.commit(&step(0)).await.unwrap();
    let kept = content(&store).await;
    assert_eq!(kept.samples.len(), 300);
    assert_eq!(kept.history[0], (key().firing_id(minute(0)), fired(0)));
    assert_eq!(kept.loaded.series, [mark("a", 0, 300)]);
    drop(store);
    let again = Store::open(&place.url).await.unwrap();
    assert_eq!(content(&again).await, kept);
}

#[tokio::test]
async fn a_known_message_is_left_alone_whatever_became_of_it() {
    let store = memory().await;
    let step = messages(&["sent", "dead", "tried"], "ops", "x");
    let step = Step {
        outbox: step
            .outbox
            .into_iter()
            .map(|m| Notification {
                alerts: Vec::new(),
                ..m
            })
            .collect(),
        ..step
    };
    store.commit(&step).await.unwrap();
    store.delivered("sent", time(1), "200 OK").await.unwrap();
    store.dead("dead", time(1), "410 Gone", &[]).await.unwrap();
    store
        .retry("tried", time(1), "503 Busy", time(60))
        .await
        .unwrap();
    store.commit(&step).await.unwrap();
    assert_eq!(due(&store, 59).await, Vec::<String>::new());
    assert_eq!(due(&store, 60).await, ["tried"]);
}

#[tokio::test]
async fn a_sample_stays_as_it_was_judged() {
    let store = memory().await;
    let step = |percent| Step {
        samples: vec![kept("a", 0, sample(percent))],
        ..Step::default()
    };
    store.commit(&step(1)).await.unwrap();
    store.commit(&step(2)).await.unwrap();
    assert_eq!(exported(&store).await, [kept("a", 0, sample(1))]);
}

#[tokio::test]
async fn what_a_step_removes_is_gone_and_its_samples_stay() {
    let store = memory().await;
    store.commit(&step(0)).await.unwrap();
    let removal = Step {
        rules_removed: vec!["origin-5xx".to_owned()],
        series_removed: vec![series("a")],
        alerts: vec![AlertRow {
            key: key(),
            state: None,
        }],
        ..Step::default()
    };
    store.commit(&removal).await.unwrap();
    assert_eq!(store.load().await.unwrap(), Loaded::default());
    assert_eq!(exported(&store).await.len(), 300);
}

#[tokio::test]
async fn a_second_service_on_one_file_is_refused() {
    let place = folder();
    let first = Store::open(&place.url).await.unwrap();
    let refused = Store::open(&place.url).await.unwrap_err();
    assert!(matches!(refused, StoreError::InUse { .. }));
    let told = refused.to_string();
    assert!(told.contains("another foghorn runs on "), "{told}");
    assert!(told.contains("foghorn.db"), "{told}");
    drop(first);
    Store::open(&place.url).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_to_the_file_of_another_service_is_that_file() {
    let place = folder();
    let beside = folder();
    let link = beside.folder.path().join("foghorn.db");
    let file = place.folder.path().join("foghorn.db");
    std::os::unix::fs::symlink(file, &link).unwrap();
    let first = Store::open(&place.url).await.unwrap();
    let refused = Store::open(&beside.url).await.unwrap_err();
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
    drop(first);
    Store::open(&beside.url).await.unwrap();
}

#[cfg(unix)]
#[tokio::test]
async fn a_lock_file_that_may_only_be_read_is_a_lock_all_the_same() {
    let place = folder();
    // Stands for a file of another user, as some users may write every file.
    std::fs::create_dir(place.folder.path().join("foghorn.db.lock")).unwrap();
    let _first = Store::open(&place.url).await.unwrap();
    let refused = Store::open(&place.url).await.unwrap_err();
    assert!(matches!(refused, StoreError::InUse { .. }), "{refused}");
}

#[cfg(unix)]
#[tokio::test]
async fn a_store_beside_which_nothing_can_be_written_is_read() {
    let place = folder();
    let service = Store::open(&place.url).await.unwrap();
    service.commit(&step(0)).await.unwrap();
    service.close().await;
    // A log that cannot be made stands for a folder that may not be written, as some users may write
    // every folder.
    let log = place.folder.path().join("foghorn.db-wal");
    std::os::unix::fs::symlink("no/folder", &log).unwrap();
    let command = Store::read(&place.url).await.unwrap();
    assert_eq!(exported(&command).await.len(), 300);
    command.close().await;
    // With a log there is a writer, whose last words would be missed.
    std::fs::remove_file(&log).unwrap();
    std::fs::create_dir(&log).unwrap();
    assert!(Store::read(&place.url).await.is_err());
}

#[tokio::test]
async fn commands_read_while_the_service_writes_and_after_it_has_stopped() {
    let place = folder();
    assert!(matches!(
        Store::read(&place.url).await,
        Err(StoreError::Missing { .. })
    ));
    let service = Store::open(&place.url).await.unwrap();
    service.commit(&step(0)).await.unwrap();
    let command = Store::read(&place.url).await.unwrap();
    assert_eq!(exported(&command).await.len(), 300);
    service.commit(&step(1)).await.unwrap();
    assert_eq!(exported(&command).await.len(), 600);
    assert!(matches!(
        command.commit(&step(2)).await,
        Err(StoreError::Commit(_))
    ));
    command.close().await;
    service.close().await;
    let command = Store::read(&place.url).await.unwrap();
    assert_eq!(exported(&command).await.len(), 600);
}

#[tokio::test]
async fn an_unusable_folder_is_named_with_the_mend() {
    let place = folder();
    let missing = format!(
        "sqlite:{}",
        place.folder.path().join("no/foghorn.db").display()
    );
    let refused = Store::open(&missing).await.unwrap_err();
    assert!(refused.is_passing());
    assert!(
        refused
            .to_string()
            .contains("its folder must exist and be writable")
    );
}

#[tokio::test]
async fn a_folder_in_place_of_the_file_is_told_as_one() {
    let place = folder();
    let url = format!("sqlite:{}", place.folder.path().display());
    for refused in [Store::open(&url).await, Store::read(&url).await] {
        let refused = refused.unwrap_err();
        assert!(!refused.is_passing());
        assert!(refused.to_string().contains("is a folder"), "{refused}");
    }
}

#[tokio::test]
async fn an_unknown_kind_of_store_is_refused_without_its_password() {
    let refused = Store::open("postgres://user:hunter2@host/db")
        .await
        .unwrap_err();
    assert_eq!(
        refused.to_string(),
        "the store `postgres:` is not supported: write `sqlite:PATH`"
    );
    assert_eq!(
        Store::open("foghorn.db").await.unwrap_err().to_string(),
        "the store `foghorn.db` is not supported: write `sqlite:PATH`"
    );
    assert!(Store::open("sqlite:").await.is_err());
}

#[tokio::test]
async fn a_file_that_is_no_database_is_refused() {
    let place = folder();
    std::fs::write(
        place.folder.path().join("foghorn.db"),
        "rules: []\n".repeat(200),
    )
    .unwrap();
    let refused = Store::open(&place.url).await.unwrap_err();
    assert!(
        refused.to_string().contains("it is no sound database"),
        "{refused}"
    );
    assert!(!refused.is_passing());
}

#[tokio::test]
async fn messages_of_one_alert_keep_their_order_in_a_lane_and_lanes_do_not_wait() {
    let store = memory().await;
    store
        .commit(&messages(&["one", "two"], "ops", "alert"))
        .await
        .unwrap();
    store
        .commit(&{
            let mut step = messages(&["other alert"], "ops", "else");
            step.outbox[0].alerts[0].domain = "b".to_owned();
            step
        })
        .await
        .unwrap();
    store
        .commit(&messages(&["other lane"], "chat", "alert"))
        .await
        .unwrap();
    let found: BTreeSet<_> = due(&store, 1).await.into_iter().collect();
    assert_eq!(
        found,
        ["one", "other alert", "other lane"]
            .map(str::to_owned)
            .into()
    );
    store
        .retry("one", time(1), "503", time(3_600))
        .await
        .unwrap();
    store.delivered("other alert", time(1), "").await.unwrap();
    store.delivered("other lane", time(1), "").await.unwrap();
    assert_eq!(due(&store, 2).await, Vec::<String>::new());
    store.dead("one", time(3), "gave up", &[]).await.unwrap();
    assert_eq!(due(&store, 4).await, ["two"]);
}

fn lane(receiver: &str) -> Lane {
    Lane {
        receiver: receiver.to_owned(),
        channel: 0,
    }
}

#[tokio::test]
async fn a_lane_is_asked_for_by_itself_so_that_no_other_queue_stands_before_it() {
    let store = memory().await;
    for number in 0..50 {
        let id = format!("slow {number}");
        let mut step = messages(&[&id], "slow", &id);
        step.outbox[0].alerts[0].domain = id;
        store.commit(&step).await.unwrap();
    }
    store
        .commit(&messages(&["quick"], "quick", "x"))
        .await
        .unwrap();
    let lanes = store.waiting_lanes().await.unwrap();
    let waiting: Vec<_> = lanes
        .iter()
        .map(|waiting| (waiting.lane.receiver.as_str(), waiting.waiting))
        .collect();
    assert_eq!(waiting, [("quick", 1), ("slow", 50)]);
    let quick = store.due(&lane("quick"), Which::Due, time(1), 1).await;
    assert_eq!(quick.unwrap().len(), 1);
    let slow = store.due(&lane("slow"), Which::Due, time(1), 20).await;
    assert_eq!(slow.unwrap().len(), 20);
}

#[tokio::test]
async fn a_lane_that_is_hurried_has_nothing_that_waits_for_its_time() {
    let store = memory().await;
    store.commit(&messages(&["m"], "ops", "x")).await.unwrap();
    store.retry("m", time(1), "503", time(600)).await.unwrap();
    assert_eq!(due(&store, 2).await, Vec::<String>::new());
    let first = store.due(&lane("ops"), Which::First, time(2), 9).await;
    assert_eq!(first.unwrap()[0].notification.id, "m");
    let old = |seconds| Which::DecidedBy(time(seconds));
    let before = store.due(&lane("ops"), old(-1), time(2), 9).await;
    assert_eq!(before.unwrap(), []);
    let before = store.due(&lane("ops"), old(0), time(2), 9).await;
    assert_eq!(before.unwrap().len(), 1);
    store.hurry(&lane("ops"), time(2)).await.unwrap();
    assert_eq!(due(&store, 2).await, ["m"]);
}

#[tokio::test]
async fn what_waits_for_a_time_of_before_the_clock_was_put_back_is_due_at_once() {
    let store = memory().await;
    let mut ahead = messages(&["decided ahead"], "ops", "alert");
    ahead.now = time(86_400);
    store.commit(&ahead).await.unwrap();
    let mut other = messages(&["tried ahead"], "chat", "alert");
    other.now = time(0);
    store.commit(&other).await.unwrap();
    let tried = store.retry("tried ahead", time(86_400), "503", time(86_460));
    tried.await.unwrap();
    assert_eq!(due(&store, 1).await, Vec::<String>::new());
    store.put_back(time(1), time(86_460)).await.unwrap();
    assert_eq!(due(&store, 1).await, Vec::<String>::new());
    store.put_back(time(1), time(3_601)).await.unwrap();
    let found: BTreeSet<String> = due(&store, 1).await.into_iter().collect();
    assert_eq!(
        found,
        ["decided ahead", "tried ahead"].map(str::to_owned).into()
    );
}

/// A message of the alert on `a`, at its firing `firing`.
fn told(id: &str, firing: &str, state: State) -> Notification {
    let mut message = message(id, "ops", &[firing]);
    message.alerts[0].state = state;
    message
}

fn step_of(outbox: Vec<Notification>) -> Step {
    Step {
        outbox,
        now: time(0),
        ..Step::default()
    }
}

#[tokio::test]
async fn the_next_firing_of_an_alert_waits_for_the_end_of_the_one_before() {
    let store = memory().await;
    let outbox = vec![
        told("end of one", "one", State::Resolved),
        told("begin of two", "two", State::Firing),
    ];
    store.commit(&step_of(outbox)).await.unwrap();
    assert_eq!(due(&store, 1).await, ["end of one"]);
    store
        .retry("end of one", time(1), "503", time(60))
        .await
        .unwrap();
    assert_eq!(due(&store, 2).await, Vec::<String>::new());
    store
        .delivered("end of one", time(60), "200")
        .await
        .unwrap();
    assert_eq!(due(&store, 60).await, ["begin of two"]);
}

#[tokio::test]
async fn messages_of_one_group_keep_their_order_though_they_share_no_alert() {
    let store = memory().await;
    let of_group = |id: &str, domain: &str| {
        let mut message = message(id, "ops", &[id]);
        message.alerts[0].domain = domain.to_owned();
        message.key = "group".to_owned();
        message
    };
    let outbox = vec![of_group("first", "a"), of_group("second", "b")];
    store.commit(&step_of(outbox)).await.unwrap();
    assert_eq!(due(&store, 1).await, ["first"]);
    store.dead("first", time(1), "400", &[]).await.unwrap();
    assert_eq!(due(&store, 1).await, ["second"]);
}

#[tokio::test]
async fn an_end_is_alone_while_its_beginning_was_given_up_and_not_once_that_is_delivered() {
    let store = memory().await;
    let outbox = vec![
        told("begin", "one", State::Firing),
        told("end", "one", State::Resolved),
    ];
    store.commit(&step_of(outbox)).await.unwrap();
    store.dead("begin", time(1), "400", &[]).await.unwrap();
    let claim = claims(&store, 2).await.remove(0);
    assert_eq!(
        (claim.notification.id.as_str(), claim.is_end_alone),
        ("end", true)
    );
    store.dead("end", time(2), "alone", &[]).await.unwrap();
    for id in ["begin", "end"] {
        assert_eq!(store.requeue(id, time(3)).await.unwrap(), Requeued::Waits);
    }
    assert_eq!(due(&store, 3).await, ["begin"]);
    store.delivered("begin", time(3), "200").await.unwrap();
    let claim = claims(&store, 3).await.remove(0);
    assert_eq!(
        (claim.notification.id.as_str(), claim.is_end_alone),
        ("end", false)
    );
}

#[tokio::test]
async fn an_end_is_not_sent_again_unless_its_beginning_was_told_or_waits_to_be() {
    let store = memory().await;
    let outbox = vec![
        told("begin", "one", State::Firing),
        told("end", "one", State::Resolved),
    ];
    store.commit(&step_of(outbox)).await.unwrap();
    for id in ["begin", "end"] {
        store.dead(id, time(1), "400", &[]).await.unwrap();
    }
    let requeue = async |id| store.requeue(id, time(2)).await.unwrap();
    assert_eq!(requeue("end").await, Requeued::IsEndAlone);
    assert_eq!(due(&store, 2).await, Vec::<String>::new());
    assert_eq!(store.dead_letters(9).await.unwrap().len(), 2);
    assert_eq!(requeue("begin").await, Requeued::Waits);
    assert_eq!(requeue("end").await, Requeued::Waits, "it comes after that");
    store.delivered("begin", time(2), "200").await.unwrap();
    store.dead("end", time(2), "400", &[]).await.unwrap();
    assert_eq!(requeue("end").await, Requeued::Waits);
    assert_eq!(due(&store, 3).await, ["end"]);
}

fn told_of(delivery: &str, receiver: &str, firing: &str) -> Decision {
    Decision {
        firing: firing.to_owned(),
        at: time(0),
        what: Decided::Told {
            deliveries: vec![delivery.to_owned()],
            receiver: receiver.to_owned(),
            reason: Reason::First,
            group: String::new(),
            with: 0,
        },
    }
}

fn tried(id: &str, outcome: AlertOutcome) -> AlertTried {
    AlertTried {
        alert: message("", "", &[id]).alerts.remove(0),
        outcome,
    }
}

fn taken(id: &str) -> AlertTried {
    tried(id, AlertOutcome::Taken("202 Accepted".to_owned()))
}

fn refused(id: &str) -> AlertTried {
    tried(id, AlertOutcome::Refused("400 Bad Request".to_owned()))
}

fn alerts(of: &Notification) -> Vec<&str> {
    of.alerts.iter().map(|alert| alert.id.as_str()).collect()
}

#[tokio::test]
async fn an_end_goes_out_though_its_beginning_was_taken_only_in_part() {
    let store = memory().await;
    let begin = message("begin", "ops", &["one", "two"]);
    let outbox = vec![
        begin,
        told("end", "one", State::Resolved),
        told("end of two", "two", State::Resolved),
    ];
    store.commit(&step_of(outbox)).await.unwrap();
    let fallback = [lane("other")];
    for of in [taken("one"), refused("two")] {
        store.note_alert("begin", &of, time(1)).await.unwrap();
    }
    store
        .dead("begin", time(1), "taken: 1 of 2 alerts", &fallback)
        .await
        .unwrap();
    let letters = store.dead_letters(9).await.unwrap();
    assert_eq!(letters.len(), 1, "it is a dead letter all the same");
    let due = claims(&store, 2).await;
    let of_ops = due.iter().find(|of| of.notification.id == "end");
    assert!(!of_ops.unwrap().is_end_alone);
    let mut others = due.iter().filter(|of| of.notification.receiver == "other");
    let stands_in = &others.next().unwrap().notification;
    assert_eq!(alerts(stands_in), ["two"], "the fallback is told of it");
    assert_eq!(others.next(), None);
    store.delivered("end", time(2), "202").await.unwrap();
    let due = claims(&store, 2).await;
    let of_two = due.iter().find(|of| of.notification.id == "end of two");
    assert!(of_two.unwrap().is_end_alone, "nobody heard that it began");
}

#[tokio::test]
async fn what_is_tried_again_keeps_back_the_alerts_alone_that_were_not_taken() {
    let store = memory().await;
    let of_group = |id: &str, domains: &[&str]| {
        let mut message = message(id, "ops", domains);
        message.key = "group".to_owned();
        for alert in &mut message.alerts {
            alert.domain = alert.id.clone();
        }
        message
    };
    let outbox = vec![
        of_group("begin", &["one", "two", "three"]),
        of_group("one goes on", &["one"]),
        of_group("two goes on", &["two"]),
        of_group("three goes on", &["three"]),
        of_group("all go on", &["one", "two", "three"]),
    ];
    store.commit(&step_of(outbox)).await.unwrap();
    assert_eq!(due(&store, 1).await, ["begin"]);
    for of in [taken("one"), refused("two")] {
        store.note_alert("begin", &of, time(1)).await.unwrap();
    }
    let retry = store.retry("begin", time(1), "503", time(60));
    retry.await.unwrap();
    assert_eq!(due(&store, 2).await, ["one goes on"]);
    store
        .delivered("one goes on", time(2), "202")
        .await
        .unwrap();
    assert_eq!(due(&store, 3).await, Vec::<String>::new());
    store.dead("begin", time(60), "in part", &[]).await.unwrap();
    assert_eq!(due(&store, 60).await, ["two goes on"]);
}

#[tokio::test]
async fn alerts_that_were_settled_are_not_given_again_and_sending_again_gives_the_refused_alone() {
    let store = memory().await;
    let all = ["one", "two", "three"];
    let outbox = vec![message("m", "ops", &all)];
    store.commit(&step_of(outbox)).await.unwrap();
    store.note_alert("m", &taken("one"), time(1)).await.unwrap();
    store
        .note_alert("m", &refused("two"), time(1))
        .await
        .unwrap();
    let failed = tried("three", AlertOutcome::Failed("503".to_owned()));
    store.note_alert("m", &failed, time(1)).await.unwrap();
    // The process may have died here, or noted that it tries again.
    for _ in 0..2 {
        let claim = claims(&store, 60).await.remove(0);
        assert_eq!(alerts(&claim.notification), ["three"]);
        assert_eq!(claim.settled, [taken("one"), refused("two")]);
        store.retry("m", time(1), "503", time(60)).await.unwrap();
    }
    store
        .note_alert("m", &taken("three"), time(60))
        .await
        .unwrap();
    assert_eq!(alerts(&claims(&store, 60).await[0].notification), [""; 0]);
    store.dead("m", time(60), "in part", &[]).await.unwrap();
    let letter = store.dead_letters(9).await.unwrap().remove(0);
    let not_told = letter.not_told.iter();
    let not_told: Vec<_> = not_told.map(|of| (&*of.alert.id, &*of.why)).collect();
    assert_eq!(not_told, [("two", "400 Bad Request")]);
    assert_eq!(alerts(&letter.notification.unwrap()), all);
    let of_one = store.settled("m", "one").await.unwrap();
    assert_eq!(of_one, Some((time(1), taken("one").outcome)));

    assert_eq!(store.requeue("m", time(70)).await.unwrap(), Requeued::Waits);
    let claim = claims(&store, 70).await.remove(0);
    assert_eq!(alerts(&claim.notification), ["two"]);
    assert_eq!(claim.settled, [taken("one"), taken("three")]);
    store.delivered("m", time(70), "202").await.unwrap();
    assert_eq!(store.settled("m", "one").await.unwrap(), None, "it is all");
    assert_eq!(store.dead_letters(9).await.unwrap(), []);
}

#[tokio::test]
async fn what_is_given_up_after_some_of_it_was_taken_is_about_the_rest_alone() {
    let store = memory().await;
    let mut m = message("m", "ops", &["one", "two"]);
    m.alerts[1].severity = "warning".to_owned();
    store.commit(&step_of(vec![m])).await.unwrap();
    store.note_alert("m", &taken("one"), time(1)).await.unwrap();
    let fallback = [lane("manager")];
    let answer = "given up after 1d: 503";
    store.dead("m", time(9), answer, &fallback).await.unwrap();
    let letter = store.dead_letters(9).await.unwrap().remove(0);
    assert_eq!(letter.not_told.len(), 1);
    assert_eq!(letter.not_told[0].alert.id, "two");
    assert_eq!(letter.not_told[0].why, answer);
    let claim = claims(&store, 9).await.remove(0);
    assert_eq!(alerts(&claim.notification), ["two"]);
    let lost = store.undeliverable(time(0)).await.unwrap();
    assert_eq!(lost, None, "the critical one was taken");
}

#[tokio::test]
async fn a_critical_alert_counts_as_told_once_the_fallback_took_it_whatever_else_it_refused() {
    let store = memory().await;
    let mut m = message("m", "ops", &["one", "two"]);
    m.alerts[1].severity = "warning".to_owned();
    store.commit(&step_of(vec![m])).await.unwrap();
    let fallback = [lane("manager")];
    store.dead("m", time(1), "401", &fallback).await.unwrap();
    let stands_in = claims(&store, 1).await.remove(0).notification.id;
    let counted = async || store.undeliverable(time(0)).await.unwrap();
    assert_eq!(counted().await.unwrap().messages, 1);
    for of in [taken("one"), refused("two")] {
        store.note_alert(&stands_in, &of, time(2)).await.unwrap();
    }
    store
        .dead(&stands_in, time(2), "in part", &[])
        .await
        .unwrap();
    assert_eq!(counted().await, None);
}

#[tokio::test]
async fn who_stood_in_for_one_alert_hears_of_the_end_of_another_in_the_same_message() {
    let store = memory().await;
    let begin = told("begin", "one", State::Firing);
    let mut both = message("both", "ops", &["one", "two"]);
    both.alerts[0].state = State::Resolved;
    let mut step = step_of(vec![begin, both]);
    step.decisions = [("begin", "one"), ("both", "one"), ("both", "two")]
        .map(|(delivery, firing)| told_of(delivery, "ops", firing))
        .into();
    store.commit(&step).await.unwrap();
    let fallback = [lane("manager")];
    store
        .dead("begin", time(1), "400", &fallback)
        .await
        .unwrap();
    let claim = claims(&store, 1).await.remove(0);
    store
        .delivered(&claim.notification.id, time(1), "200")
        .await
        .unwrap();
    // A person has the beginning sent again, and the end is taken.
    store.requeue("begin", time(2)).await.unwrap();
    store.delivered("begin", time(2), "202").await.unwrap();
    let mut end = taken("one");
    end.alert.state = State::Resolved;
    store.note_alert("both", &end, time(3)).await.unwrap();
    store
        .note_alert("both", &refused("two"), time(3))
        .await
        .unwrap();
    store.dead("both", time(3), "400", &fallback).await.unwrap();
    let stands_in = claims(&store, 3).await.remove(0).notification;
    assert_eq!(alerts(&stands_in), ["two"]);
    assert!(stands_in.undelivered.is_some());
    store
        .delivered(&stands_in.id, time(3), "200")
        .await
        .unwrap();
    let end = claims(&store, 3).await.remove(0).notification;
    assert_eq!(alerts(&end), ["one"]);
    assert_eq!(end.undelivered, None, "it was told to whom it was for");
}

#[tokio::test]
async fn an_end_whose_beginning_was_given_up_is_left_out_of_a_message_that_tells_others() {
    let store = memory().await;
    let mut ends = message("ends", "ops", &["one", "two", "three"]);
    ends.alerts[0].state = State::Resolved;
    ends.alerts[1].state = State::Resolved;
    let outbox = vec![
        told("begin of one", "one", State::Firing),
        told("begin of two", "two", State::Firing),
        ends,
    ];
    store.commit(&step_of(outbox)).await.unwrap();
    let (one, two) = ("begin of one", "begin of two");
    store.dead(one, time(1), "400", &[]).await.unwrap();
    store.delivered(two, time(1), "200").await.unwrap();
    let claim = claims(&store, 2).await.remove(0);
    assert!(!claim.is_end_alone);
    let alerts = claim.notification.alerts.iter().map(|a| a.id.as_str());
    assert_eq!(alerts.collect::<Vec<_>>(), ["two", "three"]);
}

#[tokio::test]
async fn a_reminder_that_is_given_up_does_not_make_the_end_stand_alone() {
    let store = memory().await;
    let outbox = vec![
        told("begin", "one", State::Firing),
        told("reminder", "one", State::Firing),
        told("end", "one", State::Resolved),
    ];
    store.commit(&step_of(outbox)).await.unwrap();
    store.delivered("begin", time(1), "200").await.unwrap();
    store.dead("reminder", time(2), "400", &[]).await.unwrap();
    let claim = claims(&store, 2).await.remove(0);
    assert_eq!(
        (claim.notification.id.as_str(), claim.is_end_alone),
        ("end", false)
    );
}

#[tokio::test]
async fn what_is_given_up_goes_to_the_fallback_once_and_no_further() {
    let store = memory().await;
    let fallback = [lane("ops"), lane("manager")];
    store.commit(&messages(&["m"], "ops", "x")).await.unwrap();
    store
        .dead("m", time(1), "404 Not Found", &fallback)
        .await
        .unwrap();
    let claim = claims(&store, 1).await.remove(0);
    let stands_in = claim.notification;
    assert_eq!(stands_in.receiver, "manager");
    let undelivered = stands_in.undelivered.unwrap();
    assert_eq!(
        (undelivered.receiver.as_str(), undelivered.answer.as_str()),
        ("ops", "404 Not Found")
    );
    let since = time(-60);
    assert_eq!(
        store.undeliverable(since).await.unwrap().unwrap().messages,
        1
    );
    assert_eq!(store.undeliverable(time(2)).await.unwrap(), None);

    // Sent again and given up again, it has its stand-in already; whose own end is the last.
    store.requeue("m", time(2)).await.unwrap();
    assert_eq!(store.undeliverable(since).await.unwrap(), None);
    store
        .dead("m", time(3), "404 Not Found", &fallback)
        .await
        .unwrap();
    assert_eq!(due(&store, 3).await, [stands_in.id.as_str()]);
    let others = [lane("others")];
    store
        .dead(&stands_in.id, time(4), "gone", &others)
        .await
        .unwrap();
    assert_eq!(due(&store, 4).await, Vec::<String>::new());
    assert_eq!(
        store.undeliverable(since).await.unwrap().unwrap().messages,
        1
    );

    store
        .delivered(&stands_in.id, time(5), "200")
        .await
        .unwrap();
    assert_eq!(store.undeliverable(since).await.unwrap(), None);
}

#[tokio::test]
async fn who_heard_of_a_firing_in_the_stead_of_another_hears_of_its_end_once() {
    let store = memory().await;
    let both = |id: &str, state: State| {
        let mut message = message(id, "ops", &["one", "two"]);
        message.alerts[0].state = state;
        message.alerts[1].state = state;
        message
    };
    let step = Step {
        decisions: vec![
            told_of("begin", "ops", "one"),
            told_of("begin", "ops", "two"),
            told_of("reminder", "ops", "one"),
            told_of("own", "manager", "two"),
        ],
        ..step_of(vec![
            both("begin", State::Firing),
            told("reminder", "one", State::Firing),
            both("end", State::Resolved),
        ])
    };
    store.commit(&step).await.unwrap();
    let fallback = [lane("manager")];
    store
        .dead("begin", time(1), "404", &fallback)
        .await
        .unwrap();
    store.delivered("reminder", time(2), "200").await.unwrap();
    store.delivered("end", time(3), "200").await.unwrap();
    store.delivered("end", time(3), "200").await.unwrap();

    let begin = claims(&store, 3).await.remove(0).notification;
    assert_eq!(
        (begin.receiver.as_str(), begin.alerts.len()),
        ("manager", 2)
    );
    assert!(store.heard_by(&lane("manager")).await.unwrap().is_empty());
    store.delivered(&begin.id, time(4), "200").await.unwrap();
    let heard = store.heard_by(&lane("manager")).await.unwrap();
    assert_eq!(heard.into_iter().collect::<Vec<_>>(), ["one", "two"]);
    let end = claims(&store, 4).await.remove(0).notification;
    assert_eq!(end.receiver, "manager");
    assert_eq!(end.undelivered, None);
    // Of the other it is told by its own route.
    let ends = end.alerts.iter().map(|a| (a.id.as_str(), a.state));
    assert_eq!(ends.collect::<Vec<_>>(), [("one", State::Resolved)]);
    store.delivered(&end.id, time(5), "200").await.unwrap();
    assert_eq!(due(&store, 5).await, Vec::<String>::new());
    let heard = store.heard_by(&lane("manager")).await.unwrap();
    assert_eq!(heard.into_iter().collect::<Vec<_>>(), ["two"]);
}

#[tokio::test]
async fn what_is_told_beside_the_steps_is_noted_with_it() {
    let store = memory().await;
    let test = message("test", "ops", &["x"]);
    store
        .tell(std::slice::from_ref(&test), time(1), "drills", "noted")
        .await
        .unwrap();
    store
        .tell(&[test], time(2), "drills", "again")
        .await
        .unwrap();
    assert_eq!(due(&store, 2).await, ["test"]);
    assert_eq!(
        store.meta("drills").await.unwrap().as_deref(),
        Some("again")
    );
}

#[tokio::test]
async fn a_message_is_due_again_when_its_wait_is_over_and_knows_its_tries() {
    let store = memory().await;
    store.commit(&messages(&["m"], "ops", "x")).await.unwrap();
    store.retry("m", time(1), "503", time(60)).await.unwrap();
    store.retry("m", time(60), "502", time(180)).await.unwrap();
    assert_eq!(due(&store, 179).await, Vec::<String>::new());
    let claims = claims(&store, 180).await;
    assert_eq!((claims[0].attempts, claims[0].created), (2, time(0)));
    let answers = store.deliveries(Some("m"), 10).await.unwrap();
    let answers: Vec<_> = answers
        .iter()
        .map(|d| (d.at, d.outcome, d.answer.as_str()))
        .collect();
    assert_eq!(
        answers,
        [
            (time(60), TryOutcome::Retry, "502"),
            (time(1), TryOutcome::Retry, "503")
        ]
    );
}

#[tokio::test]
async fn a_dead_letter_can_be_sent_again_under_its_own_id() {
    let store = memory().await;
    store
        .commit(&messages(&["m", "n"], "ops", "x"))
        .await
        .unwrap();
    store
        .dead("m", time(5), "404 Not Found", &[])
        .await
        .unwrap();
    let dead = store.dead_letters(10).await.unwrap();
    assert_eq!(
        (dead[0].id.as_str(), dead[0].answer.as_str()),
        ("m", "404 Not Found")
    );
    let summary = store.outbox_summary().await.unwrap();
    assert_eq!((summary.waiting, summary.dead), (1, 1));
    assert_eq!(summary.oldest_due, Some(time(0)));
    let answers: Vec<_> = summary.lanes.iter().map(|of| of.answer.as_str()).collect();
    assert_eq!(answers, [""], "the one that waits was not tried");
    for what in [Requeued::Waits, Requeued::WasNotGivenUp] {
        assert_eq!(store.requeue("m", time(9)).await.unwrap(), what);
    }
    assert_eq!(due(&store, 9).await, ["m"]);
    assert_eq!(claims(&store, 9).await[0].created, time(9));
    assert!(matches!(
        store.requeue("nobody", time(9)).await,
        Err(StoreError::UnknownDelivery { .. })
    ));
}

#[tokio::test]
async fn what_was_delivered_stays_delivered() {
    let store = memory().await;
    store.commit(&messages(&["m"], "ops", "x")).await.unwrap();
    store.delivered("m", time(1), "200").await.unwrap();
    store.retry("m", time(2), "503", time(3)).await.unwrap();
    store.dead("m", time(2), "503", &[]).await.unwrap();
    assert_eq!(due(&store, 99).await, Vec::<String>::new());
    let summary = store.outbox_summary().await.unwrap();
    assert_eq!((summary.waiting, summary.dead), (0, 0));
}

#[tokio::test]
async fn an_answer_of_any_length_is_cut_at_a_character() {
    let store = memory().await;
    store.commit(&messages(&["m"], "ops", "x")).await.unwrap();
    store
        .dead("m", time(1), &"页".repeat(5_000), &[])
        .await
        .unwrap();
    let dead = store.dead_letters(1).await.unwrap();
    assert_eq!(dead[0].answer, "页".repeat(2_048 / 3));
}

#[tokio::test]
async fn history_is_told_by_what_is_asked_for() {
    let store = memory().await;
    let ended = Transition {
        minute: minute(9),
        event: Event::Ended {
            reason: "the rule was removed".to_owned(),
        },
        ..fired(4)
    };
    let changed = Transition {
        minute: minute(6),
        event: Event::SeverityChanged {
            from: Severity::Warning,
        },
        ..fired(4)
    };
    let blind = Transition {
        key: AlertKey {
            rule: "source-late".to_owned(),
            subject: Subject::Account {
                account: AccountName::from("main"),
                cause: "late".to_owned(),
            },
        },
        ..fired(5)
    };
    let all = vec![fired(4), blind.clone(), changed.clone(), ended.clone()];
    store
        .commit(&Step {
            transitions: all,
            ..Step::default()
        })
        .await
        .unwrap();
    let ask = async |filter: HistoryFilter, limit| {
        let rows = store.alerts_history(&filter, limit).await.unwrap();
        rows.into_iter()
            .map(|row| row.transition)
            .collect::<Vec<_>>()
    };
    let firing = HistoryFilter {
        firing: Some(key().firing_id(minute(4))),
        ..Default::default()
    };
    assert_eq!(
        ask(firing, 9).await,
        [ended.clone(), changed.clone(), fired(4)]
    );
    let rule = HistoryFilter {
        rule: Some("source-late".to_owned()),
        ..Default::default()
    };
    assert_eq!(ask(rule, 9).await, [blind]);
    let late = HistoryFilter {
        from: Some(minute(6)),
        to: Some(minute(9)),
        ..Default::default()
    };
    assert_eq!(ask(late, 9).await, [changed]);
    assert_eq!(ask(HistoryFilter::default(), 1).await, [ended]);
}

#[tokio::test]
async fn pruning_forgets_whole_blocks_and_keeps_what_is_still_needed() {
    let store = memory().await;
    let samples = |domain: &str| {
        (0..1_200)
            .map(|o| kept(domain, o, sample(1)))
            .collect::<Vec<_>>()
    };
    let step = Step {
        samples: [samples("a"), samples("behind"), samples("gone")].concat(),
        series: vec![mark("a", 0, 1_200), mark("behind", 0, 500)],
        ..Step::default()
    };
    store.commit(&step).await.unwrap();
    let prune = Prune {
        samples_before: minute(970),
        reach: 10,
        messages_before: time(0),
        transitions_before: minute(0),
        batch: 80,
    };
    assert_eq!(store.prune(&prune).await.unwrap().samples, 0);
    repack_all(&store, minute(970)).await;
    let mut deleted = Vec::new();
    loop {
        let pruned = store.prune(&prune).await.unwrap();
        deleted.push(pruned.samples);
        if !pruned.more {
            break;
        }
    }
    assert_eq!(deleted, [480, 480, 480, 480, 480, 0]);
    let left = |domain: &str, all: &[KeptSample]| {
        let of = all.iter().filter(|kept| kept.series == series(domain));
        of.map(|kept| kept.minute).min()
    };
    let all = exported(&store).await;
    assert_eq!(left("a", &all), Some(minute(960)));
    assert_eq!(left("behind", &all), Some(minute(480)));
    assert_eq!(left("gone", &all), Some(minute(960)));
    // What was forgotten is covered no longer, and never again as if it were.
    let earlier = Prune {
        samples_before: minute(730),
        ..prune
    };
    store.prune(&earlier).await.unwrap();
    let marks = store.load().await.unwrap().series;
    let covered: Vec<Minute> = marks.iter().map(|mark| mark.covered_from).collect();
    assert_eq!(covered, [minute(960), minute(490)]);
}

/// Packs the blocks that end by then; returns how often something was moved.
async fn repack_all(store: &Store, before: Minute) -> usize {
    let (mut lane, mut moved) = (0, 0);
    loop {
        let repacked = store.repack(&Repack { before, lane }).await.unwrap();
        let Some(next) = repacked.next else {
            return moved;
        };
        (lane, moved) = (next, moved + 1);
    }
}

#[tokio::test]
async fn packing_changes_nothing_for_those_who_read_and_leaves_what_is_not_over() {
    let store = memory().await;
    for number in 0..4 {
        store.commit(&step(number)).await.unwrap();
    }
    let many = (0..300).map(|n| kept(&format!("d{n}"), n % 7 * 100, sample(n % 101)));
    let step = Step {
        samples: many.collect(),
        ..Step::default()
    };
    store.commit(&step).await.unwrap();
    let before = content(&store).await;
    assert_eq!(before.samples.len(), 1_500);
    assert!(0 < repack_all(&store, minute(700)).await);
    assert_eq!(content(&store).await, before);
    // The last block was not over; what comes late to one that was joins it.
    let late = Step {
        samples: vec![
            kept("a", 1_199, sample(7)),
            kept("d0", 1, sample(9)),
            kept("d0", 0, sample(9)),
        ],
        ..Step::default()
    };
    store.commit(&late).await.unwrap();
    let after = content(&store).await;
    assert_eq!(after.samples.len(), 1_501);
    assert_eq!(repack_all(&store, minute(0)).await, 0);
    assert!(0 < repack_all(&store, minute(9_999)).await);
    assert_eq!(content(&store).await, after);
    assert_eq!(repack_all(&store, minute(9_999)).await, 0);
}

#[tokio::test]
async fn packing_that_is_dropped_anywhere_loses_nothing_and_shows_nothing_twice() {
    let place = folder();
    let mut store = Store::open(&place.url).await.unwrap();
    store.commit(&step(0)).await.unwrap();
    store.commit(&step(1)).await.unwrap();
    let before = content(&store).await;
    let repack = Repack {
        before: minute(480),
        lane: 0,
    };
    let mut was_done = false;
    for polls in 0..200 {
        let done = dropped_after(polls, store.repack(&repack)).await;
        store.close().await;
        store = Store::open(&place.url).await.unwrap();
        assert_eq!(content(&store).await, before, "after {polls} polls");
        if let Some(done) = done {
            was_done = done.unwrap().next.is_none();
            if was_done {
                break;
            }
        }
    }
    assert!(was_done, "it was never packed");
}

#[tokio::test]
async fn many_series_are_read_at_once_as_they_are_one_by_one() {
    let store = memory().await;
    let domains: Vec<String> = (0..300).map(|n| format!("d{n}")).collect();
    for round in 0..3 {
        let rows = domains.iter().zip(0..).flat_map(|(domain, n)| {
            (0..40).map(move |at| kept(domain, round * 200 + at + n % 3, sample(at)))
        });
        let step = Step {
            samples: rows.collect(),
            ..Step::default()
        };
        store.commit(&step).await.unwrap();
    }
    repack_all(&store, minute(300)).await;
    let need = |domain: &String| Need {
        series: series(domain),
        from: minute(10),
        to: minute(410),
    };
    let needs: Vec<Need> = domains
        .iter()
        .map(need)
        .chain([need(&"nobody".to_owned())])
        .collect();
    let lanes = store.lanes(&needs).await.unwrap();
    assert_eq!(lanes.len(), 4);
    let all = store.samples_of(&needs).await.unwrap();
    let recordings = store.recordings_of(&needs).await.unwrap();
    for ((need, minutes), recording) in needs.iter().zip(all).zip(recordings) {
        let alone = store.samples(&need.series, need.from, need.to).await;
        assert_eq!(alone.unwrap(), minutes, "{}", need.series);
        assert_eq!(minutes.is_empty(), need.series == series("nobody"));
        for at in need.from.until(need.to) {
            let kept = minutes.binary_search_by_key(&at, |(minute, _)| *minute);
            let counts = |sample: &Sample| -> Vec<_> {
                let parts = sample.parts().iter();
                parts.map(|part| (part.code, part.count)).collect()
            };
            let kept = kept.ok().map(|place| match &minutes[place].1 {
                Kept::Sample(sample) => counts(sample),
                Kept::Unasked => unreachable!("all were asked for"),
            });
            let recorded = recording.sample(at);
            assert_eq!(recorded.as_ref().map(counts), kept, "{} {at}", need.series);
        }
    }
}

#[tokio::test]
async fn pruning_forgets_no_message_that_waits_and_no_alert_that_fires() {
    let store = memory().await;
    let resolved = Transition {
        minute: minute(6),
        event: Event::Resolved,
        ..fired(4)
    };
    let step = Step {
        transitions: vec![fired(4), resolved, fired(8)],
        ..messages(&["sent", "waits"], "ops", "x")
    };
    store.commit(&step).await.unwrap();
    store.delivered("sent", time(1), "").await.unwrap();
    let prune = Prune {
        samples_before: minute(999),
        reach: 0,
        messages_before: time(99_999),
        transitions_before: minute(999),
        batch: 100,
    };
    let pruned = store.prune(&prune).await.unwrap();
    assert_eq!(
        (pruned.messages, pruned.transitions, pruned.more),
        (1, 2, false)
    );
    assert_eq!(due(&store, 1).await, ["waits"]);
    let left = store
        .alerts_history(&HistoryFilter::default(), 9)
        .await
        .unwrap();
    assert_eq!(left.len(), 1);
    assert_eq!(left[0].transition, fired(8));
}

#[tokio::test]
async fn of_old_firings_as_many_are_forgotten_in_one_go_as_a_batch_has_room_for() {
    let store = memory().await;
    let transitions = (0..20).flat_map(|at| {
        let resolved = Transition {
            minute: minute(2 * at + 1),
            event: Event::Resolved,
            ..fired(2 * at)
        };
        [fired(2 * at), resolved]
    });
    let step = Step {
        transitions: transitions.collect(),
        ..Step::default()
    };
    store.commit(&step).await.unwrap();
    let prune = Prune {
        samples_before: minute(0),
        reach: 0,
        messages_before: time(0),
        transitions_before: minute(31),
        batch: 10,
    };
    let mut forgotten = Vec::new();
    loop {
        let pruned = store.prune(&prune).await.unwrap();
        forgotten.push(pruned.transitions);
        if !pruned.more {
            break;
        }
    }
    assert_eq!(forgotten, [10, 10, 10, 0]);
    let filter = HistoryFilter::default();
    let left = store.alerts_history(&filter, 99).await.unwrap();
    assert!(left.iter().all(|of| minute(30) <= of.transition.minute));
    assert_eq!(left.len(), 10);
}

#[tokio::test]
async fn what_is_exported_can_be_imported() {
    let store = memory().await;
    let mut samples: Vec<_> = (0..2_000).map(|o| kept("b", o, sample(o % 101))).collect();
    samples.push(kept("a", 7, Kept::Unasked));
    samples.push(kept("a", 5, Kept::Sample(Sample::default())));
    store
        .commit(&Step {
            samples,
            ..Step::default()
        })
        .await
        .unwrap();
    let all = exported(&store).await;
    assert_eq!(all.len(), 2_002);
    assert_eq!((&all[0].series, all[0].minute), (&series("a"), minute(5)));
    let copy = memory().await;
    for domain in ["a", "b"] {
        let of = all.iter().filter(|kept| kept.series == series(domain));
        let rows: Vec<_> = of.map(|kept| (kept.minute, kept.kept.clone())).collect();
        let imported = copy.import(&series(domain), &rows).await.unwrap();
        assert_eq!((imported.new, imported.changed), (rows.len() as u64, 0));
        let again = copy.import(&series(domain), &rows).await.unwrap();
        assert_eq!(again, Imported::default());
    }
    assert_eq!(exported(&copy).await, all);
    let marks = copy.load().await.unwrap().series;
    assert_eq!(marks[1].covered_from, minute(0));
    assert_eq!(
        (marks[1].next, marks[1].judge_from),
        (minute(2_000), minute(2_000))
    );
    assert_eq!(marks[0].history_begin, None);
}

#[tokio::test]
async fn an_import_covers_no_gap_and_changes_nothing_that_was_judged() {
    let store = memory().await;
    let step = Step {
        series: vec![mark("a", 100, 200)],
        ..Step::default()
    };
    store.commit(&step).await.unwrap();
    let far = [(minute(10), sample(1)), (minute(150), sample(1))];
    let expected = Imported {
        new: 1,
        changed: 0,
        left_out: 1,
        apart: 1,
    };
    assert_eq!(store.import(&series("a"), &far).await.unwrap(), expected);
    assert_eq!(store.load().await.unwrap().series, [mark("a", 100, 200)]);
    let near = [(minute(50), sample(1)), (minute(99), sample(1))];
    let expected = Imported {
        new: 2,
        ..Imported::default()
    };
    assert_eq!(store.import(&series("a"), &near).await.unwrap(), expected);
    let marks = store.load().await.unwrap().series;
    assert_eq!(
        (marks[0].covered_from, marks[0].next),
        (minute(50), minute(200))
    );
    assert_eq!(marks[0].history_begin, Some(minute(50)));
}

#[tokio::test]
async fn imports_that_nobody_judged_follow_each_other_in_any_order_and_the_last_holds() {
    let rows = |minutes: std::ops::Range<i64>, percent| {
        let rows = minutes.map(|at| (minute(at), sample(percent)));
        rows.collect::<Vec<_>>()
    };
    let days = [rows(0..300, 1), rows(301..600, 2)];
    for order in [[0, 1], [1, 0]] {
        let store = memory().await;
        for day in order {
            let imported = store.import(&series("a"), &days[day]).await.unwrap();
            assert_eq!(imported.new, days[day].len() as u64);
            assert_eq!((imported.left_out, imported.apart), (0, 0));
        }
        let marks = store.load().await.unwrap().series;
        assert_eq!(
            (marks[0].covered_from, marks[0].next, marks[0].judge_from),
            (minute(0), minute(600), minute(600))
        );
        assert_eq!(exported(&store).await.len(), 599);
        // The gap is filled, and what was wrong is put right.
        let imported = store
            .import(&series("a"), &rows(299..303, 7))
            .await
            .unwrap();
        assert_eq!((imported.new, imported.changed), (1, 3));
        let kept = store.samples(&series("a"), minute(298), minute(304)).await;
        let expected = [1, 7, 7, 7, 7, 2].map(sample);
        let found: Vec<Kept> = kept.unwrap().into_iter().map(|(_, kept)| kept).collect();
        assert_eq!(found, expected);
        assert_eq!(store.load().await.unwrap().series, marks);
    }
}

#[tokio::test]
async fn an_export_stops_where_it_is_told_to_and_keeps_to_its_range() {
    let store = memory().await;
    store.commit(&step(0)).await.unwrap();
    let mut seen = Vec::new();
    let each = |kept: KeptSample| {
        seen.push(kept.minute);
        if seen.len() < 3 {
            ControlFlow::Continue(())
        } else {
            ControlFlow::Break(())
        }
    };
    store.export(minute(20), minute(60), each).await.unwrap();
    assert_eq!(seen, [minute(20), minute(21), minute(22)]);
    let some = store
        .samples(&series("a"), minute(15), minute(17))
        .await
        .unwrap();
    assert_eq!(some, [(minute(15), sample(15)), (minute(16), sample(16))]);
    let none = store
        .samples(&series("nobody"), minute(0), minute(99))
        .await
        .unwrap();
    assert_eq!(none, []);
}

#[tokio::test]
async fn a_setting_is_what_was_set_last() {
    let store = memory().await;
    assert_eq!(store.meta("key").await.unwrap(), None);
    store.set_meta("key", "one").await.unwrap();
    store.set_meta("key", "two").await.unwrap();
    assert_eq!(store.meta("key").await.unwrap().as_deref(), Some("two"));
}

/// Names the store that the child process of the next test writes to.
const KILLED: &str = "FOGHORN_TEST_KILLED_STORE";

#[tokio::test]
async fn a_killed_process_loses_nothing_that_it_had_kept_and_leaves_no_half_step() {
    if let Ok(url) = std::env::var(KILLED) {
        write_until_killed(&url).await;
    }
    let place = folder();
    for told in [1, 2, 5, 9] {
        let least = kill_after(&place.url, told);
        let store = Store::open(&place.url).await.unwrap();
        let found = content(&store).await;
        let steps = found.history.len();
        assert!(
            least <= steps,
            "{least} steps were kept and {steps} are there"
        );
        assert_eq!(found.samples.len(), steps * 300);
        assert_eq!(found.waiting, steps as u64);
        let last = i64::try_from(steps).unwrap() - 1;
        assert_eq!(found.loaded.series, step(last).series);
        assert_eq!(found.loaded.alerts, step(last).alerts);
    }
}

async fn write_until_killed(url: &str) {
    let store = Store::open(url).await.unwrap();
    let kept = content(&store).await.history.len();
    let mut told = std::io::stderr();
    for number in i64::try_from(kept).unwrap().. {
        store.commit(&step(number)).await.unwrap();
        // Fails when nobody listens any more, so that no writer outlives its test.
        writeln!(told, "kept {}", number + 1).unwrap();
    }
}

/// Kills a writing process after it has told of so many steps; returns how many it has told of
/// in all.
fn kill_after(url: &str, told: usize) -> usize {
    let name = "store::a_killed_process_loses_nothing_that_it_had_kept_and_leaves_no_half_step";
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "--nocapture", name])
        .env(KILLED, url)
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let counts = lines.filter_map(|line| line.unwrap().strip_prefix("kept ")?.parse().ok());
    let least = counts.take(told).last().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    least
}
