//! The judgement: what each expression is worth at each minute, and what that means for alerts.
//!
//! A program is laid out once ([`Plan`]); an [`Evaluator`] keeps its values on one series, sliding by a
//! minute; an [`AlertState`] lives by those values. [`SeriesEngine`] is the three together for one domain
//! of one account, [`FleetState`] the one alert of a rule of many domains. Whoever drives them gives
//! minutes and gets transitions: nothing here knows of clocks, files or the network.
//!
//! Start with `alert`, then `evaluator` and `window`.

mod alert;
mod bounds;
mod cell;
mod columns;
mod compare;
mod count;
mod draft;
mod estimate;
mod evaluator;
mod fleet;
mod judge;
mod leaves;
mod look_back;
mod narrow;
mod passed;
mod plan;
mod point;
mod ranked;
mod recording;
mod ring;
mod rule;
mod sample;
mod series;
mod share;
mod sketch;
mod sliding;
mod span;
mod spread;
mod steps;
mod stored;
mod transition;
mod truths;
mod view;
mod window;
mod zones;

pub use alert::{AlertState, Change, Coverage, Firing, Run, TierState};
pub use evaluator::Evaluator;
pub use fleet::{Ballot, FleetState, Tally, Traffic};
pub use judge::{Extent, Findings, Judge, StillFiring, Voter};
pub use passed::Passed;
pub use plan::Plan;
pub use recording::{Activity, Recording};
pub use rule::{OnUnknown, Rule};
pub use sample::{
    Observation, ParseProportionError, Part, Proportion, SAMPLE_PARTS_MAX, Sample, SampleError,
};
pub use series::{Ruleset, SeriesEngine, Standing};
pub use stored::{StoredAlert, StoredError, StoredFleet};
pub use transition::{AlertKey, Event, Evidence, PartValue, Peak, Subject, Transition};
