//! The rules file: from a tree of YAML to settings that are checked.
//!
//! Text in, values out: nothing here reads files or the environment by itself; what a
//! `${NAME}` stands for and what a further file holds is asked of the [`Surroundings`].
//!
//! The way from files to a [`Config`], in the order of the calls:
//!
//! 1. [`load()`] (`load.rs`) has the room [`yaml`](crate::yaml) make a tree of the main file, or of what can be read of it. What a
//!    slip may have been meant to be is guessed from the words in `vocabulary.rs`.
//! 2. A reader (`reader/`) walks the tree by hand and collects every fault. It puts in what `${NAME}` stands for (`secret.rs`,
//!    and `around.rs` for what stands around it), and notes the comments that speak to the linter (`comments.rs`).
//! 3. Each section has a file or folder of its name: `source:` (`sources/`, with `domain.rs`), `labels:` (`labels.rs`), `let:` and `rules:`
//!    (`rules/`, which goes on to further files; with `template/`, `calendar.rs`, `zone.rs`), `notify:` (`notify/`), and `web:` (`web.rs`,
//!    `password.rs`); what is an address is known by `address.rs`. What fits a line, such as `settle:` and `store:`, is read by `load.rs` itself.
//! 4. What follows from another fault is taken out (`told_once.rs`).
//! 5. [`Loaded`] is what comes of it: the [`Config`] (`model.rs`), unless a fault stops a run; all faults; and the [`Outline`]
//!    (`outline.rs`), at which lint looks: all parts with their places, also where others are faulty.
//!
//! Beside this way: [`load_cases`] reads rule tests (`cases/`), [`format()`] puts conditions into their canonical form (`format.rs`),
//! [`schema()`] writes down the form of both kinds of files for editors (`schema/`), and an [`Overlay`] is what files would be after a
//! change (`overlay.rs`).

mod address;
mod around;
mod calendar;
mod cases;
mod comments;
mod domain;
mod format;
mod keys;
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
mod told_once;
mod vocabulary;
mod web;
mod zone;

pub use crate::dispatch::summary::VARIABLES as TEMPLATE_VARIABLES;
pub(crate) use address::is_loopback;
pub use calendar::DAY_NAMES;
pub use cases::{LoadedCases, load_cases, may_be_cases};
pub(crate) use domain::{Meant, is_glob, list as glob_list, stranger};
pub use format::{Formatted, format, may_be_further};
pub(crate) use labels::BUILT_IN_LABELS;
pub(crate) use load::load_telling;
pub use load::{Loaded, Unreadable, load};
pub use model::*;
pub(crate) use notify::is_in_the_clear;
pub use notify::{Channel, Format, Language};
pub use outline::{
    AddressOutline, GlobsOutline, InhibitionOutline, Keys, LabelsOutline, LetOutline, Outline,
    Place, ReceiverOutline, RoutesOutline, RuleOutline, ScopeOutline, TierOutline, Times, Written,
};
pub use overlay::Overlay;
pub(crate) use reader::{FAULTS_MAX, HIDDEN};
pub use rules::BUILT_IN as BUILT_IN_RULES;
pub use schema::{Document, schema};
pub use secret::{Environment, Part};
pub use sources::Pace;
