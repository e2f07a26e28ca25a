//! The manual: a page for each code, which is the head of the check's own file.

use super::checks;
use crate::diag::Code;

/// Returns the manual page of a code, as Markdown; `None` if it has none.
pub fn manual(code: Code) -> Option<String> {
    let check = checks::ALL.iter().find(|check| check.code == code)?;
    let lines = check
        .source
        .lines()
        .map_while(|line| line.strip_prefix("//!"));
    let page: Vec<&str> = lines.map(|l| l.strip_prefix(' ').unwrap_or(l)).collect();
    Some(page.join("\n") + "\n")
}

/// Returns what a code finds, in one sentence.
pub fn sentence(code: Code) -> Option<String> {
    let page = manual(code)?;
    let paragraph = page.split("\n\n").next().unwrap_or_default();
    Some(paragraph.split_whitespace().collect::<Vec<_>>().join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_has_its_headings() {
        for check in checks::ALL {
            let page = manual(check.code).unwrap();
            for heading in ["What it finds", "Why it matters", "Example", "Instead"] {
                let count = page.matches(&format!("## {heading}\n")).count();
                assert_eq!(count, 1, "{}: {heading}", check.code);
            }
        }
    }

    #[test]
    fn every_code_has_one_page_at_the_most() {
        let codes: Vec<Code> = checks::ALL.iter().map(|check| check.code).collect();
        let mut once = codes.clone();
        once.sort();
        once.dedup();
        assert_eq!(once.len(), codes.len());
    }
}
