//! Drawn APIs with drawn changes: what is called safe must carry every drawn value.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::compare::finding::Local;
use crate::compare::payloads::argument_items;
use crate::compare::side::Side;
use crate::compare::values::{Choices, Effort, Maker};
use crate::compare::verdict::Seen;
use crate::compare::walk::Walk;
use crate::digest::seal;
use crate::fixtures::{api, enumeration, service, structure};
use crate::model::{Api, Field, Fields, Style, TypeDef, TypeKind, TypeRef};
use crate::postcard::{Codec, Limits};

/// How many changes are drawn where the environment does not say: `RAPACE_MUTATIONS`. `cargo xtask test --only command` draws more,
/// and `RAPACE_SEED=1` others.
const CHANGES: u64 = 2_000;
/// How many values each is tried on, in each direction.
const VALUES: usize = 4;

const SCALARS: [TypeRef; 18] = [
    TypeRef::Unit,
    TypeRef::Bool,
    TypeRef::U8,
    TypeRef::U16,
    TypeRef::U32,
    TypeRef::U64,
    TypeRef::Usize,
    TypeRef::U128,
    TypeRef::I8,
    TypeRef::I16,
    TypeRef::I32,
    TypeRef::I64,
    TypeRef::I128,
    TypeRef::F32,
    TypeRef::F64,
    TypeRef::Char,
    TypeRef::String,
    TypeRef::Bytes,
];

fn scalar(choices: &mut Choices) -> TypeRef {
    SCALARS[choices.below(SCALARS.len())].clone()
}

/// A type that may mention the first `named` types.
fn ty(choices: &mut Choices, named: usize, depth: u32) -> TypeRef {
    let inner = |choices: &mut Choices| Box::new(ty(choices, named, depth.saturating_sub(1)));
    match choices.below(if depth == 0 { 6 } else { 14 }) {
        0..4 => scalar(choices),
        4 | 5 if named > 0 => TypeRef::Named(format!("T{}", choices.below(named))),
        6 | 7 => TypeRef::Option(inner(choices)),
        8 | 9 => TypeRef::List(inner(choices)),
        10 => TypeRef::Array {
            item: inner(choices),
            len: choices.below(4) as u64,
        },
        11 => TypeRef::Tuple(vec![*inner(choices), *inner(choices)]),
        12 => TypeRef::Set(inner(choices)),
        13 => TypeRef::Map {
            key: inner(choices),
            value: inner(choices),
        },
        _ => scalar(choices),
    }
}

fn fields(choices: &mut Choices, named: usize) -> Vec<(String, TypeRef)> {
    let tuple = choices.below(4) == 0;
    let fields = (0..choices.below(4)).map(|index| {
        let name = if tuple { index.to_string() } else { format!("f{index}") };
        (name, ty(choices, named, 1))
    });
    fields.collect()
}

fn definition(choices: &mut Choices, index: usize) -> TypeDef {
    fn borrowed(fields: &[(String, TypeRef)]) -> Vec<(&str, TypeRef)> {
        fields.iter().map(|(name, ty)| (name.as_str(), ty.clone())).collect()
    }
    let name = format!("T{index}");
    if choices.below(2) == 0 {
        return structure(&name, &borrowed(&fields(choices, index)));
    }
    let variants: Vec<(String, Vec<(String, TypeRef)>)> = (0..1 + choices.below(3))
        .map(|variant| {
            let fields = if choices.below(2) == 0 {
                Vec::new()
            } else {
                fields(choices, index)
            };
            (format!("V{variant}"), fields)
        })
        .collect();
    let fields: Vec<Vec<(&str, TypeRef)>> = variants.iter().map(|(_, fields)| borrowed(fields)).collect();
    let variants: Vec<(&str, &[(&str, TypeRef)])> = variants
        .iter()
        .zip(&fields)
        .map(|((name, _), fields)| (name.as_str(), fields.as_slice()))
        .collect();
    enumeration(&name, &variants)
}

fn drawn(choices: &mut Choices) -> Api {
    let types: Vec<TypeDef> = (0..3).map(|index| definition(choices, index)).collect();
    let mut api = api(types);
    let arguments: Vec<TypeRef> = (0..1 + choices.below(3)).map(|_| ty(choices, 3, 2)).collect();
    api.services = vec![service("S", &[("m", &arguments, TypeRef::Unit)])];
    api
}

/// Changes one thing.
fn change(api: &mut Api, choices: &mut Choices) {
    match choices.below(3) {
        0 => change_arguments(api, choices),
        _ => {
            let index = choices.below(api.types.len());
            let def = &mut api.types[index];
            match &mut def.kind {
                TypeKind::Struct(fields) => change_fields(fields, choices, index),
                TypeKind::Enum { variants } => {
                    let chosen = choices.below(variants.len());
                    match choices.below(6) {
                        0 if variants.len() > 1 => drop(variants.remove(chosen)),
                        1 | 2 => {
                            let mut more = variants[chosen].clone();
                            more.name = "New".into();
                            let at = choices.below(variants.len() + 1);
                            variants.insert(at, more);
                        }
                        3 => {
                            let other = choices.below(variants.len());
                            variants.swap(chosen, other);
                        }
                        4 => variants[chosen].name = "Renamed".into(),
                        _ => change_fields(&mut variants[chosen].fields, choices, index),
                    }
                    for (index, variant) in variants.iter_mut().enumerate() {
                        variant.index = index as u32;
                    }
                }
            }
        }
    }
}

