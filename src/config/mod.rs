//! The rules file: from YAML with positions to settings that are checked.
//!
//! Text in, values out: nothing here reads files or the environment by itself; what a
//! `${NAME}` stands for and what a further file holds is asked of the [`Surroundings`].

mod model;

pub use model::*;
