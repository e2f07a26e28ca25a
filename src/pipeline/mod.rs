//! The step: from what sources answered to what is stored and told.

mod intake;
mod step;

pub use intake::{Intake, Ready, Settling};
pub use step::{AlertRow, FleetLeft, Kept, KeptSample, RuleMark, SeriesMark, Step};
