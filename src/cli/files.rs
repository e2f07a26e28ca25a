//! Which files an argument means: a folder stands for those in it that the command is for.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// What a command is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// Rules files, further files among them.
    Rules,
    /// Rule tests, which a folder has under names like `rules.test.yaml`.
    Tests,
}

impl Wanted {
    /// Whether a file of a folder is one of these; hidden files are none.
    fn is_met(self, path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str());
        let stem = name.and_then(|name| {
            name.strip_suffix(".yaml")
                .or_else(|| name.strip_suffix(".yml"))
        });
        stem.is_some_and(|stem| {
            let is_test = Path::new(stem).extension().is_some_and(|end| end == "test");
            !stem.starts_with('.') && is_test == (self == Self::Tests) && path.is_file()
        })
    }

    /// Says that a folder has none of these.
    const fn absent(self) -> &'static str {
        match self {
            Self::Rules => "the folder has no `.yaml` or `.yml` file",
            Self::Tests => "the folder has no `.test.yaml` or `.test.yml` file",
        }
    }
}

/// Returns the file, or the wanted files of a folder, sorted.
///
/// # Errors
///
/// A folder that cannot be read, or has none of them.
pub(super) fn of_argument(argument: &str, wanted: Wanted) -> io::Result<Vec<String>> {
    if !Path::new(argument).is_dir() {
        return Ok(vec![argument.to_owned()]);
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(argument)? {
        let path = entry?.path();
        if wanted.is_met(&path)
            && let Some(path) = path.to_str()
        {
            found.push(path.to_owned());
        }
    }
    found.sort();
    if found.is_empty() {
        return Err(io::Error::new(io::ErrorKind::NotFound, wanted.absent()));
    }
    Ok(found)
}

/// Returns what two paths to one file have in common.
pub(super) fn identity(path: &str) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| PathBuf::from(path))
}