fn change_arguments(api: &mut Api, choices: &mut Choices) {
    let arguments = &mut api.services[0].methods[0].arguments;
    let chosen = choices.below(arguments.len());
    match choices.below(5) {
        0 => {
            let other = choices.below(arguments.len());
            arguments.swap(chosen, other);
        }
        1 => arguments[chosen].name = "renamed".into(),
        2 if arguments.len() > 1 => drop(arguments.remove(chosen)),
        _ => change_type(&mut arguments[chosen].ty, choices, 3),
    }
}

fn change_fields(fields: &mut Fields, choices: &mut Choices, named: usize) {
    let list = &mut fields.fields;
    if list.is_empty() || choices.below(4) == 0 {
        let at = choices.below(list.len() + 1);
        let ty = ty(choices, named, 1);
        list.insert(
            at,
            Field {
                name: "added".into(),
                ty,
                ..Field::default()
            },
        );
        if fields.style == Style::Unit {
            fields.style = Style::Struct;
        }
    } else {
        let (chosen, other) = (choices.below(list.len()), choices.below(list.len()));
        match choices.below(5) {
            0 => drop(list.remove(chosen)),
            1 | 2 => list.swap(chosen, other),
            3 if fields.style == Style::Struct => list[chosen].name = "renamed".into(),
            _ => change_type(&mut list[chosen].ty, choices, named),
        }
    }
    if fields.style == Style::Tuple {
        for (index, field) in fields.fields.iter_mut().enumerate() {
            field.name = index.to_string();
        }
    }
}

fn change_type(place: &mut TypeRef, choices: &mut Choices, named: usize) {
    let inside = choices.below(3) > 0;
    match place {
        TypeRef::Option(item) | TypeRef::List(item) | TypeRef::Set(item) if inside => {
            return change_type(item, choices, named);
        }
        TypeRef::Map { key, value } if inside => {
            let part = if choices.below(2) == 0 { key } else { value };
            return change_type(part, choices, named);
        }
        _ => {}
    }
    *place = match (choices.below(8), place.clone()) {
        (0, ty) => TypeRef::Option(Box::new(ty)),
        (1, ty) => TypeRef::List(Box::new(ty)),
        (2, TypeRef::List(item)) => TypeRef::Set(item),
        (3, TypeRef::Set(item)) => TypeRef::List(item),
        (4, TypeRef::List(item)) => TypeRef::Array { item, len: 2 },
        (5, TypeRef::Array { item, len }) => TypeRef::Array { item, len: len + 1 },
        (6, TypeRef::Option(item)) => *item,
        (7, _) => ty(choices, named, 1),
        _ => scalar(choices),
    };
}

/// What the names of a value say: numbers by the names on the way, and the variants of enums.
fn named(side: &Side<'_>, ty: &TypeRef, value: &Value, way: &str, found: &mut BTreeMap<String, String>) {
    let fields = |fields: &Fields, value: &Value, way: &str, found: &mut BTreeMap<String, String>| match (
        fields.style,
        fields.fields.as_slice(),
    ) {
        (Style::Struct, many) => many.iter().for_each(|field| {
            named(
                side,
                &field.ty,
                &value[&field.name],
                &format!("{way}.{}", field.name),
                found,
            );
        }),
        (_, [one]) => named(side, &one.ty, value, way, found),
        // A position is no name: what has no bytes leaves the tuple, and the values after it stay in their order.
        (_, many) => (many.iter().enumerate())
            .filter(|(_, field)| !side.sizes.is_zero_sized(&field.ty))
            .enumerate()
            .for_each(|(place, (index, field))| {
                named(side, &field.ty, &value[index], &format!("{way}.{place}"), found);
            }),
    };
    match (ty, value) {
        (TypeRef::Option(item), Value::Object(some)) => named(side, item, &some["some"], &format!("{way}?"), found),
        (TypeRef::List(item), Value::Array(items)) => {
            let items = items.iter().enumerate();
            items.for_each(|(index, value)| named(side, item, value, &format!("{way}[{index}]"), found));
        }
        (TypeRef::Named(name), value) => match side.definition(name).map(|def| &def.kind) {
            Some(TypeKind::Struct(inner)) => fields(inner, value, way, found),
            Some(TypeKind::Enum { variants }) => {
                let (chosen, inside) = value.as_object().and_then(|entry| entry.iter().next()).unwrap();
                let index = variants.iter().position(|variant| variant.name == *chosen).unwrap();
                let all: Vec<&str> = variants.iter().map(|variant| variant.name.as_str()).collect();
                found.insert(format!("{way}!"), format!("{chosen} of {}", all.join(" ")));
                // The enum of a newtype variant would have the key of the one around it.
                fields(&variants[index].fields, inside, &format!("{way}!{index}"), found);
            }
            None => {}
        },
        (_, Value::Number(number)) => drop(found.insert(way.to_owned(), number.to_string())),
        (TypeRef::U64 | TypeRef::I64 | TypeRef::U128 | TypeRef::I128, Value::String(number)) => {
            found.insert(way.to_owned(), number.clone());
        }
        _ => {}
    }
}

