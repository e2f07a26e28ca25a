//! Writing the files: whole or not at all, and never over what is there unasked.

use std::ffi::OsString;
use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

/// What happens to a file that is there already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Existing {
    Refuse,
    Replace,
}

/// Says beforehand why a file could not be written, before anybody answers questions in vain.
pub(super) fn may_write(paths: &[&Path], existing: Existing) -> anyhow::Result<()> {
    for path in paths {
        let folder = folder(path);
        if !folder.is_dir() {
            bail!("there is no folder {}", folder.display());
        }
        if path.is_dir() {
            bail!("{} is a folder", path.display());
        }
        if existing == Existing::Refuse && fs::symlink_metadata(path).is_ok() {
            bail!("{}", taken(path));
        }
    }
    Ok(())
}

/// Writes both files; if the second cannot be put in its place, the first is taken away again.
pub(super) fn both(files: [(&Path, &str); 2], existing: Existing) -> anyhow::Result<()> {
    let mut drafts: Vec<Draft> = Vec::new();
    for (path, text) in files {
        drafts.push(Draft::write(path, text).with_context(|| format!("write {}", path.display()))?);
    }
    let mut placed: Vec<PathBuf> = Vec::new();
    for draft in &drafts {
        if let Err(error) = draft.place(existing) {
            if existing == Existing::Refuse {
                for path in &placed {
                    let _ = fs::remove_file(path);
                }
            }
            let what = match error.kind() {
                ErrorKind::AlreadyExists => taken(&draft.path),
                _ => format!("write {}", draft.path.display()),
            };
            return Err(anyhow::Error::new(error).context(what));
        }
        placed.push(draft.path.clone());
    }
    Ok(())
}

fn taken(path: &Path) -> String {
    let path = path.display();
    format!("{path} is there already: give another name, or --force to overwrite it")
}

/// A text beside the place that it is for; taken away when it is no longer needed.
struct Draft {
    beside: PathBuf,
    path: PathBuf,
}

impl Draft {
    fn write(path: &Path, text: &str) -> io::Result<Self> {
        // What a link points at is replaced, not the link.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let mut name = OsString::from(".");
        name.push(path.file_name().unwrap_or_default());
        name.push(format!(".{}.tmp", std::process::id()));
        let beside = path.with_file_name(name);
        let draft = Self { beside, path };
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .open(&draft.beside)?;
        if let Ok(old) = fs::metadata(&draft.path) {
            file.set_permissions(old.permissions())?;
        }
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        Ok(draft)
    }

    fn place(&self, existing: Existing) -> io::Result<()> {
        match existing {
            Existing::Replace => fs::rename(&self.beside, &self.path),
            Existing::Refuse => match fs::hard_link(&self.beside, &self.path) {
                Err(error) if error.kind() != ErrorKind::AlreadyExists => self.place_unlinked(),
                linked => linked,
            },
        }
    }

    /// For file systems without hard links: a file that appears meanwhile is still seen, but for
    /// a moment.
    fn place_unlinked(&self) -> io::Result<()> {
        if fs::symlink_metadata(&self.path).is_ok() {
            return Err(ErrorKind::AlreadyExists.into());
        }
        fs::rename(&self.beside, &self.path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.beside);
    }
}

fn folder(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}
