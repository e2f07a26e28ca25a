//! Opening the store: the address, the lock, the connections.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use sqlx::ConnectOptions as _;
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};

use super::commit::Ids;
use super::opened::Opened;
use super::schema::{self, MIGRATIONS};
use super::{Cause, Fault, Store, StoreError};

/// How long a write waits for another program that holds the file, such as a backup.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// How long a call waits for a connection; more than the busy timeout, so that the true cause
/// is told.
const ACQUIRE_TIMEOUT: Duration = Duration::from_secs(15);
/// Connections that read: the page, the sender and the judge at once.
const READERS_MAX: u32 = 4;
/// What the write-ahead log is cut back to, in bytes, after a burst.
const LOG_BYTES_KEPT: &str = "67108864";

/// The lock file of a store that is open.
#[derive(Debug)]
pub(super) struct Lock(pub(super) File);

impl Drop for Lock {
    /// Frees the store. To close the file would not do: a child of this process has it as well from
    /// its fork until it is another program, and so long it would stay locked.
    fn drop(&mut self) {
        // What cannot be freed is freed when the last has closed it.
        let _ = self.0.unlock();
    }
}

/// Where a store is.
enum Place {
    Memory,
    File(PathBuf),
}

impl Store {
    /// Opens the store for the service, which is its only writer, and brings an older one up to
    /// date. `url` is `sqlite:PATH`, or `sqlite::memory:` for one that lasts as long as the
    /// process.
    ///
    /// # Errors
    ///
    /// - [`StoreError::Address`] for another kind of address.
    /// - [`StoreError::Folder`] if there is a folder of that name.
    /// - [`StoreError::InUse`] if another process has the store open.
    /// - [`StoreError::Lock`], [`StoreError::Open`] if the file or its folder cannot be used.
    /// - [`StoreError::Newer`] if a newer version wrote it, [`StoreError::Foreign`] if it is
    ///   another program's, [`StoreError::Migrate`] if it cannot be brought up to date.
    pub async fn open(url: &str) -> Result<Self, StoreError> {
        let path = match place(url)? {
            Place::Memory => return Self::open_memory().await,
            Place::File(path) => path,
        };
        let file = file(&path)?;
        let lock = lock(&path, &file)?;
        let options = options(&path)
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", LOG_BYTES_KEPT);
        let writer = pool(1).connect_with(options).await;
        let writer = writer.map_err(|e| StoreError::Open(Fault::new(&file, e)))?;
        schema::migrate(&writer, &file, &MIGRATIONS).await?;
        let reader = pool(READERS_MAX).connect_lazy_with(options_to_read(&path));
        let mut store = Self::with(file, writer, reader, Some(lock));
        store.opened = Opened::at(&path);
        Ok(store)
    }

    /// Opens the store to read, also while a service writes to it. What would write fails.
    ///
    /// # Errors
    ///
    /// - [`StoreError::Address`] for another kind of address.
    /// - [`StoreError::Missing`] if there is no such file, [`StoreError::Folder`] if it is a folder.
    /// - [`StoreError::Open`] if it cannot be read.
    /// - [`StoreError::Newer`], [`StoreError::Older`], [`StoreError::Foreign`] if its format is
    ///   not the one that this program knows.
    pub async fn read(url: &str) -> Result<Self, StoreError> {
        let path = match place(url)? {
            Place::Memory => return Self::open_memory().await,
            Place::File(path) => path,
        };
        let file = file(&path)?;
        if !path.exists() {
            return Err(StoreError::Missing { file });
        }
        let options = options_to_read(&path);
        match Self::read_with(&file, options.clone()).await {
            // Beside a file that may only be read there is no room for what readers and a writer
            // share. Without a log nobody writes, so that there is nothing to be shared.
            Err(StoreError::Open(fault))
                if fault.cause == Cause::Unwritable && !beside(&path, "-wal").exists() =>
            {
                Self::read_with(&file, options.immutable(true)).await
            }
            read => read,
        }
    }

