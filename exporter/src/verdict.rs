//! Whether a type can travel: what facet-postcard 0.32 does with each form, per direction.
//!
//! facet-postcard compiles for every type and fails at run time, or worse, shifts what follows. A request's types
//! must decode in Rust, an answer's types must encode. Sources: `serialize.rs` and `deserialize.rs` of the crate.

use std::collections::BTreeSet;

use crate::diagnostic::{Diagnostic, Level};
use crate::facts::{Facts, FieldFacts, FieldsFacts, Form, MethodFacts};
use crate::naming::{plain, rust_name};

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    /// Rust reads it: arguments.
    Decode,
    /// Rust writes it: answers and items.
    Encode,
}

/// Every type that cannot travel, and every one that travels but bites; each once per direction, at the first place
/// where it stands. `crates` are the services' crates.
pub fn judge(facts: &Facts, crates: &[String]) -> Vec<Diagnostic> {
    let mut judge = Judge {
        facts,
        seen: BTreeSet::new(),
        at: Diagnostic::error(REFUSED),
        diagnostics: Vec::new(),
    };
    for (service, krate) in facts.services.iter().zip(crates) {
        for method in &service.methods {
            judge.at = Diagnostic {
                krate: krate.clone(),
                service: plain(&service.name).into(),
                method: plain(&method.name).into(),
                ..Diagnostic::error(REFUSED)
            };
            for (name, shape) in method.arguments.iter().zip(arguments(facts, method)) {
                judge.shape(shape, Direction::Decode, &format!("argument {}", plain(name)));
            }
            let place = if method.streaming { "item" } else { "response" };
            judge.shape(method.response, Direction::Encode, place);
        }
    }
    judge.diagnostics
}

/// The code of a diagnostic for a type that cannot travel.
const REFUSED: &str = "type-refused";

/// The shapes of a method's arguments, in order.
pub fn arguments(facts: &Facts, method: &MethodFacts) -> Vec<usize> {
    match (method.arguments.len(), &facts.shapes[method.request].form) {
        (0, _) => Vec::new(),
        (1, _) => vec![method.request],
        (_, Form::Tuple(shapes)) => shapes.clone(),
        (_, other) => unreachable!("rapace makes a tuple of several arguments, not {other:?}"),
    }
}

struct Judge<'a> {
    facts: &'a Facts,
    seen: BTreeSet<(usize, Direction)>,
    /// The method that is looked at.
    at: Diagnostic,
    diagnostics: Vec<Diagnostic>,
}

/// facet-reflect 0.32 fills arrays of so many items at most.
const LONGEST_ARRAY: usize = 63;
const ONE_WAY: &str = "can be written and not read";
const ONE_WAY_WARNING: &str = "can be written and not read: clients in Rust fail on this answer";

