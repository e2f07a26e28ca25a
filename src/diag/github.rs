//! Diagnostics as workflow commands, which GitHub shows beside the changed lines.
//!
//! Source: GitHub Docs, "Workflow commands for GitHub Actions"; how values are escaped is in
//! `actions/toolkit`, `packages/core/src/command.ts`.

use std::fmt::Write as _;

use super::{Diagnostic, FileId, Files, Level, Position};

/// Returns the annotations, a line for each diagnostic; sorted by file, place and code.
pub fn render(diagnostics: &[Diagnostic], files: &Files) -> String {
    let mut sorted = diagnostics.to_vec();
    super::sort(&mut sorted);
    sorted.iter().map(|found| line(found, files)).collect()
}

fn line(found: &Diagnostic, files: &Files) -> String {
    let command = match found.level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let file = files.get(found.primary.file);
    let name = file.map_or("", |file| file.name.as_str());
    let (start, end) = (found.primary.span.start(), found.primary.span.end());
    let place = |at| file.map_or(BEGIN, |file| file.position(at));
    let (start, end) = (place(start), place(end.max(start)));
    let mut message = found.message.clone();
    for label in &found.secondary {
        let line = files.get(label.file).map(|file| (file, label.span.start()));
        let line = line.map_or(0, |(file, at)| file.position(at).line);
        let text = match label.text.as_str() {
            "" => "see also",
            text => text,
        };
        let elsewhere = name_elsewhere(label.file, found.primary.file, files);
        let _ = write!(message, "\n{text}: {elsewhere}line {line}");
    }
    if let Some(help) = &found.help {
        let _ = write!(message, "\nhelp: {help}");
    }
    format!(
        "::{command} file={},line={},col={},endLine={},endColumn={},title={}::{}\n",
        property(name),
        start.line,
        start.column,
        end.line,
        end.column,
        found.code,
        data(&message),
    )
}

const BEGIN: Position = Position {
    line: 1,
    column: 1,
    offset: 0,
};

fn name_elsewhere(label: FileId, primary: FileId, files: &Files) -> String {
    match files.get(label) {
        Some(file) if label != primary => format!("{}, ", file.name),
        _ => String::new(),
    }
}

/// Escapes the text of a command.
fn data(text: &str) -> String {
    let text = text.replace('%', "%25");
    text.replace('\r', "%0D").replace('\n', "%0A")
}

/// Escapes the value of a command's property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Span};

    #[test]
    fn an_annotation_is_one_line_whatever_it_says() {
        let mut files = Files::default();
        files.add("a,b:c%.yaml", "rules: [\n  5xx > 10]\n");
        let found = Diagnostic::new(Code::TypeMismatch, Span::new(11, 19), "100% is\nno number")
            .also(Span::new(0, 5), "because of this")
            .help("write `10%`");
        assert_eq!(
            render(&[found], &files),
            "::error file=a%2Cb%3Ac%25.yaml,line=2,col=3,endLine=2,endColumn=11,title=type-mismatch\
             ::100%25 is%0Ano number%0Abecause of this: line 1%0Ahelp: write `10%25`\n"
        );
    }
}
