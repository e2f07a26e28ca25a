//! The rules file: from YAML with positions to settings that are checked.
//!
//! Text in, values out: nothing here reads files or the environment by itself; what a
//! `${NAME}` stands for and what a further file holds is asked of the [`Surroundings`].
//!
//! [`load`] is the way in. A text becomes a tree of nodes that know their places (`tree`), a
//! reader walks it by hand and collects every fault (`read`), one file for each section.

mod calendar;
mod cases;
mod comments;
mod domain;
mod format;
mod labels;
mod load;
mod model;
mod notify;
mod outline;
mod overlay;
mod password;
mod reader;
mod rules;
mod schema;
mod secret;
mod sources;
mod template;
mod vocabulary;
mod web;
mod zone;

pub use crate::dispatch::summary::VARIABLES as TEMPLATE_VARIABLES;
pub use calendar::DAY_NAMES;
pub use cases::{LoadedCases, load_cases, may_be_cases};
pub(crate) use domain::{Meant, is_glob, list as glob_list, stranger};
pub use format::{Formatted, format, may_be_further};
pub(crate) use labels::BUILT_IN_LABELS;
pub(crate) use load::load_telling;
pub use load::{Loaded, Unreadable, load};
pub use model::*;
pub use notify::{Channel, Format, Language};
pub use outline::{
    AddressOutline, GlobsOutline, InhibitionOutline, Keys, LabelsOutline, LetOutline, Outline,
    Place, ReceiverOutline, RuleOutline, ScopeOutline, TierOutline, Times, Written,
};
pub use overlay::Overlay;
pub(crate) use reader::{FAULTS_MAX, HIDDEN};
pub use rules::BUILT_IN as BUILT_IN_RULES;
pub use schema::{Document, schema};
pub use secret::{Environment, Part};
pub use sources::Pace;
pub(crate) use web::is_loopback;
