//! What newtypes with a meaning are in TypeScript.

use std::collections::{BTreeMap, BTreeSet};

use rapace_gen_core::plan::chain_ends;
use rapace_schema::{Api, Known, TypeDef, TypeKind, TypeRef};

use crate::newtypes::inner_of;
use crate::types::Form;

/// A text with a form of its own, which is checked.
#[derive(Clone, Copy, Debug)]
pub(crate) enum KnownText {
    /// A UUID that is 16 bytes on the wire.
    Uuid,
    /// A UUID that is a `u128` on the wire.
    UuidNumber,
    /// A UUID that is a string on the wire.
    UuidText,
    /// A decimal number.
    Decimal,
    /// An absolute URL.
    Url,
}

impl KnownText {
    /// The runtime's functions that write and read it.
    pub(crate) fn codecs(self) -> (&'static str, &'static str) {
        match self {
            Self::Uuid => ("encodeUuid", "decodeUuid"),
            Self::UuidNumber => ("encodeUuidNumber", "decodeUuidNumber"),
            Self::UuidText => ("encodeUuidText", "decodeUuidText"),
            Self::Decimal => ("encodeDecimal", "decodeDecimal"),
            Self::Url => ("encodeUrl", "decodeUrl"),
        }
    }

    /// Its JSON form in the runtime.
    pub(crate) fn form(self) -> &'static str {
        match self {
            Self::Uuid => "uuid",
            Self::UuidNumber => "uuidNumber",
            Self::UuidText => "uuidText",
            Self::Decimal => "decimal",
            Self::Url => "url",
        }
    }

    /// The runtime's function that makes it of a string.
    pub(crate) fn maker(self) -> &'static str {
        match self {
            Self::Uuid | Self::UuidNumber | Self::UuidText => "asUuid",
            Self::Decimal => "asDecimal",
            Self::Url => "asUrl",
        }
    }

    /// What it is, for users.
    pub(crate) fn about(self) -> &'static str {
        match self {
            Self::Uuid | Self::UuidNumber | Self::UuidText => {
                "A UUID in the form of RFC 9562, in lower case; any other text is refused."
            }
            Self::Decimal => "A decimal number; any other text is refused.",
            Self::Url => "An absolute URL; any other text is refused.",
        }
    }
}

/// What an integer counts, for users.
pub(crate) fn unit_of(known: Known) -> Option<&'static str> {
    Some(match known {
        Known::TimestampS => {
            "On the wire it is a whole number of seconds since 1970; what is not exactly that is refused."
        }
        Known::TimestampMs => {
            "On the wire it is a whole number of milliseconds since 1970; what is not exactly that is refused."
        }
        Known::TimestampUs => "Microseconds since 1970-01-01T00:00:00Z.",
        Known::TimestampNs => "Nanoseconds since 1970-01-01T00:00:00Z.",
        Known::DurationS => "A duration in seconds.",
        Known::DurationMs => "A duration in milliseconds.",
        Known::DurationUs => "A duration in microseconds.",
        Known::DurationNs => "A duration in nanoseconds.",
        Known::Uuid | Known::Decimal | Known::Url | Known::Brand => return None,
    })
}

/// The forms of newtypes with a meaning. A brand of what may be `undefined`, or of what holds the type itself, would be no type: it is
/// an alias.
pub(crate) fn known_forms<'a>(
    api: &'a Api,
    boxed: &BTreeSet<&'a str>,
    is_recursive: impl Fn(&str) -> bool,
) -> BTreeMap<&'a str, Form<'a>> {
    let ends = chain_ends(api, |def| inner_of(def).filter(|_| !boxed.contains(def.name.as_str())));
    let empty: BTreeSet<&str> = api
        .types
        .iter()
        .filter(|def| is_empty(def))
        .map(|def| def.name.as_str())
        .collect();
    let admits_undefined = |name: &str| match ends.get(name) {
        Some(TypeRef::Named(end)) => empty.contains(end.as_str()),
        Some(TypeRef::Unit | TypeRef::Option(_)) | None => true,
        Some(_) => false,
    };
    let forms = api.types.iter().filter_map(|def| {
        let (name, inner) = (def.name.as_str(), inner_of(def)?);
        let form = match (def.known?, inner) {
            (Known::TimestampS, _) => Form::Date(inner, 1000),
            (Known::TimestampMs, _) => Form::Date(inner, 1),
            (Known::Uuid, TypeRef::String) => Form::Text(KnownText::UuidText),
            (Known::Uuid, TypeRef::U128) => Form::Text(KnownText::UuidNumber),
            (Known::Uuid, _) => Form::Text(KnownText::Uuid),
            (Known::Decimal, _) => Form::Text(KnownText::Decimal),
            (Known::Url, _) => Form::Text(KnownText::Url),
            _ if boxed.contains(name) || is_recursive(name) || admits_undefined(name) => return None,
            _ => Form::Brand(inner),
        };
        Some((name, form))
    });
    forms.collect()
}

fn is_empty(def: &TypeDef) -> bool {
    matches!(&def.kind, TypeKind::Struct(fields) if fields.fields.is_empty())
}
