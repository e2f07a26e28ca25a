//! Markdown from texts that anybody may have written.

use std::fmt::Write as _;

/// Returns a Markdown table.
pub(super) fn table(heads: &[&str], rows: Vec<Vec<String>>) -> String {
    let line = |cells: &mut dyn Iterator<Item = String>| {
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    let mut text = line(&mut heads.iter().map(|head| head.to_lowercase()));
    text.push_str(&line(&mut heads.iter().map(|_| "---".to_owned())));
    for row in rows {
        text.push_str(&line(&mut row.iter().map(|text| cell(text))));
    }
    text.push('\n');
    text
}

/// Returns a text as a cell of Markdown in which nothing is markup.
pub(super) fn cell(text: &str) -> String {
    let mut escaped = String::new();
    for (at, c) in text.char_indices() {
        match c {
            // What looks like an address would become a link.
            ':' if text[at..].starts_with("://") => escaped.push_str("&#58;"),
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' | '@' | '#' | '~' | '!' => {
                let _ = write!(escaped, "&#{};", u32::from(c));
            }
            c if c.is_control() => escaped.push(' '),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_no_markup_in_a_pull_request() {
        let text = cell("a|b</td><script>@all\n*x* [y](http://z)");
        for mark in ['|', '<', '>', '@', '*', '[', '\n', ':'] {
            assert!(!text.contains(mark), "{text}");
        }
    }
}
