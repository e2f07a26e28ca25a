//! Writing a file so that nobody ever sees half of it.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{MetadataExt as _, fchown};
use std::path::Path;

use anyhow::Context as _;

/// Puts a new text in a file's place: at any moment there is the old file or the new one, with
/// the old one's owner, group and mode. Who may not give files away writes into the old one.
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
        if !matches!(written, Ok(Beside::InPlace)) {
            let _ = fs::remove_file(&beside);
        }
        match written? {
            Beside::InPlace => Ok(()),
            Beside::NotOurs => fs::write(&path, text),
        }
    };
    write().with_context(|| format!("write {}", path.display()))
}

/// What became of a file that was written beside another.
enum Beside {
    /// It took the other's place.
    InPlace,
    /// It cannot have the other's owner or group, so that those who read it might not any more.
    NotOurs,
}

fn write_beside(beside: &Path, path: &Path, text: &str) -> io::Result<Beside> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .open(beside)?;
    let (old, new) = (fs::metadata(path)?, file.metadata()?);
    let is_ours = (old.uid(), old.gid()) == (new.uid(), new.gid());
    if !is_ours && fchown(&file, Some(old.uid()), Some(old.gid())).is_err() {
        return Ok(Beside::NotOurs);
    }
    file.set_permissions(old.permissions())?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    fs::rename(beside, path)?;
    Ok(Beside::InPlace)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_replaced_file_keeps_its_owner_its_group_and_its_mode() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.yaml");
        fs::write(&path, "old").unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
        // Only root gives files away; for everybody else the owner is the same anyway.
        let _ = std::os::unix::fs::chown(&path, Some(1000), Some(1000));
        let facts = || {
            let of = fs::metadata(&path).unwrap();
            (of.uid(), of.gid(), of.mode())
        };
        let before = facts();
        replace(&path, "new").unwrap();
        assert_eq!(facts(), before);
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
