//! What to write instead of a type that cannot travel.

use crate::facts::{Facts, Form, OtherForm};
use crate::rust_type::full_name;

/// What to send instead of a type that has no form in the encoding.
pub(crate) fn instead_of(facts: &Facts, shape: usize) -> String {
    let of = &facts.shapes[shape];
    match &of.form {
        Form::Result(done, failed) => format!(
            "return an enum that you write: `#[derive(facet::Facet)] #[repr(u8)] pub enum Outcome {{ Done({}), Failed({}) }}`",
            full_name(facts, *done),
            full_name(facts, *failed)
        ),
        Form::Other(OtherForm::DynamicValue) => {
            "send its JSON as a `String`, or a recursive enum that you write: `enum Json { Null, Bool(bool), Number(f64), \
             Text(String), List(Vec<Json>), Object(BTreeMap<String, Json>) }`"
                .into()
        }
        Form::Other(OtherForm::NdArray) => "send a struct of its dimensions and a `Vec` of its items".into(),
        Form::Other(OtherForm::Union) => "send an enum".into(),
        Form::Other(OtherForm::RawPointer) if of.display.contains("fn") => "drop it, or send what it would return".into(),
        Form::Other(OtherForm::RawPointer) => "send the value that it points to".into(),
        _ => by_name(&of.name).into(),
    }
}

fn by_name(name: &str) -> &'static str {
    match name {
        "IpAddr" | "Ipv4Addr" | "Ipv6Addr" | "SocketAddr" => "send it as a `String`, or its octets",
        "PathBuf" | "Utf8PathBuf" | "Utf8Path" | "Url" => "send it as a `String`",
        "Uuid" | "Ulid" => "send its bytes as `[u8; 16]`, or a `String`",
        "DateTime" | "OffsetDateTime" | "UtcDateTime" | "Timestamp" | "Zoned" | "NaiveDateTime" => {
            "send seconds since 1970 as an `i64`, or a `String`"
        }
        "NaiveDate" | "NaiveTime" => "send a struct of its parts, or a `String`",
        "OrderedFloat" | "NotNan" => "send the `f64` or `f32` inside",
        "Uint" | "Bits" => "send its bytes, or a `u128`",
        "Range" => "send a struct with `start` and `end`",
        "PhantomData" => "drop the field, or put `#[facet(skip)]` on it",
        _ => "send a struct, an enum, a `String` or bytes of your own",
    }
}
