//! What can go wrong with the store, and what a person does about it.

use std::fmt;
use std::io;
use std::path::PathBuf;

use crate::unit::{Minute, Series};

/// Why the store could not do something. One variant per operation.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The address names no database that the store knows.
    #[error("the store `{url}` is not supported: write `sqlite:PATH`")]
    Address {
        /// The address up to its scheme, if it has one: the rest may hold a password.
        url: String,
    },
    /// Another process writes to the same file.
    #[error(
        "another foghorn runs on {file} (it holds {lock}): stop that one, or give this one a `store:` of its own"
    )]
    InUse {
        /// The database.
        file: String,
        /// The lock file.
        lock: PathBuf,
    },
    /// The lock file could not be made.
    #[error(
        "lock the store with {lock}: its folder must exist and be writable for this user, with space left, and the file, if another user has left it, be readable"
    )]
    Lock {
        /// The lock file.
        lock: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A command wants to read a store that is not there.
    #[error("there is no store at {file}: `foghorn run` makes one")]
    Missing {
        /// The database.
        file: String,
    },
    /// There is a folder where the file should be.
    #[error("{file} is a folder: `store:` names a file, such as `sqlite:{file}/foghorn.db`")]
    Folder {
        /// The folder.
        file: String,
    },
    /// The file is a database of something else.
    #[error("{file} is a database of another program: give foghorn a `store:` of its own")]
    Foreign {
        /// The database.
        file: String,
    },
    /// A newer version wrote it.
    #[error(
        "{file} was written by a newer foghorn (format {found}, this one knows {known}): run the newer version"
    )]
    Newer {
        /// The database.
        file: String,
        /// Its version.
        found: i64,
        /// The version that this program knows.
        known: i64,
    },
    /// A command wants to read a store that must be migrated first.
    #[error(
        "{file} was written by an older foghorn (format {found}, this one needs {known}): `foghorn run` brings it up to date"
    )]
    Older {
        /// The database.
        file: String,
        /// Its version.
        found: i64,
        /// The version that this program needs.
        known: i64,
    },
    /// Opening failed.
    #[error("{}{}", .0.file, .0.cause)]
    Open(#[source] Fault),
    /// Bringing an older store up to date failed; it is as it was.
    #[error("migrate the store {} to format {to}{}", .fault.file, .fault.cause)]
    Migrate {
        /// The version that could not be reached.
        to: i64,
        /// Why.
        #[source]
        fault: Fault,
    },
    /// Loading the state failed.
    #[error("load the state from {}{}", .0.file, .0.cause)]
    Load(#[source] Fault),
    /// Reading samples failed.
    #[error("read samples from {}{}", .0.file, .0.cause)]
    Samples(#[source] Fault),
    /// A sample in the store cannot be read.
    #[error(
        "the sample of {series} at {minute} in {file} is damaged ({why}): restore the file from a backup"
    )]
    Damaged {
        /// The database.
        file: String,
        /// Whose sample.
        series: Box<Series>,
        /// Of which minute.
        minute: Minute,
        /// What is wrong with it.
        why: &'static str,
    },
    /// Keeping a step failed: nothing of it is kept, or, if the answer was lost, all of it.
    #[error("commit a step to {}{}", .0.file, .0.cause)]
    Commit(#[source] Fault),
    /// Reading the outbox failed.
    #[error("read the outbox in {}{}", .0.file, .0.cause)]
    Outbox(#[source] Fault),
    /// Noting what became of a delivery failed.
    #[error("note what became of delivery {id} in {}{}", .fault.file, .fault.cause)]
    Delivery {
        /// The delivery id.
        id: String,
        /// Why.
        #[source]
        fault: Fault,
    },
    /// No message has the id.
    #[error("no message in {file} has the delivery id `{id}`")]
    UnknownDelivery {
        /// The database.
        file: String,
        /// The delivery id.
        id: String,
    },
    /// Reading the history of alerts failed.
    #[error("read the history of alerts from {}{}", .0.file, .0.cause)]
    History(#[source] Fault),
    /// Reading or writing a setting failed.
    #[error("use the setting `{key}` in {}{}", .fault.file, .fault.cause)]
    Meta {
        /// Its key.
        key: String,
        /// Why.
        #[source]
        fault: Fault,
    },
    /// Deleting what is old failed.
    #[error("delete what is old from {}{}", .0.file, .0.cause)]
    Prune(#[source] Fault),
    /// Packing samples of blocks that are over failed; they are as they were.
    #[error("repack samples in {}{}", .0.file, .0.cause)]
    Repack(#[source] Fault),
    /// Taking in samples failed.
    #[error("import samples of {series} into {}{}", .fault.file, .fault.cause)]
    Import {
        /// Whose samples.
        series: Box<Series>,
        /// Why.
        #[source]
        fault: Fault,
    },
}

impl StoreError {
    /// Whether the same call can succeed later without a change of the program or the file: the
    /// disk is full, the file is locked or cannot be written, the device fails.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::Lock { .. } => true,
            Self::Address { .. }
            | Self::InUse { .. }
            | Self::Missing { .. }
            | Self::Folder { .. }
            | Self::Foreign { .. }
            | Self::Newer { .. }
            | Self::Older { .. }
            | Self::Damaged { .. }
            | Self::UnknownDelivery { .. } => false,
            Self::Open(fault)
            | Self::Load(fault)
            | Self::Samples(fault)
            | Self::Commit(fault)
            | Self::Outbox(fault)
            | Self::History(fault)
            | Self::Prune(fault)
            | Self::Repack(fault)
            | Self::Migrate { fault, .. }
            | Self::Delivery { fault, .. }
            | Self::Meta { fault, .. }
            | Self::Import { fault, .. } => fault.cause.is_passing(),
        }
    }
}

/// A failure of the database.
#[derive(Debug, thiserror::Error)]
#[error("{error}")]
pub struct Fault {
    /// The database.
    pub file: String,
    /// What kind of failure it is.
    pub cause: Cause,
    /// The database's own words.
    pub error: sqlx::Error,
}

impl Fault {
    /// Returns the fault that `error` is, of the database `file`.
    pub(super) fn new(file: &str, error: sqlx::Error) -> Self {
        Self {
            file: file.to_owned(),
            cause: Cause::of(&error),
            error,
        }
    }

    /// Returns the fault that `file` names another file now, or none.
    pub(super) fn moved(file: &str) -> Self {
        let what = "it is not the file that was opened";
        Self {
            file: file.to_owned(),
            cause: Cause::Moved,
            error: sqlx::Error::Io(io::Error::new(io::ErrorKind::NotFound, what)),
        }
    }
}

/// What kind of failure it is, by what a person does about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cause {
    /// No space is left.
    DiskFull,
    /// The file or its folder cannot be written.
    Unwritable,
    /// Somebody else holds the file.
    Locked,
    /// The device or the connection failed.
    Device,
    /// The file was moved, removed or replaced while it was open.
    Moved,
    /// What the file holds is no database, or a broken one.
    Broken,
    /// Anything else: a defect of ours.
    Other,
}

impl Cause {
    /// Whether waiting can help.
    pub const fn is_passing(self) -> bool {
        match self {
            Self::DiskFull | Self::Unwritable | Self::Locked | Self::Device | Self::Moved => true,
            Self::Broken | Self::Other => false,
        }
    }

    fn of(error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(database) => {
                let code = database.code().and_then(|code| code.parse().ok());
                Self::of_code(code.unwrap_or(0))
            }
            sqlx::Error::PoolTimedOut => Self::Locked,
            sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => Self::Device,
            _ => Self::Other,
        }
    }

    /// Source: SQLite, "Result and Error Codes"; the low byte is the primary code.
    const fn of_code(code: i32) -> Self {
        // `SQLITE_IOERR_SHMSIZE`: the file that readers and the writer share cannot grow.
        const SHARED_CANNOT_GROW: i32 = 4874;
        match code & 0xff {
            _ if code == SHARED_CANNOT_GROW => Self::DiskFull,
            13 => Self::DiskFull,
            3 | 8 | 14 => Self::Unwritable,
            5 | 6 => Self::Locked,
            7 | 10 => Self::Device,
            11 | 26 => Self::Broken,
            _ => Self::Other,
        }
    }
}

impl fmt::Display for Cause {
    /// Writes the cause and its mend, to stand after the name of a file.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::DiskFull => ": the disk is full; free space on its volume",
            Self::Unwritable => {
                ": it cannot be written; make the file and its folder writable for this user"
            }
            Self::Locked => ": another program holds it; close that one",
            Self::Device => ": the device failed; look at the disk and its mount",
            Self::Moved => {
                ": the file was moved, removed or replaced; put it back, or start foghorn again to use what is there now"
            }
            Self::Broken => ": it is no sound database; restore it from a backup, or move it away to begin with an empty one",
            Self::Other => "",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_beside_the_store_that_cannot_grow_is_a_full_disk_and_not_a_broken_one() {
        let by_code = [13, 4874, 10, 778, 1544, 11].map(Cause::of_code);
        let full = [Cause::DiskFull; 2];
        assert_eq!(by_code[..2], full);
        assert_eq!(by_code[2..4], [Cause::Device; 2]);
        assert_eq!(by_code[4..], [Cause::Unwritable, Cause::Broken]);
    }
}
