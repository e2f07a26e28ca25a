//! Whether conditions can be so: exact answers about what rules mean.
//!
//! A [`Prover`] is asked whether some conditions can be true, false or unknown at once in any history
//! at all. Never true is: cannot be true. Always true is: cannot be false. One condition implies another
//! if the first cannot be true where the other is not. [`decide`] asks the same of expressions, and says
//! why not, or shows a minute in which it is so.
//!
//! It never says *impossible* of what some history makes so, and it is exact for conditions that compare
//! sums of one minute's proportions. Windows and holds that look at the same minutes are taken as sums over
//! those, in which how many minutes are known need not be whole. What is beyond that (values by values,
//! deviations, holds of windows in some of their minutes) is left open to be anything within its bounds.
//!
//! How: the selectors of a question cut the codes of a minute into atoms, which are at least 0 and at
//! most 100 % together; a comparison is a linear constraint on them, in whole billionths, with half of
//! one for rounding. `search.rs` takes conditions apart and tries what is left to choose; `simplex.rs`
//! says whether the constraints of a choice can be met; `values.rs` makes values out of nodes; `facts.rs`
//! is what windows and minutes have to do with each other in pairs; `holds.rs` counts the minutes of `for`;
//! `stretches.rs` looks at all of them minute by minute; `counts.rs` is what proportions say of counts.

mod alike;
mod asked;
mod atoms;
mod bounds;
mod can_be;
mod cells;
mod counts;
mod decide;
mod example;
mod facts;
mod form;
mod goals;
mod holds;
mod limits;
mod minute;
mod minutes;
mod model;
mod moments;
mod outlook;
mod partition;
mod patterns;
mod plain;
mod prover;
mod question;
mod rational;
mod search;
mod sentence;
mod signs;
mod simplex;
mod spread;
mod steady;
mod stretches;
mod told;
mod values;
mod views;
mod windows;
mod witness;

pub use alike::{CommonCodes, Overlap};
pub use asked::Asked;
pub use decide::{Answer, Claim, Demand, Reason, decide};
pub use prover::{EFFORT, Prover, Verdict};
pub use witness::{Part, Witness};
