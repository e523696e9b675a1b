//! Whether a type can travel: what facet-postcard 0.32 does with each form, per direction.
//!
//! facet-postcard compiles for every type and fails at run time, or worse, shifts what follows. A request's types
//! must decode in Rust, an answer's types must encode. Sources: `serialize.rs` and `deserialize.rs` of the crate.

use std::collections::BTreeSet;
use std::fmt;

use crate::facts::{Facts, FieldFacts, FieldsFacts, Form, MethodFacts};
use crate::naming::rust_name;

/// A type that cannot travel where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// `Catalog.find, argument isbn` or `Catalog.find, response`, then the path of fields.
    pub place: String,
    /// The type as Rust writes it.
    pub rust_type: String,
    /// What would happen.
    pub why: String,
    /// What to do instead.
    pub cure: String,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            place,
            rust_type,
            why,
            cure,
        } = self;
        write!(f, "{place}: `{rust_type}` {why}\n    instead: {cure}")
    }
}

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    /// Rust reads it: arguments.
    Decode,
    /// Rust writes it: answers and items.
    Encode,
}

/// Every type that cannot travel, each once per direction, at the first place where it stands.
pub fn refusals(facts: &Facts) -> Vec<Refusal> {
    let mut judge = Judge {
        facts,
        seen: BTreeSet::new(),
        refusals: Vec::new(),
    };
    for service in &facts.services {
        for method in &service.methods {
            for (name, shape) in method.arguments.iter().zip(arguments(facts, method)) {
                let place = format!("{}, argument {name}", method.full_name);
                judge.shape(shape, Direction::Decode, &place);
            }
            let what = if method.streaming { "item" } else { "response" };
            let place = format!("{}, {what}", method.full_name);
            judge.shape(method.response, Direction::Encode, &place);
        }
    }
    judge.refusals
}

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
    refusals: Vec<Refusal>,
}

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
                if direction == Direction::Decode && facts.shapes[shape].name != "Vec" {
                    self.refuse(shape, place, "can be written and not read", "take a `Vec`");
                }
                self.shape(*item, direction, place);
            }
            Form::Array(item, _) | Form::Slice(item) | Form::Set(item) => self.shape(*item, direction, place),
            Form::Map(key, value) => {
                self.shape(*key, direction, &format!("{place}, key"));
                self.shape(*value, direction, &format!("{place}, value"));
            }
            Form::Pointer(kind, pointee) => self.pointer(shape, kind, *pointee, direction, place),
            Form::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.shape(*item, direction, &format!("{place}.{index}"));
                }
            }
            Form::Struct(_) if facts.shapes[shape].name == "PhantomData" => {
                self.refuse(shape, place, "is refused by the encoding", "drop the field");
            }
            Form::Struct(fields) => self.fields(fields, false, direction, place),
            Form::Enum(variants) => {
                if variants.is_empty() {
                    self.refuse(
                        shape,
                        place,
                        "is an enum without variants: it has no values",
                        "give it a variant",
                    );
                }
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
            "Str" if display == "str" || direction == Direction::Encode => {}
            "Str" => self.refuse(shape, place, "can be written and not read", "take a `String`"),
            _ => self.refuse(
                shape,
                place,
                "is not part of the encoding",
                "send a `String` or bytes of your own",
            ),
        }
    }

    fn pointer(&mut self, shape: usize, kind: &str, pointee: Option<usize>, direction: Direction, place: &str) {
        let Some(pointee) = pointee else {
            return self.refuse(shape, place, "hides what it points to", "send the value itself");
        };
        let to = &self.facts.shapes[pointee].form;
        let (slice, text) = (matches!(to, Form::Slice(_)), *to == Form::Scalar("Str".into()));
        match kind {
            "Box" | "Rc" | "Arc" if slice && direction == Direction::Decode => {
                let why = if kind == "Box" {
                    "can be written and not read"
                } else {
                    "ends the process when it is read"
                };
                self.refuse(shape, place, why, "take a `Vec`");
            }
            "Box" | "Rc" | "Arc" => self.shape(pointee, direction, place),
            "Cow" if text => {}
            "Cow" | "SharedReference" if direction == Direction::Encode => self.shape(pointee, direction, place),
            "Cow" | "SharedReference" => {
                self.refuse(shape, place, "can be written and not read", "take an owned value");
            }
            _ => self.refuse(
                shape,
                place,
                "is a pointer that the encoding does not follow",
                "send the value itself",
            ),
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
        if what == "a Result" {
            let cure = "return an enum of your own: `enum Outcome { Done(T), Failed { reason: String } }`";
            return self.refuse(shape, place, "is not part of the encoding", cure);
        }
        let why = format!("is {what} to the encoding, which refuses it");
        self.refuse(
            shape,
            place,
            &why,
            "send a struct, an enum, a `String` or bytes of your own",
        );
    }

    fn refuse(&mut self, shape: usize, place: &str, why: &str, cure: &str) {
        self.refusals.push(Refusal {
            place: place.into(),
            rust_type: rust_name(self.facts, shape),
            why: why.into(),
            cure: cure.into(),
        });
    }
}
