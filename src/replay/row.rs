//! The mini-language of a rule test's samples: `0x5 12 15 20x3 _ - 1x10`.

use crate::diag::{Code, Diagnostic, Span};
use crate::engine::Proportion;

/// How many minutes a row may have: twice what the language can look back in a week.
pub const MINUTES_MAX: usize = 20_160;

/// What one row says of one minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// This part of the responses.
    Percent(Proportion),
    /// `_`: the source has nothing for the minute.
    Absent,
    /// `-`: the source answered that there was no traffic.
    Empty,
}

/// A cell and where it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The cell.
    pub cell: Cell,
    /// Its place in the row's text.
    pub span: Span,
}

/// Reads a row: an entry for each minute, and what is wrong with it.
pub fn parse(text: &str) -> (Vec<Entry>, Vec<Diagnostic>) {
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    let mut at = 0;
    for word in text.split(|c: char| c.is_ascii_whitespace()) {
        let span = Span::new(at, at + word.len());
        at = span.end + 1;
        if word.is_empty() {
            continue;
        }
        match item(word, span) {
            Ok((cell, count)) if entries.len() + count <= MINUTES_MAX => {
                entries.extend(std::iter::repeat_n(Entry { cell, span }, count));
            }
            Ok(_) => {
                let message = format!("a row has at most {MINUTES_MAX} minutes, 14 days");
                faults.push(Diagnostic::new(Code::Limit, span, message));
                break;
            }
            Err(fault) => faults.push(*fault),
        }
    }
    (entries, faults)
}

/// Reads `12`, `20x3`, `_` or `-x2`.
fn item(word: &str, span: Span) -> Result<(Cell, usize), Box<Diagnostic>> {
    let (value, count) = match word.split_once('x') {
        Some((value, count)) => (value, Some(count)),
        None => (word, None),
    };
    let cell = match value {
        "_" => Cell::Absent,
        "-" => Cell::Empty,
        _ => Cell::Percent(value.parse().map_err(|_| Box::new(no_cell(word, span)))?),
    };
    let count = match count {
        None => 1,
        Some(count) => count
            .parse()
            .ok()
            .filter(|count| *count > 0)
            .ok_or_else(|| Box::new(no_count(word, value, span)))?,
    };
    Ok((cell, count))
}

fn no_cell(word: &str, span: Span) -> Diagnostic {
    let bare = word.trim_matches(|c| matches!(c, '%' | ',' | ';'));
    let plain = bare.replace(['X', '*', '×'], "x").replace("%x", "x");
    if plain != word && item(&plain, span).is_ok() {
        let message = format!("`{}` is no value of a row", clip(word));
        let fault = Diagnostic::new(Code::Syntax, span, message);
        return fault.help(format!(
            "write `{plain}`: a row is in percent, parted by blanks"
        ));
    }
    let number = plain.split('x').next().unwrap_or_default();
    let is_number = |c: char| c.is_ascii_digit() || c == '.' || c == '-';
    if number.chars().all(is_number) && number.contains(|c: char| c.is_ascii_digit()) {
        let message = format!("`{}` does not lie between 0 and 100 percent", clip(word));
        return Diagnostic::new(Code::Limit, span, message)
            .help("a row says how many percent of the responses had the code");
    }
    let message = format!("`{}` is no value of a row", clip(word));
    Diagnostic::new(Code::Syntax, span, message).help(
        "write percentages: `0x5 12 20x3` is five minutes of 0, one of 12, three of 20; `_` is a minute without data, `-` one without traffic",
    )
}

fn no_count(word: &str, value: &str, span: Span) -> Diagnostic {
    let message = format!("`{}` does not say for how many minutes", clip(word));
    Diagnostic::new(Code::Syntax, span, message).help(format!("write `{value}x5` for five minutes"))
}

fn clip(word: &str) -> String {
    word.chars().take(40).collect()
}
