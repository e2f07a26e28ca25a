//! Where credentials come from, and when they are renewed.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use axum::body::Body;
use axum::http::Response;
use chrono::{DateTime, TimeDelta, Utc};
use foghorn::config::Credentials;
use foghorn::source::SourceError;
use foghorn::source::aliyun::credentials::{Environment, Keyring};
use secrecy::{ExposeSecret, SecretString};
use tempfile::TempDir;

use super::server::{Seen, Server, fault, reply};

const ROLES: &str = "/latest/meta-data/ram/security-credentials/";

fn now() -> DateTime<Utc> {
    "2026-11-22T10:00:00Z".parse().unwrap()
}

/// Returns issued credentials that expire so many minutes after now.
fn issued(id: &str, minutes: i64) -> Response<Body> {
    let expires = (now() + TimeDelta::minutes(minutes)).to_rfc3339();
    reply(
        200,
        format!(
            r#"{{"Code":"Success","AccessKeyId":"{id}","AccessKeySecret":"s","SecurityToken":"t","Expiration":"{expires}"}}"#
        ),
    )
}

/// Returns the same as the token service says it.
fn assumed(id: &str) -> Response<Body> {
    reply(
        200,
        format!(
            r#"{{"RequestId":"R","Credentials":{{"AccessKeyId":"{id}","AccessKeySecret":"s","SecurityToken":"t","Expiration":"2026-11-22T11:00:00Z"}}}}"#
        ),
    )
}

/// The surroundings of a test: a home folder, variables and one server for both services.
struct World {
    home: TempDir,
    vars: BTreeMap<String, String>,
    server: Server,
}

impl World {
    async fn new(
        answer: impl Fn(usize, &Seen) -> Response<Body> + Clone + Send + Sync + 'static,
    ) -> Self {
        Self {
            home: TempDir::new().unwrap(),
            vars: BTreeMap::new(),
            server: Server::start(answer).await,
        }
    }

    fn set(&mut self, name: &str, value: &str) {
        self.vars
            .insert(format!("ALIBABA_CLOUD_{name}"), value.to_owned());
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.home.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn keyring(&self) -> Keyring {
        let vars = self.vars.clone();
        let environment = Environment {
            lookup: Arc::new(move |name| vars.get(name).cloned()),
            home: Some(self.home.path().to_owned()),
            metadata: self.server.url.clone(),
            sts: self.server.url.clone(),
        };
        Keyring::open(None, environment).unwrap()
    }

    async fn find(&self) -> Result<Credentials, SourceError> {
        self.keyring().current(now()).await
    }

    async fn id(&self) -> String {
        self.find().await.unwrap().access_key_id
    }
}

/// Answers like both services, each operation with an id of its own.
fn services(_: usize, seen: &Seen) -> Response<Body> {
    if seen.path.starts_with("/latest/api/token") {
        return reply(200, "metadata-token");
    }
    if seen.path == ROLES {
        return reply(200, "web\n");
    }
    if let Some(role) = seen.path.strip_prefix(ROLES) {
        return issued(&format!("machine-{role}"), 360);
    }
    let action = seen.query.get("Action").cloned();
    assumed(&action.unwrap_or_else(|| seen.header("x-acs-action").to_owned()))
}

const CLI: &str = r#"{"current":"a","profiles":[
    {"name":"a","mode":"AK","access_key_id":"cli","access_key_secret":"s"},
    {"name":"r","mode":"RamRoleArn","access_key_id":"cli","access_key_secret":"s3cret","sts_token":"","ram_role_arn":"acs:ram::1:role/r","ram_session_name":"n","expired_seconds":900},
    {"name":"m","mode":"EcsRamRole","ram_role_name":"named"}]}"#;
const INI: &str = "[default]\ntype=access_key\naccess_key_id=ini\naccess_key_secret=s\n\
    [m]\ntype=ecs_ram_role\nrole_name=named\n\
    [r]\ntype=ram_role_arn\naccess_key_id=ini\naccess_key_secret=s3cret\nrole_arn=acs:ram::1:role/r\nrole_session_name=n\n";

