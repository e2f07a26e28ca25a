//! The registry of codes: append only, because people write them into their files and scripts.

use std::fmt;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// The file cannot be used, or cannot mean what it says.
    Error,
    /// Probably not what was meant.
    Warning,
}

impl Level {
    /// Returns the word of the reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident = $text:literal, $level:ident, $stops:literal;)*) => {
        /// The kind of a fault.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)*
        }

        impl Code {
            /// Every code, in the order of the registry.
            pub const ALL: &[Self] = &[$(Self::$variant),*];

            /// Returns the code as people write it.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),* }
            }

            /// Returns the code that people write so.
            pub fn named(text: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|code| code.as_str() == text)
            }

            /// Returns how grave a finding of this code is by itself.
            pub const fn level(self) -> Level {
                match self { $(Self::$variant => Level::$level),* }
            }

            /// Whether a file with this fault is refused by the service, and not only by lint.
            pub const fn stops_a_run(self) -> bool {
                match self { $(Self::$variant => $stops),* }
            }
        }
    };
}

codes! {
    /// What the grammar, or YAML, does not accept.
    Syntax = "syntax", Error, true;
    /// A name, label, key or function that does not exist.
    UnknownName = "unknown-name", Error, true;
    /// Types that do not go together.
    TypeMismatch = "type-mismatch", Error, true;
    /// A duration that is too short, too long or not whole; a reach that is too long.
    Duration = "duration", Error, true;
    /// `6 of 5m`.
    HoldCount = "hold-count", Error, true;
    /// Two things with one name, or a key that stands twice.
    DuplicateName = "duplicate-name", Error, true;
    /// A glob list that can match nothing.
    NoDomain = "no-domain", Error, false;
    /// A route to a receiver that does not exist.
    UnknownReceiver = "unknown-receiver", Error, true;
    /// An alert that no route takes.
    NoRoute = "no-route", Error, false;
    /// A template that does not parse, or names what does not exist.
    Template = "template", Error, true;
    /// A name that uses itself.
    Cycle = "cycle", Error, true;
    /// A secret that is not set; as a warning, one that stands in the file as text.
    Secret = "secret", Error, true;
    /// An input beyond one of the limits.
    Limit = "limit", Error, true;
    /// What is accepted, and does nothing in this version.
    NoEffect = "no-effect", Warning, false;
    /// What this version cannot do.
    Unsupported = "unsupported", Error, true;
    /// A condition, or a part of one, that cannot hold.
    NeverTrue = "never-true", Error, false;
    /// A condition that cannot fail.
    AlwaysTrue = "always-true", Error, false;
    /// An `until` that cannot hold.
    NeverResolves = "never-resolves", Error, false;
    /// An `until` on the wrong side of its condition.
    UntilOverlap = "until-overlap", Error, false;
    /// A sum that counts a status code twice.
    DoubleCount = "double-count", Warning, false;
    /// A measured proportion that must be exactly something.
    Equality = "equality", Warning, false;
    /// A percentage that was perhaps meant as a fraction.
    Fraction = "fraction", Warning, false;
    /// A part that changes nothing.
    Redundant = "redundant", Warning, false;
    /// A rule or severity that never says anything of its own.
    Shadowed = "shadowed", Warning, false;
    /// A worse severity that holds more easily than a lesser one.
    InvertedSeverity = "inverted-severity", Warning, false;
    /// One threshold for both ways and a short hold.
    NoHysteresis = "no-hysteresis", Warning, false;
    /// A proportion of however few requests.
    NoTrafficGuard = "no-traffic-guard", Warning, false;
    /// A guard that stands after `and`.
    GuardByAnd = "guard-by-and", Warning, false;
    /// A window and a hold that do the same work.
    WindowShorterThanHold = "window-shorter-than-hold", Warning, false;
    /// A rule that tells later than `objective:`.
    Slow = "slow", Warning, false;
    /// A threshold finer than the data.
    Coarse = "coarse", Warning, false;
    /// `no data` held for less than the source is usually late.
    NoDataEarly = "no-data-early", Warning, false;
    /// `on_unknown: clear` on a critical rule.
    RiskyClear = "risky-clear", Warning, false;
    /// What nothing uses.
    Unused = "unused", Warning, false;
    /// A route behind one that takes everything.
    UnreachableRoute = "unreachable-route", Warning, false;
    /// What others can read or forge.
    Insecure = "insecure", Warning, false;
    /// More domains than can be polled once a minute.
    Budget = "budget", Warning, false;
    /// A critical rule without `summary:`.
    NoSummary = "no-summary", Warning, false;
    /// A critical rule without `runbook_url:`.
    NoRunbook = "no-runbook", Warning, false;
    /// An `allow` that silences nothing, has ended, or gives no reason.
    UnusedAllow = "unused-allow", Warning, false;
    /// What was too large to be proved.
    Unproved = "unproved", Warning, false;
    /// A rule that would have fired too often.
    Noisy = "noisy", Warning, false;
    /// A rule that never fired.
    Silent = "silent", Warning, false;
    /// A domain without samples.
    DeadDomain = "dead-domain", Warning, false;
    /// A difference of two codes that was perhaps meant as a range.
    Range = "range", Warning, false;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
