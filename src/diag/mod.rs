//! What is wrong with a user's text: values that are collected, never thrown.
//!
//! A [`Diagnostic`] names its [`Code`], says the cause in one sentence, points at the exact place
//! and, where one exists, gives the mend. How it looks is the matter of one file per format.
//! What all messages need is here as well: which known word was meant (`near.rs`), and a text in quotes.

mod code;
mod fix;
pub mod github;
pub mod human;
pub mod json;
mod near;
mod position;
pub mod sarif;
mod span;
pub mod summary;

use std::cmp::Ordering;
use std::sync::Arc;

pub use code::{Code, Level};
pub use fix::{Basis, Edit, Fix};
pub(crate) use near::{COMPARED_CHARS_MAX, changes, is_slip, nearest, only_nearest, only_slip};
pub use position::{Position, position};
pub use span::{Span, Spanned};

/// How much of a text a message repeats: a line is enough to know it again.
const QUOTED_CHARS_MAX: usize = 60;

/// Which file of a run a place is in: an index into [`Files`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct FileId(pub u32);

/// A file as it was read.
#[derive(Clone, Debug)]
pub struct File {
    /// Its name as the user gave it.
    pub name: String,
    /// Its text.
    pub text: Arc<str>,
    /// Where its lines begin, so that the place of each of many findings is found at once.
    starts: Vec<usize>,
}

impl File {
    /// Returns the line and column of a byte; one within a character counts as its first.
    pub fn position(&self, offset: usize) -> Position {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let within = position(self.text.get(start..).unwrap_or(""), offset - start);
        Position {
            line: line - 1 + within.line,
            column: within.column,
            offset: start + within.offset,
        }
    }
}

/// The files of a run, in the order in which they were read.
#[derive(Clone, Debug, Default)]
pub struct Files(Vec<File>);

impl Files {
    /// Takes in a file and returns its id.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        let (name, text) = (name.into(), text.into());
        let newlines = memchr::memchr_iter(b'\n', text.as_bytes());
        let mut starts = Vec::with_capacity(1 + newlines.clone().count());
        starts.push(0);
        starts.extend(newlines.map(|at| at + 1));
        self.0.push(File { name, text, starts });
        FileId(u32::try_from(self.0.len() - 1).unwrap_or(u32::MAX))
    }

    /// Takes in the files of another run after these, and returns how many there were before:
    /// by so many the others' ids are [shifted](Diagnostic::shift).
    pub fn append(&mut self, other: Self) -> u32 {
        let before = u32::try_from(self.0.len()).unwrap_or(u32::MAX);
        self.0.extend(other.0);
        before
    }

    /// Returns the files, in order.
    pub fn iter(&self) -> impl Iterator<Item = &File> {
        self.0.iter()
    }

    /// Returns the file of that id, if there is one.
    pub fn get(&self, id: FileId) -> Option<&File> {
        self.0.get(id.0 as usize)
    }
}

/// A place that a diagnostic points at, with a few words.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Label {
    /// The file.
    pub file: FileId,
    /// The place in the file.
    pub span: Span,
    /// What there is to say of the place; may be empty.
    pub text: String,
}

/// A finding that is silenced where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Allowed {
    /// What was found.
    pub finding: Diagnostic,
    /// Why it may be, in the words of the file.
    pub reason: String,
}

/// Something to say of a user's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// What kind of fault.
    pub code: Code,
    /// How grave: the code's own level, unless the run was told otherwise.
    pub level: Level,
    /// The cause, in one sentence without a full stop.
    pub message: String,
    /// Where: the place of the fault itself.
    pub primary: Label,
    /// Other places that explain it.
    pub secondary: Vec<Label>,
    /// The mend, as text that can be pasted where one exists.
    pub help: Option<String>,
    /// The mend that a program can make by itself.
    pub fix: Option<Fix>,
    /// What that mend rests on.
    pub basis: Basis,
}

