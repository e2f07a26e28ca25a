//! The report of rule tests as JUnit XML, which CI systems read.

use std::fmt::Write as _;

/// The tests of one file.
pub struct Suite {
    /// The file's path.
    pub file: String,
    /// Why none of its tests could be run, if so.
    pub refused: Option<String>,
    /// Its tests, in order.
    pub tests: Vec<Test>,
}

/// A test that was run.
pub struct Test {
    /// Its name.
    pub name: String,
    /// Its line in the file, from 1.
    pub line: usize,
    /// What was wrong, if anything was: in one line, and in full.
    pub failure: Option<(String, String)>,
}

/// Returns the document. It says nothing of how long tests took, so that it is the same each time.
pub fn document(suites: &[Suite]) -> String {
    let sum = |of: fn(&Suite) -> usize| suites.iter().map(of).sum::<usize>();
    let mut xml = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n".to_owned();
    let numbers = numbers(sum(tests), sum(failures), sum(errors));
    let _ = writeln!(xml, "<testsuites name=\"foghorn test\"{numbers}>");
    for suite in suites {
        write_suite(&mut xml, suite);
    }
    xml.push_str("</testsuites>\n");
    xml
}

fn tests(suite: &Suite) -> usize {
    suite.tests.len() + errors(suite)
}

fn failures(suite: &Suite) -> usize {
    let is_failed = |test: &&Test| test.failure.is_some();
    suite.tests.iter().filter(is_failed).count()
}

fn errors(suite: &Suite) -> usize {
    usize::from(suite.refused.is_some())
}

fn numbers(tests: usize, failures: usize, errors: usize) -> String {
    format!(" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\"")
}

fn write_suite(xml: &mut String, suite: &Suite) {
    let file = escaped(&suite.file);
    let numbers = numbers(tests(suite), failures(suite), errors(suite));
    let _ = writeln!(xml, "  <testsuite name=\"{file}\"{numbers} skipped=\"0\">");
    if let Some(why) = &suite.refused {
        let _ = write!(
            xml,
            "    <testcase name=\"the file can be used\" classname=\"{file}\" file=\"{file}\">\n      \
             <error message=\"the file could not be used\">{}</error>\n    </testcase>\n",
            escaped(why)
        );
    }
    for test in &suite.tests {
        let (name, line) = (escaped(&test.name), test.line);
        let _ = write!(
            xml,
            "    <testcase name=\"{name}\" classname=\"{file}\" file=\"{file}\" line=\"{line}\""
        );
        match &test.failure {
            None => xml.push_str("/>\n"),
            Some((message, text)) => {
                let (message, text) = (escaped(message), escaped(text));
                let _ = write!(
                    xml,
                    ">\n      <failure message=\"{message}\">\n{text}</failure>\n    </testcase>\n"
                );
            }
        }
    }
    xml.push_str("  </testsuite>\n");
}

/// Returns a text as XML 1.0 takes it between tags and in quotes: what it has no way to write
/// becomes U+FFFD.
fn escaped(text: &str) -> String {
    let mut xml = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => xml.push_str("&amp;"),
            '<' => xml.push_str("&lt;"),
            '>' => xml.push_str("&gt;"),
            '"' => xml.push_str("&quot;"),
            '\'' => xml.push_str("&apos;"),
            '\r' => xml.push_str("&#13;"),
            '\n' | '\t' => xml.push(letter),
            '\0'..=' ' if letter != ' ' => xml.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => xml.push('\u{fffd}'),
            _ => xml.push(letter),
        }
    }
    xml
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_xml_cannot_take_is_escaped_or_replaced() {
        assert_eq!(
            escaped("a<b>&\"c' \u{1b}[1m\u{ffff}é\r"),
            "a&lt;b&gt;&amp;&quot;c&apos; \u{fffd}[1m\u{fffd}é&#13;"
        );
    }
}
