//! The step: from what sources answered to what is stored and told.

mod step;

pub use step::{AlertRow, FleetLeft, Kept, KeptSample, RuleMark, SeriesMark, Step};