impl Diagnostic {
    /// Returns a diagnostic of `code` at `span` of the first file.
    pub fn new(code: Code, span: Span, message: impl Into<String>) -> Self {
        Self {
            code,
            level: code.level(),
            message: message.into(),
            primary: Label {
                file: FileId(0),
                span,
                text: String::new(),
            },
            secondary: Vec::new(),
            help: None,
            fix: None,
            basis: Basis::Place,
        }
    }

    /// Adds the mend.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Makes it a warning, whatever its code is by itself.
    #[must_use]
    pub fn warning(mut self) -> Self {
        self.level = Level::Warning;
        self
    }

    /// Adds the mend that a program can make by itself: another text for a place.
    #[must_use]
    pub fn fix(mut self, span: Span, text: impl Into<String>) -> Self {
        let file = self.primary.file;
        let text = text.into();
        let edits = self.fix.get_or_insert_default();
        edits.0.push(Edit { file, span, text });
        self
    }

    /// Adds the mend as a help and as one that a program can make by itself: the fault's own place
    /// gets another text.
    #[must_use]
    pub fn write(self, text: impl AsRef<str>) -> Self {
        let (text, span) = (text.as_ref(), self.primary.span);
        self.help(format!("write `{text}`")).fix(span, text)
    }

    /// Says that its mend is right only while all that it was proved of stays as it stands.
    #[must_use]
    pub fn proved(mut self) -> Self {
        self.basis = Basis::Proof;
        self
    }

    /// Says something at the place of the fault itself.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Self {
        self.primary.text = text.into();
        self
    }

    /// Adds another place that explains the fault.
    #[must_use]
    pub fn also(mut self, span: Span, text: impl Into<String>) -> Self {
        self.secondary.push(Label {
            file: self.primary.file,
            span,
            text: text.into(),
        });
        self
    }

    /// Names files that were [appended](Files::append) after so many others.
    #[must_use]
    pub fn shift(mut self, files: u32) -> Self {
        let moved = |file: FileId| FileId(file.0.saturating_add(files));
        for label in std::iter::once(&mut self.primary).chain(&mut self.secondary) {
            label.file = moved(label.file);
        }
        for edit in self.fix.iter_mut().flat_map(|fix| &mut fix.0) {
            edit.file = moved(edit.file);
        }
        self
    }

    /// Moves every place: from an expression's own text to the file that it stands in.
    #[must_use]
    pub fn relocate(mut self, file: FileId, place: impl Fn(Span) -> Span) -> Self {
        for label in std::iter::once(&mut self.primary).chain(&mut self.secondary) {
            label.file = file;
            label.span = place(label.span);
        }
        for edit in self.fix.iter_mut().flat_map(|fix| &mut fix.0) {
            edit.file = file;
            edit.span = place(edit.span);
        }
        self
    }
}

/// Puts diagnostics into the order of the reports: by file, place and code.
pub fn sort(diagnostics: &mut [Diagnostic]) {
    diagnostics.sort_by(by_place);
}

/// Compares diagnostics by file, place and code.
fn by_place(a: &Diagnostic, b: &Diagnostic) -> Ordering {
    (&a.primary, a.code).cmp(&(&b.primary, b.code))
}

/// Returns how many of these are of a level.
pub fn count(diagnostics: &[Diagnostic], level: Level) -> usize {
    diagnostics.iter().filter(|d| d.level == level).count()
}

/// Whether a run may go on: whether none of these is an error.
pub fn is_clean(diagnostics: &[Diagnostic]) -> bool {
    diagnostics.iter().all(|d| d.level != Level::Error)
}

/// Returns the text in backquotes, cut if it is long.
pub(crate) fn quoted(text: &str) -> String {
    let text = text.trim();
    let cut: String = text.chars().take(QUOTED_CHARS_MAX).collect();
    let cut = cut.replace(['\n', '\r', '\t'], " ");
    if cut.len() < text.len() {
        format!("`{cut}…`")
    } else {
        format!("`{cut}`")
    }
}
