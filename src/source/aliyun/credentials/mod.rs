//! Where the keys of an account come from, in the order of the official SDKs.
//!
//! The rules file's own `credentials:` come first. Without them, five ways are tried, each in a
//! file of its own: the environment's keys, `oidc`, the command line's configuration
//! (`cli_config`), the shared credentials file (`shared_file`) and the role of the machine
//! (`metadata`). The two files lead to a `Recipe`, which may need a role to be assumed
//! (`role`). A way that fails is told and the next one is tried, as the SDKs do.
//!
//! Temporary credentials are renewed 15 minutes before they expire.

mod cli_config;
mod environment;
mod metadata;
mod oidc;
mod recipe;
mod role;
mod shared_file;

pub use environment::{Environment, Lookup};

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use tokio::sync::Mutex;

use super::wire::Issue;
use crate::config::Credentials;
use crate::source::SourceError;
use crate::source::http::HttpError;
use environment::ProviderContext;

/// How long before they expire temporary credentials are renewed.
const RENEW_BEFORE: TimeDelta = TimeDelta::minutes(15);
/// After a renewal that failed, the old credentials are used for so long before the next try.
const RENEW_RETRY: TimeDelta = TimeDelta::seconds(30);
/// What to do if no way leads to credentials.
const MEND: &str = "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or \
    `credentials:` in the rules file, or run `aliyun configure`, or give the machine a RAM role";

/// What it is that no way leads to credentials.
const NO_CREDENTIALS: &str = "no credentials for Alibaba Cloud";

/// The credentials of one account, kept and renewed.
#[derive(Debug)]
pub struct Keyring(Kind);

#[derive(Debug)]
enum Kind {
    /// The rules file's own.
    Own(Credentials),
    /// Whatever the chain finds.
    Chain {
        context: Box<ProviderContext>,
        /// Held while credentials are looked for, so that many calls cause one search.
        kept: Mutex<Option<Kept>>,
    },
}

#[derive(Clone, Debug)]
struct Kept {
    credentials: Credentials,
    /// When to look again, and when not to use these any more; `None` for lasting keys.
    term: Option<Term>,
}

#[derive(Clone, Copy, Debug)]
struct Term {
    renew_at: DateTime<Utc>,
    expires: DateTime<Utc>,
}

/// What a way leads to.
type Found = Result<Grant, Miss>;

/// Credentials that were found.
#[derive(Clone, Debug)]
enum Grant {
    /// They last until someone takes them away.
    Lasting(Credentials),
    /// They expire.
    Temporary(Issue),
}

/// Why a way leads nowhere.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Miss {
    /// It is not taken here: what was looked at, and that it is not there.
    Absent(String),
    /// It is, but something is wrong with it.
    Failed(SourceError),
}

impl Miss {
    /// A setting that is wrong and stays so until someone mends it.
    fn wrong(message: String, mend: &str) -> Self {
        Self::Failed(SourceError::Account {
            message,
            mend: mend.to_owned(),
        })
    }
}

impl Keyring {
    /// Returns the credentials of the rules file, or else those that the chain will find in
    /// these surroundings.
    ///
    /// # Errors
    ///
    /// [`HttpError::Open`] if no HTTP client can be made.
    pub fn open(own: Option<Credentials>, environment: Environment) -> Result<Self, HttpError> {
        Ok(Self(match own {
            Some(credentials) => Kind::Own(credentials),
            None => Kind::Chain {
                context: Box::new(ProviderContext::open(environment)?),
                kept: Mutex::new(None),
            },
        }))
    }

    /// Returns the credentials to sign with at `now`, looking for them or renewing them first
    /// if need be.
    ///
    /// # Errors
    ///
    /// [`SourceError::Account`] if there are none, with what was looked at and what to set;
    /// [`SourceError::Passing`] if a service that issues them does not answer.
    pub async fn current(&self, now: DateTime<Utc>) -> Result<Credentials, SourceError> {
        let (context, kept) = match &self.0 {
            Kind::Own(credentials) => return Ok(credentials.clone()),
            Kind::Chain { context, kept } => (context, kept),
        };
        let mut kept = kept.lock().await;
        if let Some(kept) = kept.as_ref().filter(|kept| kept.is_fresh(now)) {
            return Ok(kept.credentials.clone());
        }
        match search(context, now).await {
            Ok(grant) => {
                let found = Kept::new(grant, now);
                let credentials = found.credentials.clone();
                *kept = Some(found);
                Ok(credentials)
            }
            Err(error) => match kept.as_mut().and_then(|kept| kept.postpone(now)) {
                Some(credentials) => Ok(credentials),
                None => Err(error),
            },
        }
    }

