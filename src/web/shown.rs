//! What the pages speak of, and whom they ask.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use tokio::sync::{Notify, Semaphore, mpsc, oneshot, watch};

use crate::clock::Clock;
use crate::config::Config;
use crate::dispatch::LinkKey;
use crate::pipeline::{Answer, Order, Snapshot};
use crate::store::Store;
use crate::telemetry::{Health, Metrics};

/// How long the judge may take to answer: it stands still while the store cannot be written.
const ANSWER_MAX: Duration = Duration::from_secs(10);
/// How many people may have curves drawn at a time: judging needs the processors more.
const DRAWING_MAX: usize = 1;

/// An order, and where its answer goes.
pub type OrderRequest = (Order, oneshot::Sender<Answer>);
/// Asks for the rules file to be read again; the answer says what is wrong with it.
pub type Reload = oneshot::Sender<Result<(), String>>;

/// What the pages speak of, and whom they ask.
#[derive(Clone)]
pub struct Shown {
    /// What the service knows of itself.
    pub health: Health,
    /// What it counts.
    pub metrics: Metrics,
    /// What has happened.
    pub store: Arc<Store>,
    /// The rules file as it holds now.
    pub config: watch::Receiver<Arc<Config>>,
    /// What stands.
    pub standing: watch::Receiver<Arc<Snapshot>>,
    /// Takes orders to the judge.
    pub orders: mpsc::Sender<OrderRequest>,
    /// Has the rules file read again.
    pub reloads: mpsc::Sender<Reload>,
    /// Tells the sender of messages that are due again.
    pub wake: Arc<Notify>,
    /// The time.
    pub clock: Clock,
    /// What links in messages are signed with.
    pub link_key: LinkKey,
    /// When the service began.
    pub begun: DateTime<Utc>,
    /// Lets a few draw at a time.
    pub drawing: Arc<Semaphore>,
}

/// Why an order has no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unanswered {
    /// Too many wait, or the service stops.
    #[error("the service takes no orders at the moment; try again")]
    Busy,
    /// It was taken in, and its answer did not come in time.
    #[error(
        "there is no answer yet, and it may still be done: judging stands still, see /readyz; look again before you repeat it"
    )]
    Late,
}

impl Shown {
    /// Returns how many may draw at a time.
    pub fn drawing() -> Arc<Semaphore> {
        Arc::new(Semaphore::new(DRAWING_MAX))
    }

    /// Returns what stands.
    pub(super) fn snapshot(&self) -> Arc<Snapshot> {
        self.standing.borrow().clone()
    }

    /// Returns the rules file as it holds now.
    pub(super) fn rules(&self) -> Arc<Config> {
        self.config.borrow().clone()
    }

    /// Gives an order to the judge, and waits for its answer, which comes once it is stored.
    pub(super) async fn order(&self, order: Order) -> Result<Answer, Unanswered> {
        let ends = match &order {
            Order::Expire { id, by } => Some((id.clone(), by.clone())),
            Order::Silence { .. } | Order::Acknowledge { .. } => None,
        };
        let (answer, answered) = oneshot::channel();
        self.orders
            .try_send((order, answer))
            .map_err(|_| Unanswered::Busy)?;
        match tokio::time::timeout(ANSWER_MAX, answered).await {
            Ok(Ok(answer)) => {
                if let (Some((silence, by)), Answer::Done { .. }) = (ends, &answer) {
                    // It keeps who made it alone.
                    tracing::info!(silence, by, "a silence was ended");
                }
                Ok(answer)
            }
            Ok(Err(_)) => Err(Unanswered::Busy),
            Err(_) => Err(Unanswered::Late),
        }
    }
}
