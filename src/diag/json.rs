//! Diagnostics for other programs, as one JSON document.

use serde::Serialize;

use super::{Diagnostic, FileId, Files, Level, Position, Span, position};

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
    let count = |level| sorted.iter().filter(|d| d.level == level).count();
    let report = Report {
        diagnostics: sorted.iter().map(|d| entry(d, files)).collect(),
        summary: Summary {
            errors: count(Level::Error),
            warnings: count(Level::Warning),
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
        help,
        ..
    } = diagnostic;
    Entry {
        code: code.as_str(),
        severity: level.as_str(),
        message,
        help: help.as_deref(),
        file: files.get(primary.file).map_or("", |file| &file.name),
        span: range(primary.file, primary.span, files),
    }
}

fn range(file: FileId, span: Span, files: &Files) -> Range {
    let text = files.get(file).map_or("", |file| file.text.as_str());
    Range {
        start: position(text, span.start).into(),
        end: position(text, span.end.max(span.start)).into(),
    }
}
