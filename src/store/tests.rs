//! Faults that need a hand on the connection.

use super::{Cause, Lane, Store, StoreError, Which};
use crate::engine::Sample;
use crate::pipeline::{Kept, KeptSample, Step};
use crate::unit::{AccountName, DomainName, Minute, Series};

fn series() -> Series {
    Series {
        account: AccountName::from("main"),
        domain: DomainName::from("www.example.com"),
    }
}

fn minute(offset: i64) -> Minute {
    Minute::from_epoch(29_700_000 + offset).unwrap()
}

fn step(minutes: i64) -> Step {
    let samples = (0..minutes).map(|offset| KeptSample {
        series: series(),
        minute: minute(offset),
        kept: Kept::Sample(Sample::default()),
    });
    Step {
        samples: samples.collect(),
        ..Step::default()
    }
}

async fn on_disk() -> (tempfile::TempDir, Store) {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}", folder.path().join("foghorn.db").display());
    (folder, Store::open(&url).await.unwrap())
}

async fn pragma(store: &Store, sql: &'static str) {
    sqlx::query(sql).execute(&store.writer).await.unwrap();
}

async fn kept(store: &Store) -> usize {
    let samples = store.samples(&series(), minute(0), minute(99_999)).await;
    samples.unwrap().len()
}

#[tokio::test]
async fn a_full_disk_is_named_and_the_same_step_is_kept_once_there_is_space() {
    let (_folder, store) = on_disk().await;
    store.commit(&step(1)).await.unwrap();
    pragma(&store, "PRAGMA max_page_count = 30").await;
    let full = store.commit(&step(20_000)).await.unwrap_err();
    assert!(full.is_passing());
    assert!(matches!(&full, StoreError::Commit(fault) if fault.cause == Cause::DiskFull));
    let told = full.to_string();
    assert!(told.starts_with("commit a step to "), "{told}");
    assert!(
        told.ends_with("foghorn.db: the disk is full; free space on its volume"),
        "{told}"
    );
    assert_eq!(kept(&store).await, 1);
    pragma(&store, "PRAGMA max_page_count = 1000000").await;
    store.commit(&step(20_000)).await.unwrap();
    assert_eq!(kept(&store).await, 20_000);
}

#[tokio::test]
async fn an_unwritable_file_is_named_and_the_same_step_is_kept_later() {
    let (_folder, store) = on_disk().await;
    pragma(&store, "PRAGMA query_only = 1").await;
    let refused = store.commit(&step(1)).await.unwrap_err();
    assert!(refused.is_passing());
    assert!(
        refused.to_string().contains("it cannot be written"),
        "{refused}"
    );
    pragma(&store, "PRAGMA query_only = 0").await;
    store.commit(&step(1)).await.unwrap();
    assert_eq!(kept(&store).await, 1);
}

#[tokio::test]
async fn a_damaged_sample_is_named_by_series_and_minute() {
    let (_folder, store) = on_disk().await;
    store.commit(&step(3)).await.unwrap();
    pragma(
        &store,
        "UPDATE samples SET kept = x'0102ff' WHERE minute = 29700001",
    )
    .await;
    let damaged = store
        .samples(&series(), minute(0), minute(3))
        .await
        .unwrap_err();
    assert!(!damaged.is_passing());
    let told = damaged.to_string();
    let place = minute(1).to_string();
    assert!(
        told.contains("www.example.com (main)") && told.contains(&place),
        "{told}"
    );
    let others = store
        .samples(&series(), minute(2), minute(3))
        .await
        .unwrap();
    assert_eq!(others.len(), 1);
}

fn ops() -> Lane {
    Lane {
        receiver: "ops".to_owned(),
        channel: 0,
    }
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_given_up_and_blocks_nothing() {
    let (_folder, store) = on_disk().await;
    let at = minute(0).start();
    pragma(
        &store,
        "INSERT INTO outbox (id, seq, receiver, channel, state, attempts, created, next_at, answer, message)
         VALUES ('broken', 1, 'ops', 0, 'waiting', 0, 0, 0, '', '{')",
    )
    .await;
    assert_eq!(store.due(&ops(), Which::Due, at, 10).await.unwrap(), []);
    let dead = store.dead_letters(10).await.unwrap();
    assert_eq!(
        (dead[0].id.as_str(), dead[0].notification.as_ref()),
        ("broken", None)
    );
    assert!(
        dead[0]
            .answer
            .starts_with("the stored message cannot be read: ")
    );
    assert!(store.requeue("broken", at).await.unwrap());
}

#[tokio::test]
async fn another_programs_database_is_refused_and_left_alone() {
    let (folder, store) = on_disk().await;
    pragma(&store, "DROP TABLE foghorn_format").await;
    let url = format!("sqlite:{}", folder.path().join("foghorn.db").display());
    store.close().await;
    assert!(matches!(
        Store::open(&url).await,
        Err(StoreError::Foreign { .. })
    ));
    assert!(matches!(
        Store::read(&url).await,
        Err(StoreError::Foreign { .. })
    ));
}

#[tokio::test]
async fn a_file_of_a_newer_version_is_refused_by_service_and_commands() {
    let (folder, store) = on_disk().await;
    pragma(&store, "UPDATE foghorn_format SET version = 99").await;
    let url = format!("sqlite:{}", folder.path().join("foghorn.db").display());
    store.close().await;
    assert!(matches!(
        Store::open(&url).await,
        Err(StoreError::Newer { found: 99, .. })
    ));
    assert!(matches!(
        Store::read(&url).await,
        Err(StoreError::Newer { found: 99, .. })
    ));
}

#[tokio::test]
async fn a_step_whose_answer_was_lost_finds_its_series_again() {
    let (_folder, store) = on_disk().await;
    store.commit(&step(2)).await.unwrap();
    // As if the commit had reached the disk and its answer had not come back.
    store.known_ids().clear();
    store.commit(&step(2)).await.unwrap();
    store.commit(&step(3)).await.unwrap();
    assert_eq!(kept(&store).await, 3);
}

#[tokio::test]
async fn every_call_can_run_in_a_task_of_its_own() {
    fn spawnable<T: Send>(call: T) -> T {
        call
    }
    let (_folder, store) = on_disk().await;
    let at = minute(0).start();
    let rows = [(minute(0), Kept::Unasked)];
    spawnable(store.commit(&step(1))).await.unwrap();
    spawnable(store.load()).await.unwrap();
    spawnable(store.due(&ops(), Which::Due, at, 1))
        .await
        .unwrap();
    spawnable(store.import(&series(), &rows)).await.unwrap();
    let each = |_| std::ops::ControlFlow::Continue(());
    spawnable(store.export(minute(0), minute(9), each))
        .await
        .unwrap();
    assert!(spawnable(store.dead("nobody", at, "", &[])).await.is_err());
}
