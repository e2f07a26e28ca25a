//! What the service counts.

use std::fmt::Write as _;
use std::sync::Arc;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

/// The name of an account and how its calls ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    account: String,
    outcome: &'static str,
}

/// The name of an account.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct AccountLabels {
    account: String,
}

/// The name of a receiver and how its deliveries ended.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct DeliveryLabels {
    receiver: String,
    outcome: &'static str,
}

/// What happened to alerts.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct EventLabels {
    event: &'static str,
}

/// How a call to a source ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallOutcome {
    /// With an answer.
    Answered,
    /// Because there were too many.
    Throttled,
    /// With a fault.
    Failed,
}

/// The service's counters and gauges; clones share them.
#[derive(Clone, Debug)]
pub struct Metrics(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    calls: Family<CallLabels, Counter>,
    judged: Family<AccountLabels, Counter>,
    revised: Family<AccountLabels, Counter>,
    faulty: Family<AccountLabels, Counter>,
    judged_until: Family<AccountLabels, Gauge>,
    transitions: Family<EventLabels, Counter>,
    deliveries: Family<DeliveryLabels, Counter>,
    firing: Gauge,
    series: Gauge,
    reload_ok: Gauge,
    commit_failures: Counter,
    registry: std::sync::OnceLock<Registry>,
}

impl Default for Metrics {
    fn default() -> Self {
        let counts = Counts::default();
        let mut registry = Registry::with_prefix("foghorn");
        registry.register(
            "source_calls",
            "Calls to the sources' API",
            counts.calls.clone(),
        );
        registry.register(
            "judgements",
            "Minutes of domains that were judged",
            counts.judged.clone(),
        );
        registry.register(
            "samples_revised",
            "Samples that a source gave otherwise after they had been judged",
            counts.revised.clone(),
        );
        registry.register(
            "samples_faulty",
            "Samples of a source that could not be read",
            counts.faulty.clone(),
        );
        registry.register(
            "judged_until_timestamp_seconds",
            "The end of the latest minute that was judged",
            counts.judged_until.clone(),
        );
        registry.register(
            "transitions",
            "Changes of alerts",
            counts.transitions.clone(),
        );
        registry.register(
            "deliveries",
            "Tries to deliver a message",
            counts.deliveries.clone(),
        );
        registry.register("alerts_firing", "Alerts that fire", counts.firing.clone());
        registry.register("series", "Domains that are judged", counts.series.clone());
        registry.register(
            "reload_successful",
            "Whether the last reading of the rules file went well",
            counts.reload_ok.clone(),
        );
        registry.register(
            "store_failures",
            "Transactions that the store refused",
            counts.commit_failures.clone(),
        );
        counts.reload_ok.set(1);
        let _ = counts.registry.set(registry);
        Self(Arc::new(counts))
    }
}

impl Metrics {
    /// Counts a call to a source.
    pub fn called(&self, account: &str, outcome: CallOutcome) {
        let outcome = match outcome {
            CallOutcome::Answered => "answered",
            CallOutcome::Throttled => "throttled",
            CallOutcome::Failed => "failed",
        };
        self.0
            .calls
            .get_or_create(&CallLabels {
                account: account.to_owned(),
                outcome,
            })
            .inc();
    }

    /// Counts judged minutes of an account and notes the end of the latest, in seconds of the epoch.
    pub fn judged(&self, account: &str, minutes: u64, until: i64) {
        let labels = AccountLabels {
            account: account.to_owned(),
        };
        self.0.judged.get_or_create(&labels).inc_by(minutes);
        let gauge = self.0.judged_until.get_or_create(&labels);
        gauge.set(gauge.get().max(until));
    }

    /// Counts samples that came otherwise than they were judged.
    pub fn revised(&self, account: &str, samples: u64) {
        self.0
            .revised
            .get_or_create(&AccountLabels {
                account: account.to_owned(),
            })
            .inc_by(samples);
    }

