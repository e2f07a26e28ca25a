//! Which known word was probably meant by one that is unknown.

/// Words longer than this are not compared: no known one comes close, and the work grows with the
/// square of the length.
pub(crate) const COMPARED_CHARS_MAX: usize = 64;

/// How many known names are compared: more than these nobody has, but for malice.
const COMPARED_NAMES_MAX: usize = 1_000;

/// How much of a name is enough to know it by its begin.
const BROKEN_OFF_MIN: usize = 3;

/// Returns the known name that is nearest to `wanted`, if one is near enough to be meant.
pub(crate) fn nearest<'a>(
    wanted: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if wanted.chars().count() > COMPARED_CHARS_MAX {
        return None;
    }
    let wanted = wanted.to_lowercase();
    // A word that was broken off, as `warn` for `warning`, is always meant.
    let known: Vec<&str> = known.into_iter().take(COMPARED_NAMES_MAX).collect();
    let is_begin = |name: &&&str| wanted.len() >= BROKEN_OFF_MIN && name.starts_with(&wanted);
    if let [name] = known.iter().filter(is_begin).collect::<Vec<_>>()[..] {
        return Some(name);
    }
    // Of two letters each makes another word: `cn` is not `en`.
    let limit = match wanted.chars().count() {
        ..=2 => 0,
        count => (count / 3).min(3),
    };
    known
        .into_iter()
        .filter(|name| name.len() <= COMPARED_CHARS_MAX)
        .filter_map(|name| Some((changes(&wanted, &name.to_lowercase(), limit)?, name)))
        .min_by_key(|(changes, _)| *changes)
        .map(|(_, name)| name)
}

/// Returns the known name that `wanted` can only have meant: no other is as near, and it is not
/// only numbered differently.
pub(crate) fn only_nearest<'a>(
    wanted: &str,
    known: impl IntoIterator<Item = &'a str> + Clone,
) -> Option<&'a str> {
    let meant = nearest(wanted, known.clone())?;
    let wanted = wanted.to_lowercase();
    let most = changes(&wanted, &meant.to_lowercase(), COMPARED_CHARS_MAX)?;
    let others = known.into_iter().take(COMPARED_NAMES_MAX);
    let mut others = others.filter(|other| *other != meant && other.len() <= COMPARED_CHARS_MAX);
    let digits = |text: &str| -> Vec<char> { text.chars().filter(char::is_ascii_digit).collect() };
    let is_only = others.all(|other| changes(&wanted, &other.to_lowercase(), most).is_none());
    (is_only && digits(&wanted) == digits(meant)).then_some(meant)
}

/// Returns the name among those that a person chose that `wanted` is a [slip](is_slip) of, if there
/// is only one.
pub(crate) fn only_slip<'a>(
    wanted: &str,
    known: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if COMPARED_CHARS_MAX < wanted.chars().count() {
        return None;
    }
    let known = known.into_iter().take(COMPARED_NAMES_MAX);
    let mut meant = known.filter(|name| is_slip(wanted, name));
    let first = meant.next()?;
    meant.next().is_none().then_some(first)
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

/// Returns how many letters must be put in, taken out, changed or swapped with their neighbour;
/// `None` if these are more than `most`.
pub(crate) fn changes(a: &str, b: &str, most: usize) -> Option<usize> {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    if a.len().max(b.len()) > COMPARED_CHARS_MAX || a.len().abs_diff(b.len()) > most {
        return None;
    }
    // A cell that lies farther from the diagonal takes more changes than `most`.
    let beyond = most + 1;
    let mut rows = [[beyond; COMPARED_CHARS_MAX + 1]; 3];
    for (j, cell) in rows[0].iter_mut().enumerate() {
        *cell = j.min(beyond);
    }
    for i in 1..=a.len() {
        let [row, above, before] = [i % 3, (i + 2) % 3, (i + 1) % 3];
        rows[row] = [beyond; COMPARED_CHARS_MAX + 1];
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
    fn a_slip_of_the_finger_is_near_and_another_word_is_not() {
        let known = ["receivers", "routes", "rules"];
        assert_eq!(nearest("recievers", known), Some("receivers"));
        assert_eq!(nearest("rule", known), Some("rules"));
        assert_eq!(nearest("banana", known), None);
        assert_eq!(nearest("rec", known), Some("receivers"));
        assert_eq!(nearest("q", ["t"]), None);
        assert_eq!(nearest("cn", ["en", "zh"]), None);
        assert_eq!(nearest("EN", ["en", "zh"]), Some("en"));
        assert_eq!(nearest(&"x".repeat(1 << 20), known), None);
    }

    #[test]
    fn a_name_is_only_meant_if_no_other_is_as_near() {
        let known = ["receivers", "routes", "rules"];
        assert_eq!(only_nearest("recievers", known), Some("receivers"));
        assert_eq!(only_nearest("rules1", known), None);
        assert_eq!(only_nearest("mix", ["min", "max"]), None);
    }

    #[test]
    fn a_name_that_somebody_chose_is_only_meant_by_a_slip_of_it() {
        assert_eq!(only_slip("on_call", ["oncall", "chat"]), Some("oncall"));
        assert_eq!(only_slip("ops-eu", ["ops-us"]), None);
        assert_eq!(only_slip("on_call", ["oncall", "on-call"]), None);
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
        let long = "x".repeat(COMPARED_CHARS_MAX);
        assert_eq!(changes(&long, &long, 0), Some(0));
        assert_eq!(changes(&format!("{long}x"), &long, 3), None);
    }
}
