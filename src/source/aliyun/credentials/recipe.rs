//! What the two files with profiles lead to, and how it is followed.

use chrono::{DateTime, Utc};

use super::environment::ProviderContext;
use super::role::Role;
use super::{Found, Grant, metadata, role};
use crate::config::Credentials;

/// How a profile gets its credentials.
#[derive(Clone, Debug)]
pub(super) enum Recipe {
    /// They stand there.
    Keys(Credentials),
    /// Keys that may assume a role.
    Role(Credentials, Role),
    /// The role of the machine, with its name if the profile says it.
    Machine(Option<String>),
}

impl Recipe {
    /// Returns the credentials that it leads to.
    pub(super) async fn follow(self, context: &ProviderContext, now: DateTime<Utc>) -> Found {
        match self {
            Self::Keys(credentials) => Ok(Grant::Lasting(credentials)),
            Self::Role(credentials, role) => role::assume(context, &credentials, &role, now).await,
            Self::Machine(name) => metadata::issue(context, name).await,
        }
    }
}
