//! The words of the field: small checked types that every other room uses.
//!
//! Nothing here knows of files, clocks or networks. A number with a unit is a newtype with a
//! checked constructor, so that minutes and percentages cannot be mixed up.
//!
//! Start with [`Decimal`] (every value in a decision) and [`Minute`] (every point in time).

mod counted;
mod decimal;
mod glob;
mod hash;
mod minute;
mod mixed_hash;
mod series;
mod severity;
mod status;
mod timespan;
mod zone;

pub use counted::counted;
pub use decimal::{Decimal, ParseDecimalError, div_half_even};
pub use glob::{Glob, GlobList};
pub use hash::{Fnv64, stable_id};
pub use minute::{Minute, Minutes, ParseMinuteError, ParseMinutesError};
pub use mixed_hash::MixedHash;
pub use series::{AccountName, DomainName, Series};
pub use severity::Severity;
pub use status::StatusSet;
pub use timespan::{ParseTimespanError, Timespan};
pub use zone::{ParseZoneError, Zone};
