//! The parameters of queries.

use std::collections::BTreeMap;

use regex::Regex;

use crate::dispatch::Matcher;
use crate::web::fault::Fault;
use crate::web::matchers::{self, Held};

/// How many matchers a query may have.
const FILTERS_MAX: usize = 64;

/// The parameters of a query, as they came.
pub(super) struct Query(pub(super) Vec<(String, String)>);

impl Query {
    /// Returns a switch, which is on unless it is turned off.
    pub(super) fn is_on(&self, name: &str) -> Result<bool, Fault> {
        let value = self.0.iter().rev().find(|(key, _)| key == name);
        match value.map(|(_, value)| value.as_str()) {
            None | Some("" | "true" | "1" | "t" | "TRUE" | "True") => Ok(true),
            Some("false" | "0" | "f" | "FALSE" | "False") => Ok(false),
            Some(_) => Err(Fault::bad(format!("`{name}` must be true or false"))),
        }
    }

    /// Returns the matchers of a parameter that may stand several times.
    pub(super) fn matchers(&self, name: &str) -> Result<Vec<Matcher>, Fault> {
        let listed = format!("{name}[]");
        let of = |key: &String| key == name || *key == listed;
        let texts: Vec<_> = self.0.iter().filter(|(key, _)| of(key)).collect();
        if FILTERS_MAX < texts.len() {
            return Err(Fault::bad(format!(
                "a query has at most {FILTERS_MAX} matchers"
            )));
        }
        let parsed = texts.iter().map(|(_, text)| matchers::parse(text));
        parsed.collect::<Result<_, _>>().map_err(Fault::bad)
    }

    /// Returns the matchers of `filter`, ready to be held against labels.
    pub(super) fn filter(&self) -> Result<Vec<Held>, Fault> {
        matchers::all(&self.matchers("filter")?).map_err(Fault::bad)
    }

    /// Returns which receivers are asked for.
    pub(super) fn receivers(&self) -> Result<Receivers, Fault> {
        let text = self.0.iter().rev().find(|(key, _)| key == "receiver");
        let regex = text.filter(|(_, text)| !text.is_empty());
        let regex = regex.map(|(_, text)| matchers::regex(text));
        let labels = matchers::all(&self.matchers("receiver_matchers")?);
        Ok(Receivers {
            name: regex.transpose().map_err(Fault::bad)?,
            labels: labels.map_err(Fault::bad)?,
        })
    }
}

/// Which receivers are asked for.
pub(super) struct Receivers {
    name: Option<Regex>,
    labels: Vec<Held>,
}

impl Receivers {
    /// Whether a receiver is among them. Its name is its only label.
    pub(super) fn has(&self, receiver: &str) -> bool {
        let labels = BTreeMap::from([("name".to_owned(), receiver.to_owned())]);
        self.name
            .as_ref()
            .is_none_or(|name| name.is_match(receiver))
            && self.labels.iter().all(|matcher| matcher.holds(&labels))
    }

    /// Whether one of these receivers is among them; with no wish, that needs none.
    pub(super) fn has_one_of(&self, receivers: &[String]) -> bool {
        let is_any = self.name.is_none() && self.labels.is_empty();
        is_any || receivers.iter().any(|receiver| self.has(receiver))
    }
}
