//! The bodies of answers: JSON, or XML for who does not ask for JSON.

use chrono::{DateTime, Utc};
use serde_json::{Map, Value, json};

use crate::unit::{DomainName, Minute};

use super::call::Call;
use super::dice::{Dice, Purpose};
use super::operation::RequestedSpan;
use super::refusal::Refusal;
use super::scenario::{Order, Share, Types};
use super::weather::{Tally, Weather, proportion_units};

/// The largest page of domains.
const PAGE_SIZE_MAX: usize = 500;
/// The page size of who does not say it.
const PAGE_SIZE: usize = 20;

/// Returns the answer with the status codes of these domains together.
pub(super) fn codes(
    weather: &Weather,
    domains: &[DomainName],
    asked: RequestedSpan,
    now: DateTime<Utc>,
    interval: Option<u32>,
) -> Value {
    let pen = Pen::new(weather);
    let mut points: Vec<(Minute, Value)> = Vec::new();
    let mut from = asked.from;
    while from < asked.to {
        let bucket = from.epoch().div_euclid(asked.step) * asked.step;
        let end = Minute::from_epoch(bucket + asked.step).unwrap_or(asked.to);
        let end = end.min(asked.to);
        let merged = from
            .until(end)
            .flat_map(|minute| domains.iter().map(move |domain| (domain, minute)))
            .filter_map(|(domain, minute)| weather.tally_as_of(domain, minute, now))
            .reduce(merge);
        let stamp = Minute::from_epoch(bucket).unwrap_or(from);
        points.extend(merged.map(|tally| (stamp, pen.point(stamp, &tally))));
        from = end;
    }
    match weather.scenario().answers.order {
        Order::Oldest => {}
        Order::Newest => points.reverse(),
        Order::Shuffled => points
            .sort_by_key(|(stamp, _)| weather.dice().draw(Purpose::Form, "order", stamp.epoch())),
    }
    let usual = u32::try_from(asked.step * 60).unwrap_or(60);
    let points: Vec<Value> = points.into_iter().map(|(_, point)| point).collect();
    object([
        ("StartTime", asked.from.to_string().into()),
        ("EndTime", asked.end.to_string().into()),
        (
            "DataInterval",
            pen.number(u64::from(interval.unwrap_or(usual)), 0, asked.from),
        ),
        (
            "RealTimeSrcHttpCodeData",
            object([("UsageData", points.into())]),
        ),
    ])
}

/// Returns an object of these fields, which `json!` would copy with all that is in them.
fn object<const N: usize>(fields: [(&str, Value); N]) -> Value {
    let fields = fields.into_iter();
    Value::Object(
        fields
            .map(|(name, value)| (name.to_owned(), value))
            .collect(),
    )
}

fn merge(mut all: Tally, one: Tally) -> Tally {
    for (code, count) in one {
        *all.entry(code).or_insert(0) += count;
    }
    all
}

/// Writes values the way the scenario wants them.
struct Pen {
    dice: Dice,
    types: Types,
    counts: bool,
}

impl Pen {
    fn new(weather: &Weather) -> Self {
        let answers = weather.scenario().answers;
        Self {
            dice: weather.dice(),
            types: answers.types,
            counts: answers.counts,
        }
    }

    fn point(&self, stamp: Minute, tally: &Tally) -> Value {
        let half = Share::from_millionths(500_000);
        let bare = || self.dice.happens(half, Purpose::Empty, "", stamp.epoch());
        let value = if tally.is_empty() && bare() {
            json!({})
        } else {
            let total = tally.values().sum();
            let codes = tally.iter();
            let codes: Vec<Value> = codes
                .map(|(code, count)| self.code(stamp, *code, *count, total))
                .collect();
            object([("RealTimeSrcCodeProportionData", codes.into())])
        };
        object([("TimeStamp", stamp.to_string().into()), ("Value", value)])
    }

    fn code(&self, stamp: Minute, code: u16, count: u64, total: u64) -> Value {
        let mut fields = Map::new();
        let mut field = |name: &str, value| fields.insert(name.to_owned(), value);
        field("Code", self.number(u64::from(code), code, stamp));
        field("Proportion", self.proportion(count, total, code, stamp));
        if self.counts {
            field("Count", self.number(count, code + 2_000, stamp));
        }
        Value::Object(fields)
    }

