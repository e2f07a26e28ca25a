//! JSON as it comes: numbers as strings, empty things in many forms.
//!
//! A value of another kind than expected spoils itself and not the whole document, so nothing
//! here fails but on what is no JSON at all.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::{MapAccessDeserializer, SeqAccessDeserializer};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A value that is written as a string or as a number.
#[derive(Clone, Debug, PartialEq, Default)]
pub(super) enum Scalar<'a> {
    /// Not there, or null.
    #[default]
    Absent,
    /// A string.
    Text(Cow<'a, str>),
    /// A whole number.
    Whole(u64),
    /// Any other number, in its shortest form.
    Number(String),
    /// Neither.
    Other,
}

impl Scalar<'_> {
    /// Returns the value as text, without blanks around it; `None` if there is none.
    pub(super) fn text(&self) -> Option<Cow<'_, str>> {
        match self {
            Self::Text(text) => Some(text.trim())
                .filter(|t| !t.is_empty())
                .map(Cow::Borrowed),
            Self::Whole(number) => Some(Cow::Owned(number.to_string())),
            Self::Number(text) => Some(Cow::Borrowed(text)),
            Self::Absent | Self::Other => None,
        }
    }

    /// Returns the value as a whole number, if it is one.
    pub(super) fn whole(&self) -> Option<u64> {
        match self {
            Self::Whole(number) => Some(*number),
            Self::Text(text) => text.trim().parse().ok(),
            Self::Number(text) => text.parse().ok(),
            Self::Absent | Self::Other => None,
        }
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Scalar<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ScalarVisitor)
    }
}

struct ScalarVisitor;

impl<'de> Visitor<'de> for ScalarVisitor {
    type Value = Scalar<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string or a number")
    }
    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Borrowed(text)))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Scalar::Text(Cow::Owned(text.to_owned())))
    }
    fn visit_u64<E: Error>(self, number: u64) -> Result<Self::Value, E> {
        Ok(Scalar::Whole(number))
    }
    fn visit_i64<E: Error>(self, number: i64) -> Result<Self::Value, E> {
        Ok(
            u64::try_from(number)
                .map_or_else(|_| Scalar::Number(number.to_string()), Scalar::Whole),
        )
    }
    fn visit_f64<E: Error>(self, number: f64) -> Result<Self::Value, E> {
        Ok(Scalar::Number(number.to_string()))
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Scalar::Absent)
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Scalar::Other)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Scalar::Other)
    }
}

/// What should be an object (or, for [`LooseList`], a list) and may be empty in any way.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) enum Loose<T> {
    /// What it should be.
    Is(T),
    /// Not there, null, `""`, `{}` or `[]`, where that is not what it should be.
    #[default]
    Empty,
    /// Something else.
    Other,
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Loose<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(LooseVisitor::<T, false>(PhantomData))
    }
}

/// A [`Loose`] of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct LooseList<T>(pub(super) Loose<T>);

impl<T> Default for LooseList<T> {
    fn default() -> Self {
        Self(Loose::Empty)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for LooseList<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer
            .deserialize_any(LooseVisitor::<T, true>(PhantomData))
            .map(Self)
    }
}

struct LooseVisitor<T, const LIST: bool>(PhantomData<T>);

impl<T, const LIST: bool> LooseVisitor<T, LIST> {
    fn empty_or_other(is_empty: bool) -> Loose<T> {
        if is_empty { Loose::Empty } else { Loose::Other }
    }
}

impl<'de, T: Deserialize<'de>, const LIST: bool> Visitor<'de> for LooseVisitor<T, LIST> {
    type Value = Loose<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if LIST { "a list" } else { "an object" })
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        if !LIST {
            return T::deserialize(MapAccessDeserializer::new(map)).map(Loose::Is);
        }
        let mut is_empty = true;
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {
            is_empty = false;
        }
        Ok(Self::empty_or_other(is_empty))
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        if LIST {
            return T::deserialize(SeqAccessDeserializer::new(list)).map(Loose::Is);
        }
        let mut is_empty = true;
        while list.next_element::<IgnoredAny>()?.is_some() {
            is_empty = false;
        }
        Ok(Self::empty_or_other(is_empty))
    }
    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Self::empty_or_other(text.trim().is_empty()))
    }
    fn visit_unit<E: Error>(self) -> Result<Self::Value, E> {
        Ok(Loose::Empty)
    }
    fn visit_bool<E: Error>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }
    fn visit_u64<E: Error>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }
    fn visit_i64<E: Error>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }
    fn visit_f64<E: Error>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Loose::Other)
    }
}
