//! What the service serves over HTTP: the page, the API, and what others ask of its health.
//!
//! | path | what | file |
//! | --- | --- | --- |
//! | `/healthz` `/readyz` `/metrics` `/-/…` | for supervisors and Prometheus | `health.rs` |
//! | `/api/v2` | Alertmanager's API, for `amtool`, Karma and Grafana | `v2/` |
//! | `/api/v1` | everything, in Foghorn's own words, with its description | `v1/` |
//! | `/`, `/alerts/{id}`, `/silences` | the page | `page/` |
//! | `/act/{token}` | signed links in messages | `page/act.rs` |
//!
//! Nothing here decides: what is shown is the judge's [`Snapshot`] and the store's history, and
//! what a person wants is an [`Order`] that the judge answers once it is stored. Every request goes
//! through `gate.rs`: who asks, whether a browser was sent by another site, and for how long.

mod deadline;
mod draft;
mod fault;
mod gate;
mod guard;
mod health;
mod known;
mod matchers;
mod origin;
mod page;
mod room;
mod serve;
mod shown;
pub mod v1;
mod v2;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::from_fn_with_state;

pub use serve::serve;
pub use shown::{OrderRequest, Reload, Shown};

use gate::Gate;

/// The longest body of a request: some hundred matchers with a long comment.
const BODY_BYTES_MAX: usize = 64 * 1024;

#[cfg(doc)]
use crate::pipeline::{Order, Snapshot};

/// Returns everything that is served.
pub fn router(shown: Shown) -> Router {
    let gate = Gate::new(shown.clone());
    Router::new()
        .merge(health::routes())
        .nest("/api/v2", v2::routes())
        .nest("/api/v1", v1::routes().into_router())
        .merge(page::routes())
        .fallback(gate::nothing_here)
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .layer(from_fn_with_state(gate, gate::pass))
        .with_state(shown)
}
