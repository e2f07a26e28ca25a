//! Texts whose form is a type: read whole, up to the first fault.

use serde::de::DeserializeOwned;

/// Why a text has not the form of a type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// What is wrong.
    pub message: String,
    /// The line, from 1; 0 where the whole text is meant.
    pub line: u64,
    /// The column, from 1; 0 where the whole text is meant.
    pub column: u64,
}

/// Reads a text into a type.
///
/// # Errors
///
/// The first [`Mismatch`].
pub fn deserialize<T: DeserializeOwned>(text: &str) -> Result<T, Mismatch> {
    serde_saphyr::from_str(text).map_err(|error| {
        let place = error.location();
        let (line, column) = place.map_or((0, 0), |place| (place.line(), place.column()));
        let message = error.without_snippet().to_string();
        let message = message.lines().next().unwrap_or_default();
        // The place is said once, by whoever tells it.
        let repeated = format!(" at line {line}, column {column}");
        let message = message.strip_suffix(&repeated).unwrap_or(message);
        Mismatch {
            message: message.to_owned(),
            line,
            column,
        }
    })
}
