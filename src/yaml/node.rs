//! The parts of a YAML file, each with its place: scalars, maps, lists, and what could not be read.

use std::borrow::Cow;

pub use serde_saphyr::granit_parser::ScalarStyle as Style;

use crate::diag::Span;

/// A part of the file, whose texts are those of the file where YAML leaves them as they are.
#[derive(Clone, Debug)]
pub struct Node<'t> {
    /// Where it stands.
    pub span: Span,
    /// What it is.
    pub kind: Kind<'t>,
}

/// What a part of the file is.
#[derive(Clone, Debug)]
pub enum Kind<'t> {
    /// A text, however it is written.
    Scalar(Scalar<'t>),
    /// Keys and values, in their order.
    Map(Vec<(Node<'t>, Node<'t>)>),
    /// Items, in their order.
    List(Vec<Node<'t>>),
    /// What could not be read: that is told, and nobody knows what it says.
    Unread,
}

/// A scalar, with its text as YAML reads it.
#[derive(Clone, Debug)]
pub struct Scalar<'t> {
    /// What it says.
    pub text: Cow<'t, str>,
    /// Whether and how it is quoted.
    pub style: Style,
}

impl Node<'_> {
    /// Returns the scalar's text, if the node is one.
    pub fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(&scalar.text),
            Kind::Map(_) | Kind::List(_) | Kind::Unread => None,
        }
    }

    /// Returns the same with texts of its own.
    pub(super) fn into_owned(self) -> Node<'static> {
        let kind = match self.kind {
            Kind::Scalar(Scalar { text, style }) => Kind::Scalar(Scalar {
                text: Cow::Owned(text.into_owned()),
                style,
            }),
            Kind::Map(pairs) => {
                let pairs = pairs.into_iter();
                Kind::Map(
                    pairs
                        .map(|(key, value)| (key.into_owned(), value.into_owned()))
                        .collect(),
                )
            }
            Kind::List(items) => Kind::List(items.into_iter().map(Self::into_owned).collect()),
            Kind::Unread => Kind::Unread,
        };
        Node {
            span: self.span,
            kind,
        }
    }

    /// Returns a part of which nothing is known, not even where it stands.
    pub(crate) fn unread() -> Self {
        Self {
            span: Span::default(),
            kind: Kind::Unread,
        }
    }

    /// Whether it could not be read.
    pub fn is_unread(&self) -> bool {
        matches!(self.kind, Kind::Unread)
    }

    /// Whether a part of it could not be read, so that nobody knows all that it has.
    pub fn lacks_parts(&self) -> bool {
        match &self.kind {
            Kind::Scalar(_) => false,
            Kind::Map(pairs) => pairs.iter().any(|(key, _)| key.is_unread()),
            Kind::List(items) => items.iter().any(Self::is_unread),
            Kind::Unread => true,
        }
    }

    /// Whether all of it could be read.
    pub fn is_whole(&self) -> bool {
        match &self.kind {
            Kind::Scalar(_) => true,
            Kind::Map(pairs) => pairs
                .iter()
                .all(|(key, value)| key.is_whole() && value.is_whole()),
            Kind::List(items) => items.iter().all(Self::is_whole),
            Kind::Unread => false,
        }
    }

    /// Whether nothing was written: `key:`, `key: ~`, `key: null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar(Scalar { text, style: Style::Plain })
            if matches!(&**text, "" | "~" | "null"))
    }

    /// Whether it is a map that has a key.
    pub fn has_keys(&self) -> bool {
        matches!(&self.kind, Kind::Map(pairs) if !pairs.is_empty())
    }

    /// Returns the items of a list; a scalar or a map is the only one.
    pub fn one_or_many(&self) -> &[Self] {
        match &self.kind {
            Kind::List(items) => items,
            Kind::Scalar(_) | Kind::Map(_) | Kind::Unread => std::slice::from_ref(self),
        }
    }

    /// Says in two words what the node is.
    pub fn what(&self) -> &'static str {
        match &self.kind {
            Kind::Scalar(_) if self.is_null() => "nothing",
            Kind::Scalar(_) => "a text",
            Kind::Map(_) => "a map",
            Kind::List(_) => "a list",
            Kind::Unread => "unread",
        }
    }
}

/// Returns a plain scalar with the text that stands in the file.
pub(super) fn plain<'t>(text: impl Into<Cow<'t, str>>, span: Span) -> Node<'t> {
    let scalar = Scalar {
        text: text.into(),
        style: Style::Plain,
    };
    Node {
        span,
        kind: Kind::Scalar(scalar),
    }
}
