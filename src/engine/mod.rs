//! The judgement: what each expression is worth at each minute, and what that means for alerts.

mod alert;
mod cell;
mod evaluator;
mod fleet;
mod leaves;
mod plan;
mod point;
mod rule;
mod sample;
mod series;
mod stored;
mod transition;
mod truths;
mod window;

pub use alert::{AlertState, Change, Coverage, Firing, Run, TierState};
pub use evaluator::Evaluator;
pub use fleet::{Ballot, FleetState, Traffic};
pub use plan::Plan;
pub use rule::{OnUnknown, Rule};
pub use sample::{
    Observation, ParseProportionError, Part, Proportion, SAMPLE_PARTS_MAX, Sample, SampleError,
};
pub use series::{Ruleset, SeriesEngine, Standing};
pub use stored::{StoredAlert, StoredError, StoredFleet};
pub use transition::{AlertKey, Event, Evidence, PartValue, Subject, Transition};
