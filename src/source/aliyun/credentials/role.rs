//! Temporary credentials of a role, from the token service.
//!
//! Source: Alibaba Cloud, Security Token Service, `AssumeRole`, version 2015-04-01.

use chrono::{DateTime, Utc};

use super::environment::ProviderContext;
use super::{Found, Grant, Miss};
use crate::config::Credentials;
use crate::source::aliyun::error::{CallContext, secrets_of};
use crate::source::aliyun::rpc::{self, Endpoint, Operation};
use crate::source::aliyun::wire::parse_credentials;

/// The version of the token service's API.
pub(super) const VERSION: &str = "2015-04-01";
/// How long the credentials of a role live, if nothing else is said, in seconds.
pub(super) const DURATION_DEFAULT: &str = "3600";
/// What our sessions are called, if nothing else is said.
pub(super) const SESSION_DEFAULT: &str = "foghorn";

/// A role and how it is assumed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Role {
    /// Its name: `acs:ram::…:role/…`.
    pub(super) arn: String,
    /// What the session is called.
    pub(super) session: Option<String>,
    /// How many seconds the credentials live.
    pub(super) seconds: Option<String>,
    /// What the session may do, if less than the role.
    pub(super) policy: Option<String>,
    /// What tells one customer of a shared role from another.
    pub(super) external_id: Option<String>,
}

/// Assumes a role with lasting keys.
pub(super) async fn assume(
    context: &ProviderContext,
    credentials: &Credentials,
    role: &Role,
    now: DateTime<Utc>,
) -> Found {
    let action = "AssumeRole";
    let endpoint = endpoint(&context.environment.sts)?;
    let mut params = vec![
        ("RoleArn", role.arn.as_str()),
        (
            "RoleSessionName",
            role.session.as_deref().unwrap_or(SESSION_DEFAULT),
        ),
        (
            "DurationSeconds",
            role.seconds.as_deref().unwrap_or(DURATION_DEFAULT),
        ),
    ];
    params.extend(role.policy.as_deref().map(|policy| ("Policy", policy)));
    params.extend(role.external_id.as_deref().map(|id| ("ExternalId", id)));
    let operation = Operation {
        action,
        version: VERSION,
        params,
    };
    let grant = format!("`sts:AssumeRole` on `{}`", role.arn);
    let asked = CallContext {
        host: endpoint.host(),
        action,
        grant: &grant,
        request: &format!("RoleArn={}", role.arn),
        secrets: &secrets_of(credentials),
        sent: now,
    };
    let nonce = rpc::nonce().map_err(|error| Miss::Failed(asked.passing(&error.to_string())))?;
    let reply = rpc::send(
        &context.sts,
        &endpoint,
        &operation,
        credentials,
        (now, &nonce),
    )
    .await
    .map_err(|error| Miss::Failed(asked.unanswered(&error)))?;
    parse_credentials(&reply.body)
        .map(Grant::Temporary)
        .map_err(|error| Miss::Failed(asked.refused(error, &reply)))
}

/// Returns where a service is that issues credentials.
pub(super) fn endpoint(text: &str) -> Result<Endpoint, Miss> {
    Endpoint::parse(text)
        .map_err(|error| Miss::wrong(error.to_string(), "set it to a host's address"))
}
