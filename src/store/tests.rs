//! Faults that need a hand on the connection.

use chrono::DateTime;

use super::{Cause, Lane, Prune, Repack, Requeued, Store, StoreError, Which, schema};
use crate::dispatch::Notification;
use crate::engine::Sample;
use crate::pipeline::{Kept, KeptSample, Need, SeriesMark, Step};
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

#[tokio::test]
async fn a_store_is_free_once_it_is_closed_also_while_a_child_has_its_lock_file_open() {
    let (folder, store) = on_disk().await;
    // Between its fork and its exec a child has what its parent had open.
    let child = store.lock.as_ref().unwrap().0.try_clone().unwrap();
    let url = format!("sqlite:{}", folder.path().join("foghorn.db").display());
    let other = Store::open(&url).await.err();
    assert!(matches!(other, Some(StoreError::InUse { .. })), "{other:?}");
    drop(store);
    assert!(Store::open(&url).await.is_ok());
    drop(child);
}

async fn pragma(store: &Store, sql: &'static str) {
    sqlx::query(sql).execute(&store.writer).await.unwrap();
}

async fn kept(store: &Store) -> usize {
    let samples = store.samples(&series(), minute(0), minute(99_999)).await;
    samples.unwrap().len()
}

#[tokio::test]
async fn a_file_that_was_moved_away_is_named_and_the_same_step_is_kept_once_it_is_back() {
    let (folder, store) = on_disk().await;
    store.commit(&step(1)).await.unwrap();
    let [file, away] = ["foghorn.db", "away.db"].map(|name| folder.path().join(name));
    std::fs::rename(&file, &away).unwrap();
    let removed = store.commit(&step(2)).await.unwrap_err();
    std::fs::write(&file, "").unwrap();
    let replaced = store.commit(&step(2)).await.unwrap_err();
    for moved in [removed, replaced] {
        assert!(moved.is_passing());
        assert!(matches!(&moved, StoreError::Commit(fault) if fault.cause == Cause::Moved));
        assert!(moved.to_string().contains("put it back"), "{moved}");
    }
    std::fs::rename(&away, &file).unwrap();
    store.commit(&step(2)).await.unwrap();
    assert_eq!(kept(&store).await, 2);
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
    store.commit(&step(500)).await.unwrap();
    pack(&store).await;
    store.commit(&step(800)).await.unwrap();
    // Blocks have 240 minutes; the first whole one begins with minute 0.
    let damages = [
        (
            240,
            "UPDATE packed SET samples = x'0102ff' WHERE block = 123751",
        ),
        (
            480,
            "UPDATE recent SET samples = x'01ff' WHERE block = 123752",
        ),
    ];
    for (block, damage) in damages {
        pragma(&store, damage).await;
        let damaged = store.samples(&series(), minute(block), minute(800)).await;
        let damaged = damaged.unwrap_err();
        assert!(!damaged.is_passing());
        let told = damaged.to_string();
        let need = Need {
            series: series(),
            from: minute(block),
            to: minute(800),
        };
        let recordings = store.recordings_of(&[need]).await;
        assert_eq!(recordings.unwrap_err().to_string(), told);
        let place = minute(block).to_string();
        assert!(
            told.contains("www.example.com (main)") && told.contains(&place),
            "{told}"
        );
    }
    let others = store.samples(&series(), minute(0), minute(240)).await;
    assert_eq!(others.unwrap().len(), 240);
    // Judging goes on: what is in no other row, nobody knows any more.
    let need = Need {
        series: series(),
        from: minute(230),
        to: minute(790),
    };
    let needs = [need];
    let recent = "DELETE FROM recent WHERE block = 123751";
    for (sql, end) in [("PRAGMA query_only = 0", 240), (recent, 480)] {
        pragma(&store, sql).await;
        let mut read = Vec::new();
        let each = |_, minutes| read = minutes;
        let unread = store.each_deciding_samples(&needs, each).await.unwrap();
        let unread: Vec<String> = unread.iter().map(ToString::to_string).collect();
        assert_eq!(unread.len(), 2, "{unread:?}");
        let is_known = |(at, kept): &(Minute, Kept)| (at.epoch(), *kept != Kept::Unasked);
        let known: Vec<(i64, bool)> = read.iter().map(is_known).collect();
        let is_lost = |at: i64| (240..end).contains(&at) || (500..720).contains(&at);
        let all = (230..790).map(|at| (minute(at).epoch(), !is_lost(at)));
        assert_eq!(known, all.collect::<Vec<_>>());
    }
    let sound = store.repack(&all_lanes()).await.unwrap();
    assert_eq!((sound.minutes, sound.is_damaged), (240, false));
    let left = store.repack(&all_lanes()).await.unwrap();
    assert!(left.is_damaged);
    assert_eq!((left.minutes, left.next), (0, Some(0)));
}

