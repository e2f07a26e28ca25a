//! Diagnostics for other programs, as one JSON document.

use serde::Serialize;

use super::{Diagnostic, Edit, FileId, Files, Label, Level, Position, Span};

#[derive(Serialize)]
struct Report<'a> {
    diagnostics: Vec<Entry<'a>>,
    summary: Summary,
}

#[derive(Serialize)]
struct Entry<'a> {
    code: &'static str,
    severity: &'static str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    help: Option<&'a str>,
    file: &'a str,
    span: Range,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    labels: Vec<Related<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fix: Vec<Related<'a>>,
}

/// Another place: what there is to say of it, or the text that it gets.
#[derive(Serialize)]
struct Related<'a> {
    file: &'a str,
    span: Range,
    text: &'a str,
}

#[derive(Serialize)]
struct Range {
    start: Point,
    end: Point,
}

#[derive(Serialize)]
struct Point {
    line: usize,
    column: usize,
    offset: usize,
}

impl From<Position> for Point {
    fn from(position: Position) -> Self {
        let Position {
            line,
            column,
            offset,
        } = position;
        Self {
            line,
            column,
            offset,
        }
    }
}

#[derive(Serialize)]
struct Summary {
    errors: usize,
    warnings: usize,
}

/// Returns the report, in one line without a line break at its end; sorted by file, place and code.
pub fn render(diagnostics: &[Diagnostic], files: &Files) -> String {
    let mut sorted = diagnostics.to_vec();
    super::sort(&mut sorted);
    let report = Report {
        diagnostics: sorted.iter().map(|d| entry(d, files)).collect(),
        summary: Summary {
            errors: super::count(&sorted, Level::Error),
            warnings: super::count(&sorted, Level::Warning),
        },
    };
    serde_json::to_string(&report).unwrap_or_default()
}

fn entry<'a>(diagnostic: &'a Diagnostic, files: &'a Files) -> Entry<'a> {
    let Diagnostic {
        code,
        level,
        message,
        primary,
        secondary,
        help,
        fix,
        basis: _,
    } = diagnostic;
    let edits = fix.iter().flat_map(|fix| &fix.0);
    Entry {
        code: code.as_str(),
        severity: level.as_str(),
        message,
        help: help.as_deref(),
        file: name(primary.file, files),
        span: range(primary.file, primary.span, files),
        labels: secondary.iter().map(|label| place(label, files)).collect(),
        fix: edits.map(|edit| replacement(edit, files)).collect(),
    }
}

fn place<'a>(label: &'a Label, files: &'a Files) -> Related<'a> {
    Related {
        file: name(label.file, files),
        span: range(label.file, label.span, files),
        text: &label.text,
    }
}

fn replacement<'a>(edit: &'a Edit, files: &'a Files) -> Related<'a> {
    Related {
        file: name(edit.file, files),
        span: range(edit.file, edit.span, files),
        text: &edit.text,
    }
}

fn name(file: FileId, files: &Files) -> &str {
    files.get(file).map_or("", |file| &file.name)
}

fn range(file: FileId, span: Span, files: &Files) -> Range {
    let begin = Position {
        line: 1,
        column: 1,
        offset: 0,
    };
    let at = |offset| files.get(file).map_or(begin, |file| file.position(offset));
    Range {
        start: at(span.start()).into(),
        end: at(span.end().max(span.start())).into(),
    }
}
