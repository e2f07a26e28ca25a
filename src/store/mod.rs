//! The store: what must outlive the process, in one SQLite file.
//!
//! Only this room knows SQL. [`Store::commit`] keeps a step in one transaction: samples, marks,
//! alert states, transitions and messages, all or none. A step whose outcome is unknown is
//! committed again as it is, and changes nothing if it was kept. [`Store::due`] gives the
//! messages to be sent; a message stays due until its outcome is told, so a crash repeats it
//! under the same delivery id and loses none. Where a receiver is told alert by alert, each one that
//! is [noted](Store::note_alert) is not given again, so that a crash repeats one of them at the most.
//!
//! The store does not decide anything and reads no clock. One process writes, which a lock file
//! beside the database sees to; others read ([`Store::read`]).
//!
//! Start with `commit.rs`, then `schema/0001.sql`.

mod batch;
mod check;
mod codec;
mod commit;
mod compact;
mod decisions;
mod delivery;
mod error;
mod heard;
mod history;
mod lanes;
mod load;
mod meta;
mod needs;
mod old;
mod open;
mod opened;
mod outbox;
mod pack;
mod packed;
mod prune;
mod recent;
mod recordings;
mod repack;
mod rows;
mod samples;
mod schema;
mod settled;
mod stand_in;
#[cfg(test)]
mod tests;
mod transfer;
mod varint;
mod view;
mod waits;
mod writing;

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;
use std::sync::{Mutex, PoisonError};

use commit::Ids;
use open::Lock;
use opened::Opened;
use sqlx::SqlitePool;

pub use check::{Checked, Finding};
pub use delivery::Requeued;
pub use error::{Cause, Fault, StoreError};
pub use history::{HistoryFilter, HistoryRow};
pub use lanes::{Claim, Lane, WaitingLane, Which};
pub use load::Loaded;
pub use outbox::{DeadLetter, Delivery, LaneSummary, NotTold, OutboxSummary, TryOutcome};
pub use prune::{Prune, Pruned};
pub use repack::{Repack, Repacked};
pub use stand_in::Undeliverable;
pub use transfer::Imported;

/// A lane and a block.
type Spot = (i64, i64);

/// An open store.
///
/// All calls may run at the same time: writes wait for each other, reads for nothing.
#[derive(Debug)]
pub struct Store {
    /// The path as the address gives it, for messages.
    file: String,
    /// One connection, so that writes queue here and not in the database.
    writer: SqlitePool,
    reader: SqlitePool,
    /// The ids of series that are known to be stored.
    ids: Mutex<Ids>,
    /// Held while samples are repacked: what is read for it must not be repacked by another.
    repacking: tokio::sync::Mutex<()>,
    /// Whether a row of format 1 was met that cannot be read, so that those are left alone.
    is_old_damaged: AtomicBool,
    /// The lanes and blocks of samples that were met and cannot be read.
    damaged: Mutex<BTreeSet<Spot>>,
    /// The file, if there is one and it is written to.
    opened: Option<Opened>,
    /// Held as long as the store is open.
    lock: Option<Lock>,
}

impl Store {
    /// Returns the path of the database, for messages.
    pub fn file(&self) -> &str {
        &self.file
    }

    /// Returns the fault that `error` is.
    fn fault(&self, error: sqlx::Error) -> Fault {
        Fault::new(&self.file, error)
    }

    fn known_ids(&self) -> std::sync::MutexGuard<'_, Ids> {
        // The map is only ever added to, so a panic elsewhere cannot break it.
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn damaged(&self) -> std::sync::MutexGuard<'_, BTreeSet<Spot>> {
        // Each change is one call, so a panic elsewhere cannot break it.
        self.damaged.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits for what is under way, and closes the file.
    pub async fn close(self) {
        self.reader.close().await;
        self.writer.close().await;
        // Only then may another open it.
        drop(self.lock);
    }
}
