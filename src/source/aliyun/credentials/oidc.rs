//! The second way: a token of an identity provider, such as a Kubernetes service account.
//!
//! Source: Alibaba Cloud, Security Token Service, `AssumeRoleWithOIDC`, version 2015-04-01:
//! the request is not signed, the token proves who asks.

use std::path::Path;

use chrono::{DateTime, Utc};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};

use super::environment::{ProviderContext, read};
use super::role::{DURATION_DEFAULT, SESSION_DEFAULT, VERSION, endpoint};
use super::{Found, Grant, Miss};
use crate::source::aliyun::error::CallContext;
use crate::source::aliyun::rpc;
use crate::source::aliyun::wire::parse_credentials;
use crate::source::http::Request;

const ROLE: &str = "ALIBABA_CLOUD_ROLE_ARN";
const PROVIDER: &str = "ALIBABA_CLOUD_OIDC_PROVIDER_ARN";
const TOKEN_FILE: &str = "ALIBABA_CLOUD_OIDC_TOKEN_FILE";

/// Exchanges the token for credentials, if the environment names all three.
pub(super) async fn find(context: &ProviderContext, now: DateTime<Utc>) -> Found {
    let environment = &context.environment;
    let vars = [ROLE, PROVIDER, TOKEN_FILE].map(|name| environment.var(name));
    let [Some(role), Some(provider), Some(token_file)] = vars else {
        return Err(Miss::Absent(format!(
            "{ROLE}, {PROVIDER} and {TOKEN_FILE} are not all set"
        )));
    };
    let token = match read(Path::new(&token_file)).await {
        Ok(token) => token,
        Err(Miss::Absent(what)) => {
            let mend = format!("set {TOKEN_FILE} to the file with the token");
            return Err(Miss::wrong(what, &mend));
        }
        Err(failed @ Miss::Failed(_)) => return Err(failed),
    };
    let session = environment
        .var("ALIBABA_CLOUD_ROLE_SESSION_NAME")
        .unwrap_or_else(|| SESSION_DEFAULT.to_owned());
    let token = SecretString::from(token.trim());
    let body = rpc::query(&[
        ("RoleArn", &role),
        ("OIDCProviderArn", &provider),
        ("OIDCToken", token.expose_secret()),
        ("RoleSessionName", &session),
        ("DurationSeconds", DURATION_DEFAULT),
    ]);
    exchange(context, now, &role, (token, body)).await
}

async fn exchange(
    context: &ProviderContext,
    now: DateTime<Utc>,
    role: &str,
    (token, body): (SecretString, String),
) -> Found {
    let action = "AssumeRoleWithOIDC";
    let endpoint = endpoint(&context.environment.sts)?;
    let grant = format!("the identity provider in the trust policy of `{role}`");
    let asked = CallContext {
        host: endpoint.host(),
        action,
        grant: &grant,
        request: &format!("RoleArn={role}"),
        secrets: &[&token],
        sent: now,
    };
    let nonce = rpc::nonce().map_err(|error| Miss::Failed(asked.passing(&error.to_string())))?;
    let query = rpc::query(&[
        ("Action", action),
        ("Format", "JSON"),
        ("SignatureNonce", &nonce),
        ("Timestamp", &rpc::timestamp(now)),
        ("Version", VERSION),
    ]);
    let form = "application/x-www-form-urlencoded".to_owned();
    let request = Request {
        method: Method::POST,
        url: endpoint.with_query(&query),
        headers: vec![("content-type", form)],
        body,
    };
    let reply = context
        .sts
        .send(request)
        .await
        .map_err(|error| Miss::Failed(asked.unanswered(&error)))?;
    parse_credentials(&reply.body)
        .map(Grant::Temporary)
        .map_err(|error| Miss::Failed(asked.refused(error, &reply)))
}