    /// Counts samples that could not be read.
    pub fn faulty(&self, account: &str, samples: u64) {
        self.0
            .faulty
            .get_or_create(&AccountLabels {
                account: account.to_owned(),
            })
            .inc_by(samples);
    }

    /// Counts a change of an alert.
    pub fn transition(&self, event: &'static str) {
        self.0
            .transitions
            .get_or_create(&EventLabels { event })
            .inc();
    }

    /// Notes how many alerts fire and how many series are judged.
    pub fn standing(&self, firing: usize, series: usize) {
        self.0.firing.set(i64::try_from(firing).unwrap_or(i64::MAX));
        self.0.series.set(i64::try_from(series).unwrap_or(i64::MAX));
    }

    /// Counts a message that was delivered.
    pub fn delivered(&self, receiver: &str) {
        self.delivery(receiver, "delivered");
    }

    /// Counts a try that failed.
    pub fn failed(&self, receiver: &str) {
        self.delivery(receiver, "failed");
    }

    /// Counts a message that was given up.
    pub fn dead(&self, receiver: &str) {
        self.delivery(receiver, "dead");
    }

    /// Notes whether the rules file could be read.
    pub fn reloaded(&self, went_well: bool) {
        self.0.reload_ok.set(i64::from(went_well));
    }

    /// Counts a transaction that the store refused.
    pub fn commit_failed(&self) {
        self.0.commit_failures.inc();
    }

    fn delivery(&self, receiver: &str, outcome: &'static str) {
        self.0
            .deliveries
            .get_or_create(&DeliveryLabels {
                receiver: receiver.to_owned(),
                outcome,
            })
            .inc();
    }

    /// Returns everything in Prometheus' text format.
    pub fn text(&self) -> String {
        let mut open_metrics = String::new();
        if let Some(registry) = self.0.registry.get() {
            // Writing into a string cannot fail.
            let _ = text::encode(&mut open_metrics, registry);
        }
        prometheus_text(&open_metrics)
    }
}

/// Turns `OpenMetrics` into Prometheus' older text format, which names a counter in its head as
/// in its samples.
fn prometheus_text(open_metrics: &str) -> String {
    let counters: Vec<&str> = open_metrics
        .lines()
        .filter_map(|line| line.strip_prefix("# TYPE ")?.strip_suffix(" counter"))
        .collect();
    let mut out = String::with_capacity(open_metrics.len());
    for line in open_metrics.lines().filter(|line| *line != "# EOF") {
        let head = ["# HELP ", "# TYPE "]
            .into_iter()
            .find_map(|kind| Some((kind, line.strip_prefix(kind)?)));
        let counter = head.and_then(|(kind, rest)| {
            let (name, words) = rest.split_once(' ')?;
            counters.contains(&name).then_some((kind, name, words))
        });
        let _ = match counter {
            Some((kind, name, words)) => writeln!(out, "{kind}{name}_total {words}"),
            None => writeln!(out, "{line}"),
        };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_counter_is_named_alike_in_its_head_and_its_samples() {
        let metrics = Metrics::default();
        metrics.called("main", CallOutcome::Answered);
        let text = metrics.text();
        assert!(
            text.contains("# TYPE foghorn_source_calls_total counter\n"),
            "{text}"
        );
        assert!(
            text.contains("foghorn_source_calls_total{account=\"main\",outcome=\"answered\"} 1\n")
        );
        assert!(!text.contains("# EOF"));
    }

    #[test]
    fn a_name_has_no_unit_of_time_but_seconds() {
        let text = Metrics::default().text();
        for unit in ["minute", "hour", "day", "millisecond"] {
            let of_names = text.lines().filter_map(|line| line.split(' ').nth(2));
            let found: Vec<&str> = of_names.filter(|name| name.contains(unit)).collect();
            assert_eq!(found, [""; 0], "promtool wants seconds");
        }
    }
}
