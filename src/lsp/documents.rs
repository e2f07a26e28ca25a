//! The files that are open in the editor, as they stand there.

use std::cell::OnceCell;
use std::collections::BTreeMap;

use gen_lsp_types::{Range, Uri};
use serde::Deserialize;

use super::address;
use super::position::{Encoding, Lines};
use super::sketch::Sketch;
use crate::config::Surroundings;
use crate::unit::Glob;

/// How many files may be open at once.
const OPEN_MAX: usize = 1_000;
/// How large a text may become that is kept: the loader refuses one over 16 MiB, and says so.
const TEXT_BYTES_MAX: usize = 40 << 20;

/// A text and what is worked out of it once.
#[derive(Debug, Default)]
pub(super) struct Draft {
    /// The text itself.
    pub(super) text: String,
    lines: OnceCell<Lines>,
    sketch: OnceCell<Sketch>,
}

impl Draft {
    /// Takes a text.
    pub(super) fn new(text: impl Into<String>) -> Self {
        let text = text.into();
        Self {
            text,
            ..Self::default()
        }
    }

    /// Returns where its lines begin.
    pub(super) fn lines(&self) -> &Lines {
        self.lines.get_or_init(|| Lines::of(&self.text))
    }

    /// Returns its parts.
    pub(super) fn sketch(&self) -> &Sketch {
        self.sketch.get_or_init(|| Sketch::of(&self.text))
    }
}

/// An open file.
#[derive(Debug)]
pub(super) struct Document {
    /// Its address, as the editor writes it.
    pub(super) uri: Uri,
    /// Which change of it this is.
    pub(super) version: i32,
    /// Its text.
    pub(super) text: Draft,
}

/// A new text for a range of a file, or for the whole of it.
#[derive(Debug, Deserialize)]
pub(super) struct Change {
    range: Option<Range>,
    text: String,
}

/// The open files, by path.
#[derive(Debug, Default)]
pub(super) struct Documents(BTreeMap<String, Document>);

impl Documents {
    /// Takes in a file. Beyond the limit it is not taken, and nothing is said of it.
    pub(super) fn open(&mut self, uri: Uri, version: i32, text: String) {
        let path = address::path_of(&uri);
        if self.0.len() < OPEN_MAX || self.0.contains_key(&path) {
            let text = Draft::new(text);
            self.0.insert(path, Document { uri, version, text });
        }
    }

    /// Makes changes, in their order. Of a text that becomes too large nothing is kept.
    pub(super) fn change(&mut self, uri: &Uri, version: i32, changes: Vec<Change>, by: Encoding) {
        let Some(document) = self.0.get_mut(&address::path_of(uri)) else {
            return;
        };
        document.version = version;
        for change in changes {
            let mut text = std::mem::take(&mut document.text);
            let new = match change.range {
                None => change.text,
                Some(range) => {
                    let lines = text.lines();
                    let start = lines.offset(&text.text, range.start, by);
                    let end = lines.offset(&text.text, range.end, by);
                    text.text.replace_range(start..end.max(start), &change.text);
                    text.text
                }
            };
            if new.len() <= TEXT_BYTES_MAX {
                document.text = Draft::new(new);
            }
        }
    }

    /// Forgets a file.
    pub(super) fn close(&mut self, uri: &Uri) {
        self.0.remove(&address::path_of(uri));
    }

    /// Returns an open file.
    pub(super) fn get(&self, path: &str) -> Option<&Document> {
        self.0.get(path)
    }

    /// Returns the paths of all, in order.
    pub(super) fn paths(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// What files hold: the editor's texts before those of the disk.
pub(super) struct Buffers<'a> {
    /// The open files.
    pub(super) documents: &'a Documents,
    /// All others.
    pub(super) disk: &'a dyn Surroundings,
}

impl Surroundings for Buffers<'_> {
    fn variable(&self, _: &str) -> Option<String> {
        None
    }

    fn file(&self, path: &str) -> Result<String, String> {
        match self.documents.get(&address::plain(path)) {
            Some(document) => Ok(document.text.text.clone()),
            None => self.disk.file(path),
        }
    }

    /// Finds files that are open and not on the disk yet, too.
    fn glob(&self, pattern: &str) -> Result<Vec<String>, String> {
        let found = self.disk.glob(pattern);
        let pattern = address::plain(pattern);
        let folder = address::folder_of(&pattern);
        let glob = Glob::from(&pattern[folder.map_or(0, str::len)..]);
        let is_meant = |path: &&str| {
            let name = &path[address::folder_of(path).map_or(0, str::len)..];
            address::folder_of(path) == folder && glob.matches(name) && !name.starts_with("/.")
        };
        let open: Vec<&str> = self.documents.paths().filter(is_meant).collect();
        let mut all = match found {
            Ok(found) => found.iter().map(|path| address::plain(path)).collect(),
            Err(why) if open.is_empty() => return Err(why),
            Err(_) => Vec::new(),
        };
        all.extend(open.into_iter().map(str::to_owned));
        all.sort();
        all.dedup();
        Ok(all)
    }
}
