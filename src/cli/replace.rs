//! Writing a file so that nobody ever sees half of it.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use anyhow::Context as _;

/// Puts a new text in a file's place: at any moment there is the old file or the new one, with
/// the old one's mode.
///
/// # Errors
///
/// What the disk says.
pub(super) fn replace(path: &Path, text: &str) -> anyhow::Result<()> {
    let write = || -> io::Result<()> {
        // What a link points at is replaced, not the link.
        let path = fs::canonicalize(path)?;
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let beside = path.with_file_name(name);
        let written = write_beside(&beside, &path, text);
        if written.is_err() {
            let _ = fs::remove_file(&beside);
        }
        written
    };
    write().with_context(|| format!("write {}", path.display()))
}

fn write_beside(beside: &Path, path: &Path, text: &str) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(beside)?;
    file.set_permissions(fs::metadata(path)?.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)
}
