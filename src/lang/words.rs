//! The words of the language, and the nearest of some words to one that is none.

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
        let most = changes(word, meant, COMPARED_MAX);
        most.is_none_or(|most| changes(word, other, most).is_some())
    };
    (other == meant || !is_as_near()) && digits(word) == digits(meant)
}

/// Whether no other function is as near to `word` as `meant`.
pub(super) fn is_nearest_function(word: &str, meant: &str) -> bool {
    nearest_function(word) == Some(meant) && functions().all(|other| is_nearer(word, meant, other))
}

/// How long a name is at the least of which a doubled or swapped letter tells what was meant:
/// shorter ones, `dba` and `dab`, are names of other things.
const SLIP_CHARS_MIN: usize = 4;

/// Whether a name that somebody chose can only be a slip of another one: it differs in case or
/// punctuation, in a letter that stands twice, or in two neighbours that are swapped.
///
/// A missing or another letter makes another name, `ops-us` of `ops-eu`: that is no slip.
pub(crate) fn is_slip(written: &str, meant: &str) -> bool {
    let bare = |text: &str| -> Vec<char> {
        let lower = text.to_lowercase();
        lower.chars().filter(|c| c.is_alphanumeric()).collect()
    };
    let (written, meant) = (bare(written), bare(meant));
    if written == meant {
        return !meant.is_empty();
    }
    let digits = |text: &[char]| -> Vec<char> {
        let digits = text.iter().copied().filter(char::is_ascii_digit);
        digits.collect()
    };
    if written.len() < SLIP_CHARS_MIN || digits(&written) != digits(&meant) {
        return false;
    }
    let single = |text: &[char]| {
        let mut text = text.to_vec();
        text.dedup();
        text
    };
    if single(&written) == single(&meant) {
        return true;
    }
    let mut pairs = written.iter().zip(&meant);
    let Some(at) = pairs.position(|(a, b)| a != b) else {
        return false;
    };
    let mut swapped = written;
    let second = at + 1;
    if second < swapped.len() {
        swapped.swap(at, second);
    }
    swapped == meant
}

fn functions() -> impl Iterator<Item = &'static str> {
    AGGREGATES.into_iter().chain(["share", "burn", "requests"])
}

/// Longer words are not compared: the work grows with the square of the length.
const COMPARED_MAX: usize = 64;

/// Returns how many letters must be put in, taken out, changed or swapped with their neighbour;
/// `None` if these are more than `most`.
pub(crate) fn changes(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().max(b.len()) > COMPARED_MAX || a.len().abs_diff(b.len()) > most {
        return None;
    }
    // A cell that lies farther from the diagonal takes more changes than `most`.
    let beyond = most + 1;
    let mut rows = [[beyond; COMPARED_MAX + 1]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j.min(beyond);
    }
    for i in 1..=a.len() {
        let [row, above, before] = [i % 3, (i + 2) % 3, (i + 1) % 3];
        rows[row] = [beyond; COMPARED_MAX + 1];
        rows[row][0] = i.min(beyond);
        let mut fewest = rows[row][0];
        for j in i.saturating_sub(most).max(1)..=b.len().min(i + most) {
            let change = rows[above][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(rows[above][j] + 1).min(rows[row][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[before][j - 2] + 1);
            }
            rows[row][j] = least.min(beyond);
            fewest = fewest.min(least);
        }
        if fewest > most {
            return None;
        }
    }
    Some(rows[a.len() % 3][b.len()]).filter(|changes| *changes <= most)
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
    fn only_what_the_hand_does_by_itself_is_a_slip_of_a_name() {
        for (written, meant) in [
            ("on-call", "oncall"),
            ("Ops_EU", "ops-eu"),
            ("badd", "bad"),
            ("gatewway", "gateway"),
            ("chta", "chat"),
        ] {
            assert!(is_slip(written, meant), "{written}");
        }
        for (written, meant) in [
            ("ops-eu", "ops-us"),
            ("oncall-eu", "oncall"),
            ("dba", "dbb"),
            ("dba", "dab"),
            ("cc", "c"),
            ("gwy", "gw"),
            ("team11", "team1"),
            ("team12", "team21"),
            ("-", "_"),
        ] {
            assert!(!is_slip(written, meant), "{written}");
        }
    }

    #[test]
    fn changes_are_counted_up_to_the_most_that_matter() {
        let swapped = ("abcdefgh", "badcfehg");
        for (a, b, needed) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            (swapped.0, swapped.1, 4),
            ("abc", "xyz", 3),
            ("gateway", "getaway", 2),
        ] {
            for most in 0..8 {
                let counted = (needed <= most).then_some(needed);
                assert_eq!(changes(a, b, most), counted, "{a} {b} {most}");
                assert_eq!(changes(b, a, most), counted, "{b} {a} {most}");
            }
        }
        let long = "x".repeat(COMPARED_MAX);
        assert_eq!(changes(&long, &long, 0), Some(0));
        assert_eq!(changes(&format!("{long}x"), &long, 3), None);
    }

    #[test]
    fn percentiles_are_words_and_what_only_looks_like_them_is_a_name() {
        assert!(is_word("p1") && is_word("p99"));
        assert!(is_name("p0") && is_name("p100") && is_name("p05"));
        assert!(!is_name("edge") && !is_name("5xx") && !is_name("Big") && !is_name(""));
    }
}
