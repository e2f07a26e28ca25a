//! The fifth way: the role of the machine, from the cloud's metadata service.
//!
//! Source: Alibaba Cloud, ECS, "Instance RAM roles" and "Security hardening mode" (a token is
//! fetched first; the normal mode, without one, is the fallback).

use reqwest::Method;

use super::environment::ProviderContext;
use super::role::endpoint;
use super::{Found, Grant, Miss};
use crate::causes;
use crate::source::SourceError;
use crate::source::aliyun::rpc::Endpoint;
use crate::source::aliyun::sign::encode;
use crate::source::aliyun::wire::parse_credentials;
use crate::source::http::{Reply, Request};

const DISABLED: &str = "ALIBABA_CLOUD_ECS_METADATA_DISABLED";
const V1_DISABLED: &str = "ALIBABA_CLOUD_IMDSV1_DISABLED";
const ROLE_NAME: &str = "ALIBABA_CLOUD_ECS_METADATA";
const ROLES: &str = "/latest/meta-data/ram/security-credentials/";
/// How long the token may be used, in seconds: the longest that the service grants.
const TOKEN_SECONDS: &str = "21600";
const MEND: &str = "set ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET, or \
    `credentials:` in the rules file, or give the machine a RAM role";

/// Asks for the credentials of the machine's role, unless that is off.
pub(super) async fn find(context: &ProviderContext) -> Found {
    if context.environment.says_true(DISABLED) {
        return Err(Miss::Absent(format!(
            "the metadata service is not asked: {DISABLED} is set"
        )));
    }
    match issue(context, None).await {
        // Most machines are not in the cloud: that is no fault of theirs.
        Err(Miss::Failed(SourceError::Passing { message, .. })) => Err(Miss::Absent(message)),
        found => found,
    }
}

/// Returns the credentials of this role, or of the one that the environment or the service
/// names.
pub(super) async fn issue(context: &ProviderContext, role: Option<String>) -> Found {
    let service = Service::open(context).await?;
    let role = match role.or_else(|| context.environment.var(ROLE_NAME)) {
        Some(role) => role,
        None => service.role().await?,
    };
    let reply = service.get(&format!("{ROLES}{}", encode(&role))).await?;
    parse_credentials(&reply.body)
        .map(Grant::Temporary)
        .map_err(|error| service.failed(&format!("the role {role:?}: {error}")))
}

/// The metadata service, with a token where it gives one.
struct Service<'a> {
    context: &'a ProviderContext,
    endpoint: Endpoint,
    token: Option<String>,
}

impl<'a> Service<'a> {
    async fn open(context: &'a ProviderContext) -> Result<Self, Miss> {
        let endpoint = endpoint(&context.environment.metadata)?;
        let mut service = Self {
            context,
            endpoint,
            token: None,
        };
        let ttl = (
            "x-aliyun-ecs-metadata-token-ttl-seconds",
            TOKEN_SECONDS.to_owned(),
        );
        match service
            .send(Method::PUT, "/latest/api/token", vec![ttl])
            .await
        {
            Ok(reply) => service.token = Some(text(&reply)),
            Err(miss) if context.environment.says_true(V1_DISABLED) => return Err(miss),
            Err(_) => {}
        }
        Ok(service)
    }

    /// Returns the name of the machine's role.
    async fn role(&self) -> Result<String, Miss> {
        let reply = self.get(ROLES).await?;
        let text = text(&reply);
        let name = text.lines().next().map(str::trim).unwrap_or_default();
        if name.is_empty() {
            return Err(Miss::wrong(self.said("the machine has no RAM role"), MEND));
        }
        Ok(name.to_owned())
    }

    /// Gets a page, with the token and then, if that fails and may be, without.
    async fn get(&self, path: &str) -> Result<Reply, Miss> {
        let Some(token) = &self.token else {
            return self.send(Method::GET, path, Vec::new()).await;
        };
        let headers = vec![("x-aliyun-ecs-metadata-token", token.clone())];
        match self.send(Method::GET, path, headers).await {
            Err(_) if !self.context.environment.says_true(V1_DISABLED) => {
                self.send(Method::GET, path, Vec::new()).await
            }
            answered => answered,
        }
    }

    async fn send(
        &self,
        method: Method,
        path: &str,
        headers: Vec<(&'static str, String)>,
    ) -> Result<Reply, Miss> {
        let request = Request {
            method,
            url: self.endpoint.with_path(path),
            headers,
            body: String::new(),
        };
        let reply = self
            .context
            .metadata
            .send(request)
            .await
            .map_err(|error| self.failed(&causes::of(&error)))?;
        match reply.status {
            200 => Ok(reply),
            404 => Err(Miss::wrong(
                self.said(&format!("{path} is not there: has the machine a RAM role?")),
                MEND,
            )),
            status => Err(self.failed(&format!("{path}: HTTP {status}"))),
        }
    }

    fn failed(&self, what: &str) -> Miss {
        Miss::Failed(SourceError::Passing {
            message: self.said(what),
            cause: what.to_owned(),
        })
    }

    fn said(&self, what: &str) -> String {
        format!("the metadata service {}: {what}", self.endpoint.host())
    }
}

fn text(reply: &Reply) -> String {
    String::from_utf8_lossy(&reply.body).trim().to_owned()
}