#[tokio::test]
async fn beside_damaged_samples_the_others_are_exported_and_the_check_names_a_domain() {
    let (_folder, store) = on_disk().await;
    store.commit(&step(500)).await.unwrap();
    pack(&store).await;
    store.commit(&step(800)).await.unwrap();
    for damage in [
        "UPDATE packed SET samples = x'0102ff' WHERE block = 123751",
        "UPDATE recent SET samples = x'01ff' WHERE block = 123752",
    ] {
        pragma(&store, damage).await;
    }
    let mut exported = Vec::new();
    let each = |row: KeptSample| {
        exported.extend((row.kept != Kept::Unasked).then_some(row.minute));
        std::ops::ControlFlow::Continue(())
    };
    let damaged = store.export(minute(0), minute(800), each).await.unwrap();
    assert_eq!(damaged.len(), 2);
    assert!(
        minute(0)
            .until(minute(240))
            .all(|at| exported.contains(&at))
    );
    let checked = store.check(None).await.unwrap();
    assert!(
        checked
            .findings
            .iter()
            .all(|of| of.what.contains("www.example.com")),
        "{:?}",
        checked.findings
    );
}

#[tokio::test]
async fn a_damaged_block_is_told_once_keeps_none_after_it_from_being_packed_and_is_forgotten_by_age()
 {
    let (_folder, store) = on_disk().await;
    for (from, to) in [(0, 100), (100, 240), (240, 480), (480, 700)] {
        let mut step = step(to);
        step.samples.drain(..usize::try_from(from).unwrap());
        store.commit(&step).await.unwrap();
    }
    let damage = "UPDATE recent SET samples = x'01ff' WHERE block = 123750
                  AND seq = (SELECT MIN(seq) FROM recent)";
    pragma(&store, damage).await;
    let mut told = 0;
    for _ in 0..2 {
        let mut repack = all_lanes();
        loop {
            let repacked = store.repack(&repack).await.unwrap();
            told += u32::from(repacked.is_damaged);
            let Some(lane) = repacked.next else { break };
            repack.lane = lane;
        }
    }
    assert_eq!(told, 1);
    let blocks = async |table: &str| -> Vec<i64> {
        let sql = format!("SELECT DISTINCT block - 123750 FROM {table} ORDER BY 1");
        let blocks = sqlx::query_scalar(sqlx::AssertSqlSafe(sql));
        blocks.fetch_all(&store.writer).await.unwrap()
    };
    assert_eq!(blocks("recent").await, [0]);
    assert_eq!(blocks("packed").await, [1, 2]);
    let prune = |before| Prune {
        samples_before: minute(before),
        reach: 10,
        messages_before: chrono::DateTime::UNIX_EPOCH,
        transitions_before: minute(0),
        batch: 100,
    };
    store.prune(&prune(239)).await.unwrap();
    assert_eq!(blocks("recent").await, [0], "it is not old yet");
    assert_eq!(store.damaged().len(), 1);
    store.prune(&prune(480)).await.unwrap();
    assert_eq!(blocks("recent").await, Vec::<i64>::new());
    assert_eq!(blocks("packed").await, [2]);
    assert!(store.damaged().is_empty(), "it is met no more");
}

#[tokio::test]
async fn every_need_is_answered_once_also_that_of_a_series_without_samples() {
    let (_folder, store) = on_disk().await;
    store.commit(&step(1)).await.unwrap();
    let stranger = Series {
        domain: "new.example.com".into(),
        ..series()
    };
    let need = |series: Series| Need {
        series,
        from: minute(0),
        to: minute(10),
    };
    let needs = [need(stranger), need(series())];
    let mut given = Vec::new();
    let each = |at: usize, minutes: Vec<(Minute, Kept)>| given.push((at, minutes.len()));
    store.each_deciding_samples(&needs, each).await.unwrap();
    given.sort_unstable();
    assert_eq!(given, [(0, 0), (1, 1)]);
    assert_eq!(store.samples_of(&needs).await.unwrap()[1].len(), 1);
}

/// Puts minutes where stores of format 1 had them.
async fn insert_old(store: &Store, minutes: std::ops::Range<i64>) {
    store
        .commit(&Step {
            series: Vec::new(),
            ..step(0)
        })
        .await
        .unwrap();
    let mut series_of_one = step(1);
    series_of_one.samples[0].minute = minute(99_998);
    store.commit(&series_of_one).await.unwrap();
    for at in minutes {
        let minute = minute(at).epoch();
        let insert = sqlx::query("INSERT INTO samples VALUES ($1, 1, $2, $3)");
        let insert = insert.bind(minute.div_euclid(16)).bind(minute);
        let bytes = super::pack::pack(&Kept::Unasked);
        insert.bind(bytes).execute(&store.writer).await.unwrap();
    }
}

