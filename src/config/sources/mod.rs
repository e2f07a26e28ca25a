//! `source:`: where samples come from.

mod pace;
mod simulator;

use std::collections::BTreeMap;

use super::around;
use super::domain::{self, Meant};
use super::outline::Place;
use super::reader::{Fields, Origin, Reader, Text, listed_twice};
use super::secret::{Part, secret, within};
use super::{Aliyun, Credentials, Domains, Product, Source, SourceKind};
use crate::config::keys;
use crate::diag::{Code, Diagnostic};
use crate::unit::{AccountName, DomainName, GlobList, Timespan};
use crate::yaml::{Kind, Node, head};

pub use pace::Pace;
pub(super) use pace::SPEED_MAX;

/// How many calls per second a source may be set to: the source's own limit is 10.
pub(super) const RATE_MAX: u32 = 1_000;
/// How many domains a file may list.
const DOMAINS_MAX: usize = 10_000;
/// The default of `rate:`, half of what the source allows.
pub(super) const RATE_DEFAULT: u32 = 5;
/// How many calls per second of one account Alibaba Cloud answers.
const RATE_OF_ALIYUN: u32 = 10;
/// The least of `discover.every:`: a list of domains hardly changes sooner.
const DISCOVER_EVERY_MIN: Timespan = Timespan::from_seconds(60);
/// The default of `discover.every:`.
pub(super) const DISCOVER_EVERY: Timespan = Timespan::from_seconds(600);

/// Reads one source or a list of them.
pub(super) fn read(reader: &mut Reader<'_>, node: &Node) -> Vec<(Source, Place)> {
    let mut sources = Vec::new();
    let (mut accounts, mut paces) = (BTreeMap::new(), Vec::new());
    for item in node.one_or_many() {
        if let Some(fault) = without_kind(reader, item).or_else(|| beside_kind(item)) {
            reader.push(fault);
            reader.outline.lacks_domains = true;
            continue;
        }
        reader.outline.lacks_domains |= item.lacks_parts();
        let Some(fields) = reader.fields(item, "a source", keys::SOURCE) else {
            continue;
        };
        let kinds: Vec<_> = keys::SOURCE
            .iter()
            .filter_map(|kind| Some((*kind, fields.pair(kind)?)))
            .collect();
        // A key that is no kind is told as such.
        let is_told = kinds.is_empty() && item.has_keys();
        reader.outline.lacks_domains |= is_told;
        if kinds.len() != 1 && !is_told {
            let span = fields.head(reader.source);
            let fault = Diagnostic::new(Code::Syntax, span, "a source is of one kind");
            let kinds = keys::SOURCE.join(", ");
            let help = format!("write one of {kinds}; several sources are a list");
            reader.missing(&fields, fault.help(help));
        }
        for (kind, (key, value)) in kinds {
            let Some(source) = one(reader, kind, key, value) else {
                continue;
            };
            paces.push((source.pace(), key.span));
            let account = source.account.clone();
            if let Some(first) = accounts.insert(account.clone(), key.span) {
                let message = "two sources have one name";
                let fault = Diagnostic::new(Code::DuplicateName, key.span, message);
                reader.push(
                    fault
                        .also(first, "the first is here")
                        .help("give one of them another `account:`"),
                );
            }
            let place = reader.at(key.span);
            sources.push((source, place));
        }
    }
    pace::check(reader, &paces);
    sources
}

/// `{kind: simulator, domains: […]}`: the keys of a source without the kind that they belong to.
fn without_kind(reader: &Reader<'_>, node: &Node) -> Option<Diagnostic> {
    let Kind::Map(pairs) = &node.kind else {
        return None;
    };
    let keys = || pairs.iter().filter_map(|(key, _)| key.text());
    let is_inner = |key: &str| keys::ALIYUN.contains(&key) || keys::SIMULATOR.contains(&key);
    if keys().any(|key| keys::SOURCE.contains(&key)) || !keys().any(is_inner) {
        return None;
    }
    let said = pairs.iter().filter_map(|(_, value)| value.text());
    let kind = said.into_iter().find(|text| keys::SOURCE.contains(text));
    let span = head(reader.source, node.span);
    let message = "a source stands under its kind, and this one does not say which";
    let kind = kind.unwrap_or("aliyun_cdn");
    let help = format!(
        "write `{kind}: {{domains: […]}}`; the kinds are {}",
        keys::SOURCE.join(", ")
    );
    Some(Diagnostic::new(Code::Syntax, span, message).help(help))
}

