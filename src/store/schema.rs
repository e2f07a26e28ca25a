//! The format of the database, and how an older one is brought up to date.

use sqlx::{Row as _, SqliteConnection, SqlitePool};

use super::writing::Writing;
use super::{Fault, StoreError};

/// The steps from an empty file to the newest format; the version is how many were taken.
///
/// A step that has been released is never changed: what is new is a new step.
pub(super) const MIGRATIONS: [&str; 5] = [
    include_str!("schema/0001.sql"),
    include_str!("schema/0002.sql"),
    include_str!("schema/0003.sql"),
    include_str!("schema/0004.sql"),
    include_str!("schema/0005.sql"),
];

/// The table with the version; its name also tells the file from other programs' databases.
const VERSION_TABLE: &str =
    "CREATE TABLE foghorn_format (id BIGINT NOT NULL PRIMARY KEY, version BIGINT NOT NULL)";

/// What a file is, before anything is changed.
enum Format {
    Empty,
    Foreign,
    Version(i64),
}

/// Brings the database to the newest of `migrations`, each in one transaction.
pub(super) async fn migrate(
    pool: &SqlitePool,
    file: &str,
    migrations: &[&'static str],
) -> Result<(), StoreError> {
    let known = known(migrations);
    let done = match format_of(pool, file).await? {
        Format::Empty => 0,
        Format::Foreign => return Err(foreign(file)),
        Format::Version(found) if known < found => return Err(newer(file, found, known)),
        Format::Version(found) => found,
    };
    let pending = (1..).zip(migrations).filter(|(to, _)| done < *to);
    for (to, sql) in pending {
        let moved = step(pool, to, sql).await;
        moved.map_err(|error| StoreError::Migrate {
            to,
            fault: Fault::new(file, error),
        })?;
    }
    Ok(())
}

/// Refuses a database that is not of the newest format.
pub(super) async fn check(
    pool: &SqlitePool,
    file: &str,
    migrations: &[&'static str],
) -> Result<(), StoreError> {
    let known = known(migrations);
    match format_of(pool, file).await? {
        Format::Foreign => Err(foreign(file)),
        Format::Version(found) if known < found => Err(newer(file, found, known)),
        Format::Version(found) if found == known => Ok(()),
        Format::Empty => Err(older(file, 0, known)),
        Format::Version(found) => Err(older(file, found, known)),
    }
}

async fn format_of(pool: &SqlitePool, file: &str) -> Result<Format, StoreError> {
    let fault = |error| StoreError::Open(Fault::new(file, error));
    let tables = sqlx::query(
        "SELECT COUNT(*), COALESCE(SUM(name = 'foghorn_format'), 0) FROM sqlite_master",
    );
    let tables = tables.fetch_one(pool).await.map_err(fault)?;
    let all: i64 = tables.try_get(0).map_err(fault)?;
    let ours: i64 = tables.try_get(1).map_err(fault)?;
    match (all, ours) {
        (0, _) => return Ok(Format::Empty),
        (_, 0) => return Ok(Format::Foreign),
        _ => {}
    }
    let row = sqlx::query("SELECT version FROM foghorn_format WHERE id = 1");
    let row = row.fetch_one(pool).await.map_err(fault)?;
    row.try_get(0).map(Format::Version).map_err(fault)
}

async fn step(pool: &SqlitePool, to: i64, sql: &'static str) -> Result<(), sqlx::Error> {
    let mut writing = Writing::begin(pool).await?;
    let outcome = apply(writing.connection(), to, sql).await;
    writing.finish(outcome).await
}

async fn apply(db: &mut SqliteConnection, to: i64, sql: &'static str) -> Result<(), sqlx::Error> {
    if to == 1 {
        sqlx::query(VERSION_TABLE).execute(&mut *db).await?;
    }
    sqlx::raw_sql(sql).execute(&mut *db).await?;
    let version = sqlx::query(
        "INSERT INTO foghorn_format (id, version) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET version = excluded.version",
    );
    version.bind(to).execute(db).await.map(|_| ())
}

fn known(migrations: &[&str]) -> i64 {
    i64::try_from(migrations.len()).unwrap_or(i64::MAX)
}

fn foreign(file: &str) -> StoreError {
    let file = file.to_owned();
    StoreError::Foreign { file }
}

fn newer(file: &str, found: i64, known: i64) -> StoreError {
    let file = file.to_owned();
    StoreError::Newer { file, found, known }
}

fn older(file: &str, found: i64, known: i64) -> StoreError {
    let file = file.to_owned();
    StoreError::Older { file, found, known }
}

#[cfg(test)]
mod tests {
    use sqlx::sqlite::SqlitePoolOptions;

    use super::*;

    async fn empty() -> SqlitePool {
        let pool = SqlitePoolOptions::new().max_connections(1);
        pool.connect("sqlite::memory:").await.unwrap()
    }

    async fn number(pool: &SqlitePool, sql: &'static str) -> i64 {
        sqlx::query_scalar(sql).fetch_one(pool).await.unwrap()
    }

    const FIRST: &str = "CREATE TABLE a (x BIGINT); INSERT INTO a VALUES (7)";
    const SECOND: &str = "CREATE TABLE b (x BIGINT); INSERT INTO b SELECT x FROM a; DROP TABLE a";

    #[tokio::test]
    async fn an_older_store_is_brought_up_to_date_and_keeps_what_it_has() {
        let pool = empty().await;
        migrate(&pool, "f", &[FIRST]).await.unwrap();
        let refused = check(&pool, "f", &[FIRST, SECOND]).await;
        assert!(matches!(
            refused,
            Err(StoreError::Older {
                found: 1,
                known: 2,
                ..
            })
        ));
        migrate(&pool, "f", &[FIRST, SECOND]).await.unwrap();
        migrate(&pool, "f", &[FIRST, SECOND]).await.unwrap();
        assert_eq!(number(&pool, "SELECT x FROM b").await, 7);
        assert_eq!(number(&pool, "SELECT version FROM foghorn_format").await, 2);
    }

    #[tokio::test]
    async fn a_migration_that_fails_leaves_the_store_as_it_was() {
        let pool = empty().await;
        migrate(&pool, "f", &[FIRST]).await.unwrap();
        let broken = [FIRST, "DROP TABLE a; CREATE TABLE a a a"];
        let failed = migrate(&pool, "f", &broken).await;
        assert!(matches!(failed, Err(StoreError::Migrate { to: 2, .. })));
        assert_eq!(number(&pool, "SELECT x FROM a").await, 7);
        assert_eq!(number(&pool, "SELECT version FROM foghorn_format").await, 1);
    }

    #[tokio::test]
    async fn a_store_from_a_newer_version_is_refused() {
        let pool = empty().await;
        migrate(&pool, "f", &[FIRST, SECOND]).await.unwrap();
        let refused = migrate(&pool, "f", &[FIRST]).await.unwrap_err();
        assert_eq!(
            refused.to_string(),
            "f was written by a newer foghorn (format 2, this one knows 1): run the newer version"
        );
        assert_eq!(number(&pool, "SELECT x FROM b").await, 7);
    }
}
