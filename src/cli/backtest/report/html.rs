//! HTML from texts that anybody may have written.

use std::fmt::Write as _;

use crate::unit::counted;

/// A page in the making.
#[derive(Default)]
pub(super) struct Html(pub(super) String);

impl Html {
    /// Adds a paragraph.
    pub(super) fn paragraph(&mut self, text: &str) {
        let _ = writeln!(self.0, "<p>{}</p>", escaped(text));
    }

    /// Says how many rows a table has not.
    pub(super) fn more(&mut self, all: usize, shown: usize, noun: &str) {
        let more = all.saturating_sub(shown);
        if more > 0 {
            self.paragraph(&format!("and {} more", counted(more, noun)));
        }
    }
}

/// Returns a text in which nothing is markup.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            '\n' => escaped.push_str("<br>"),
            // What turns the direction of writing could make a name look like another.
            c if c.is_control()
                || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}') =>
            {
                escaped.push('\u{fffd}');
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// Returns JSON that can stand within a `script` element.
pub(super) fn script_json(value: &serde_json::Value) -> String {
    let text = value.to_string();
    text.replace('<', "\\u003c")
        .replace('>', "\\u003e")
        .replace('&', "\\u0026")
        .replace('\u{2028}', "\\u2028")
        .replace('\u{2029}', "\\u2029")
}

/// Returns a table.
pub(super) fn table(id: &str, heads: &[&str], rows: &[Vec<String>]) -> String {
    let mut text = format!("<div class=\"wide\"><table id=\"{id}\"><thead><tr>");
    for head in heads {
        let _ = write!(text, "<th>{head}</th>");
    }
    text.push_str("</tr></thead><tbody>\n");
    for row in rows {
        text.push_str("<tr>");
        for cell in row {
            let _ = write!(text, "<td>{}</td>", escaped(cell));
        }
        text.push_str("</tr>\n");
    }
    text.push_str("</tbody></table></div>\n");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_that_a_name_says_is_markup_or_program() {
        let name = "</script><img src=x onerror=\"alert('1')\">&\u{202e}";
        let text = escaped(name);
        assert!(!text.contains(['<', '>', '"', '\'', '\u{202e}']), "{text}");
        let json = script_json(&serde_json::json!({ "name": name }));
        assert!(!json.contains(['<', '>', '&']), "{json}");
        let read: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(read["name"], name);
    }
}