/// A kind without a value, beside which its keys stand in the same column.
fn beside_kind(node: &Node) -> Option<Diagnostic> {
    let Kind::Map(pairs) = &node.kind else {
        return None;
    };
    let is_inner = |key: &str| keys::ALIYUN.contains(&key) || keys::SIMULATOR.contains(&key);
    let mut keys = pairs.iter().filter_map(|(key, _)| key.text());
    keys.any(is_inner).then_some(())?;
    let (key, kind) = pairs.iter().find_map(|(key, value)| {
        let kind = key.text().filter(|key| keys::SOURCE.contains(key))?;
        value.is_null().then_some((key, kind))
    })?;
    let message = format!("the keys of `{kind}` stand beside it");
    let fault = Diagnostic::new(Code::Syntax, key.span, message);
    Some(fault.help("indent them with two more spaces, so that they stand beneath it"))
}

fn one(reader: &mut Reader<'_>, kind: &str, key: &Node, node: &Node) -> Option<Source> {
    let is_simulator = kind == "simulator";
    let known = if is_simulator {
        keys::SIMULATOR
    } else {
        keys::ALIYUN
    };
    reader.outline.lacks_domains |= node.lacks_parts();
    let fields = reader.fields(node, &format!("`{kind}`"), known)?;
    let account = fields.get("account");
    let account = account.and_then(|n| Some((n, reader.set_text(n, "a name")?)));
    if let Some((node, text)) = &account {
        around::of_name(reader, node, text, "the account's name");
        reader.hide(text, &text.value);
    }
    let account = account.map_or_else(|| kind.to_owned(), |(_, text)| text.value);
    let rate = fields.get("rate").and_then(|n| number(reader, n, RATE_MAX));
    if let Some(node) = fields.get("rate")
        && !is_simulator
        && fields.pair("endpoint").is_none()
        && rate.is_some_and(|rate| RATE_OF_ALIYUN < rate)
    {
        let message = format!("the source answers {RATE_OF_ALIYUN} calls a second of one account");
        let fault = Diagnostic::new(Code::Limit, node.span, message).warning();
        reader.push(fault.help(format!(
            "write at most {RATE_OF_ALIYUN}: what is beyond is refused"
        )));
    }
    let domains = domains(reader, key, &fields);
    let kind = if is_simulator {
        SourceKind::Simulator(simulator::read(reader, &fields))
    } else {
        let product = if kind == "aliyun_cdn" {
            Product::Cdn
        } else {
            Product::Dcdn
        };
        SourceKind::Aliyun(aliyun(reader, &fields, product))
    };
    Some(Source {
        account: AccountName::from(account.as_str()),
        domains: domains?,
        rate: rate.unwrap_or(RATE_DEFAULT),
        kind,
    })
}

pub(super) fn number(reader: &mut Reader<'_>, node: &Node, max: u32) -> Option<u32> {
    let what = format!("a whole number from 1 to {max}");
    let text = reader.set_text(node, &what)?;
    let number = text.value.parse::<u32>().ok();
    let number = number.filter(|number| (1..=max).contains(number));
    if number.is_none() {
        let message = format!("this must be {what}, and it is {}", text.shown());
        reader.fault(Code::TypeMismatch, node.span, message);
    }
    number
}

fn domains(reader: &mut Reader<'_>, key: &Node, fields: &Fields<'_>) -> Option<Domains> {
    match (fields.get("domains"), fields.get("discover")) {
        (Some(list), None) => Some(Domains::Listed(listed(reader, list))),
        (None, Some(discover)) => discovered(reader, discover),
        (Some(list), Some(_)) => {
            let message = "a source lists its `domains:` or it has `discover:`, not both";
            reader.fault(Code::Syntax, list.span, message);
            None
        }
        (None, None) => {
            let fault = Diagnostic::new(
                Code::Syntax,
                key.span,
                "the source does not say which domains it is asked for",
            );
            let help = "add `domains: [www.example.com]`, or `discover: {include: [\"*\"]}`";
            reader.missing(fields, fault.help(help));
            None
        }
    }
}

fn listed(reader: &mut Reader<'_>, node: &Node) -> Vec<DomainName> {
    let mut seen: BTreeMap<DomainName, Text> = BTreeMap::new();
    let mut names = Vec::new();
    reader.outline.lacks_domains |= node.lacks_parts();
    for item in node.one_or_many() {
        let Some(text) = reader.set_text(item, "the name of a domain") else {
            reader.outline.lacks_domains = true;
            continue;
        };
        if names.len() >= DOMAINS_MAX {
            reader.fault(
                Code::Limit,
                text.span,
                format!("a source has at most {DOMAINS_MAX} domains"),
            );
            break;
        }
        if !domain::is_name(&text.value) {
            let message = format!("{} is no name of a domain", text.shown());
            let fault = Diagnostic::new(Code::Syntax, text.span, message);
            reader.push(named(fault, &text));
            reader.outline.lacks_domains = true;
            continue;
        }
        let name = DomainName::from(text.value.as_str());
        if let Some(first) = seen.get(&name) {
            let fault = listed_twice(&text, first.span);
            reader.push(fault);
            continue;
        }
        reader.hide(&text, name.as_str());
        let place = reader.at(text.span);
        let places = &mut reader.outline.domain_places;
        places.entry(name.clone()).or_insert(place);
        seen.insert(name.clone(), text);
        names.push(name);
    }
    if names.is_empty() && node.text().is_none() && !reader.outline.lacks_domains {
        reader.fault(Code::NoDomain, node.span, "the source has no domains");
    }
    names
}

