//! The laws of the pipeline, held by a simulation: seeds decide what sources answer, when, and
//! when the process dies.

mod blindness;
mod changes;
mod clock;
mod laws;
mod order;
pub mod source;
mod store;
mod world;

pub use source::Dice;
