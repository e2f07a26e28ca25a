//! Which duration was meant by a text that is none.

use crate::unit::Timespan;

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