impl Judge<'_> {
    fn shape(&mut self, shape: usize, direction: Direction, place: &str) {
        if !self.seen.insert((shape, direction)) {
            return;
        }
        let facts = self.facts;
        match &facts.shapes[shape].form {
            Form::Scalar(name) => self.scalar(shape, name, direction, place),
            Form::NonZero(inner) | Form::Option(inner) => self.shape(*inner, direction, place),
            Form::List(item) => {
                if facts.shapes[shape].name != "Vec" {
                    self.one_way(shape, direction, place, "a `Vec`");
                }
                self.shape(*item, direction, place);
            }
            Form::Array(item, len) => {
                if *len > LONGEST_ARRAY {
                    self.one_way(shape, direction, place, "a `Vec`");
                }
                self.shape(*item, direction, place);
            }
            Form::Slice(item) => self.shape(*item, direction, place),
            Form::Set(item) => {
                self.order(shape, direction, place, "BTreeSet");
                self.shape(*item, direction, place);
            }
            Form::Map(key, value) => {
                self.order(shape, direction, place, "BTreeMap");
                self.shape(*key, direction, &format!("{place}, key"));
                self.shape(*value, direction, &format!("{place}, value"));
            }
            Form::Pointer(kind, pointee) => self.pointer(shape, kind, *pointee, direction, place),
            Form::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.shape(*item, direction, &format!("{place}.{index}"));
                }
            }
            Form::Struct(fields) => self.fields(fields, false, direction, place),
            Form::Enum(variants) => {
                for variant in variants {
                    let place = format!("{place}, variant {}", variant.name);
                    self.fields(&variant.fields, true, direction, &place);
                }
            }
            Form::Other(what) => self.other(shape, what, place),
        }
    }

    fn scalar(&mut self, shape: usize, name: &str, direction: Direction, place: &str) {
        let display = &self.facts.shapes[shape].display;
        match name {
            "Unit" | "Bool" | "Char" | "String" | "CowStr" | "F32" | "F64" => {}
            "U8" | "U16" | "U32" | "U64" | "U128" | "USize" | "I8" | "I16" | "I32" | "I64" | "I128" | "ISize" => {}
            // `str` stands behind a pointer, which decides.
            "Str" if display == "str" => {}
            "Str" => self.one_way(shape, direction, place, "a `String`"),
            _ => self.other(shape, name, place),
        }
    }

    fn pointer(&mut self, shape: usize, kind: &str, pointee: Option<usize>, direction: Direction, place: &str) {
        let Some(pointee) = pointee else {
            return self.refuse(shape, place, "hides what it points to", "send the value itself");
        };
        let to = &self.facts.shapes[pointee].form;
        let (slice, text) = (matches!(to, Form::Slice(_)), *to == Form::Scalar("Str".into()));
        match kind {
            "Rc" | "Arc" if slice && direction == Direction::Decode => {
                self.refuse(shape, place, "ends the process when it is read", "take a `Vec`");
            }
            "Box" | "Rc" | "Arc" if slice => {
                self.one_way(shape, direction, place, "a `Vec`");
                self.shape(pointee, direction, place);
            }
            "Box" | "Rc" | "Arc" => self.shape(pointee, direction, place),
            "Cow" if text => {}
            "Cow" | "SharedReference" => {
                self.one_way(shape, direction, place, "an owned value");
                self.shape(pointee, direction, place);
            }
            _ => self.refuse(
                shape,
                place,
                "is a pointer that the encoding does not follow",
                "send the value itself",
            ),
        }
    }

    /// What can be written and not read: a refusal in arguments, a warning in answers.
    fn one_way(&mut self, shape: usize, direction: Direction, place: &str, instead: &str) {
        match direction {
            Direction::Decode => self.refuse(shape, place, ONE_WAY, &format!("take {instead}")),
            Direction::Encode => {
                let cure = format!("return {instead}, where clients in Rust matter");
                self.warn("one-way-type", shape, place, ONE_WAY_WARNING, &cure);
            }
        }
    }

    /// Hash maps and sets are written in another order in each process.
    fn order(&mut self, shape: usize, direction: Direction, place: &str, ordered: &str) {
        let name = &self.facts.shapes[shape].name;
        if direction == Direction::Encode && matches!(name.as_str(), "HashMap" | "HashSet") {
            let why = "is written in an order that differs between runs: equal values, different bytes";
            let cure = format!("compare values and never bytes, or return a `{ordered}`");
            self.warn("unordered", shape, place, why, &cure);
        }
    }

    fn fields(&mut self, fields: &FieldsFacts, variant: bool, direction: Direction, place: &str) {
        for field in &fields.fields {
            let place = format!("{place}.{}", field.name);
            if let Some((why, cure)) = self.attribute(field, variant, direction) {
                self.refuse(field.shape, &place, why, cure);
            } else if !field.skip {
                self.shape(field.shape, direction, &place);
            }
        }
    }

    /// What a field's attributes do to the wire, where that is not the same on both sides.
    fn attribute(
        &self,
        field: &FieldFacts,
        variant: bool,
        direction: Direction,
    ) -> Option<(&'static str, &'static str)> {
        let flattened = &self.facts.shapes[field.shape].form;
        if field.flatten && matches!(flattened, Form::Option(_) | Form::Map(..)) {
            let why = "is flattened, which the encoding's reader and writer understand differently";
            Some((why, "drop `flatten`"))
        } else if variant && (field.skip || field.skip_serializing) {
            Some((
                "is skipped in a variant: the writer leaves it out and the reader expects it",
                "drop the attribute, or move the field into a struct",
            ))
        } else if field.skip {
            None
        } else if direction == Direction::Encode && (field.skip_serializing || field.skip_serializing_if) {
            Some((
                "is left out by the writer (`skip_serializing…`), while every reader expects it",
                "drop the attribute, or use `#[facet(skip)]`",
            ))
        } else if direction == Direction::Decode && field.skip_deserializing {
            let why = "is not consumed by the reader (`skip_deserializing`): every later field would shift";
            Some((why, "drop the attribute, or use `#[facet(skip)]`"))
        } else {
            None
        }
    }

    fn other(&mut self, shape: usize, what: &str, place: &str) {
        let why = match what {
            "opaque" => "is opaque: nothing is known of what is inside",
            "a raw or function pointer" => "is a pointer that the encoding does not follow",
            _ => "has no form in the encoding, which fails at run time",
        };
        self.refuse(shape, place, why, instead_of(&self.facts.shapes[shape].name));
    }

    fn refuse(&mut self, shape: usize, place: &str, why: &str, cure: &str) {
        let diagnostic = self.at.clone();
        self.push(diagnostic, shape, place, why, cure);
    }

    fn warn(&mut self, code: &'static str, shape: usize, place: &str, why: &str, cure: &str) {
        let diagnostic = Diagnostic {
            level: Level::Warning,
            code,
            ..self.at.clone()
        };
        self.push(diagnostic, shape, place, why, cure);
    }

    fn push(&mut self, diagnostic: Diagnostic, shape: usize, place: &str, why: &str, cure: &str) {
        self.diagnostics.push(Diagnostic {
            place: place.into(),
            rust_type: rust_name(self.facts, shape),
            why: why.into(),
            cure: cure.into(),
            ..diagnostic
        });
    }
}

/// What to send instead of a type that has no form in the encoding.
fn instead_of(name: &str) -> &'static str {
    match name {
        "Result" => "return an enum of your own: `enum Outcome { Done(T), Failed { reason: String } }`",
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