#[tokio::test]
async fn the_five_ways_are_tried_in_their_order() {
    let mut world = World::new(services).await;
    world.write("token", "jwt\n");
    world.write(".aliyun/config.json", CLI);
    world.write(".alibabacloud/credentials", INI);
    let token = world.home.path().join("token");
    world.set("ACCESS_KEY_ID", "env");
    world.set("ACCESS_KEY_SECRET", "s");
    world.set("ROLE_ARN", "acs:ram::1:role/pod");
    world.set("OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/k");
    world.set("OIDC_TOKEN_FILE", token.to_str().unwrap());
    assert_eq!(world.id().await, "env");
    world.vars.remove("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    assert_eq!(world.id().await, "AssumeRoleWithOIDC");
    world.vars.remove("ALIBABA_CLOUD_ROLE_ARN");
    assert_eq!(world.id().await, "cli");
    world.set("CLI_PROFILE_DISABLED", "true");
    assert_eq!(world.id().await, "ini");
    std::fs::remove_file(world.home.path().join(".alibabacloud/credentials")).unwrap();
    assert_eq!(world.id().await, "machine-web");
    world.set("ECS_METADATA_DISABLED", "TRUE");
    assert!(world.find().await.is_err());
}

#[tokio::test]
async fn the_rules_file_comes_first() {
    let mut world = World::new(services).await;
    world.set("ACCESS_KEY_ID", "env");
    world.set("ACCESS_KEY_SECRET", "s");
    let own = Credentials {
        access_key_id: "own".to_owned(),
        access_key_secret: SecretString::from("s"),
        security_token: None,
    };
    let keyring = Keyring::open(Some(own), Environment::of_process()).unwrap();
    keyring.forget().await;
    let found = keyring.current(now()).await.unwrap();
    assert_eq!(found.access_key_id, "own");
}

#[tokio::test]
async fn a_token_in_the_environment_belongs_to_its_keys() {
    let mut world = World::new(services).await;
    world.set("ACCESS_KEY_ID", "env");
    world.set("ACCESS_KEY_SECRET", "s");
    assert!(world.find().await.unwrap().security_token.is_none());
    world.set("SECURITY_TOKEN", "t");
    let token = world.find().await.unwrap().security_token.unwrap();
    assert_eq!(token.expose_secret(), "t");
}

#[tokio::test]
async fn an_identity_token_is_exchanged_without_a_signature() {
    let mut world = World::new(services).await;
    world.write("token", "jwt+/=\n");
    let token = world.home.path().join("token");
    world.set("ROLE_ARN", "acs:ram::1:role/pod");
    world.set("OIDC_PROVIDER_ARN", "acs:ram::1:oidc-provider/k");
    world.set("OIDC_TOKEN_FILE", token.to_str().unwrap());
    assert_eq!(world.id().await, "AssumeRoleWithOIDC");
    let seen = &world.server.seen()[0];
    assert_eq!(seen.query["Version"], "2015-04-01");
    assert_eq!(seen.query["Timestamp"], "2026-11-22T10:00:00Z");
    assert_eq!(seen.form["OIDCToken"], "jwt+/=");
    assert_eq!(seen.form["RoleArn"], "acs:ram::1:role/pod");
    assert_eq!(seen.form["OIDCProviderArn"], "acs:ram::1:oidc-provider/k");
    assert_eq!(seen.header("authorization"), "");
}

#[tokio::test]
async fn profiles_assume_roles_with_a_signed_request() {
    for disabled in ["false", "true"] {
        let mut world = World::new(services).await;
        world.write(".aliyun/config.json", CLI);
        world.write(".alibabacloud/credentials", INI);
        world.set("PROFILE", "r");
        world.set("CLI_PROFILE_DISABLED", disabled);
        assert_eq!(world.id().await, "AssumeRole");
        let seen = &world.server.seen()[0];
        assert!(seen.signed_by("s3cret").is_some());
        assert_eq!(seen.header("x-acs-version"), "2015-04-01");
        assert_eq!(seen.query["RoleArn"], "acs:ram::1:role/r");
        assert_eq!(seen.query["RoleSessionName"], "n");
    }
}

#[tokio::test]
async fn profiles_name_the_role_of_the_machine() {
    for disabled in ["false", "true"] {
        let mut world = World::new(services).await;
        world.write(".aliyun/config.json", CLI);
        world.write(".alibabacloud/credentials", INI);
        world.set("PROFILE", "m");
        world.set("CLI_PROFILE_DISABLED", disabled);
        assert_eq!(world.id().await, "machine-named");
    }
}

#[tokio::test]
async fn a_credentials_file_elsewhere_is_named_by_the_environment() {
    let mut world = World::new(services).await;
    world.write("elsewhere", INI);
    let elsewhere = world.home.path().join("elsewhere");
    world.set("CREDENTIALS_FILE", elsewhere.to_str().unwrap());
    assert_eq!(world.id().await, "ini");
}

#[tokio::test]
async fn the_metadata_service_is_asked_with_a_token_first() {
    let world = World::new(services).await;
    assert_eq!(world.id().await, "machine-web");
    let seen = world.server.seen();
    assert_eq!(seen[0].method, "PUT");
    assert_eq!(
        seen[0].header("x-aliyun-ecs-metadata-token-ttl-seconds"),
        "21600"
    );
    for seen in &seen[1..] {
        assert_eq!(seen.header("x-aliyun-ecs-metadata-token"), "metadata-token");
    }
}

#[tokio::test]
async fn without_a_token_the_metadata_service_is_asked_as_before_unless_forbidden() {
    let without = |number, seen: &Seen| {
        if seen.method == "PUT" {
            reply(403, "")
        } else {
            services(number, seen)
        }
    };
    let mut world = World::new(without).await;
    world.set("ECS_METADATA", "named");
    assert_eq!(world.id().await, "machine-named");
    assert_eq!(world.server.seen().len(), 2);
    world.set("IMDSV1_DISABLED", "true");
    assert!(world.find().await.is_err());
    assert_eq!(world.server.seen().len(), 3);
}

#[tokio::test]
async fn a_token_that_is_refused_is_left_out() {
    let refusing = |number, seen: &Seen| match seen.header("x-aliyun-ecs-metadata-token") {
        "" => services(number, seen),
        _ => reply(401, ""),
    };
    let mut world = World::new(refusing).await;
    assert_eq!(world.id().await, "machine-web");
    world.set("IMDSV1_DISABLED", "true");
    assert!(world.find().await.is_err());
}

#[tokio::test]
async fn nothing_found_says_what_was_looked_at_and_what_to_set() {
    let world = World::new(|_, _| reply(404, "")).await;
    let error = world.find().await.unwrap_err();
    let SourceError::Account { message, mend } = &error else {
        unreachable!("{error:?}");
    };
    for looked in [
        "(1) ALIBABA_CLOUD_ACCESS_KEY_ID and ALIBABA_CLOUD_ACCESS_KEY_SECRET are not set",
        "(2) ALIBABA_CLOUD_ROLE_ARN, ALIBABA_CLOUD_OIDC_PROVIDER_ARN",
        ".aliyun/config.json does not exist",
        ".alibabacloud/credentials does not exist",
        "(5) the metadata service 127.0.0.1:",
    ] {
        assert!(message.contains(looked), "{message}");
    }
    assert!(mend.contains("RAM role"), "{mend}");

    let mut world = World::new(services).await;
    world.set("ECS_METADATA_DISABLED", "true");
    let error = world.find().await.unwrap_err();
    assert!(matches!(error, SourceError::Account { mend, .. }
        if mend.contains("ALIBABA_CLOUD_ACCESS_KEY_ID") && mend.contains("credentials:")));
}

#[tokio::test]
async fn a_file_that_is_faulty_is_told_without_its_secrets() {
    let mut world = World::new(services).await;
    world.set("ECS_METADATA_DISABLED", "true");
    world.write(
        ".aliyun/config.json",
        r#"{"current":"a","profiles":[{"access_key_secret":"s3cret""#,
    );
    world.write(
        ".alibabacloud/credentials",
        "[default]\naccess_key_secret=s3cret\n",
    );
    let error = format!("{:?}", world.find().await.unwrap_err());
    assert!(
        error.contains("config.json") && error.contains("line 1"),
        "{error}"
    );
    assert!(error.contains("has no type"), "{error}");
    assert!(!error.contains("s3cret"), "{error}");
}

#[tokio::test]
async fn a_token_service_that_refuses_is_told_and_one_that_is_busy_passes() {
    let mut world = World::new(|_, _| fault(403, "NoPermission")).await;
    world.write(".aliyun/config.json", CLI);
    world.set("PROFILE", "r");
    world.set("ECS_METADATA_DISABLED", "true");
    let error = world.find().await.unwrap_err();
    assert!(
        matches!(&error, SourceError::Account { mend, .. }
        if mend == "grant `sts:AssumeRole` on `acs:ram::1:role/r`"),
        "{error:?}"
    );
    assert!(!format!("{error:?}").contains("s3cret"));

    world.server = Server::start(|_, _| fault(503, "ServiceUnavailable")).await;
    let error = world.find().await.unwrap_err();
    assert!(matches!(error, SourceError::Passing { .. }), "{error:?}");
}

#[tokio::test]
async fn temporary_credentials_are_renewed_a_quarter_hour_before_they_expire() {
    let mut world = World::new(|number, _| issued(&format!("key{number}"), 60)).await;
    world.set("ECS_METADATA", "web");
    let keyring = world.keyring();
    let id = async |minutes: i64| {
        let time = now() + TimeDelta::minutes(minutes);
        keyring.current(time).await.unwrap().access_key_id
    };
    assert_eq!(id(0).await, "key1");
    assert_eq!(id(44).await, "key1");
    assert_eq!(id(45).await, "key3");
    keyring.forget().await;
    assert_eq!(id(0).await, "key5");
}

#[tokio::test]
async fn credentials_that_live_for_minutes_are_renewed_at_half_their_life() {
    let mut world = World::new(|number, _| issued(&format!("key{number}"), 10)).await;
    world.set("ECS_METADATA", "web");
    let keyring = world.keyring();
    let id = async |minutes: i64| {
        let time = now() + TimeDelta::minutes(minutes);
        keyring.current(time).await.unwrap().access_key_id
    };
    assert_eq!(id(0).await, "key1");
    assert_eq!(id(4).await, "key1");
    assert_eq!(id(5).await, "key3");
}

#[tokio::test]
async fn old_credentials_are_used_until_they_expire_if_they_cannot_be_renewed() {
    let mut world = World::new(|number, _| match number {
        0 | 1 => issued("old", 60),
        _ => reply(500, ""),
    })
    .await;
    world.set("ECS_METADATA", "web");
    let keyring = world.keyring();
    let id = async |minutes: i64| {
        let time = now() + TimeDelta::minutes(minutes);
        keyring.current(time).await.map(|found| found.access_key_id)
    };
    assert_eq!(id(0).await.as_deref(), Ok("old"));
    assert_eq!(id(45).await.as_deref(), Ok("old"));
    let asked = world.server.seen().len();
    assert_eq!(id(45).await.as_deref(), Ok("old"));
    assert_eq!(world.server.seen().len(), asked, "not asked again at once");
    assert_eq!(id(59).await.as_deref(), Ok("old"));
    assert!(id(60).await.is_err());
}

#[tokio::test]
async fn many_calls_at_once_cause_one_search() {
    let mut world = World::new(services).await;
    world.set("ECS_METADATA", "web");
    let keyring = world.keyring();
    let (one, two, three) = tokio::join!(
        keyring.current(now()),
        keyring.current(now()),
        keyring.current(now())
    );
    assert!(one.is_ok() && two.is_ok() && three.is_ok());
    assert_eq!(world.server.seen().len(), 2);
}

#[tokio::test]
async fn a_file_that_is_too_large_or_no_text_is_refused() {
    for text in [vec![b'x'; 2 * 1024 * 1024], vec![0xff; 10]] {
        let mut world = World::new(services).await;
        world.set("ECS_METADATA_DISABLED", "true");
        let path: &Path = &world.home.path().join("file");
        std::fs::write(path, text).unwrap();
        world.set("CREDENTIALS_FILE", path.to_str().unwrap());
        let error = world.find().await.unwrap_err();
        assert!(
            matches!(&error, SourceError::Account { message, .. }
            if message.contains("bytes") || message.contains("UTF-8")),
            "{error:?}"
        );
    }
}
