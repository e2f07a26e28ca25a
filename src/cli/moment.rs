//! Times as arguments.

use chrono::{DateTime, SecondsFormat, Utc};

/// Reads a time with its zone.
///
/// # Errors
///
/// It is none: a sentence with one that is.
pub fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    text.parse()
        .map_err(|_| "a time has its date and zone: write it like 2026-12-01T06:00:00Z".to_owned())
}

/// Says a time to the second, which is enough for people.
pub fn second(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(SecondsFormat::Secs, true)
}
