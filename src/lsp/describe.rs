//! What keys mean.

/// Returns what the key at the end of a path means, as Markdown.
pub(super) fn key(_is_cases: bool, _path: &[&str]) -> Option<String> {
    None
}
