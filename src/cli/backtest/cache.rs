//! What was kept of the sources: whose it is, and for how long.

use std::env;

use anyhow::Context as _;

use crate::config::{Config, Domains, Product, Source, SourceKind};
use crate::pipeline::SeriesMark;
use crate::store::{Prune, Repack, Store};
use crate::unit::{Minute, stable_id};

/// How many rows are forgotten at once.
const FORGOTTEN_MAX: u32 = 50_000;
/// What decides whose keys are used where the rules file has none.
const OF_CHAIN: [&str; 2] = ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_PROFILE"];

/// Returns where a source's minutes are kept: beside the store, which a service may have open.
pub(super) fn url(store: &str) -> String {
    match store.strip_suffix(".db") {
        Some(name) => format!("{name}.source.db"),
        None if store.ends_with(":memory:") => store.to_owned(),
        None => format!("{store}.source.db"),
    }
}

/// Opens what was kept, without what other sources said and what no run looks at any more: `oldest`
/// is the first minute that one can. Returns how far each series is kept.
pub(super) async fn open(
    config: &Config,
    oldest: Minute,
) -> anyhow::Result<(Store, Vec<SeriesMark>)> {
    let store = Store::open(&url(&config.store)).await;
    let store = store.context("open what was kept of the source")?;
    forget_others(&store, config).await?;
    forget_old(&store, oldest).await?;
    let known = store.load().await.context("read the store")?.series;
    Ok((store, known))
}

/// Forgets all, if an account is not asked where it was asked before: nothing else tells its minutes
/// from those of its namesake.
async fn forget_others(store: &Store, config: &Config) -> anyhow::Result<()> {
    let kept = store.load().await.context("read the store")?.series;
    let mut others = Vec::new();
    for source in &config.sources {
        let (key, now) = (format!("source {}", source.account), fingerprint(source));
        let before = store.meta(&key).await.context("read the store")?;
        if before.as_ref() != Some(&now) {
            let is_kept = kept.iter().any(|of| of.series.account == source.account);
            others.push((key, now, is_kept));
        }
    }
    if others.iter().any(|(.., is_kept)| *is_kept) {
        let forgotten = store.forget_samples().await;
        forgotten.context("forget what another source said")?;
    }
    for (key, now, _) in others {
        let noted = store.set_meta(&key, &now).await;
        noted.context("note which source it is")?;
    }
    Ok(())
}

/// Returns what tells a source from another that has the same name. No secret can be had from it.
fn fingerprint(source: &Source) -> String {
    let mut parts = Vec::new();
    match &source.kind {
        SourceKind::Aliyun(aliyun) => {
            let product = match aliyun.product {
                Product::Cdn => "cdn",
                Product::Dcdn => "dcdn",
            };
            parts.extend([product.to_owned(), aliyun.endpoint.clone()]);
            match &aliyun.credentials {
                Some(own) => parts.push(own.access_key_id.clone()),
                None => parts.extend(OF_CHAIN.map(|name| env::var(name).unwrap_or_default())),
            }
        }
        SourceKind::Simulator(simulator) => {
            parts.push("simulator".to_owned());
            parts.extend([simulator.seed.to_string(), simulator.speed.to_string()]);
            parts.push(
                simulator
                    .start
                    .map_or_else(String::new, |at| at.to_rfc3339()),
            );
            match (&simulator.scenario, &source.domains) {
                (Some(scenario), _) => parts.push(scenario.clone()),
                // The weather that is built in is that of the domains which are listed.
                (None, Domains::Listed(domains)) => {
                    parts.extend(domains.iter().map(ToString::to_string));
                }
                (None, Domains::Discovered { .. }) => {}
            }
        }
    }
    let parts: Vec<&str> = parts.iter().map(String::as_str).collect();
    stable_id(&parts)
}

/// Forgets minutes before `oldest`, by whole blocks, which are packed for that.
async fn forget_old(store: &Store, oldest: Minute) -> anyhow::Result<()> {
    let mut next = Some(0);
    while let Some(lane) = next {
        let repack = Repack {
            before: oldest,
            lane,
        };
        let repacked = store.repack(&repack).await;
        next = repacked.context("pack what is old")?.next;
    }
    let prune = Prune {
        samples_before: oldest,
        reach: 1,
        messages_before: oldest.start(),
        transitions_before: oldest,
        batch: FORGOTTEN_MAX,
    };
    while store
        .prune(&prune)
        .await
        .context("forget what is old")?
        .more
    {}
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{self, Environment};
    use crate::daemon::Disk;

    fn fingerprint_of(source: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.yaml");
        std::fs::write(&path, format!("source: {{{source}}}\nrules: []\n")).unwrap();
        let environment = Environment::Required;
        let loaded = config::load(path.to_str().unwrap(), &Disk, environment).unwrap();
        fingerprint(&loaded.config.unwrap().sources[0])
    }

    #[test]
    fn it_is_kept_beside_the_store() {
        assert_eq!(url("sqlite:a/foghorn.db"), "sqlite:a/foghorn.source.db");
        assert_eq!(url("sqlite:a/foghorn"), "sqlite:a/foghorn.source.db");
        assert_eq!(url("sqlite::memory:"), "sqlite::memory:");
    }

    #[test]
    fn sources_that_may_say_something_else_are_told_apart_and_their_secrets_are_no_part_of_it() {
        let aliyun =
            |more: &str| fingerprint_of(&format!("aliyun_cdn: {{domains: [a.b], {more}}}"));
        let key = |id: &str, secret: &str| {
            aliyun(&format!(
                "credentials: {{access_key_id: {id}, access_key_secret: {secret}}}"
            ))
        };
        assert_eq!(key("one", "x"), key("one", "y"));
        assert_ne!(key("one", "x"), key("two", "x"));
        assert_ne!(
            aliyun("rate: 5"),
            aliyun("endpoint: 'https://other.example.com'")
        );
        let simulator =
            |more: &str| fingerprint_of(&format!("simulator: {{domains: [a.b], {more}}}"));
        assert_eq!(simulator("rate: 5"), simulator("rate: 6"));
        assert_ne!(simulator("seed: 1"), simulator("seed: 2"));
        assert_ne!(simulator("seed: 1"), simulator("scenario: {requests: 10}"));
        assert_ne!(
            simulator("seed: 1"),
            simulator("start: 2026-11-22T10:00:00Z")
        );
    }
}
