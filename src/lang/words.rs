//! The words of the language, and the nearest of some words to one that is none.

use crate::diag::{COMPARED_CHARS_MAX, changes};

/// The functions over a window of values, without the percentiles.
pub(super) const AGGREGATES: [&str; 7] = ["avg", "sum", "min", "max", "median", "stddev", "change"];

/// Every word that is no name, but for the percentiles.
const WORDS: [&str; 21] = [
    "and", "or", "not", "for", "of", "until", "over", "offset", "on", "at", "least", "no", "data",
    "traffic", "domains", "given", "requests", "share", "burn", "edge", "origin",
];

/// Whether `word` joins values or conditions, so that it can stand behind any of them.
pub(super) fn is_joint(word: &str) -> bool {
    matches!(word, "and" | "or" | "given" | "for" | "until" | "of" | "on")
}

/// Whether `word` belongs to the language, so that no name can be called so.
pub(crate) fn is_word(word: &str) -> bool {
    WORDS.contains(&word) || is_aggregate(word)
}

/// Returns every word of the language, but for the percentiles.
pub(crate) fn words() -> impl Iterator<Item = &'static str> {
    WORDS.into_iter().chain(AGGREGATES)
}

/// Whether `word` is a function over a window of values, percentiles included.
pub(super) fn is_aggregate(word: &str) -> bool {
    AGGREGATES.contains(&word) || percentile(word).is_some()
}

/// Whether `word` is followed by its arguments in parentheses.
pub(crate) fn is_function(word: &str) -> bool {
    is_aggregate(word) || matches!(word, "requests" | "share" | "burn")
}

/// Returns N of `pN`, from 1 to 99.
pub(super) fn percentile(word: &str) -> Option<u8> {
    let digits = word.strip_prefix('p')?;
    let plain = !digits.starts_with('0') && digits.bytes().all(|b| b.is_ascii_digit());
    let rank: u8 = digits.parse().ok().filter(|_| plain)?;
    (1..=99).contains(&rank).then_some(rank)
}

/// Whether `word` could be a `let:` name: `[a-z][a-z0-9_]*`, and no word of the language.
pub(crate) fn is_name(word: &str) -> bool {
    let mut bytes = word.bytes();
    bytes.next().is_some_and(|b| b.is_ascii_lowercase())
        && bytes.all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
        && !is_word(word)
}

/// Returns the function that `word` was probably meant to be.
pub(super) fn nearest_function(word: &str) -> Option<&'static str> {
    nearest(word, functions())
}

/// Returns the candidate that takes the fewest changes to get from `word`: at most one for each
/// three letters, since what is farther was hardly meant.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    let most = word.chars().count().div_ceil(3).min(3);
    candidates
        .into_iter()
        .filter(|candidate| candidate.len().abs_diff(word.len()) <= most)
        .filter_map(|candidate| Some((changes(word, candidate, most)?, candidate)))
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, candidate)| candidate)
}

/// Whether `meant` is so near to `word` that `other` cannot have been meant: it takes fewer
/// changes, and is not only numbered differently.
pub(super) fn is_nearer(word: &str, meant: &str, other: &str) -> bool {
    let digits = |text: &str| -> Vec<char> { text.chars().filter(char::is_ascii_digit).collect() };
    let is_as_near = || {
        let most = changes(word, meant, COMPARED_CHARS_MAX);
        most.is_none_or(|most| changes(word, other, most).is_some())
    };
    (other == meant || !is_as_near()) && digits(word) == digits(meant)
}

/// Whether no other function is as near to `word` as `meant`.
pub(super) fn is_nearest_function(word: &str, meant: &str) -> bool {
    nearest_function(word) == Some(meant) && functions().all(|other| is_nearer(word, meant, other))
}

fn functions() -> impl Iterator<Item = &'static str> {
    AGGREGATES.into_iter().chain(["share", "burn", "requests"])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_word_is_the_one_that_was_meant() {
        for (word, meant) in [
            ("forx", Some("for")),
            ("untill", Some("until")),
            ("adn", Some("and")),
            ("requets", Some("requests")),
            ("zzzz", None),
        ] {
            assert_eq!(nearest(word, words()), meant, "{word}");
        }
        assert_eq!(nearest_function("averg"), Some("avg"));
        assert!(is_nearest_function("averg", "avg"));
        assert!(!is_nearest_function("mix", "min"), "`max` is as near");
        assert!(
            !is_nearer("bad3", "bad1", "bad1"),
            "numbers are not guessed"
        );
    }

    #[test]
    fn percentiles_are_words_and_what_only_looks_like_them_is_a_name() {
        assert!(is_word("p1") && is_word("p99"));
        assert!(is_name("p0") && is_name("p100") && is_name("p05"));
        assert!(!is_name("edge") && !is_name("5xx") && !is_name("Big") && !is_name(""));
    }
}
