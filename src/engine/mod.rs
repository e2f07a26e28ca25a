//! The judgement: what each expression is worth at each minute, and what that means for alerts.

mod rule;
mod sample;
mod transition;

pub use rule::{OnUnknown, Rule};
pub use sample::{
    Observation, ParseProportionError, Part, Proportion, SAMPLE_PARTS_MAX, Sample, SampleError,
};
pub use transition::{AlertKey, Event, Evidence, PartValue, Subject, Transition};
