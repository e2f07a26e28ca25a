//! The client: one domain's minutes, and the list of domains.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use chrono::TimeDelta;

use crate::clock::Clock;
use crate::config::{Aliyun, Product};
use crate::source::http::{Http, HttpError, Limits, Reply};
use crate::source::{MinuteRange, Response, SourceError};
use crate::unit::DomainName;

use super::credentials::{Environment, Keyring};
use super::error::{CallContext, NONCE_USED, ahead_of, secrets_of};
use super::rpc::{self, Endpoint, EndpointError, Operation};
use super::wire::{
    BODY_BYTES_MAX, DomainStatus, Page, Parsed, WireError, parse_answer, parse_page,
};

/// The longest span of one call, in minutes: longer ones are refused, or come in longer steps.
///
/// Source: Alibaba Cloud CDN, `DescribeDomainRealTimeSrcHttpCodeData`, "Usage notes".
pub const SPAN_MINUTES_MAX: i64 = 60;
/// How long all of a call may take: a minute must not pass over it.
const TOTAL: Duration = Duration::from_secs(20);
/// How long connecting may take.
const CONNECT: Duration = Duration::from_secs(5);
/// How many domains a page of the list has: the most that the API allows.
const PAGE_SIZE: u64 = 500;
/// The most pages of a list, so that a list that never ends does: 100 000 domains.
const PAGES_MAX: u64 = 200;

/// One account of Alibaba Cloud CDN or DCDN.
#[derive(Debug)]
pub struct Client {
    product: Product,
    endpoint: Endpoint,
    http: Http,
    keyring: Keyring,
    clock: Clock,
    /// By how much the clock is ahead of the source's, as of the last reply that had a `Date`.
    ahead: Mutex<Option<TimeDelta>>,
}

/// Why there is no client.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// The endpoint is no address.
    #[error(transparent)]
    Endpoint(EndpointError),
    /// No HTTP client can be made.
    #[error("open the source at {endpoint}")]
    Http {
        /// Its address.
        endpoint: String,
        /// What is amiss.
        #[source]
        source: HttpError,
    },
}

/// What the products call the same things.
struct Names {
    /// The operation that gives the minutes.
    codes: &'static str,
    /// The operation that lists the domains.
    domains: &'static str,
    /// The version of both.
    version: &'static str,
    /// The product in the names of permissions and resources.
    permission: &'static str,
}

impl Names {
    const fn of(product: Product) -> Self {
        match product {
            Product::Cdn => Self {
                codes: "DescribeDomainRealTimeSrcHttpCodeData",
                domains: "DescribeUserDomains",
                version: "2018-05-10",
                permission: "cdn",
            },
            Product::Dcdn => Self {
                codes: "DescribeDcdnDomainRealTimeSrcHttpCodeData",
                domains: "DescribeDcdnUserDomains",
                version: "2018-01-15",
                permission: "dcdn",
            },
        }
    }
}

impl Client {
    /// Prepares a client; sends nothing yet.
    ///
    /// # Errors
    ///
    /// [`OpenError::Endpoint`] if the endpoint is no address, [`OpenError::Http`] if no HTTP
    /// client can be made.
    pub fn open(
        settings: &Aliyun,
        environment: Environment,
        clock: Clock,
    ) -> Result<Self, OpenError> {
        let endpoint = Endpoint::parse(&settings.endpoint).map_err(OpenError::Endpoint)?;
        let limits = Limits {
            connect: CONNECT,
            total: TOTAL,
            body_bytes_max: BODY_BYTES_MAX,
        };
        let failed = |source| OpenError::Http {
            endpoint: endpoint.host().to_owned(),
            source,
        };
        let http = Http::open(limits, endpoint.proxies()).map_err(failed)?;
        let own = settings.credentials.clone();
        let keyring = Keyring::open(own, environment).map_err(failed)?;
        Ok(Self {
            product: settings.product,
            endpoint,
            http,
            keyring,
            clock,
            ahead: Mutex::default(),
        })
    }

