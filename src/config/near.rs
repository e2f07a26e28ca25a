//! What was probably meant: the nearest known name, the nearest duration.

use crate::lang::{changes, is_slip};
use crate::unit::Timespan;

/// Names longer than this are not compared: no known name comes close.
const COMPARED_CHARS_MAX: usize = 64;

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
pub(super) fn only_slip<'a>(
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

/// Returns the durations that a number without a unit may have meant, the shortest first.
pub(super) fn timespans_meant(text: &str) -> Vec<String> {
    let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let units = ['s', 'm', 'h', 'd'].into_iter().filter(|_| is_number);
    let all = units.map(|unit| format!("{text}{unit}"));
    all.filter(|meant| meant.parse::<Timespan>().is_ok())
        .collect()
}

/// Returns the duration that can only have been meant: `2w`, `15 m`, `5min`; not a number without
/// a unit, which is as good as any, but for 0.
pub(super) fn timespan_meant(text: &str) -> Option<String> {
    let written = text.replace(' ', "");
    let digits: String = written.chars().take_while(char::is_ascii_digit).collect();
    let meant = match (&written[digits.len()..], digits.parse::<u64>()) {
        ("", Ok(0)) => "0s".to_owned(),
        ("sec" | "secs" | "second" | "seconds", Ok(_)) => format!("{digits}s"),
        ("min" | "mins" | "minute" | "minutes", Ok(_)) => format!("{digits}m"),
        ("hr" | "hrs" | "hour" | "hours", Ok(_)) => format!("{digits}h"),
        ("day" | "days", Ok(_)) => format!("{digits}d"),
        ("w" | "week" | "weeks", Ok(weeks)) => format!("{}d", weeks.checked_mul(7)?),
        _ => written,
    };
    (meant != text && meant.parse::<Timespan>().is_ok()).then_some(meant)
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
    fn a_number_without_its_unit_may_be_of_any() {
        assert_eq!(timespans_meant("14"), ["14s", "14m", "14h", "14d"]);
        assert_eq!(timespans_meant("90000"), ["90000s", "90000m", "90000h"]);
        assert!(timespans_meant("5 m").is_empty());
        assert!(timespans_meant("").is_empty());
    }

    #[test]
    fn a_duration_that_can_only_have_been_meant_is_known() {
        let meant = |text| timespan_meant(text);
        assert_eq!(meant("5"), None);
        assert_eq!(meant("0").as_deref(), Some("0s"));
        assert_eq!(meant("5min").as_deref(), Some("5m"));
        assert_eq!(meant("2w").as_deref(), Some("14d"));
        assert_eq!(meant("4 hours").as_deref(), Some("4h"));
        assert_eq!(meant("1 week").as_deref(), Some("7d"));
        assert_eq!(meant("15 m").as_deref(), Some("15m"));
        assert_eq!(meant("-1m"), None);
        assert_eq!(meant(&"9".repeat(100)), None);
    }
}
