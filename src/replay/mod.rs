//! What rules and expressions would have said over recorded samples.
//!
//! The same engine as in the service, driven by a file instead of the clock: a domain's history
//! begins with its first sample, a minute without one is absent, and every domain goes on to
//! the file's last minute. Values in, values out; the lines that other programs read are made
//! here as well.

mod backtest;
pub mod blind;
pub mod case;
pub mod compare;
mod course;
pub mod curve;
mod dissected;
mod eval;
pub mod fact;
pub mod firing;
mod judged;
mod kept;
mod lull;
mod members;
pub mod messages;
pub mod minute;
mod notes;
mod only;
mod pending;
pub mod record;
pub mod row;
pub mod summary;
pub mod sweep;
pub mod table;
mod timing;
mod told;
mod track;
pub mod worst;

pub use backtest::{ACCOUNT, backtest, event_line};
pub use course::{Course, CourseFindings};
pub use dissected::Dissected;
pub use eval::{Evaluated, Value, eval, eval_line};
pub use judged::Judged;
pub use kept::{KeptBacktest, KeptFindings, KeptSpan, fleets_judged_to};
pub use members::Members;
pub use notes::Note;
pub use track::Track;