    fn as_number(&self, field: u16, stamp: Minute) -> bool {
        let half = Share::from_millionths(500_000);
        match self.types {
            Types::Strings => false,
            Types::Numbers => true,
            Types::Mixed => self
                .dice
                .happens(half, Purpose::Type(field), "", stamp.epoch()),
        }
    }

    fn number(&self, number: u64, field: u16, stamp: Minute) -> Value {
        if self.as_number(field, stamp) {
            number.into()
        } else {
            number.to_string().into()
        }
    }

    fn proportion(&self, count: u64, total: u64, code: u16, stamp: Minute) -> Value {
        let text = percent_text(proportion_units(count, total));
        if self.as_number(code + 1_000, stamp)
            && let Ok(number) = text.parse::<f64>()
        {
            return number.into();
        }
        text.into()
    }
}

/// Returns so many 10⁻¹⁵ percent as the source writes them: up to 17 digits.
fn percent_text(units: i64) -> String {
    const ONE: i64 = 1_000_000_000_000_000;
    let (whole, places) = (units / ONE, units % ONE);
    let text = format!("{whole}.{places:015}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// Returns a page of the account's domains.
///
/// # Errors
///
/// A [`Refusal`] for pages that cannot be.
pub(super) fn domains(call: &Call, account: &[DomainName]) -> Result<Value, Refusal> {
    let number = |name, usual, max| match call.param(name) {
        None => Ok(usual),
        Some(text) => match text.parse::<usize>() {
            Ok(number) if (1..=max).contains(&number) => Ok(number),
            _ => {
                let message = format!("{name} is from 1 to {max}.");
                Err(Refusal::new("InvalidParameter", message, 400))
            }
        },
    };
    let size = number("PageSize", PAGE_SIZE, PAGE_SIZE_MAX)?;
    let page = number("PageNumber", 1, 100_000)?;
    let wanted = call
        .param("DomainName")
        .unwrap_or_default()
        .to_ascii_lowercase();
    let kind = call.param("DomainSearchType").unwrap_or("fuzzy_match");
    let online = call
        .param("DomainStatus")
        .is_none_or(|status| status.contains("online"));
    let matches = |domain: &&DomainName| {
        let name = domain.as_str();
        online
            && match kind {
                "pre_match" => name.starts_with(&wanted),
                "suf_match" => name.ends_with(&wanted),
                "full_match" => wanted.is_empty() || name == wanted,
                _ => name.contains(&wanted),
            }
    };
    let found: Vec<&DomainName> = account.iter().filter(matches).collect();
    let listed = found.iter().skip(size * (page - 1)).take(size);
    let listed: Vec<Value> = listed.map(|domain| domain_entry(domain)).collect();
    Ok(json!({
        "PageNumber": page,
        "PageSize": size,
        "TotalCount": found.len(),
        "Domains": {"PageData": listed},
    }))
}

fn domain_entry(domain: &DomainName) -> Value {
    json!({
        "DomainName": domain.as_str(),
        "DomainStatus": "online",
        "Cname": format!("{domain}.w.kunlunsl.com"),
        "CdnType": "web",
        "SslProtocol": "on",
    })
}

/// Returns the body of an error.
pub(super) fn error(refusal: &Refusal, request_id: &str, host: &str) -> Value {
    json!({
        "RequestId": request_id,
        "HostId": host,
        "Code": refusal.code,
        "Message": refusal.message,
    })
}

/// Returns a body as XML, as the source writes it: a list repeats its element.
pub(super) fn xml(root: &str, body: &Value) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned();
    element(&mut text, root, body);
    text
}

fn element(text: &mut String, name: &str, value: &Value) {
    if let Value::Array(items) = value {
        for item in items {
            element(text, name, item);
        }
        return;
    }
    text.extend(["<", name, ">"]);
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                element(text, name, value);
            }
        }
        Value::String(value) => text.push_str(&escaped(value)),
        other => text.push_str(&other.to_string()),
    }
    text.extend(["</", name, ">"]);
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::super::Scenario;
    use super::*;

    fn minute(text: &str) -> Minute {
        text.parse().unwrap()
    }

    fn answer(scenario: &str, domains: &[&str], step: i64) -> Value {
        let weather = Weather::new(1, Scenario::parse(scenario).unwrap());
        let asked = RequestedSpan {
            from: minute("2026-11-22T10:00:00Z"),
            to: minute("2026-11-22T11:00:00Z"),
            end: minute("2026-11-22T11:00:00Z"),
            step,
        };
        let domains: Vec<DomainName> = domains.iter().copied().map(DomainName::from).collect();
        let now = minute("2026-11-22T12:00:00Z").start();
        codes(&weather, &domains, asked, now, None)
    }

    fn points(answer: &Value) -> &Vec<Value> {
        answer["RealTimeSrcHttpCodeData"]["UsageData"]
            .as_array()
            .unwrap()
    }

    fn requests(answer: &Value) -> u64 {
        let codes = points(answer)
            .iter()
            .filter_map(|point| point["Value"]["RealTimeSrcCodeProportionData"].as_array());
        let counts = codes.flatten().map(|code| code["Count"].as_str().unwrap());
        counts.map(|count| count.parse::<u64>().unwrap()).sum()
    }

    #[test]
    fn points_come_newest_first_with_string_values() {
        let answer = answer("{}", &["a"], 1);
        assert_eq!(answer["DataInterval"], "60");
        assert_eq!(points(&answer).len(), 60);
        assert_eq!(points(&answer)[0]["TimeStamp"], "2026-11-22T10:59:00Z");
        let codes = &points(&answer)[0]["Value"]["RealTimeSrcCodeProportionData"];
        assert!(codes[0]["Code"].is_string() && codes[0]["Count"].is_string());
        assert!(codes[0]["Proportion"].is_string());
    }

    #[test]
    fn several_domains_are_one_merged_series() {
        let (a, b) = (answer("{}", &["a"], 1), answer("{}", &["b"], 1));
        let both = answer("{}", &["a", "b"], 1);
        assert_eq!(points(&both).len(), 60);
        assert_eq!(requests(&both), requests(&a) + requests(&b));
    }

    #[test]
    fn coarse_points_have_the_sum_of_their_minutes() {
        let (fine, coarse) = (answer("{}", &["a"], 1), answer("{}", &["a"], 5));
        assert_eq!(points(&coarse).len(), 12);
        assert_eq!(coarse["DataInterval"], "300");
        assert_eq!(requests(&coarse), requests(&fine));
        assert_eq!(points(&answer("{}", &["a"], 60)).len(), 1);
    }

    #[test]
    fn types_and_order_are_the_scenarios() {
        let answer = answer("types: numbers\norder: oldest\ncounts: false", &["a"], 1);
        assert_eq!(answer["DataInterval"], 60);
        assert_eq!(points(&answer)[0]["TimeStamp"], "2026-11-22T10:00:00Z");
        let codes = &points(&answer)[0]["Value"]["RealTimeSrcCodeProportionData"];
        assert!(codes[0]["Code"].is_u64() && codes[0]["Proportion"].is_number());
        assert!(codes[0].get("Count").is_none());
    }

    #[test]
    fn quiet_minutes_are_written_in_both_ways() {
        let answer = answer("quiet: [{}]", &["a"], 1);
        let bare = points(&answer)
            .iter()
            .filter(|point| point["Value"] == json!({}));
        assert!((10..50).contains(&bare.count()));
        assert_eq!(requests(&answer), 0);
        let missing = answer_points("missing: [{}]");
        assert_eq!(missing, 0);
    }

    fn answer_points(scenario: &str) -> usize {
        points(&answer(scenario, &["a"], 1)).len()
    }

    #[test]
    fn proportions_have_up_to_seventeen_digits() {
        assert_eq!(percent_text(proportion_units(1, 3)), "33.333333333333333");
        assert_eq!(percent_text(proportion_units(2, 3)), "66.666666666666667");
        assert_eq!(percent_text(proportion_units(9, 200)), "4.5");
        assert_eq!(percent_text(proportion_units(7, 7)), "100");
        assert_eq!(percent_text(proportion_units(0, 7)), "0");
    }

    #[test]
    fn xml_repeats_the_elements_of_a_list() {
        let body = json!({"A": {"B": [{"C": "<1>"}, {"C": 2}]}, "E": {}});
        assert_eq!(
            xml("R", &body),
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\
             <R><A><B><C>&lt;1&gt;</C></B><B><C>2</C></B></A><E></E></R>"
        );
    }
}
