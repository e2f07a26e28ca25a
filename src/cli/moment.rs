//! Times as arguments.

use chrono::{DateTime, Utc};

/// Reads a time with its zone.
///
/// # Errors
///
/// It is none: a sentence with one that is.
pub fn parse(text: &str) -> Result<DateTime<Utc>, String> {
    text.parse()
        .map_err(|_| "a time has its date and zone: write it like 2026-12-01T06:00:00Z".to_owned())
}
