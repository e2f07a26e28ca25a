//! The fourth way: the credentials file that the SDKs share.

use std::collections::BTreeMap;
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use super::environment::{ProviderContext, read};
use super::recipe::Recipe;
use super::role::Role;
use super::{Found, Miss, keys};

/// The file, in the home folder.
const PATH: &str = ".alibabacloud/credentials";
const FILE: &str = "ALIBABA_CLOUD_CREDENTIALS_FILE";
const PROFILE: &str = "ALIBABA_CLOUD_PROFILE";
/// The profile that is followed if none is named.
const PROFILE_DEFAULT: &str = "default";

/// Follows the profile of `ALIBABA_CLOUD_PROFILE`, or else `default`.
pub(super) async fn find(context: &ProviderContext, now: DateTime<Utc>) -> Found {
    let environment = &context.environment;
    let named = environment.var(FILE).map(PathBuf::from);
    let Some(path) = named.or_else(|| environment.in_home(PATH)) else {
        return Err(Miss::Absent(format!("~/{PATH}: there is no home folder")));
    };
    let text = read(&path).await?;
    let profile = environment.var(PROFILE);
    let profile = profile.as_deref().unwrap_or(PROFILE_DEFAULT);
    let recipe = parse(&text, profile).map_err(|what| {
        let shown = path.display();
        let mend = format!("mend the profile in {shown}, or name another one in {PROFILE}");
        Miss::wrong(format!("{shown}: {what}"), &mend)
    })?;
    recipe.follow(context, now).await
}

/// Returns what the profile with this name leads to, or what is wrong. Nothing of the file is
/// quoted but names and types.
fn parse(text: &str, profile: &str) -> Result<Recipe, String> {
    let values = section(text, profile).ok_or_else(|| format!("it has no profile {profile:?}"))?;
    recipe(values).map_err(|what| format!("profile {profile:?}: {what}"))
}

fn recipe(mut values: BTreeMap<String, String>) -> Result<Recipe, String> {
    let mut some = |name| values.remove(name).filter(|value| !value.is_empty());
    let (id, secret) = (some("access_key_id"), some("access_key_secret"));
    let keys = || {
        let none = "it has no access_key_id or no access_key_secret";
        keys(id, secret, None).ok_or_else(|| none.to_owned())
    };
    match some("type").as_deref() {
        Some("access_key") => keys().map(Recipe::Keys),
        Some("ecs_ram_role") => Ok(Recipe::Machine(some("role_name"))),
        Some("ram_role_arn") => {
            let role = Role {
                arn: some("role_arn").ok_or("it has no role_arn")?,
                session: some("role_session_name"),
                seconds: None,
                policy: some("policy"),
                external_id: some("external_id"),
            };
            keys().map(|keys| Recipe::Role(keys, role))
        }
        Some(other) => Err(format!(
            "its type {other:?} is none of access_key, ecs_ram_role, ram_role_arn"
        )),
        None => Err("it has no type".to_owned()),
    }
}

/// Returns the values of a section of an ini file; if it is there twice, later values hold.
fn section(text: &str, name: &str) -> Option<BTreeMap<String, String>> {
    let (mut values, mut is_inside) = (None, false);
    for line in text.trim_start_matches('\u{feff}').lines() {
        let line = line.trim();
        if line.starts_with(['#', ';']) {
            continue;
        }
        if let Some(header) = line.strip_prefix('[') {
            let header = header.split(']').next().unwrap_or_default();
            is_inside = header.trim() == name;
            if is_inside {
                values.get_or_insert_with(BTreeMap::new);
            }
        } else if let Some((key, value)) = line.split_once('=')
            && is_inside
        {
            let values = values.get_or_insert_with(BTreeMap::new);
            values.insert(key.trim().to_owned(), value_of(value).to_owned());
        }
    }
    values
}

/// Returns a value without the comment behind it and without its quotes.
fn value_of(text: &str) -> &str {
    let text = text.trim();
    for quote in ['"', '\''] {
        if let Some((value, _)) = text.strip_prefix(quote).and_then(|t| t.split_once(quote)) {
            return value;
        }
    }
    let end = [" #", " ;"].iter().filter_map(|mark| text.find(mark)).min();
    text[..end.unwrap_or(text.len())].trim_end()
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    const INI: &str = "# comment\n[default]\r\ntype = access_key ; why\naccess_key_id=\"i\"\n\
        access_key_secret = s=1\n\n[ machine ]\ntype=ecs_ram_role\nrole_name=web\n[role]\n\
        type = ram_role_arn\naccess_key_id = i\naccess_key_secret = s3cret\nrole_arn = acs:r\n\
        [new]\ntype = bearer\n[bare]\naccess_key_id = i\n[half]\ntype=access_key\n";

    #[test]
    fn every_type_leads_somewhere() {
        let keys = parse(INI, "default").unwrap();
        assert!(
            matches!(&keys, Recipe::Keys(keys) if keys.access_key_id == "i"
            && keys.access_key_secret.expose_secret() == "s=1")
        );
        let machine = parse(INI, "machine").unwrap();
        assert!(matches!(machine, Recipe::Machine(Some(name)) if name == "web"));
        let role = parse(INI, "role").unwrap();
        assert!(matches!(role, Recipe::Role(_, role) if role.arn == "acs:r"));
    }

    #[test]
    fn a_profile_that_leads_nowhere_says_why() {
        for (profile, told) in [
            ("none", "no profile \"none\""),
            ("new", "\"bearer\""),
            ("bare", "no type"),
            ("half", "no access_key_id"),
        ] {
            let error = parse(INI, profile).unwrap_err();
            assert!(error.contains(told), "{error}");
        }
    }
}
