//! Whether a type can travel: what facet-postcard 0.32 does with each form, per direction.
//!
//! facet-postcard compiles for every type and fails at run time, or worse, shifts what follows. A request's types
//! must decode in Rust, an answer's types must encode. Sources: `serialize.rs` and `deserialize.rs` of the crate.

use std::collections::BTreeSet;

use crate::cures::instead_of;
use crate::diagnostic::{Diagnostic, Level};
use crate::facts::{Facts, FieldFacts, FieldsFacts, Form, OtherForm, PointerKind, Scalar};
use crate::rust_type::{full_name, plain};
use crate::source::services::ServiceSource;
use crate::source::types::{NameSource, TypeSources, paired};

/// Which way a value goes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Direction {
    /// Rust reads it: arguments.
    Decode,
    /// Rust writes it: answers and items.
    Encode,
}

/// Every type that cannot travel, and every type that Rust can only write, at each place where somebody wrote it: in a method,
/// or in a field, which is reported once per direction with the first way to it. `services` are those of the facts, in their
/// order. `types` say where fields are written.
pub fn judge(facts: &Facts, services: &[ServiceSource], types: &TypeSources) -> Vec<Diagnostic> {
    let mut judge = Judge {
        facts,
        types,
        seen: BTreeSet::new(),
        at: Diagnostic::error(REFUSED),
        diagnostics: Vec::new(),
    };
    for (service, found) in facts.services.iter().zip(services) {
        for method in &service.methods {
            judge.at = Diagnostic {
                krate: found.module[0].clone(),
                service: plain(&service.name).into(),
                method: plain(&method.name).into(),
                ..Diagnostic::error(REFUSED)
            };
            let arguments = facts.arguments(method);
            let signature = found.signature(&method.name, arguments.len());
            for (index, (name, shape)) in method.arguments.iter().zip(arguments).enumerate() {
                judge.at.at = signature.and_then(|signature| signature.arguments[index].at.clone());
                judge.shape(shape, Direction::Decode, &format!("argument {}", plain(name)));
            }
            let place = if method.streaming { "item" } else { "response" };
            judge.at.at = signature.and_then(|signature| signature.response.at.clone());
            judge.shape(method.response, Direction::Encode, place);
        }
    }
    judge.diagnostics
}

/// The code of a diagnostic for a type that cannot travel.
const REFUSED: &str = "type-refused";

struct Judge<'a> {
    facts: &'a Facts,
    types: &'a TypeSources,
    /// The structs and enums whose fields have been looked at.
    seen: BTreeSet<(usize, Direction)>,
    /// The method that is looked at, and where the argument, answer or field is written.
    at: Diagnostic,
    diagnostics: Vec<Diagnostic>,
}

/// facet-reflect 0.32 fills arrays of at most 63 items. `rapace-host` refuses longer ones too: `LONGEST_ARRAY` in its
/// `payload/types.rs`.
const LONGEST_ARRAY: usize = 63;
const NO_FORM: &str = "cannot be encoded by facet-postcard: every call would fail";
const NOT_FOLLOWED: &str = "is a pointer that the encoding does not follow";
const ONE_WAY: &str = "can be written and not read";
const ONE_WAY_WARNING: &str = "can be written and not read: clients in Rust fail on this answer";