    /// Returns by how much this clock was ahead of the source's (less than zero: behind) when that
    /// replied last, whatever it said; nothing before that, or where it does not tell its time.
    pub fn ahead(&self) -> Option<TimeDelta> {
        *self.ahead.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Asks for one domain's minutes; one call, or two if the first nonce was used before.
    ///
    /// # Errors
    ///
    /// A [`SourceError`] by what is to be done. A span that is empty or longer than
    /// [`SPAN_MINUTES_MAX`] is a [`SourceError::Defect`], and so are points that are not minutes;
    /// an answer that names another domain is a [`SourceError::Passing`].
    pub async fn fetch(
        &self,
        domain: &DomainName,
        span: MinuteRange,
    ) -> Result<Response, SourceError> {
        let minutes = span.to.epoch() - span.from.epoch();
        if !(1..=SPAN_MINUTES_MAX).contains(&minutes) {
            return Err(SourceError::Defect {
                message: format!("a call is for 1 to {SPAN_MINUTES_MAX} minutes, not {minutes}"),
            });
        }
        let names = Names::of(self.product);
        let (from, to) = (span.from.to_string(), span.to.to_string());
        let operation = Operation {
            action: names.codes,
            version: names.version,
            params: vec![
                ("DomainName", domain.as_str()),
                ("StartTime", &from),
                ("EndTime", &to),
            ],
        };
        let sent = self.clock.now();
        let parsed = self
            .call(&operation, |body| {
                parse_answer(body, Some(span)).and_then(|parsed| of(domain, parsed))
            })
            .await?;
        Ok(Response {
            span,
            sent,
            samples: parsed.samples,
            faults: parsed.faults,
        })
    }

    /// Asks for the account's domains that are not offline, page by page; sorted, each once.
    ///
    /// # Errors
    ///
    /// A [`SourceError`] by what is to be done; [`SourceError::Passing`] if the pages do not add
    /// up to the whole, because the list changed meanwhile.
    pub async fn domains(&self) -> Result<Vec<DomainName>, SourceError> {
        let names = Names::of(self.product);
        let mut seen: BTreeSet<(DomainName, DomainStatus)> = BTreeSet::new();
        let incomplete = |what: String| SourceError::Passing {
            message: format!(
                "{} {}: the list is not complete: {what}",
                self.endpoint.host(),
                names.domains
            ),
            cause: what,
        };
        for number in 1..=PAGES_MAX {
            let Page { total, domains } = self.page(&names, number).await?;
            let before = seen.len();
            seen.extend(domains);
            let count = u64::try_from(seen.len()).unwrap_or(u64::MAX);
            if count == total {
                let serving = seen
                    .into_iter()
                    .filter(|(_, s)| *s == DomainStatus::Serving);
                return Ok(serving.map(|(name, _)| name).collect());
            }
            if seen.len() == before || total < count {
                return Err(incomplete(format!("{count} domains of {total} came")));
            }
        }
        Err(incomplete(format!("it has more than {PAGES_MAX} pages")))
    }

    async fn page(&self, names: &Names, number: u64) -> Result<Page, SourceError> {
        let (number, size) = (number.to_string(), PAGE_SIZE.to_string());
        let operation = Operation {
            action: names.domains,
            version: names.version,
            params: vec![("PageNumber", &number), ("PageSize", &size)],
        };
        self.call(&operation, parse_page).await
    }

    /// Sends an operation and reads its answer, once more at once if the nonce was used before.
    async fn call<T>(
        &self,
        operation: &Operation<'_>,
        read: impl Fn(&[u8]) -> Result<T, WireError>,
    ) -> Result<T, SourceError> {
        let outcome = match self.attempt(operation, &read).await? {
            Tried::NonceUsed(_) => self.attempt(operation, &read).await?,
            tried @ Tried::Done(_) => tried,
        };
        let outcome = match outcome {
            Tried::Done(outcome) => outcome,
            Tried::NonceUsed(error) => Err(error),
        };
        if let Err(SourceError::Account { .. }) = outcome {
            // The keys may have been exchanged where they were found.
            self.keyring.forget().await;
        }
        outcome
    }

    async fn attempt<T>(
        &self,
        operation: &Operation<'_>,
        read: impl Fn(&[u8]) -> Result<T, WireError>,
    ) -> Result<Tried<T>, SourceError> {
        let credentials = self.keyring.current(self.clock.now()).await?;
        let sent = self.clock.now();
        let permission = Names::of(self.product).permission;
        let grant = format!(
            "`{permission}:{}` on `acs:{permission}:*:*:domain/*`",
            operation.action
        );
        let asked = CallContext {
            host: self.endpoint.host(),
            action: operation.action,
            grant: &grant,
            request: &operation.query(),
            secrets: &secrets_of(&credentials),
            sent,
        };
        let nonce = rpc::nonce().map_err(|error| asked.passing(&error.to_string()))?;
        let reply = rpc::send(
            &self.http,
            &self.endpoint,
            operation,
            &credentials,
            (sent, &nonce),
        )
        .await
        .map_err(|error| asked.unanswered(&error))?;
        if let Some(ahead) = ahead_of(&reply, sent) {
            *self.ahead.lock().unwrap_or_else(PoisonError::into_inner) = Some(ahead);
        }
        Ok(outcome(&asked, read(&reply.body), &reply))
    }
}

/// Returns an answer unless it names another domain than was asked for. A name beyond ASCII has
/// more than one form and is not compared.
fn of(domain: &DomainName, parsed: Parsed) -> Result<Parsed, WireError> {
    let named = parsed.domain.as_deref().filter(|named| {
        named.is_ascii()
            && domain.as_str().is_ascii()
            && !named.eq_ignore_ascii_case(domain.as_str())
    });
    match named {
        Some(named) => Err(WireError::Unreadable(format!(
            "it is of the domain {named:?}"
        ))),
        None => Ok(parsed),
    }
}

/// What came of a try.
enum Tried<T> {
    Done(Result<T, SourceError>),
    /// The nonce was used before: a new try, with a new one, mends it.
    NonceUsed(SourceError),
}

fn outcome<T>(asked: &CallContext<'_>, read: Result<T, WireError>, reply: &Reply) -> Tried<T> {
    let error = match read {
        Ok(value) => return Tried::Done(Ok(value)),
        Err(error) => error,
    };
    let is_nonce = matches!(&error, WireError::Api(fault) if fault.code == NONCE_USED);
    let error = asked.refused(error, reply);
    if is_nonce {
        Tried::NonceUsed(error)
    } else {
        Tried::Done(Err(error))
    }
}
