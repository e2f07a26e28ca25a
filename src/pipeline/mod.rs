//! The step: from what sources answered to what is stored and told.

mod blind;
mod input;
mod intake;
mod step;
mod telling;

pub use blind::BUILT_IN;
pub use input::{Input, Scope, Want};
pub use intake::{Intake, Ready, Settling};
pub use step::{AlertRow, FleetLeft, Kept, KeptSample, RuleMark, SeriesMark, Step};