    /// Forgets what was found, because the API refused it: the next call looks again.
    pub async fn forget(&self) {
        match &self.0 {
            Kind::Own(_) => {}
            Kind::Chain { kept, .. } => *kept.lock().await = None,
        }
    }
}

impl Kept {
    fn new(grant: Grant, now: DateTime<Utc>) -> Self {
        match grant {
            Grant::Lasting(credentials) => Self {
                credentials,
                term: None,
            },
            Grant::Temporary(issue) => {
                // Credentials that live for less than half an hour would always be due.
                let half_life = now + (issue.expires - now) / 2;
                Self {
                    credentials: issue.credentials,
                    term: Some(Term {
                        renew_at: (issue.expires - RENEW_BEFORE).max(half_life),
                        expires: issue.expires,
                    }),
                }
            }
        }
    }

    fn is_fresh(&self, now: DateTime<Utc>) -> bool {
        self.term.is_none_or(|term| now < term.renew_at)
    }

    /// Returns the credentials if they are still good, and puts off their renewal.
    fn postpone(&mut self, now: DateTime<Utc>) -> Option<Credentials> {
        let term = self.term.as_mut().filter(|term| now < term.expires)?;
        term.renew_at = now + RENEW_RETRY;
        Some(self.credentials.clone())
    }
}

/// Tries the five ways in their order.
async fn search(context: &ProviderContext, now: DateTime<Utc>) -> Result<Grant, SourceError> {
    let mut misses = Vec::new();
    match environment::find(&context.environment) {
        Ok(grant) => return Ok(grant),
        Err(miss) => misses.push(miss),
    }
    match oidc::find(context, now).await {
        Ok(grant) => return Ok(grant),
        Err(miss) => misses.push(miss),
    }
    match cli_config::find(context, now).await {
        Ok(grant) => return Ok(grant),
        Err(miss) => misses.push(miss),
    }
    match shared_file::find(context, now).await {
        Ok(grant) => return Ok(grant),
        Err(miss) => misses.push(miss),
    }
    match metadata::find(context).await {
        Ok(grant) => return Ok(grant),
        Err(miss) => misses.push(miss),
    }
    Err(nowhere(misses))
}

/// Returns the fault of a chain that led nowhere: all that was looked at, in order.
fn nowhere(misses: Vec<Miss>) -> SourceError {
    let (mut looked, mut mends, mut is_passing) = (Vec::new(), Vec::new(), false);
    for (number, miss) in (1..).zip(misses) {
        let what = match miss {
            Miss::Absent(what) => what,
            Miss::Failed(error) => {
                let what = error.to_string();
                match error {
                    SourceError::Account { mend, .. } | SourceError::Domain { mend, .. } => {
                        mends.push(mend);
                    }
                    SourceError::Passing { .. } | SourceError::Throttled { .. } => {
                        is_passing = true;
                    }
                    SourceError::Defect { .. } => {}
                }
                what
            }
        };
        looked.push(format!("({number}) {what}"));
    }
    let message = format!("{NO_CREDENTIALS}: {}", looked.join("; "));
    if is_passing {
        let cause = NO_CREDENTIALS.to_owned();
        return SourceError::Passing { message, cause };
    }
    let mend = mends.into_iter().next();
    SourceError::Account {
        message,
        mend: mend.unwrap_or_else(|| MEND.to_owned()),
    }
}

/// Returns keys, if both parts are there.
fn keys(id: Option<String>, secret: Option<String>, token: Option<String>) -> Option<Credentials> {
    Some(Credentials {
        access_key_id: id?,
        access_key_secret: SecretString::from(secret?),
        security_token: token.map(SecretString::from),
    })
}
