//! From the checked file to what the pipeline goes by.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::config::{Channel, Config, Domains};
use crate::dispatch::{LinkKey, Policy, ReceiverChannel, RuleTexts};
use crate::pipeline::{Settling, Setup, Watched};
use crate::receiver::{hears_acknowledgements, numbered};

/// Returns what the pipeline goes by. Its messages have no links that act.
pub fn of(config: &Config) -> Arc<Setup> {
    made(config, None)
}

/// Returns what the pipeline goes by; the links in its messages are signed with this key.
pub fn with_links(config: &Config, key: &LinkKey) -> Arc<Setup> {
    made(config, Some(key.clone()))
}

fn made(config: &Config, link_key: Option<LinkKey>) -> Arc<Setup> {
    let accounts = config.sources.iter().map(|source| {
        let watched = match &source.domains {
            Domains::Listed(domains) => Watched::Listed(domains.clone()),
            Domains::Discovered { .. } => Watched::Discovered,
        };
        (source.account.clone(), watched)
    });
    let settling = Settling {
        settle: config.settle,
        max_lateness: config.max_lateness,
    };
    let rules = config
        .rules
        .iter()
        .map(|alerting| alerting.rule.clone())
        .collect();
    Arc::new(Setup::new(
        &config.program,
        rules,
        Policy {
            link_key,
            ..policy(config)
        },
        settling,
        accounts.collect(),
    ))
}

fn channels_of(channels: &[Channel]) -> Vec<ReceiverChannel> {
    let numbered = numbered(channels).into_iter();
    let channels = numbered.map(|(number, channel)| ReceiverChannel {
        number,
        hears_acknowledgements: hears_acknowledgements(channel),
    });
    channels.collect()
}

fn policy(config: &Config) -> Policy {
    let channels = config.notify.receivers.iter();
    let texts = config.rules.iter().map(|alerting| {
        let tiers = alerting.rule.compiled.tiers.iter();
        let texts = RuleTexts {
            labels: alerting.labels.as_ref().clone(),
            summary: alerting.summary.clone().unwrap_or_default(),
            runbook_url: alerting.runbook_url.clone().unwrap_or_default(),
            conditions: tiers
                .map(|tier| (tier.severity, tier.text.clone()))
                .collect::<BTreeMap<_, _>>(),
            active_hours: alerting.active_hours.clone(),
        };
        (alerting.rule.name.clone(), texts)
    });
    Policy {
        routes: config.notify.routes.clone(),
        channels: channels
            .map(|(name, channels)| (name.clone(), channels_of(channels)))
            .collect(),
        texts: texts.collect(),
        labels: config.labels.clone(),
        inhibitions: config.notify.inhibitions.clone(),
        silences: config.notify.silences.clone(),
        external_url: config
            .web
            .external_url
            .as_deref()
            .unwrap_or_default()
            .trim_end_matches('/')
            .to_owned(),
        link_key: None,
    }
}
