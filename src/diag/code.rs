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
    /// A secret that is not set.
    Secret = "secret", Error, true;
    /// A secret that stands in the file as text.
    LiteralSecret = "literal-secret", Warning, false;
    /// An input beyond one of the limits.
    Limit = "limit", Error, true;
    /// What is accepted, and does nothing in this version.
    NoEffect = "no-effect", Warning, false;
    /// What this version cannot do.
    Unsupported = "unsupported", Error, true;
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
