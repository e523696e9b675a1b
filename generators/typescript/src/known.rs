//! The meanings of newtypes: texts that are checked, and units.

use rapace_schema::Known;

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