impl Judge<'_> {
    fn shape(&mut self, shape: usize, direction: Direction, place: &str) {
        let facts = self.facts;
        let form = &facts.shapes[shape].form;
        // A type that is neither a struct nor an enum is judged at each place. Every circle has a struct or an enum in it.
        if matches!(form, Form::Struct(_) | Form::Enum(_)) && !self.seen.insert((shape, direction)) {
            return;
        }
        match form {
            Form::Scalar(scalar) => self.scalar(shape, scalar, direction, place),
            Form::NonZero(inner) | Form::Option(inner) => self.shape(*inner, direction, place),
            Form::List(item) => {
                if facts.shapes[shape].name != "Vec" {
                    self.one_way(shape, direction, place, &self.vec_of(*item));
                }
                self.shape(*item, direction, place);
            }
            Form::Array(item, len) => {
                if *len > LONGEST_ARRAY {
                    self.one_way(shape, direction, place, &self.vec_of(*item));
                }
                self.shape(*item, direction, place);
            }
            Form::Slice(item) | Form::Set(item) => self.shape(*item, direction, place),
            Form::Map(key, value) => {
                self.shape(*key, direction, &format!("{place}, key"));
                self.shape(*value, direction, &format!("{place}, value"));
            }
            Form::Pointer(kind, pointee) => self.pointer(shape, *kind, *pointee, direction, place),
            Form::Tuple(items) => {
                for (index, item) in items.iter().enumerate() {
                    self.shape(*item, direction, &format!("{place}.{index}"));
                }
            }
            Form::Struct(fields) => {
                let source = self.types.of(facts, shape);
                let sources = source.map(|source| source.fields.as_slice());
                self.fields((fields, sources.unwrap_or_default()), false, direction, place);
            }
            Form::Enum(variants) => {
                let source = self.types.of(facts, shape);
                let sources = source.map(|source| source.variants.as_slice()).unwrap_or_default();
                for (variant, source) in variants.iter().zip(paired(variants.len(), sources)) {
                    let sources = source.map(|(_, fields)| fields.as_slice());
                    let place = format!("{place}, variant {}", variant.name);
                    self.fields((&variant.fields, sources.unwrap_or_default()), true, direction, &place);
                }
            }
            Form::Result(done, failed) => {
                self.no_form(shape, NO_FORM, place);
                // What takes its place has these in it.
                self.shape(*done, direction, &format!("{place}, Ok"));
                self.shape(*failed, direction, &format!("{place}, Err"));
            }
            Form::Other(OtherForm::Opaque) => {
                self.no_form(shape, "is opaque: nothing is known of what is inside", place)
            }
            Form::Other(OtherForm::RawPointer) => self.no_form(shape, NOT_FOLLOWED, place),
            Form::Other(_) => self.no_form(shape, NO_FORM, place),
        }
    }

    fn vec_of(&self, item: usize) -> String {
        format!("a `Vec<{}>`", full_name(self.facts, item))
    }

    fn scalar(&mut self, shape: usize, scalar: &Scalar, direction: Direction, place: &str) {
        match scalar {
            // `str` is judged with the pointer to it.
            Scalar::Str if self.facts.shapes[shape].display == "str" => {}
            Scalar::Str => self.one_way(shape, direction, place, "a `String`"),
            Scalar::Other(_) => self.no_form(shape, NO_FORM, place),
            _ => {}
        }
    }

    fn pointer(&mut self, shape: usize, kind: PointerKind, pointee: Option<usize>, direction: Direction, place: &str) {
        let Some(pointee) = pointee else {
            return self.refuse(shape, place, "hides what it points to", "send the value itself");
        };
        let to = &self.facts.shapes[pointee].form;
        let items = match to {
            Form::Slice(item) => Some(*item),
            _ => None,
        };
        let text = *to == Form::Scalar(Scalar::Str);
        match kind {
            PointerKind::Rc | PointerKind::Arc | PointerKind::Box if let Some(item) = items => {
                let vec = self.vec_of(item);
                if kind != PointerKind::Box && direction == Direction::Decode {
                    self.refuse(shape, place, "ends the process when it is read", &format!("take {vec}"));
                } else {
                    self.one_way(shape, direction, place, &vec);
                }
                self.shape(pointee, direction, place);
            }
            PointerKind::Box | PointerKind::Rc | PointerKind::Arc => self.shape(pointee, direction, place),
            PointerKind::Cow if text => {}
            PointerKind::Cow | PointerKind::SharedReference => {
                let owned = match items {
                    Some(item) => self.vec_of(item),
                    None if text => "a `String`".to_owned(),
                    None => format!("an owned `{}`", full_name(self.facts, pointee)),
                };
                self.one_way(shape, direction, place, &owned);
                self.shape(pointee, direction, place);
            }
            PointerKind::Other => self.refuse(shape, place, NOT_FOLLOWED, "send the value itself"),
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

    fn fields(
        &mut self,
        (fields, sources): (&FieldsFacts, &[NameSource]),
        variant: bool,
        direction: Direction,
        place: &str,
    ) {
        let outer = self.at.at.clone();
        for (field, source) in fields.fields.iter().zip(paired(fields.fields.len(), sources)) {
            // A field whose source is not known is where the type that it is in is used.
            self.at.at = source.and_then(|source| source.at.clone()).or_else(|| outer.clone());
            let place = format!("{place}.{}", field.name);
            if let Some((why, cure)) = self.attribute(field, variant, direction) {
                self.refuse(field.shape, &place, why, cure);
            } else if !field.skip {
                self.shape(field.shape, direction, &place);
            }
        }
        self.at.at = outer;
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

    /// Refuses a type that no direction has a form for.
    fn no_form(&mut self, shape: usize, why: &str, place: &str) {
        self.refuse(shape, place, why, &instead_of(self.facts, shape, &self.at.krate));
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
            rust_type: full_name(self.facts, shape),
            why: why.into(),
            cure: cure.into(),
            ..diagnostic
        });
    }
}
