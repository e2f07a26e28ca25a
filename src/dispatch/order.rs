//! What people ask of the running service, and what it answers.

use super::silence::Silence;

/// Something that a person, or a program for one, wants to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Order {
    /// Make a silence, or change the one of this id.
    ///
    /// It is changed in place if it has the same matchers and is not over, and, once it has
    /// begun, the same beginning to the second; else the old one is expired and the new one gets the
    /// id that it comes with.
    Silence {
        /// The silence that it is to replace.
        replaces: Option<String>,
        /// The new one, with a fresh id.
        silence: Silence,
    },
    /// End a silence now.
    Expire {
        /// Its id.
        id: String,
        /// Who asks for it.
        by: String,
    },
    /// Take an alert on.
    Acknowledge {
        /// The firing's id.
        alert: String,
        /// Who.
        by: String,
        /// What they say of it; may be empty.
        comment: String,
    },
}

/// What came of an order; it is stored before it is answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It is done; the id of the silence or the alert.
    Done {
        /// The id.
        id: String,
    },
    /// There is no such silence or alert, or it is over.
    Unknown,
    /// It cannot be done, for this reason.
    Refused {
        /// A sentence for the person.
        why: String,
    },
}
