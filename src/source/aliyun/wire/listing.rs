//! A page of the list of an account's domains.

use serde::Deserialize;

use super::loose::{Loose, LooseList, Scalar};
use super::{ApiError, WireError, read};
use crate::unit::DomainName;

/// A page of the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::source::aliyun) struct Page {
    /// How many domains there are on all pages.
    pub(in crate::source::aliyun) total: u64,
    /// The domains of this page, with whether each is online, in the answer's order.
    pub(in crate::source::aliyun) domains: Vec<(DomainName, DomainStatus)>,
}

/// Whether a domain can be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::source::aliyun) enum DomainStatus {
    /// It serves, or may: only `offline` is known not to.
    Serving,
    /// It is offline and would answer with an error.
    Offline,
}

/// The longest domain name: RFC 1035, section 2.3.4, with a wildcard's `.` in front.
const NAME_LEN_MAX: usize = 255;

/// Reads a page.
///
/// # Errors
///
/// [`WireError::Unreadable`] if it is not such a document, a name is missing or too long;
/// [`WireError::Api`] if it is an error of the API.
pub(in crate::source::aliyun) fn parse_page(body: &[u8]) -> Result<Page, WireError> {
    #[derive(Deserialize)]
    struct Document<'a> {
        #[serde(borrow, default, rename = "TotalCount")]
        total: Scalar<'a>,
        #[serde(borrow, default, rename = "Domains")]
        domains: Loose<Domains<'a>>,
        #[serde(borrow, default, rename = "Code")]
        code: Scalar<'a>,
        #[serde(borrow, default, rename = "Message")]
        message: Scalar<'a>,
        #[serde(borrow, default, rename = "RequestId")]
        request_id: Scalar<'a>,
    }
    #[derive(Deserialize)]
    struct Domains<'a> {
        #[serde(borrow, default, rename = "PageData")]
        page: LooseList<Vec<Entry<'a>>>,
    }

    let document: Document = read(body)?;
    // An error may come with the keys of a page.
    let fault = ApiError::of(&document.code, &document.message, &document.request_id);
    if let Some(fault) = fault {
        return Err(WireError::Api(fault));
    }
    let unreadable = |what: &str| WireError::Unreadable(what.to_owned());
    let Some(total) = document.total.whole() else {
        return Err(unreadable("it has no TotalCount"));
    };
    let entries = match document.domains {
        Loose::Is(domains) => domains.page.0,
        Loose::Empty => Loose::Empty,
        Loose::Other => Loose::Other,
    };
    let entries = match entries {
        Loose::Is(entries) => entries,
        Loose::Empty => Vec::new(),
        Loose::Other => return Err(unreadable("its PageData is no list")),
    };
    let domains = entries
        .iter()
        .map(|entry| {
            entry
                .read()
                .ok_or_else(|| unreadable("a DomainName is missing or too long"))
        })
        .collect::<Result<_, _>>()?;
    Ok(Page { total, domains })
}

#[derive(Deserialize)]
struct Entry<'a> {
    #[serde(borrow, default, rename = "DomainName")]
    name: Scalar<'a>,
    #[serde(borrow, default, rename = "DomainStatus")]
    status: Scalar<'a>,
}

impl Entry<'_> {
    fn read(&self) -> Option<(DomainName, DomainStatus)> {
        let Scalar::Text(name) = &self.name else {
            return None;
        };
        let name = name.trim();
        if name.is_empty() || name.len() > NAME_LEN_MAX {
            return None;
        }
        let is_offline = self.status.text().is_some_and(|status| status == "offline");
        let standing = if is_offline {
            DomainStatus::Offline
        } else {
            DomainStatus::Serving
        };
        Some((DomainName::from(name), standing))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_its_domains_and_the_count_of_all() {
        let page = parse_page(
            br#"{"RequestId":"R","PageNumber":1,"PageSize":20,"TotalCount":"3","Domains":{"PageData":[
                {"DomainName":"A.example.com","DomainStatus":"online","New":{}},
                {"DomainName":"b.example.com","DomainStatus":"offline"},
                {"DomainName":"c.example.com"}]}}"#,
        )
        .unwrap();
        assert_eq!(page.total, 3);
        assert_eq!(
            page.domains,
            [
                (DomainName::from("a.example.com"), DomainStatus::Serving),
                (DomainName::from("b.example.com"), DomainStatus::Offline),
                (DomainName::from("c.example.com"), DomainStatus::Serving),
            ]
        );
    }

    #[test]
    fn an_empty_page_comes_in_many_forms() {
        for domains in [
            r#"{"PageData":[]}"#,
            r#"{"PageData":{}}"#,
            "{}",
            "null",
            r#""""#,
        ] {
            let body = format!(r#"{{"TotalCount":0,"Domains":{domains}}}"#);
            assert_eq!(
                parse_page(body.as_bytes()).unwrap().domains,
                [],
                "{domains}"
            );
        }
    }

    #[test]
    fn what_is_no_page_is_refused() {
        for body in [
            "",
            "<html>",
            "{}",
            r#"{"TotalCount":1,"Domains":{"PageData":[{}]}}"#,
            r#"{"TotalCount":1,"Domains":{"PageData":[{"DomainName":7}]}}"#,
            r#"{"TotalCount":1,"Domains":{"PageData":7}}"#,
        ] {
            let error = parse_page(body.as_bytes()).unwrap_err();
            assert!(matches!(error, WireError::Unreadable(_)), "{body}");
        }
    }

    #[test]
    fn an_error_is_none_the_less_one_for_the_keys_of_a_page() {
        for more in ["", r#","TotalCount":0,"Domains":{"PageData":[]}"#] {
            let body = format!(r#"{{"Code":"ServiceUnavailable","Message":"m"{more}}}"#);
            let error = parse_page(body.as_bytes()).unwrap_err();
            assert!(matches!(error, WireError::Api(fault) if fault.code == "ServiceUnavailable"));
        }
    }
}
