//! The mini-language of a rule test's samples: `0x5 12 15 20x3 _ - 1x10`.

use crate::diag::{Code, Diagnostic, Span};
use crate::engine::Proportion;

/// How many minutes a row may have: twice what the language can look back in a week.
pub const MINUTES_MAX: usize = 20_160;
/// How many requests a minute may have: more than any site has.
pub const REQUESTS_MAX: u64 = 1_000_000_000_000;

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
pub struct Entry<T = Cell> {
    /// The cell.
    pub cell: T,
    /// Its place in the row's text.
    pub span: Span,
}

/// Reads a row: an entry for each minute, and what is wrong with it.
pub fn parse(text: &str) -> (Vec<Entry>, Vec<Diagnostic>) {
    row(text, |word, value, span| match value {
        "_" => Ok(Cell::Absent),
        "-" => Ok(Cell::Empty),
        _ => value
            .parse()
            .map(Cell::Percent)
            .map_err(|_| Box::new(no_cell(word, span))),
    })
}

/// Reads a row of how many requests there were, `None` where the source did not count them, and
/// what is wrong with it.
pub fn parse_requests(text: &str) -> (Vec<Entry<Option<u64>>>, Vec<Diagnostic>) {
    row(text, |word, value, span| {
        if value == "_" {
            return Ok(None);
        }
        let is_number = !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit());
        if !is_number {
            let written = if value.is_empty() { word } else { value };
            let message = format!("`{}` is no number of requests", clip(written));
            let fault = Diagnostic::new(Code::TypeMismatch, span, message);
            return Err(Box::new(fault.help(
                "write whole numbers: `1000x5 20` is five minutes of 1000, and 20 from then on; `_` is a minute without counts",
            )));
        }
        let requests = value.parse().ok();
        let requests = requests.filter(|requests| (1..=REQUESTS_MAX).contains(requests));
        requests.map(Some).ok_or_else(|| {
            let message = format!("`requests` is from 1 to {REQUESTS_MAX}");
            let fault = Diagnostic::new(Code::Limit, span, message);
            Box::new(fault.help("a minute without traffic is written `-` in a row"))
        })
    })
}

/// Reads words parted by blanks, each a value that `cell` reads, alone or times a count.
fn row<T: Copy>(
    text: &str,
    cell: impl Fn(&str, &str, Span) -> Result<T, Box<Diagnostic>>,
) -> (Vec<Entry<T>>, Vec<Diagnostic>) {
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    let mut at = 0;
    for word in text.split(|c: char| c.is_ascii_whitespace()) {
        let span = Span::new(at, at + word.len());
        at = span.end() + 1;
        if word.is_empty() {
            continue;
        }
        let value = word.split('x').next().unwrap_or_default();
        let read = cell(word, value, span).and_then(|cell| Ok((cell, times(word, span)?)));
        match read {
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

/// Reads how many times a word counts: 3 of `20x3`, 1 of `20`.
fn times(word: &str, span: Span) -> Result<usize, Box<Diagnostic>> {
    let Some((value, count)) = word.split_once('x') else {
        return Ok(1);
    };
    let count = count.parse().ok().filter(|count| *count > 0);
    count.ok_or_else(|| Box::new(no_count(word, value, span)))
}

fn no_cell(word: &str, span: Span) -> Diagnostic {
    let bare = word.trim_matches(|c| matches!(c, '%' | ',' | ';'));
    let plain = bare.replace(['X', '*', '×'], "x").replace("%x", "x");
    if plain != word && parse(&plain).1.is_empty() {
        let message = format!("`{}` is no value of a row", clip(word));
        let fault = Diagnostic::new(Code::Syntax, span, message);
        return fault.help(format!(
            "write `{plain}`: a row is in percent, parted by blanks"
        ));
    }
    let number = plain.split('x').next().unwrap_or_default();
    let bare = number.strip_prefix('-').unwrap_or(number);
    let is_number = bare.matches('.').count() < 2
        && bare.chars().all(|c| c.is_ascii_digit() || c == '.')
        && bare.contains(|c: char| c.is_ascii_digit());
    if is_number {
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
