//! Values as a program writes them that imports the package.

use std::cell::RefCell;
use std::collections::BTreeSet;

use rapace_gen_core::base64_bytes;
use rapace_gen_core::text::is_hidden;
use rapace_schema::{Fields, Known, Style, TypeDef, TypeKind, TypeRef};
use serde_json::Value;

use super::context::Context;
use super::written::{Member, Written};
use crate::docs::literal;
use crate::types::Form;

/// How many nanoseconds a second, a millisecond and a microsecond have.
const UNITS: [(&str, i64); 4] = [
    ("Second", 1_000_000_000),
    ("Millisecond", 1_000_000),
    ("Microsecond", 1_000),
    ("Nanosecond", 1),
];

/// An expression.
#[derive(Debug)]
pub(super) struct Expression {
    pub(super) written: Written,
    pub(super) kind: Kind,
}

/// What Go knows of an expression wherever it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A constant or nil, which takes the type of its place.
    Untyped,
    /// A variant of an enum, whose type is not that of the enum.
    Variant,
    /// It has its type.
    Typed,
}

/// Writes values.
pub(super) struct Values<'c> {
    context: &'c Context<'c>,
    /// The packages of the standard library that expressions mention.
    imports: RefCell<BTreeSet<&'static str>>,
}

impl<'c> Values<'c> {
    pub(super) fn new(context: &'c Context<'c>) -> Self {
        Self {
            context,
            imports: RefCell::default(),
        }
    }

