//! The pages over a store of their own, with alerts that are made up and a judge that takes orders at once.

use std::sync::{Arc, Mutex};

use chrono::{DateTime, TimeDelta, Utc};
use foghorn::clock::Clock;
use foghorn::config::{self, Environment};
use foghorn::daemon::Disk;
use foghorn::dispatch::{
    Acknowledgement, AlertView, Answer, Link, LinkAct, LinkKey, Matcher, MatcherKind, Mute, Order,
    PartView, Silence, SilenceEnd, State,
};
use foghorn::engine::{AlertKey, Event, Evidence, PartValue, Sample, Subject, Transition};
use foghorn::lang::program::Type;
use foghorn::pipeline::{
    Kept, KeptSample, Phase, Snapshot, StandingAlert, StandingGroup, StandingSeries, Step,
};
use foghorn::store::Store;
use foghorn::telemetry::{Health, Metrics};
use foghorn::unit::{AccountName, Decimal, DomainName, Minute, Series, Severity};
use foghorn::web::{self, OrderRequest, Shown};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{Notify, mpsc, watch};
use tokio_util::sync::CancellationToken;

/// The time on the stand, which hardly passes.
pub const NOW: &str = "2026-11-22T12:00:00Z";

const RULES: &str = "
source: {simulator: {account: main, domains: [img.example.com, www.example.com]}}
rules:
  - name: origin-5xx
    when: 5xx > 10% for 3m
    severity: critical
    domains: [\"*.example.com\", \"!static.example.com\"]
    labels: {team: edge}
    runbook_url: https://wiki.example.com/origin-5xx
  - {name: slow, when: {warning: 504 > 2%, critical: 504 > 10%}}
notify:
  receivers: {oncall: [{console: {}}], chat: [{console: {}}]}
  routes:
    - {match: {severity: critical}, to: [oncall], continue: true}
    - {to: [chat]}
";

/// A page that is served, and what stands behind it.
pub struct Stand {
    pub url: String,
    pub store: Arc<Store>,
    pub snapshot: watch::Sender<Arc<Snapshot>>,
    pub orders: Arc<Mutex<Vec<Order>>>,
    pub key: LinkKey,
    pub health: Health,
    pub http: reqwest::Client,
    _folder: TempDir,
    _stop: tokio_util::sync::DropGuard,
}

impl Stand {
    /// Serves for everybody.
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// Serves with these lines more in the rules file.
    pub async fn with(more: &str) -> Self {
        foghorn::source::http::install_tls();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rules.yaml");
        std::fs::write(&path, format!("{RULES}{more}")).unwrap();
        let loaded = config::load(path.to_str().unwrap(), &Disk, Environment::Required).unwrap();
        let config = loaded.config;
        let config = Arc::new(config.unwrap_or_else(|| panic!("{:?}", loaded.diagnostics)));
        let store = format!("sqlite:{}", folder.path().join("foghorn.db").display());
        let store = Arc::new(Store::open(&store).await.unwrap());
        store.commit(&happened()).await.unwrap();

        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (snapshot, standing) = watch::channel(Arc::new(standing()));
        let (orders, taken) = mpsc::channel(8);
        let (reloads, mut reload_asks) = mpsc::channel::<web::Reload>(1);
        let noted = Arc::default();
        tokio::spawn(judge(taken, snapshot.clone(), Arc::clone(&noted)));
        tokio::spawn(async move {
            while let Some(answer) = reload_asks.recv().await {
                answer.send(Err("line 3 is wrong".to_owned())).unwrap();
            }
        });
        let health = Health::default();
        health.watch(["main"].into_iter());
        health.answered("main", at(NOW));
        let key = LinkKey::new([5; 32]);
        let shown = Shown {
            health: health.clone(),
            metrics: Metrics::default(),
            store: Arc::clone(&store),
            config: watch::channel(config).1,
            standing,
            orders,
            reloads,
            wake: Arc::new(Notify::new()),
            clock: Clock::running(at(NOW), 1),
            link_key: key.clone(),
            begun: at(NOW),
            drawing: Shown::drawing(),
        };
        let stop = CancellationToken::new();
        tokio::spawn(web::serve(listener, shown, stop.clone()));
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            url,
            store,
            snapshot,
            orders: noted,
            key,
            health,
            http: http.unwrap(),
            _folder: folder,
            _stop: stop.drop_guard(),
        }
    }

    pub fn request(&self, method: &str, path: &str) -> reqwest::RequestBuilder {
        let method = method.to_uppercase().parse().unwrap();
        self.http.request(method, format!("{}{path}", self.url))
    }

    /// Status and body.
    pub async fn send(&self, request: reqwest::RequestBuilder) -> (u16, String) {
        let response = request.send().await.unwrap();
        (response.status().as_u16(), response.text().await.unwrap())
    }

    /// Status and body of what is gotten.
    pub async fn get(&self, path: &str) -> (u16, String) {
        self.send(self.request("get", path)).await
    }

    /// What is gotten, as JSON.
    pub async fn json(&self, path: &str) -> Value {
        let (status, body) = self.get(path).await;
        assert_eq!(status, 200, "{path}: {body}");
        serde_json::from_str(&body).unwrap()
    }

    /// Posts JSON: status and what is answered, null if that is nothing.
    pub async fn post(&self, path: &str, body: &Value) -> (u16, Value) {
        let (status, text) = self.send(self.request("post", path).json(body)).await;
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// A form as a browser would post it.
    pub fn filled(&self, path: &str, fields: &[(&str, &str)]) -> reqwest::RequestBuilder {
        let fields = reqwest::Url::parse_with_params("http://form/", fields).unwrap();
        let request = self.request("post", path);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        request.body(fields.query().unwrap_or_default().to_owned())
    }

    /// Posts a form: status and page.
    pub async fn form(&self, path: &str, fields: &[(&str, &str)]) -> (u16, String) {
        self.send(self.filled(path, fields)).await
    }

    pub fn link(&self, act: LinkAct, alert: &str, expires: DateTime<Utc>) -> String {
        let alert = alert.to_owned();
        let link = Link {
            act,
            alert,
            expires,
        };
        format!("/act/{}", link.sign(&self.key))
    }

    pub fn orders(&self) -> Vec<Order> {
        self.orders.lock().unwrap().clone()
    }
}

pub fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

fn minute(text: &str) -> Minute {
    text.parse().unwrap()
}

fn series(domain: &str) -> Series {
    Series {
        account: AccountName::from("main"),
        domain: DomainName::from(domain),
    }
}

/// The transition that `IMG` began with.
fn fired() -> Transition {
    Transition {
        key: AlertKey {
            rule: "origin-5xx".to_owned(),
            subject: Subject::Series(series("img.example.com")),
        },
        minute: minute("2026-11-22T11:32:00Z"),
        event: Event::Fired,
        severity: Severity::Critical,
        since: minute("2026-11-22T11:30:00Z"),
        fired: minute("2026-11-22T11:32:00Z"),
        evidence: Evidence {
            values: vec![PartValue {
                text: "5xx".to_owned(),
                of: Type::Proportion,
                value: Some(Decimal::from_units(34_200_000_000).unwrap()),
            }],
            peak: Decimal::from_units(40_000_000_000),
            domains: Vec::new(),
            before: None,
        },
    }
}

/// The id of the alert on img.example.com, which fires and is told.
pub fn img() -> String {
    let fired = fired();
    fired.key.firing_id(fired.fired)
}

/// The id of the alert on www.example.com, which is silenced.
pub const WWW: &str = "0000000000000000000000000000000f";
/// The silence that hides it.
pub const SILENCE: &str = "11111111-2222-4333-8444-555555555555";

fn happened() -> Step {
    let from = minute("2026-11-22T11:00:00Z");
    let samples = from.until(minute("2026-11-22T11:55:00Z")).map(|minute| {
        let bad = minute.epoch() % 50 >= 25;
        let line = format!(
            r#"{{"domain":"img.example.com","minute":"{minute}","codes":{{"200":"{}","502":"{}"}}}}"#,
            if bad { 60 } else { 99 },
            if bad { 40 } else { 1 },
        );
        KeptSample {
            series: series("img.example.com"),
            minute,
            kept: Kept::Sample(sample(&line)),
        }
    });
    Step {
        samples: samples.collect(),
        transitions: vec![fired()],
        now: at(NOW),
        ..Step::default()
    }
}

fn sample(line: &str) -> Sample {
    let mut samples = foghorn::samples::Samples::new();
    foghorn::samples::take_line(line, &mut samples).unwrap();
    let minutes = samples.into_values().next().unwrap();
    minutes.into_values().next().unwrap()
}

fn view(id: &str, rule: &str, domain: &str, severity: &str) -> AlertView {
    AlertView {
        id: id.to_owned(),
        rule: rule.to_owned(),
        account: "main".to_owned(),
        domain: domain.to_owned(),
        domains: vec![domain.to_owned()],
        severity: severity.to_owned(),
        state: State::Firing,
        since: "2026-11-22T11:30:00Z".to_owned(),
        fired_at: "2026-11-22T11:32:00Z".to_owned(),
        ended_at: None,
        condition: "5xx > 10% for 3m".to_owned(),
        value: "34.2%".to_owned(),
        peak: "40.0%".to_owned(),
        values: vec![PartView {
            text: "5xx".to_owned(),
            value: "34.2%".to_owned(),
        }],
        labels: [("team".to_owned(), "edge".to_owned())].into(),
        summary: format!("{domain}: <b>bad</b> & worse"),
        runbook_url: "https://wiki.example.com/origin-5xx".to_owned(),
        url: format!("https://foghorn.example.com/alerts/{id}"),
        end_reason: String::new(),
        minute: "2026-11-22T11:55:00Z".to_owned(),
        ack_url: String::new(),
        silence_url: String::new(),
        ack: None,
    }
}

fn alert(view: AlertView, phase: Phase, mutes: Vec<Mute>) -> StandingAlert {
    let labels = [
        ("rule", &view.rule),
        ("domain", &view.domain),
        ("account", &view.account),
        ("severity", &view.severity),
    ];
    let labels = labels.map(|(name, value)| (name.to_owned(), value.clone()));
    let group = |route, receiver: &str| StandingGroup {
        key: format!("group-{route}"),
        route,
        labels: [("rule".to_owned(), view.rule.clone())].into(),
        receivers: vec![receiver.to_owned()],
    };
    StandingAlert {
        labels: labels
            .into_iter()
            .chain([("team".to_owned(), "edge".to_owned())])
            .collect(),
        phase,
        updated: at("2026-11-22T11:33:00Z"),
        receivers: vec!["oncall".to_owned(), "chat".to_owned()],
        knowing: vec!["oncall".to_owned()],
        groups: vec![group(0, "oncall"), group(1, "chat")],
        mutes,
        view,
    }
}

/// One alert that is told, one that is silenced, one that is pending.
pub fn standing() -> Snapshot {
    let pending = AlertView {
        fired_at: String::new(),
        url: String::new(),
        ..view("", "slow", "img.example.com", "warning")
    };
    let silence = Silence {
        id: SILENCE.to_owned(),
        matchers: vec![Matcher {
            name: "domain".to_owned(),
            value: "www.example.com".to_owned(),
            kind: MatcherKind::Equal,
        }],
        starts: at("2026-11-22T11:00:00Z"),
        ends: at("2026-11-22T14:00:00Z"),
        end: SilenceEnd::AtTime,
        author: "ann".to_owned(),
        comment: "new disks".to_owned(),
        updated: at("2026-11-22T11:00:00Z"),
    };
    let of = |domain| StandingSeries {
        series: series(domain),
        next: minute("2026-11-22T11:55:00Z"),
        warming_until: None,
        failing: None,
    };
    Snapshot {
        at: at(NOW),
        alerts: vec![
            alert(
                view(&img(), "origin-5xx", "img.example.com", "critical"),
                Phase::Firing,
                Vec::new(),
            ),
            alert(
                view(WWW, "origin-5xx", "www.example.com", "critical"),
                Phase::Firing,
                vec![Mute::Silence(SILENCE.to_owned())],
            ),
            alert(pending, Phase::Pending, Vec::new()),
        ],
        silences: vec![silence],
        series: vec![of("img.example.com"), of("www.example.com")],
    }
}

/// Takes orders as the judge does, in short.
async fn judge(
    mut orders: mpsc::Receiver<OrderRequest>,
    snapshot: watch::Sender<Arc<Snapshot>>,
    noted: Arc<Mutex<Vec<Order>>>,
) {
    while let Some((order, place)) = orders.recv().await {
        noted.lock().unwrap().push(order.clone());
        let mut next = Snapshot::clone(&snapshot.borrow());
        let answer = taken(order, &mut next);
        snapshot.send_replace(Arc::new(next));
        let _ = place.send(answer);
    }
}

fn taken(order: Order, snapshot: &mut Snapshot) -> Answer {
    match order {
        Order::Silence { replaces, silence } => {
            let mut silence = silence;
            if silence.ends - silence.starts > TimeDelta::days(30) {
                let why = "a silence lasts at most 30 days".to_owned();
                return Answer::Refused { why };
            }
            if let Some(id) = replaces {
                let old = snapshot.silences.iter_mut().find(|one| one.id == id);
                let Some(old) = old else {
                    return Answer::Unknown;
                };
                if old.matchers == silence.matchers
                    && old.starts.timestamp() == silence.starts.timestamp()
                {
                    silence.id.clone_from(&old.id);
                    *old = silence;
                    return Answer::Done { id };
                }
                old.ends = at(NOW);
            }
            let id = silence.id.clone();
            snapshot.silences.push(silence);
            Answer::Done { id }
        }
        Order::Expire { id, .. } if id.starts_with("file-") => Answer::Refused {
            why: "this silence stands in the rules file: change it there".to_owned(),
        },
        Order::Expire { id, .. } => {
            let mut silences = snapshot.silences.iter_mut();
            match silences.find(|one| one.id == id && at(NOW) < one.ends) {
                Some(silence) => {
                    silence.ends = at(NOW);
                    Answer::Done { id }
                }
                None => Answer::Unknown,
            }
        }
        Order::Acknowledge { alert, by, comment } => {
            let mut alerts = snapshot.alerts.iter_mut();
            match alerts.find(|one| one.view.id == alert) {
                Some(one) => {
                    let at = NOW.to_owned();
                    one.view.ack = Some(Acknowledgement { by, at, comment });
                    Answer::Done { id: alert }
                }
                None => Answer::Unknown,
            }
        }
    }
}
