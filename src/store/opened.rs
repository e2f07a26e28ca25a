//! Which file the store was opened in: whoever writes to one that was moved away writes what no next
//! start will find.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

/// A file, and what tells it from another one of its name.
#[derive(Debug)]
pub(super) struct Opened {
    path: PathBuf,
    device: u64,
    inode: u64,
}

impl Opened {
    /// Notes which file has this name now; `None` if that cannot be told.
    pub(super) fn at(path: &Path) -> Option<Self> {
        let found = fs::metadata(path).ok()?;
        Some(Self {
            path: path.to_owned(),
            device: found.dev(),
            inode: found.ino(),
        })
    }

    /// Whether it has its name no more. What cannot be looked at is taken to be where it was.
    pub(super) fn is_gone(&self) -> bool {
        match fs::metadata(&self.path) {
            Ok(found) => (found.dev(), found.ino()) != (self.device, self.inode),
            Err(error) => error.kind() == ErrorKind::NotFound,
        }
    }
}
