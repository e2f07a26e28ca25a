//! That all sources run in one time: there is one clock.

use chrono::{DateTime, Utc};

use crate::config::reader::Reader;
use crate::config::{Source, SourceKind};
use crate::diag::{Code, Diagnostic, Span};

/// How many simulated minutes may pass in one: a day a minute.
pub(in crate::config) const SPEED_MAX: u32 = 1_440;

/// How the time of a source runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// How many seconds pass in one.
    pub speed: u32,
    /// When it begins, if not now.
    pub start: Option<DateTime<Utc>>,
}

impl Pace {
    /// The pace of the world.
    pub const REAL: Self = Self {
        speed: 1,
        start: None,
    };
}

impl Source {
    /// Returns how its time runs.
    pub const fn pace(&self) -> Pace {
        match &self.kind {
            SourceKind::Simulator(simulator) => Pace {
                speed: simulator.speed,
                start: simulator.start,
            },
            SourceKind::Aliyun(_) => Pace::REAL,
        }
    }
}

/// Tells of the first source that runs in another time than those before it.
pub(super) fn check(reader: &mut Reader<'_>, paces: &[(Pace, Span)]) {
    let Some((first, at)) = paces.first() else {
        return;
    };
    if let Some((_, span)) = paces.iter().find(|(pace, _)| pace != first) {
        let message = "this source runs in another time than the first";
        let fault = Diagnostic::new(Code::Unsupported, *span, message);
        reader.push(fault.also(*at, "the first is here").help(
            "there is one clock: give all simulators the same `speed` and `start`, and neither where other sources stand beside them",
        ));
    }
}
