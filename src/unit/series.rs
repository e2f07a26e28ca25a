//! Whose samples: accounts, domains, and the two together.

use std::borrow::Borrow;
use std::cmp::Ordering;
use std::fmt;
use std::sync::Arc;

macro_rules! name {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(Arc<str>);

        impl Ord for $name {
            fn cmp(&self, other: &Self) -> Ordering {
                // Names that are the same mostly are one: then there is no text to be looked at.
                if Arc::ptr_eq(&self.0, &other.0) {
                    Ordering::Equal
                } else {
                    self.0.cmp(&other.0)
                }
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// Returns the name as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }
    };
}

name! {
    /// The name of a domain, in lower case.
    DomainName
}

name! {
    /// The name of a source account, as the rules file gives it.
    AccountName
}

impl From<&str> for DomainName {
    /// Takes any text: what a source or a file calls a domain is its name, but letters are
    /// made lower case, because domain names do not tell them apart.
    fn from(text: &str) -> Self {
        Self(text.to_ascii_lowercase().into())
    }
}

impl From<&str> for AccountName {
    fn from(text: &str) -> Self {
        Self(text.into())
    }
}

/// One domain of one account: what samples belong to.
///
/// A domain that two accounts serve is two series.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Series {
    /// The account whose source answers for the domain.
    pub account: AccountName,
    /// The domain.
    pub domain: DomainName,
}

impl fmt::Display for Series {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.domain, self.account)
    }
}