/// Whether two names of one variant, or two numbers at one name, contradict each other.
fn contradicts(written: &str, read: &str) -> bool {
    match (written.split_once(" of "), read.split_once(" of ")) {
        (Some((one, ones)), Some((other, others))) => {
            let has = |all: &str, name: &str| all.split(' ').any(|known| known == name);
            one != other && (has(others, one) || has(ones, other))
        }
        (None, None) => written != read,
        _ => false,
    }
}

/// Tries values in a direction that is called safe. Returns how many there were.
fn check_safe(writer: &Side<'_>, reader: &Side<'_>, choices: &mut Choices) -> usize {
    let types = |side: &Side<'_>| -> TypeRef {
        let arguments = side.api.services[0].methods[0].arguments.iter();
        TypeRef::Tuple(arguments.map(|argument| argument.ty.clone()).collect())
    };
    let names = |side: &Side<'_>, values: &Value| {
        let mut found = BTreeMap::new();
        for (argument, value) in side.api.services[0].methods[0]
            .arguments
            .iter()
            .zip(values.as_array().unwrap())
        {
            named(side, &argument.ty, value, &argument.name, &mut found);
        }
        found
    };
    let (writes, reads) = (types(writer), types(reader));
    let limits = Limits::default();
    let (encoder, decoder) = (Codec::new(writer.api, limits), Codec::new(reader.api, limits));
    let told = |value: &Value| {
        format!(
            "{value}\n{}\n{}",
            crate::to_json(writer.api),
            crate::to_json(reader.api)
        )
    };
    let mut count = 0;
    for _ in 0..VALUES {
        let effort = Effort {
            depth: 3,
            beside: 3,
            number: None,
        };
        let Some(value) = Maker::new(writer).on_the_way(&writes, &[], choices, effort) else {
            break;
        };
        let Ok(bytes) = encoder.encode(&writes, &value) else {
            continue;
        };
        // As the bytes have it: an f32 is not every float that is written into it.
        let value = encoder.decode(&writes, &bytes).unwrap();
        let read = decoder.decode(&reads, &bytes);
        let read = read.unwrap_or_else(|error| panic!("called safe, but {error}: {}", told(&value)));
        let again = decoder.encode(&reads, &read).unwrap();
        assert_eq!(
            again,
            bytes,
            "called safe, but {read} is another value than {}",
            told(&value)
        );
        let (sent, received) = (names(writer, &value), names(reader, &read));
        for (name, written) in &sent {
            let contradiction = received.get(name).filter(|read| contradicts(written, read));
            assert!(
                contradiction.is_none(),
                "called safe, but {name} is another in {read}: {}",
                told(&value)
            );
        }
        count += 1;
    }
    count
}

fn worst(local: &Local, pick: fn(&crate::compare::finding::Finding) -> Seen) -> Seen {
    local.findings.iter().map(pick).fold(Seen::default(), Seen::worse)
}

#[test]
fn nothing_that_is_called_safe_loses_a_value() {
    let number = |name| std::env::var(name).ok()?.parse::<u64>().ok();
    let count = number("RAPACE_MUTATIONS").unwrap_or(CHANGES);
    let (mut safe, mut unsafe_ones, mut values, mut tried) = (0_u64, 0_u64, 0, 0_u64);
    // Other changes: RAPACE_SEED.
    let mut seed = number("RAPACE_SEED").unwrap_or(0).wrapping_mul(1 << 32);
    while tried < count {
        seed += 1;
        let mut choices = Choices(seed);
        let old = drawn(&mut choices);
        let mut new = old.clone();
        change(&mut new, &mut choices);
        if old == new || !crate::validate(&old).is_empty() || !crate::validate(&new).is_empty() {
            continue;
        }
        tried += 1;
        let [mut old, mut new] = [old, new];
        seal(&mut old);
        seal(&mut new);
        let (before, after) = (Side::new(&old), Side::new(&new));
        let items = |side: &Side<'_>| side.api.services[0].methods[0].clone();
        let (first, second) = (items(&before), items(&after));
        let local =
            Walk::new(&before, &after).payload(argument_items(&first, "a", "S.m"), argument_items(&second, "a", "S.m"));
        assert!(local.synced || !local.findings.is_empty());
        for (writer, reader, seen) in [
            (&before, &after, worst(&local, |finding| finding.forth)),
            (&after, &before, worst(&local, |finding| finding.back)),
        ] {
            match seen.verdict.is_safe() {
                true => {
                    safe += 1;
                    values += check_safe(writer, reader, &mut choices);
                }
                false => unsafe_ones += 1,
            }
        }
    }
    println!("figure: {tried} changes: {safe} directions are safe, of {values} values; {unsafe_ones} are not");
    assert!(
        safe > tried / 4 && unsafe_ones > tried / 4,
        "{safe} and {unsafe_ones} of {tried}"
    );
}