    async fn read_with(file: &str, options: SqliteConnectOptions) -> Result<Self, StoreError> {
        let reader = pool(READERS_MAX).connect_with(options).await;
        let reader = reader.map_err(|e| StoreError::Open(Fault::new(file, e)))?;
        schema::check(&reader, file, &MIGRATIONS).await?;
        Ok(Self::with(file.to_owned(), reader.clone(), reader, None))
    }

    async fn open_memory() -> Result<Self, StoreError> {
        let file = ":memory:".to_owned();
        // One connection for all: each would have a database of its own.
        let pool = pool(1).connect_with(options(Path::new(&file))).await;
        let pool = pool.map_err(|e| StoreError::Open(Fault::new(&file, e)))?;
        schema::migrate(&pool, &file, &MIGRATIONS).await?;
        Ok(Self::with(file, pool.clone(), pool, None))
    }

    fn with(file: String, writer: SqlitePool, reader: SqlitePool, lock: Option<Lock>) -> Self {
        Self {
            file,
            writer,
            reader,
            ids: Mutex::new(Ids::new()),
            repacking: tokio::sync::Mutex::new(()),
            is_old_damaged: AtomicBool::new(false),
            damaged: Mutex::default(),
            opened: None,
            lock,
        }
    }
}

fn place(url: &str) -> Result<Place, StoreError> {
    let scheme = url.split(':').next().unwrap_or_default();
    match url.strip_prefix("sqlite:") {
        Some(":memory:") => Ok(Place::Memory),
        Some(path) => {
            let path = path.strip_prefix("//").unwrap_or(path);
            if path.is_empty() {
                let url = url.to_owned();
                return Err(StoreError::Address { url });
            }
            Ok(Place::File(PathBuf::from(path)))
        }
        None if url.contains(':') => Err(StoreError::Address {
            url: format!("{scheme}:"),
        }),
        None => Err(StoreError::Address {
            url: url.to_owned(),
        }),
    }
}

/// Returns what the database is called in messages.
fn file(path: &Path) -> Result<String, StoreError> {
    let file = path.display().to_string();
    if path.is_dir() {
        return Err(StoreError::Folder { file });
    }
    Ok(file)
}

/// Takes the lock file beside the database. The system frees it when the process ends, however
/// it ends.
fn lock(path: &Path, file: &str) -> Result<Lock, StoreError> {
    // By another way to the same file there is the same lock.
    let lock = match resolved(path) {
        Ok(path) => beside(&path, ".lock"),
        Err(source) => {
            let lock = beside(path, ".lock");
            return Err(StoreError::Lock { lock, source });
        }
    };
    let opened = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock);
    // One that another user has left is held as well by who may only read it.
    let held = match opened.or_else(|fault| File::open(&lock).map_err(|_| fault)) {
        Ok(held) => held,
        Err(source) => return Err(StoreError::Lock { lock, source }),
    };
    match held.try_lock() {
        Ok(()) => Ok(Lock(held)),
        Err(TryLockError::WouldBlock) => {
            let file = file.to_owned();
            Err(StoreError::InUse { file, lock })
        }
        Err(TryLockError::Error(source)) => Err(StoreError::Lock { lock, source }),
    }
}

/// Returns the path of a database without links; that of one which is still to be made is beside its
/// folder's.
fn resolved(path: &Path) -> io::Result<PathBuf> {
    let found = fs::canonicalize(path);
    let (Err(fault), Some(name)) = (&found, path.file_name()) else {
        return found;
    };
    if fault.kind() != io::ErrorKind::NotFound {
        return found;
    }
    let folder = path.parent().filter(|of| !of.as_os_str().is_empty());
    Ok(fs::canonicalize(folder.unwrap_or(Path::new(".")))?.join(name))
}

/// Returns the path of a file whose name is longer by `end`.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}

fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .foreign_keys(true)
        .busy_timeout(BUSY_TIMEOUT)
        .disable_statement_logging()
}

fn options_to_read(path: &Path) -> SqliteConnectOptions {
    options(path).read_only(true)
}

fn pool(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(ACQUIRE_TIMEOUT)
        .idle_timeout(None)
        .max_lifetime(None)
}