/// Says what a text is to be that names no domain.
fn named(fault: Diagnostic, text: &Text) -> Diagnostic {
    let meant = match text.origin {
        Origin::File => Meant::of(&text.value),
        Origin::Elsewhere | Origin::Unset => Meant::Unknown,
    };
    match meant {
        Meant::One(name) if domain::is_name(&name) => fault.help(format!("write `{name}`")),
        Meant::Several(names) if names.iter().all(|name| domain::is_name(name)) => {
            Meant::Several(names).help(fault)
        }
        _ => fault.help("names stand here; to ask for those that match a glob, write `discover: {include: [\"*.example.com\"]}`"),
    }
}

fn discovered(reader: &mut Reader<'_>, node: &Node) -> Option<Domains> {
    let fields = reader.fields(node, "`discover`", keys::DISCOVER)?;
    let include = fields.get("include").map(|n| reader.globs(n).1);
    let exclude = fields.get("exclude").map(|n| reader.globs(n).1);
    for text in include.iter().chain(&exclude).flatten() {
        if text.origin == Origin::File && !domain::is_glob(&text.value) {
            let fault = domain::stranger(text.span, &text.value);
            reader.push(if text.value.starts_with('!') {
                fault.help("what is left out stands under `exclude:`, without the `!`")
            } else {
                fault
            });
        }
    }
    let every = fields.get("every");
    let every = every.and_then(|n| reader.timespan_from(n, DISCOVER_EVERY_MIN));
    let mut globs: Vec<String> = match include {
        Some(texts) => texts.into_iter().map(|text| text.value).collect(),
        None => vec!["*".to_owned()],
    };
    globs.extend(
        exclude
            .unwrap_or_default()
            .into_iter()
            .map(|text| format!("!{}", text.value)),
    );
    let list = GlobList::parse(globs.iter().map(String::as_str));
    if !list.can_match() {
        reader.fault(Code::NoDomain, node.span, "these globs can match no domain");
    }
    Some(Domains::Discovered {
        globs: list,
        every: every.unwrap_or(DISCOVER_EVERY),
    })
}

fn aliyun(reader: &mut Reader<'_>, fields: &Fields<'_>, product: Product) -> Aliyun {
    let default = match product {
        Product::Cdn => "https://cdn.aliyuncs.com",
        Product::Dcdn => "https://dcdn.aliyuncs.com",
    };
    let address = fields.get("endpoint").and_then(|n| {
        within(reader, Part::Access, |reader| {
            let text = reader.set_text(n, "an address")?;
            super::address::spoken_to(reader, text)
        })
    });
    let endpoint = address.map(|text| text.value);
    Aliyun {
        product,
        endpoint: endpoint
            .unwrap_or_else(|| default.to_owned())
            .trim_end_matches('/')
            .to_owned(),
        credentials: fields
            .get("credentials")
            .and_then(|n| within(reader, Part::Access, |reader| credentials(reader, n))),
    }
}

fn credentials(reader: &mut Reader<'_>, node: &Node) -> Option<Credentials> {
    let fields = reader.fields(node, "`credentials`", keys::CREDENTIALS)?;
    let id = fields.get("access_key_id").and_then(|n| {
        around::of_secret(reader, n);
        reader.text(n, "the id of a key")
    });
    let mut hidden = |name| {
        let (key, value) = fields.pair(name).filter(|(_, value)| !value.is_null())?;
        secret(reader, key, value)
    };
    let (key, token) = (hidden("access_key_secret"), hidden("security_token"));
    if fields.get("access_key_id").is_none() || fields.get("access_key_secret").is_none() {
        let fault = Diagnostic::new(
            Code::Syntax,
            fields.head(reader.source),
            "credentials have an `access_key_id` and an `access_key_secret`",
        );
        let help = "without `credentials:` the places of the official SDKs are looked at";
        reader.missing(&fields, fault.help(help));
    }
    Some(Credentials {
        access_key_id: id?.value,
        access_key_secret: key?,
        security_token: token,
    })
}
