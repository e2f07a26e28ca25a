//! The third way: the configuration of the command line `aliyun`.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use super::environment::{ProviderContext, read};
use super::recipe::Recipe;
use super::role::Role;
use super::{Found, Miss, keys};

/// The file, in the home folder.
const PATH: &str = ".aliyun/config.json";
const DISABLED: &str = "ALIBABA_CLOUD_CLI_PROFILE_DISABLED";

/// Follows the profile of `ALIBABA_CLOUD_PROFILE`, or else the file's current one.
pub(super) async fn find(context: &ProviderContext, now: DateTime<Utc>) -> Found {
    let environment = &context.environment;
    if environment.says_true(DISABLED) {
        return Err(Miss::Absent(format!(
            "~/{PATH} is not read: {DISABLED} is set"
        )));
    }
    let Some(path) = environment.in_home(PATH) else {
        return Err(Miss::Absent(format!("~/{PATH}: there is no home folder")));
    };
    let text = read(&path).await?;
    let profile = environment.var("ALIBABA_CLOUD_PROFILE");
    let recipe = parse(&text, profile.as_deref()).map_err(|what| {
        let shown = path.display();
        let mend = format!("mend {shown} with `aliyun configure`, or use other credentials");
        Miss::wrong(format!("{shown}: {what}"), &mend)
    })?;
    recipe.follow(context, now).await
}

#[derive(Deserialize)]
struct File {
    #[serde(default)]
    current: String,
    #[serde(default)]
    profiles: Vec<Profile>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Profile {
    name: String,
    mode: String,
    access_key_id: String,
    access_key_secret: String,
    sts_token: String,
    ram_role_arn: String,
    ram_session_name: String,
    ram_role_name: String,
    expired_seconds: u64,
    policy: String,
    external_id: String,
}

/// Returns what the profile with this name leads to, or what is wrong. Nothing of the file is
/// quoted but names and modes.
fn parse(text: &str, profile: Option<&str>) -> Result<Recipe, String> {
    let file: File = serde_json::from_str(text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        format!("it is no configuration of aliyun (line {line}, column {column})")
    })?;
    let name = profile.unwrap_or(&file.current);
    let profile = file.profiles.into_iter().find(|other| other.name == name);
    profile
        .ok_or_else(|| format!("it has no profile {name:?}"))?
        .recipe()
        .map_err(|what| format!("profile {name:?}: {what}"))
}

impl Profile {
    fn recipe(self) -> Result<Recipe, String> {
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        let (id, secret) = (some(self.access_key_id), some(self.access_key_secret));
        let no_keys = "it has no access_key_id or no access_key_secret";
        match self.mode.as_str() {
            "AK" => keys(id, secret, None)
                .map(Recipe::Keys)
                .ok_or_else(|| no_keys.to_owned()),
            "StsToken" => {
                let token = some(self.sts_token).ok_or("it has no sts_token")?;
                keys(id, secret, Some(token))
                    .map(Recipe::Keys)
                    .ok_or_else(|| no_keys.to_owned())
            }
            "RamRoleArn" => {
                let role = Role {
                    arn: some(self.ram_role_arn).ok_or("it has no ram_role_arn")?,
                    session: some(self.ram_session_name),
                    seconds: Some(self.expired_seconds)
                        .filter(|seconds| *seconds > 0)
                        .map(|seconds| seconds.to_string()),
                    policy: some(self.policy),
                    external_id: some(self.external_id),
                };
                keys(id, secret, some(self.sts_token))
                    .map(|keys| Recipe::Role(keys, role))
                    .ok_or_else(|| no_keys.to_owned())
            }
            "EcsRamRole" => Ok(Recipe::Machine(some(self.ram_role_name))),
            mode => Err(format!(
                "its mode {mode:?} is none of AK, StsToken, RamRoleArn, EcsRamRole"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const FILE: &str = r#"{"current":"a","profiles":[
        {"name":"a","mode":"AK","access_key_id":"i","access_key_secret":"s","sts_token":"","region_id":"x"},
        {"name":"t","mode":"StsToken","access_key_id":"i","access_key_secret":"s","sts_token":"t"},
        {"name":"r","mode":"RamRoleArn","access_key_id":"i","access_key_secret":"s","ram_role_arn":"acs:r","ram_session_name":"n","expired_seconds":900},
        {"name":"m","mode":"EcsRamRole","ram_role_name":"web"},
        {"name":"o","mode":"OAuth"},
        {"name":"k","mode":"AK","access_key_id":"i"}],"meta_path":""}"#;

    #[test]
    fn every_mode_leads_somewhere() {
        let current = parse(FILE, None).unwrap();
        assert!(matches!(&current, Recipe::Keys(keys)
            if keys.access_key_id == "i" && keys.security_token.is_none()));
        let token = parse(FILE, Some("t")).unwrap();
        assert!(matches!(&token, Recipe::Keys(keys)
            if keys.security_token.as_ref().unwrap().expose_secret() == "t"));
        let role = parse(FILE, Some("r")).unwrap();
        assert!(matches!(&role, Recipe::Role(_, role)
            if role.arn == "acs:r" && role.seconds.as_deref() == Some("900")));
        let machine = parse(FILE, Some("m")).unwrap();
        assert!(matches!(machine, Recipe::Machine(Some(name)) if name == "web"));
    }

    #[test]
    fn a_profile_that_leads_nowhere_says_why_and_shows_no_secret() {
        for (text, profile, told) in [
            (FILE, Some("x"), "no profile \"x\""),
            (FILE, Some("o"), "\"OAuth\""),
            (FILE, Some("k"), "no access_key_secret"),
            ("{}", None, "no profile \"\""),
            ("{\"current\":\"s3cret", None, "line 1"),
            ("{\"current\":[\"s3cret\"]}", None, "line 1"),
        ] {
            let error = parse(text, profile).unwrap_err();
            assert!(error.contains(told) && !error.contains("s3cret"), "{error}");
        }
    }
}
