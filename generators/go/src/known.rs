//! Newtypes that become a type that Go has: times, durations, UUIDs, decimals and URLs.

use std::borrow::Cow;

use rapace_schema::{Known, TypeDef, TypeKind, TypeRef};

use crate::foreign::foreign;

/// The declaration of a newtype that becomes a type of Go or of a user, and its conversions from and to the type on the wire.
pub(crate) struct Presented {
    /// What follows the name in the declaration: `= time.Time`, `[16]byte`.
    pub(crate) go: Cow<'static, str>,
    /// What the documentation says of values.
    pub(crate) note: String,
    /// Declarations that the compiler refuses when a user's function is missing or has another type.
    pub(crate) checks: Vec<Vec<String>>,
    /// The body of the function that converts `wire` to a value.
    pub(crate) from: String,
    /// The body of the function that converts `v` to the type on the wire.
    pub(crate) to: String,
    /// The type on the wire.
    pub(crate) wire: TypeRef,
}

impl Presented {
    /// Whether the type is another name for Go's, to which no methods can be added.
    pub(crate) fn is_alias(&self) -> bool {
        self.go.starts_with("= ")
    }
}

/// How the type is presented, if not as what is inside.
pub(crate) fn presented(def: &TypeDef, name: &str, scalar: impl Fn(&TypeRef) -> String) -> Option<Presented> {
    let wire = is_presented(def)?.clone();
    let go_wire = scalar(&wire);
    let counted = |what: &str, unit: &str, go: &'static str| Presented {
        go: go.into(),
        checks: Vec::new(),
        note: format!("It is sent in units of time.{unit}. A value with a smaller part, or out of range, is refused."),
        from: format!("return rapace.{what}From(wire, time.{unit})"),
        to: format!("return rapace.{what}To[{go_wire}](v, time.{unit})"),
        wire: wire.clone(),
    };
    let time = |unit| Some(counted("Time", unit, "= time.Time"));
    let duration = |unit| Some(counted("Duration", unit, "= time.Duration"));
    let other = |go: &'static str, note: &str, from: String, to: String| {
        Some(Presented {
            go: go.into(),
            checks: Vec::new(),
            note: note.to_owned(),
            from,
            to,
            wire: wire.clone(),
        })
    };
    let checked = |check: &str, note| {
        other(
            "string",
            note,
            format!("return {name}(wire), rapace.{check}(wire)"),
            format!("return string(v), rapace.{check}(string(v))"),
        )
    };
    match def.known? {
        Known::TimestampS => time("Second"),
        Known::TimestampMs => time("Millisecond"),
        Known::TimestampUs => time("Microsecond"),
        Known::TimestampNs => time("Nanosecond"),
        Known::DurationS => duration("Second"),
        Known::DurationMs => duration("Millisecond"),
        Known::DurationUs => duration("Microsecond"),
        Known::DurationNs => duration("Nanosecond"),
        Known::Uuid if wire == TypeRef::U128 => other(
            "[16]byte",
            "It is a UUID.",
            "return wire.Bytes(), nil".into(),
            "return rapace.Uint128FromBytes(v), nil".into(),
        ),
        Known::Uuid => other(
            "[16]byte",
            "It is a UUID, which is sent as text in lower case.",
            "return rapace.ParseUUID(wire)".into(),
            "return rapace.FormatUUID(v), nil".into(),
        ),
        Known::Decimal => checked("CheckDecimal", "It is a decimal number: any other text is refused."),
        Known::Url => checked("CheckURL", "It is an absolute URL: any other text is refused."),
        Known::Brand => None,
    }
}

/// The type on the wire of a newtype that is not presented as any newtype is: it is known, or a user's. A UUID of bytes is one with
/// other texts.
pub(crate) fn is_presented(def: &TypeDef) -> Option<&TypeRef> {
    let TypeKind::Struct(fields) = &def.kind else {
        return None;
    };
    let inner = fields.newtype()?;
    if foreign(def).is_some() {
        return Some(inner);
    }
    match def.known? {
        Known::Brand => None,
        Known::Uuid if matches!(inner, TypeRef::Array { .. }) => None,
        _ => Some(inner),
    }
}

/// Whether a type is another name for one of the standard library's, which any package can name.
pub(crate) fn is_of_standard_library(def: &TypeDef) -> bool {
    def.known
        .is_some_and(|known| !matches!(known, Known::Uuid | Known::Decimal | Known::Url | Known::Brand))
}

/// Whether a type is a UUID.
pub(crate) fn is_uuid(def: &TypeDef) -> bool {
    def.known == Some(Known::Uuid)
}
