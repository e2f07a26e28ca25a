//! The paragraph of a finding at one place of one line, as most are: written at once.
//!
//! It is what the renderer of [all others](super::render) writes, which works out a picture first:
//! a sixth of the time of linting a large file with findings in half of its rules.

use std::fmt::Write as _;

use super::{Diagnostic, Files, Level};

/// The longest line that is shown as it stands; of longer ones the renderer cuts something out.
const LINE_CHARS_MAX: usize = 90;

/// Returns the paragraph without colours; `None` where it takes more than this.
pub(super) fn render(diagnostic: &Diagnostic, files: &Files) -> Option<String> {
    let Diagnostic {
        code,
        level,
        message,
        primary,
        secondary,
        help,
        fix: _,
    } = diagnostic;
    let file = files.get(primary.file)?;
    let span = primary.span;
    let before = file.text.get(..span.start)?;
    let start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = file.text[start..].split('\n').next()?;
    let (from, to) = (span.start - start, span.end.checked_sub(start)?);
    let is_shown = |text: &str| text.bytes().all(|b| (b' '..0x7F).contains(&b));
    let help = help.as_deref();
    let is_short = secondary.is_empty()
        && from < to
        && to <= line.len()
        && line.len() <= LINE_CHARS_MAX
        && [line, message, &primary.text, &file.name]
            .iter()
            .all(|text| is_shown(text))
        && help.is_none_or(is_shown);
    if !is_short {
        return None;
    }
    let level = match level {
        Level::Error => "error",
        Level::Warning => "warning",
    };
    let number = file.position(span.start).line.to_string();
    let (gap, column) = (" ".repeat(number.len()), from + 1);
    let (blank, marks) = (" ".repeat(from), "^".repeat(to - from));
    let mut text = format!(
        "{level}[{code}]: {message}\n{gap}--> {}:{number}:{column}\n{gap} |\n{number} | {line}\n{gap} | {blank}{marks}",
        file.name
    );
    if !primary.text.is_empty() {
        text.push(' ');
        text.push_str(&primary.text);
    }
    if let Some(help) = help {
        let _ = write!(text, "\n{gap} |\n{gap} = help: {help}");
    }
    Some(text)
}

#[cfg(test)]
mod tests {
    use annotate_snippets::Renderer;
    use annotate_snippets::renderer::DecorStyle;

    use super::*;
    use crate::diag::{Code, Span};

    #[test]
    fn what_is_written_at_once_is_what_the_renderer_writes() {
        let renderer = Renderer::plain().decor_style(DecorStyle::Ascii);
        let lines = [
            "a",
            "    when: 5xx > 10%",
            "",
            "  x  ",
            &"y".repeat(LINE_CHARS_MAX),
        ];
        let mut compared = 0;
        for before in [0, 8, 9, 99, 12_345] {
            for line in lines {
                let mut files = Files::default();
                let head = "#\n".repeat(before);
                files.add("some/rules.yaml", format!("{head}{line}\nlast"));
                for from in 0..=line.len() {
                    for to in from..=line.len() {
                        if 3 < from && to % 5 != 0 {
                            continue;
                        }
                        let span = Span::new(head.len() + from, head.len() + to);
                        let plain = Diagnostic::new(Code::Slow, span, "a message, and more");
                        let labelled = plain.clone().label("here");
                        let helped = labelled.clone().help("write `x`");
                        for found in [plain.clone().help("do it"), plain, labelled, helped] {
                            let group = super::super::draw(&found, &files);
                            let Some(text) = render(&found, &files) else {
                                continue;
                            };
                            assert_eq!(text, renderer.render(&[group]));
                            compared += 1;
                        }
                    }
                }
            }
        }
        assert!(1_000 < compared, "only {compared} were compared");
    }
}
