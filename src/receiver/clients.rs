//! The clients by which webhooks and Alertmanagers are called.

use std::time::Duration;

use reqwest::{Client, Url, redirect};

use super::ToolsError;
use crate::config::is_loopback;

/// How long a connection may take, with its TLS.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// How long a whole request may take: receivers that work while we wait need some seconds.
pub(super) const TRY_MAX: Duration = Duration::from_secs(30);
/// How many idle connections are kept to one host; a receiver gets few messages.
const IDLE_MAX: usize = 2;

/// The clients by which others are called; clones share their connections.
#[derive(Clone)]
pub(super) struct Clients {
    /// By way of the proxies that the environment names.
    proxied: Client,
    /// To this machine, where no proxy leads.
    straight: Client,
}

impl Clients {
    pub(super) fn open() -> Result<Self, ToolsError> {
        let client = || {
            Client::builder()
                .user_agent(concat!("foghorn/", env!("CARGO_PKG_VERSION")))
                .redirect(redirect::Policy::none())
                .connect_timeout(CONNECT_MAX)
                .timeout(TRY_MAX)
                .pool_max_idle_per_host(IDLE_MAX)
        };
        let made = |source| ToolsError::Http { source };
        Ok(Self {
            proxied: client().build().map_err(made)?,
            straight: client().no_proxy().build().map_err(made)?,
        })
    }

    /// Returns the client for an address.
    pub(super) fn to(&self, url: &Url) -> &Client {
        if url.host_str().is_some_and(is_loopback) {
            &self.straight
        } else {
            &self.proxied
        }
    }
}