    /// The packages of the standard library that the expressions mention.
    pub(super) fn imports(self) -> BTreeSet<&'static str> {
        self.imports.into_inner()
    }

    /// The expression for a value in the form that JSON gives it. None for what is no expression.
    pub(super) fn expression(&self, ty: &TypeRef, value: &Value) -> Option<Expression> {
        let types = self.context.types;
        Some(match ty {
            TypeRef::Unit => composed("struct{}", Vec::new()),
            TypeRef::Bool => untyped(value.as_bool()?.to_string()),
            TypeRef::U128 => typed(unsigned(&digits(value))?),
            TypeRef::I128 => typed(signed(&digits(value))?),
            TypeRef::F32 | TypeRef::F64 => return self.float(ty, value),
            TypeRef::Char => untyped(rune(value.as_str()?)?),
            TypeRef::String => untyped(literal(value.as_str()?)),
            TypeRef::Bytes => bytes(&base64_bytes(value)?),
            TypeRef::Option(item) => return self.option(ty, item, value),
            TypeRef::List(item) => self.composite(format!("[]{}", self.go(item)), item, value)?,
            TypeRef::Set(item) if types.is_comparable(item) => {
                called(format!("rapace.NewSet[{}]", self.go(item)), self.items(item, value)?)
            }
            TypeRef::Set(item) => self.composite(format!("[]{}", self.go(item)), item, value)?,
            TypeRef::Map { key, value: ty } => return self.map(key, ty, value),
            TypeRef::Array { len: 0, .. } => composed(self.go(ty), Vec::new()),
            TypeRef::Array { item, .. } => self.composite(self.go(ty), item, value)?,
            TypeRef::Tuple(items) => {
                let items = items.iter().zip(value.as_array()?).enumerate();
                let items =
                    items.map(|(i, (item, each))| Some(Member::keyed(format!("V{i}"), self.written(item, each)?)));
                composed(self.go(ty), items.collect::<Option<_>>()?)
            }
            TypeRef::Named(name) => return self.named(name, value),
            _ => untyped(digits(value)),
        })
    }

    /// The type as the program writes it.
    fn go(&self, ty: &TypeRef) -> String {
        self.context.qualified(&self.context.types.go(ty))
    }

    fn import(&self, package: &'static str) {
        self.imports.borrow_mut().insert(package);
    }

    fn float(&self, ty: &TypeRef, value: &Value) -> Option<Expression> {
        let text = match value.as_str() {
            None => return Some(untyped(value.as_number()?.to_string())),
            Some("NaN") => "math.NaN()",
            Some("Infinity") => "math.Inf(1)",
            Some("-Infinity") => "math.Inf(-1)",
            Some("-0") => "math.Copysign(0, -1)",
            Some(_) => return None,
        };
        self.import("math");
        Some(typed(match ty {
            TypeRef::F32 => format!("float32({text})"),
            _ => text.to_owned(),
        }))
    }

    fn option(&self, ty: &TypeRef, item: &TypeRef, value: &Value) -> Option<Expression> {
        let types = self.context.types;
        let (is_sum, is_struct) = (types.is_sum(item), types.is_option_struct(item));
        if value.is_null() {
            return Some(match !is_sum && is_struct {
                true => composed(self.go(ty), Vec::new()),
                false => untyped("nil"),
            });
        }
        let inside = self.expression(item, value.get("some")?)?;
        if is_sum {
            return Some(inside);
        }
        let function = if is_struct { "Some" } else { "Ptr" };
        let argument = match (inside.kind, item) {
            (Kind::Typed, _) | (_, TypeRef::Bool | TypeRef::String) => String::new(),
            (Kind::Untyped | Kind::Variant, _) => format!("[{}]", self.go(item)),
        };
        Some(called(format!("rapace.{function}{argument}"), vec![inside.written]))
    }

    fn written(&self, ty: &TypeRef, value: &Value) -> Option<Written> {
        Some(self.expression(ty, value)?.written)
    }

    fn items(&self, item: &TypeRef, value: &Value) -> Option<Vec<Written>> {
        value.as_array()?.iter().map(|each| self.written(item, each)).collect()
    }

    /// A value in a composite literal whose type says that of its items.
    fn member(&self, item: &TypeRef, value: &Value) -> Option<Written> {
        let Expression { written, kind } = self.expression(item, value)?;
        Some(match (kind, written) {
            (Kind::Typed, Written::Composite { members, .. }) => Written::Composite {
                go: String::new(),
                members,
            },
            (_, written) => written,
        })
    }

    fn composite(&self, go: String, item: &TypeRef, value: &Value) -> Option<Expression> {
        let items = value.as_array()?.iter();
        let items = items.map(|each| Some(self.member(item, each)?.into()));
        Some(composed(go, items.collect::<Option<_>>()?))
    }

    fn map(&self, key: &TypeRef, ty: &TypeRef, value: &Value) -> Option<Expression> {
        let is_map = self.context.types.is_comparable(key);
        let mut entries: Vec<Member> = Vec::new();
        for entry in value.as_array()? {
            let [k, v] = entry.as_array()?.as_slice() else {
                return None;
            };
            entries.push(match is_map {
                true => Member::keyed(self.member(key, k)?.flat(), self.member(ty, v)?),
                false => {
                    let key = Member::keyed("Key", self.written(key, k)?);
                    composed("", vec![key, Member::keyed("Value", self.written(ty, v)?)])
                        .written
                        .into()
                }
            });
        }
        let (key, ty) = (self.go(key), self.go(ty));
        Some(match is_map {
            true => composed(format!("map[{key}]{ty}"), entries),
            false => composed(format!("[]rapace.Entry[{key}, {ty}]"), entries),
        })
    }

    fn named(&self, name: &str, value: &Value) -> Option<Expression> {
        let Context { types, naming, .. } = self.context;
        let def = types.def(name);
        let go = self.go(&TypeRef::Named(name.to_owned()));
        if def.foreign.contains_key("go") {
            return None;
        }
        match (types.form(name), &def.kind) {
            (Form::Presented, TypeKind::Struct(fields)) => self.presented(def, &go, fields.newtype()?, value),
            (Form::Defined, TypeKind::Struct(fields)) => {
                let inside = self.expression(fields.newtype()?, value)?;
                Some(match inside.kind {
                    Kind::Untyped => inside,
                    Kind::Typed | Kind::Variant => called(go, vec![inside.written]),
                })
            }
            (_, TypeKind::Struct(fields)) => self.fields(go, naming.fields(name, None), fields, value),
            // The number of a variant that is not known.
            (_, TypeKind::Enum { .. }) if value.is_number() => Some(typed(format!("{go}({value})"))),
            (form, TypeKind::Enum { variants }) => {
                let (chosen, inside) = value.as_object()?.iter().next()?;
                let index = variants.iter().position(|variant| variant.name == *chosen)?;
                let variant = self.context.qualified(naming.variant(name, index));
                if form == Form::UnitEnum {
                    return Some(typed(variant));
                }
                let fields = (naming.fields(name, Some(index)), &variants[index].fields);
                let made = self.fields(variant, fields.0, fields.1, inside)?;
                Some(Expression {
                    kind: Kind::Variant,
                    ..made
                })
            }
        }
    }

    fn fields(&self, go: String, names: &[String], fields: &Fields, value: &Value) -> Option<Expression> {
        let each = fields.fields.iter().zip(names).enumerate();
        let members = each.map(|(index, (field, name))| {
            let value = match (fields.style, names.len()) {
                (Style::Struct, _) => value.get(&field.name)?,
                (_, 1) => value,
                _ => value.get(index)?,
            };
            Some(Member::keyed(name, self.written(&field.ty, value)?))
        });
        Some(composed(go, members.collect::<Option<_>>()?))
    }

    /// A newtype that Go has a type for.
    fn presented(&self, def: &TypeDef, go: &str, wire: &TypeRef, value: &Value) -> Option<Expression> {
        let number = || digits(value).parse::<i64>().ok();
        let time = |text: String| {
            self.import("time");
            Some(typed(text))
        };
        let duration = |unit: usize| {
            let (unit, nanos) = UNITS[unit];
            let number = number()?;
            number.checked_mul(nanos)?;
            time(format!("{number} * time.{unit}"))
        };
        match def.known? {
            Known::TimestampS => time(format!("time.Unix({}, 0)", number()?)),
            Known::TimestampMs => time(format!("time.UnixMilli({})", number()?)),
            Known::TimestampUs => time(format!("time.UnixMicro({})", number()?)),
            Known::TimestampNs => time(format!("time.Unix(0, {})", number()?)),
            Known::DurationS => duration(0),
            Known::DurationMs => duration(1),
            Known::DurationUs => duration(2),
            Known::DurationNs => duration(3),
            Known::Uuid => {
                let number = match wire {
                    TypeRef::U128 => digits(value).parse().ok()?,
                    _ => u128::from_str_radix(&value.as_str()?.replace('-', ""), 16).ok()?,
                };
                Some(composed(go, vec![Written::Text(hex(&number.to_be_bytes())).into()]))
            }
            Known::Decimal | Known::Url => Some(untyped(literal(value.as_str()?))),
            Known::Brand => None,
        }
    }
}

