//! What to write instead of a type that cannot travel.

use crate::config::FILE;
use crate::facts::{Facts, Form, OtherForm};
use crate::rust_type::full_name;

/// What to send instead of a type that has no form in the encoding, in a crate of this name.
pub(crate) fn instead_of(facts: &Facts, shape: usize, krate: &str) -> String {
    let of = &facts.shapes[shape];
    match &of.form {
        Form::Result(done, failed) => result(krate, &full_name(facts, *done), &full_name(facts, *failed)),
        Form::Other(OtherForm::DynamicValue) => {
            "send its JSON as a `String`, or a recursive enum that you write: `enum Json { Null, Bool(bool), Number(f64), \
             Text(String), List(Vec<Json>), Object(BTreeMap<String, Json>) }`"
                .into()
        }
        Form::Other(OtherForm::NdArray) => "send a struct of its dimensions and a `Vec` of its items".into(),
        Form::Other(OtherForm::Union) => "send an enum".into(),
        Form::Other(OtherForm::RawPointer) if of.display.contains("fn") => "drop it, or send what it would return".into(),
        Form::Other(OtherForm::RawPointer) => "send the value that it points to".into(),
        _ => known(krate, &of.name).unwrap_or_else(|| "send a struct, an enum, a `String` or bytes of your own".into()),
    }
}

/// An enum in place of `Result`, which clients see as their language's own errors.
fn result(krate: &str, done: &str, failed: &str) -> String {
    format!(
        "return `Outcome<{done}, {failed}>`, an enum that you write once for all methods: `#[derive(facet::Facet)] #[repr(u8)] pub \
         enum Outcome<T: 'static, E: 'static> {{ Ok(T), Err(E) }}`\n    in {FILE}, under `[results]`: `\"{krate}::Outcome\" = {{ ok = \
         \"Ok\", err = \"Err\" }}`, by which clients return the value or raise an error"
    )
}

/// What to write instead of a type of this name, which somebody else has written.
fn known(krate: &str, name: &str) -> Option<String> {
    let newtype = |name, inner, preset| Some(newtype(krate, name, inner, preset));
    let is_generic = name.contains('<');
    let plain = match name.split('<').next().unwrap_or(name) {
        "IpAddr" | "Ipv4Addr" | "Ipv6Addr" | "SocketAddr" => "send it as a `String`, or its octets",
        "PathBuf" | "Utf8PathBuf" | "Utf8Path" => "send it as a `String`",
        "Url" => return newtype("Link", "String", "url"),
        "Uuid" => return newtype("Id", "[u8; 16]", "uuid"),
        "Ulid" => return newtype("Id", "[u8; 16]", "brand"),
        // jiff's `DateTime`, which is not generic, has no time zone.
        "DateTime" if !is_generic => PARTS,
        "DateTime" | "OffsetDateTime" | "UtcDateTime" | "Timestamp" | "Zoned" | "SystemTime" => {
            let newtype = newtype("Time", "i64", "timestamp-ms")?;
            return Some(newtype + "; there are also `timestamp-s`, `timestamp-us`, `timestamp-ns`");
        }
        "Duration" | "TimeDelta" | "SignedDuration" | "Span" => return newtype("Millis", "u64", "duration-ms"),
        "Decimal" | "BigDecimal" => return newtype("Amount", "String", "decimal"),
        "NaiveDateTime" | "PrimitiveDateTime" | "NaiveDate" | "NaiveTime" | "Date" | "Time" => PARTS,
        "OrderedFloat" | "NotNan" => "send the `f64` or `f32` inside",
        "Uint" | "Bits" => "send its bytes, or a `u128`",
        "Range" => "send a struct with `start` and `end`",
        "PhantomData" => "drop the field, or put `#[facet(skip)]` on it",
        _ => return None,
    };
    Some(plain.into())
}

/// What to write instead of a type of another crate that facet does not know, or that its encoding has no form for.
pub(crate) fn of_facet(krate: &str, origin: &str, name: &str) -> Option<String> {
    let is_known = [
        "std",
        "core",
        "alloc",
        "uuid",
        "ulid",
        "chrono",
        "time",
        "jiff",
        "url",
        "rust_decimal",
        "bigdecimal",
        "serde_json",
        "camino",
    ];
    let cure = match name {
        "VecDeque" | "LinkedList" | "BinaryHeap" => "send a `Vec`",
        "Mutex" | "RwLock" | "Cell" | "RefCell" | "OnceLock" | "OnceCell" | "LazyLock" => "send the value inside",
        "Instant" => "send a time or a duration",
        "OsString" | "OsStr" | "CString" | "CStr" => "send it as a `String`, or its bytes",
        "Value" => "send its JSON as a `String`",
        _ => return known(krate, name).filter(|_| is_known.contains(&origin)),
    };
    is_known.contains(&origin).then(|| cure.to_owned())
}

const PARTS: &str = "send a struct of its parts, or a `String`";

/// A newtype to write, and the line by which the languages show their own type for it.
pub(crate) fn newtype(krate: &str, name: &str, inner: &str, preset: &str) -> String {
    format!(
        "write a newtype: `#[derive(facet::Facet, Clone)] pub struct {name}(pub {inner});`\n    in {FILE}, under `[types]`: `\
         \"{krate}::{name}\" = \"{preset}\"`, by which clients have their language's own type"
    )
}