/// Returns the same as recordings have it; a minute without a sample was not asked for.
async fn recorded(store: &Store) -> Vec<(Minute, Kept)> {
    let need = Need {
        series: series(),
        from: minute(0),
        to: minute(9_999),
    };
    let read = store.recordings_of(&[need]).await.unwrap();
    let minutes = minute(0).until(minute(700));
    let kept = minutes.map(|at| (at, read[0].sample(at).map_or(Kept::Unasked, Kept::Sample)));
    kept.collect()
}

#[tokio::test]
async fn minutes_of_an_older_format_are_read_and_packed_over_time() {
    let (_folder, store) = on_disk().await;
    insert_old(&store, 100..700).await;
    // A minute that an older version has kept stays as it was.
    store.commit(&step(110)).await.unwrap();
    let read = async || {
        let read = store.samples(&series(), minute(0), minute(9_999)).await;
        let read = read.unwrap();
        assert_eq!(recorded(&store).await, read);
        read
    };
    let before = read().await;
    assert_eq!(before.len(), 700);
    assert!(
        before
            .iter()
            .all(|(at, kept)| (*kept == Kept::Unasked) == (minute(100) <= *at))
    );
    let mut rounds = 0;
    while store.repack(&all_lanes()).await.unwrap().next.is_some() {
        rounds += 1;
        assert_eq!(read().await, before);
    }
    assert_eq!(rounds, 4);
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM samples")
        .fetch_one(&store.writer)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

#[tokio::test]
async fn a_damaged_minute_of_an_older_format_keeps_nothing_else_from_being_packed() {
    let (_folder, store) = on_disk().await;
    insert_old(&store, 0..3).await;
    pragma(
        &store,
        "UPDATE samples SET kept = x'0102ff' WHERE minute = 29700001",
    )
    .await;
    store
        .commit(&Step {
            samples: step(700).samples.split_off(240),
            ..Step::default()
        })
        .await
        .unwrap();
    let first = store.repack(&all_lanes()).await.unwrap();
    assert!(first.is_damaged);
    pack(&store).await;
    let later = store.samples(&series(), minute(240), minute(900)).await;
    assert_eq!(later.unwrap().len(), 460);
    let left: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM recent")
        .fetch_one(&store.writer)
        .await
        .unwrap();
    assert_eq!(left, 0);
}

fn all_lanes() -> Repack {
    Repack {
        before: minute(999_999),
        lane: 0,
    }
}

/// Packs all that can be packed.
async fn pack(store: &Store) {
    let mut repack = all_lanes();
    while let Some(lane) = store.repack(&repack).await.unwrap().next {
        repack.lane = lane;
    }
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
    assert_eq!(store.requeue("broken", at).await.unwrap(), Requeued::Waits);
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
    spawnable(store.repack(&all_lanes())).await.unwrap();
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

#[tokio::test]
async fn a_check_finds_nothing_in_a_sound_store_and_names_what_is_wrong_with_another() {
    let (_folder, store) = on_disk().await;
    let mark = SeriesMark {
        series: series(),
        judge_from: minute(0),
        next: minute(500),
        covered_from: minute(0),
        history_begin: Some(minute(0)),
    };
    let marked = Step {
        series: vec![mark],
        ..step(500)
    };
    store.commit(&marked).await.unwrap();
    let sound = store.check(None).await.unwrap();
    assert_eq!(
        (sound.findings.len(), sound.series, sound.minutes),
        (0, 1, 500)
    );
    pack(&store).await;
    let packed = store.check(None).await.unwrap();
    assert_eq!((packed.findings.len(), packed.minutes), (0, 500));
    // What is to be taken in next is never beyond the minute that is under way.
    let ahead = |checked: super::Checked| checked.findings.into_iter().map(|of| of.what);
    let now = Some(minute(499));
    assert_eq!(ahead(store.check(now).await.unwrap()).count(), 0);
    let found: Vec<String> = ahead(store.check(Some(minute(498))).await.unwrap()).collect();
    assert_eq!(found.len(), 1);
    assert!(found[0].contains("which is still to come"), "{found:?}");
    let damages = [
        (
            "UPDATE packed SET samples = x'01' WHERE block = 123751",
            "samples of www.example.com (main) from ",
        ),
        (
            "UPDATE marks SET next = 29700490, history_begin = 29700485",
            "is judged up to",
        ),
        (
            "DELETE FROM packed WHERE block = 123752",
            "with which www.example.com (main) begins, is not kept",
        ),
        (
            "INSERT INTO alerts VALUES ('r', 'series', 'main', 'x', '', '{')",
            "the state of alert r of main/x cannot be read",
        ),
        (
            "PRAGMA foreign_keys = 0; UPDATE marks SET series = 7",
            "1 row of `marks` without its row of `series`",
        ),
    ];
    for (damage, what) in damages {
        sqlx::raw_sql(damage).execute(&store.writer).await.unwrap();
        let checked = store.check(None).await.unwrap();
        let found = || checked.findings.iter().map(|finding| finding.what.as_str());
        assert!(
            found().any(|found| found.contains(what)),
            "{what}: {:?}",
            found().collect::<Vec<_>>()
        );
    }
}

#[tokio::test]
async fn a_store_that_is_compacted_is_smaller_and_has_the_same() {
    let (_folder, store) = on_disk().await;
    insert_old(&store, 0..9_000).await;
    store.commit(&step(12_000)).await.unwrap();
    let read = async || {
        let read = store.samples(&series(), minute(0), minute(99_999)).await;
        read.unwrap()
    };
    let (before, size) = (read().await, store.size().await.unwrap());
    store.compact().await.unwrap();
    assert_eq!(read().await, before);
    let small = store.size().await.unwrap();
    assert!(small < size / 2, "{small} of {size}");
}

#[tokio::test]
async fn what_is_asked_every_few_seconds_is_found_by_an_index() {
    let (_folder, store) = on_disk().await;
    for (statement, index) in [
        (
            super::stand_in::UNDELIVERABLE,
            "SEARCH o USING INDEX outbox_done (state=? AND done_at>?)",
        ),
        (
            super::prune::OLD_MESSAGES,
            "SEARCH outbox USING INDEX outbox_done (state=? AND done_at<?)",
        ),
        (
            super::lanes::WAITING,
            "SCAN outbox USING INDEX outbox_lanes",
        ),
        (
            super::lanes::DUE,
            "SEARCH w USING INDEX outbox_lanes (receiver=? AND channel=? AND next_at<?)",
        ),
        (
            super::stand_in::STOOD_IN,
            "SEARCH s USING INDEX outbox_stands_for (stands_for=?)",
        ),
    ] {
        let explain = format!("EXPLAIN QUERY PLAN {statement}");
        let steps = sqlx::query_as::<_, (i64, i64, i64, String)>(sqlx::AssertSqlSafe(explain));
        let steps = steps.fetch_all(&store.writer).await.unwrap();
        let steps: Vec<String> = steps.into_iter().map(|(.., step)| step).collect();
        assert!(steps.iter().any(|step| step == index), "{steps:#?}");
        // A table without an index would be gone through from end to end.
        let whole = steps.iter().find(|step| {
            let is_table = [
                "SCAN o",
                "SCAN s",
                "SCAN w",
                "SCAN decisions",
                "SCAN outbox_alerts",
            ];
            is_table.contains(&step.as_str()) || *step == "SCAN outbox"
        });
        assert_eq!(whole, None, "{steps:#?}");
    }
}

#[tokio::test]
async fn messages_of_a_store_of_before_alerts_were_settled_wait_and_are_dead_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("foghorn.db").display().to_string();
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(&file);
    let pool = sqlx::SqlitePool::connect_with(options.create_if_missing(true));
    let pool = pool.await.unwrap();
    schema::migrate(&pool, &file, &schema::MIGRATIONS[..4])
        .await
        .unwrap();
    let message = Notification {
        receiver: "ops".to_owned(),
        ..crate::dispatch::payload::example()
    };
    for (seq, (id, state)) in [("waits", "waiting"), ("gone", "dead")]
        .into_iter()
        .enumerate()
    {
        let insert = sqlx::query(
            "INSERT INTO outbox (id, seq, receiver, channel, state, attempts, created, next_at,
                                 done_at, answer, message, critical)
             VALUES ($1, $2, 'ops', 0, $3, 1, 0, 0, 0, '400', $4, 1)",
        );
        let insert = insert.bind(id).bind(i64::try_from(seq).unwrap());
        let text = serde_json::to_string(&message).unwrap();
        insert.bind(state).bind(text).execute(&pool).await.unwrap();
    }
    pool.close().await;
    let store = Store::open(&format!("sqlite:{file}")).await.unwrap();
    let now = DateTime::UNIX_EPOCH;
    let claim = store.due(&ops(), Which::Due, now, 9).await.unwrap();
    assert_eq!(claim[0].notification, message);
    assert!(claim[0].settled.is_empty());
    let letter = store.dead_letters(9).await.unwrap().remove(0);
    let why: Vec<&str> = letter.not_told.iter().map(|of| of.why.as_str()).collect();
    assert_eq!(why, ["400", "400"], "none of its alerts was told");
}
