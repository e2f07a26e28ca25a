//! The parameters of queries.

use std::collections::BTreeMap;

use crate::dispatch::{Hides, Matcher, MatcherKind};
use crate::web::fault::Fault;
use crate::web::matchers;

/// How many matchers a query may have.
const FILTERS_MAX: usize = 32;

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
    pub(super) fn filter(&self) -> Result<Hides, Fault> {
        matchers::all(&self.matchers("filter")?).map_err(Fault::bad)
    }

    /// Returns which receivers are asked for: by an expression for the whole name, and by matchers
    /// of their labels, of which the name is the only one.
    pub(super) fn receivers(&self) -> Result<Receivers, Fault> {
        let mut matchers = self.matchers("receiver_matchers")?;
        let text = self.0.iter().rev().find(|(key, _)| key == "receiver");
        if let Some((_, text)) = text.filter(|(_, text)| !text.is_empty()) {
            let name = matchers::made("name", MatcherKind::Regex, text);
            matchers.push(name.map_err(Fault::bad)?);
        }
        if matchers.is_empty() {
            return Ok(Receivers(None));
        }
        let hides = matchers::all(&matchers).map_err(Fault::bad)?;
        Ok(Receivers(Some(hides)))
    }
}

/// Which receivers are asked for, if not all.
pub(super) struct Receivers(Option<Hides>);

impl Receivers {
    /// Whether a receiver is among them.
    pub(super) fn has(&self, receiver: &str) -> bool {
        let labels = BTreeMap::from([("name".to_owned(), receiver.to_owned())]);
        self.0.as_ref().is_none_or(|asked| asked.matches(&labels))
    }

    /// Whether one of these receivers is among them; if all are asked for, that needs none.
    pub(super) fn has_one_of(&self, receivers: &[String]) -> bool {
        self.0.is_none() || receivers.iter().any(|receiver| self.has(receiver))
    }
}