fn typed(text: impl Into<String>) -> Expression {
    Expression {
        written: Written::Text(text.into()),
        kind: Kind::Typed,
    }
}

fn untyped(text: impl Into<String>) -> Expression {
    Expression {
        kind: Kind::Untyped,
        ..typed(text)
    }
}

/// A composite literal.
fn composed(go: impl Into<String>, members: Vec<Member>) -> Expression {
    Expression {
        written: Written::Composite { go: go.into(), members },
        kind: Kind::Typed,
    }
}

/// A call, or a conversion.
fn called(function: impl Into<String>, arguments: Vec<Written>) -> Expression {
    Expression {
        written: Written::Call {
            function: function.into(),
            arguments,
        },
        kind: Kind::Typed,
    }
}

/// The digits of an integer: small ones are numbers in JSON, large ones are strings.
fn digits(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn unsigned(digits: &str) -> Option<String> {
    let number: u128 = digits.parse().ok()?;
    Some(match u64::try_from(number) {
        Ok(small) => format!("rapace.Uint128From({small})"),
        Err(_) => format!("rapace.Uint128{{Hi: {}, Lo: {}}}", number >> 64, number as u64),
    })
}

fn signed(digits: &str) -> Option<String> {
    let number: i128 = digits.parse().ok()?;
    Some(match i64::try_from(number) {
        Ok(small) => format!("rapace.Int128From({small})"),
        Err(_) => format!("rapace.Int128{{Hi: {}, Lo: {}}}", number >> 64, number as u64),
    })
}

fn rune(text: &str) -> Option<String> {
    let c = text.chars().next()?;
    Some(match c {
        '\'' | '\\' => format!("'\\{c}'"),
        c if is_hidden(c) || c == '\t' => match u32::from(c) {
            code @ 0..=0xffff => format!("'\\u{code:04x}'"),
            code => format!("'\\U{code:08x}'"),
        },
        c => format!("'{c}'"),
    })
}

fn bytes(bytes: &[u8]) -> Expression {
    match str::from_utf8(bytes) {
        Ok("") => composed("[]byte", Vec::new()),
        Ok(text) if !text.contains(is_hidden) => typed(format!("[]byte({})", literal(text))),
        _ => composed("[]byte", vec![Written::Text(hex(bytes)).into()]),
    }
}

fn hex(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(|byte| format!("0x{byte:02x}")).collect();
    bytes.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{bytes, rune, signed, unsigned};

    #[test]
    fn scalars_are_exact() {
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(
            unsigned("18446744073709551615"),
            text("rapace.Uint128From(18446744073709551615)")
        );
        assert_eq!(unsigned("18446744073709551616"), text("rapace.Uint128{Hi: 1, Lo: 0}"));
        assert_eq!(
            signed("-9223372036854775808"),
            text("rapace.Int128From(-9223372036854775808)")
        );
        assert_eq!(
            signed("-9223372036854775809"),
            text("rapace.Int128{Hi: -1, Lo: 9223372036854775807}")
        );
        for (c, expected) in [("x", "'x'"), ("'", "'\\''"), ("\n", "'\\u000a'"), ("🎁", "'🎁'")] {
            assert_eq!(rune(c), text(expected));
        }
        let flat = |content: &[u8]| bytes(content).written.flat();
        assert_eq!(flat(b"ab"), "[]byte(\"ab\")");
        assert_eq!(flat(&[0, 255]), "[]byte{0x00, 0xff}");
        assert_eq!(flat(&[]), "[]byte{}");
    }
}
