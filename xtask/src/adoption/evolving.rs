//! Whether the table of `docs/evolving.md` is true: values are written with the types of one side and read with those of the other.

use std::fs;

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, Field, Fields, Style, TypeDef, TypeKind, TypeRef, Variant};
use serde_json::Value;

use crate::project::{Error, Project, Result, all_good};

const PAGE: &str = "docs/evolving.md";
/// How the table begins.
const TABLE: &str = "| change | old writes, new reads | new writes, old reads |";

/// A change, with values of the old type and what each must be for the new one, and the other way. Types and values are JSON, as in
/// `api.json`; an enum is a list of variants, each with the type of its field after a colon.
struct Change {
    name: &'static str,
    old: &'static str,
    new: &'static str,
    forth: &'static [(&'static str, &'static str)],
    back: &'static [(&'static str, &'static str)],
}

/// What stands in the place of a value that the other side has no equal of.
const NOTHING: &str = "no value";

#[rustfmt::skip]
const CHANGES: &[Change] = &[
    Change { name: "a variant is added at the end", old: "enum A, B:\"u32\"", new: "enum A, B:\"u32\", C",
        forth: &[(r#"{"A":null}"#, r#"{"A":null}"#), (r#"{"B":7}"#, r#"{"B":7}"#)], back: &[(r#"{"A":null}"#, r#"{"A":null}"#), (r#"{"C":null}"#, NOTHING)] },
    Change { name: "a variant is inserted before others, or variants change places", old: "enum A, B", new: "enum C, A, B",
        forth: &[(r#"{"A":null}"#, r#"{"A":null}"#), (r#"{"B":null}"#, r#"{"B":null}"#)], back: &[(r#"{"A":null}"#, r#"{"A":null}"#)] },
    Change { name: "a variant is removed at the end", old: "enum A, B", new: "enum A",
        forth: &[(r#"{"A":null}"#, r#"{"A":null}"#), (r#"{"B":null}"#, NOTHING)], back: &[(r#"{"A":null}"#, r#"{"A":null}"#)] },
    Change { name: "a field or an argument is added at the end", old: r#"{"tuple":["u32","string"]}"#, new: r#"{"tuple":["u32","string","u32"]}"#,
        forth: &[(r#"[1,"a"]"#, NOTHING)], back: &[(r#"[1,"a",5]"#, NOTHING)] },
    Change { name: "a field is added or removed before others", old: r#"{"tuple":["u32","bytes"]}"#, new: r#"{"tuple":["u32","u32","bytes"]}"#,
        forth: &[(r#"[1,""]"#, NOTHING), (r#"[1,"AQk="]"#, NOTHING)], back: &[(r#"[1,0,""]"#, NOTHING), (r#"[1,2,"CQ=="]"#, NOTHING)] },
    Change { name: "fields of one type change places", old: r#"{"tuple":["u32","u32"]}"#, new: r#"{"tuple":["u32","u32"]}"#,
        forth: &[("[1,2]", "[2,1]")], back: &[("[1,2]", "[2,1]")] },
    Change { name: "fields move into a struct, or out of it, in the same order", old: r#"{"tuple":["u32","string","bool"]}"#, new: r#"{"tuple":["u32",{"tuple":["string","bool"]}]}"#,
        forth: &[(r#"[1,"a",true]"#, r#"[1,["a",true]]"#)], back: &[(r#"[1,["a",true]]"#, r#"[1,"a",true]"#)] },
    Change { name: "`u16` becomes `u32`", old: r#""u16""#, new: r#""u32""#,
        forth: &[("0", "0"), ("65535", "65535")], back: &[("65535", "65535"), ("65536", NOTHING)] },
    Change { name: "`i32` becomes `i64`", old: r#""i32""#, new: r#""i64""#,
        forth: &[("-5", r#""-5""#), ("2147483647", r#""2147483647""#)], back: &[(r#""-5""#, "-5"), (r#""2147483648""#, NOTHING)] },
    Change { name: "`usize` becomes `u64`", old: r#""usize""#, new: r#""u64""#,
        forth: &[(r#""9007199254740993""#, r#""9007199254740993""#)], back: &[(r#""18446744073709551615""#, r#""18446744073709551615""#)] },
    Change { name: "`u8` becomes a wider number", old: r#"{"tuple":["u8","bytes"]}"#, new: r#"{"tuple":["u32","bytes"]}"#,
        forth: &[(r#"[100,""]"#, r#"[100,""]"#), (r#"[200,""]"#, NOTHING), (r#"[200,"AA=="]"#, NOTHING)], back: &[(r#"[100,""]"#, r#"[100,""]"#), (r#"[200,""]"#, NOTHING), (r#"[300,""]"#, NOTHING)] },
    Change { name: "`u32` becomes `i32`, or `i32` becomes `u32`", old: r#""u32""#, new: r#""i32""#,
        forth: &[("0", "0"), ("10", "10")], back: &[("0", "0"), ("5", "5")] },
    Change { name: "`T` becomes `Option<T>`", old: r#"{"tuple":["u32","u32"]}"#, new: r#"{"tuple":[{"option":"u32"},"u32"]}"#,
        forth: &[("[1,7]", r#"[{"some":1},7]"#), ("[0,7]", r#"[{"some":0},7]"#)], back: &[(r#"[{"some":1},7]"#, "[1,7]"), ("[null,7]", NOTHING)] },
    Change { name: "`Vec<T>` becomes a set", old: r#"{"list":"u32"}"#, new: r#"{"set":"u32"}"#,
        forth: &[("[1,2]", "[1,2]")], back: &[("[1,2]", "[1,2]")] },
    Change { name: "`String` becomes `Vec<u8>`", old: r#""string""#, new: r#""bytes""#,
        forth: &[(r#""a""#, r#""YQ==""#)], back: &[(r#""YQ==""#, r#""a""#), (r#""/w==""#, NOTHING)] },
    Change { name: "`bool` becomes an enum of two variants", old: r#""bool""#, new: "enum No, Yes",
        forth: &[("true", r#"{"Yes":null}"#), ("false", r#"{"No":null}"#)], back: &[(r#"{"Yes":null}"#, "true")] },
];

/// How values of one side fare at the other, the worst last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Verdict {
    Arrives,
    Fails,
    Silent,
}

impl Verdict {
    /// The words of the table for a direction in which all values fare so, or only some.
    fn words(verdicts: &[Self]) -> &'static str {
        let has = |verdict| verdicts.contains(&verdict);
        match (has(Self::Arrives), has(Self::Fails), has(Self::Silent)) {
            (true, false, false) => "works",
            (true, true, false) => "works; a value that the reader lacks is an error",
            (false, true, false) => "an error",
            (_, false, true) => "**wrong values, silently**",
            _ => "**an error, or wrong values, silently**",
        }
    }
}

/// Checks every row of the table, and that it has every change. Returns a line of figures.
///
/// # Errors
/// When the table says something else than what happens.
pub fn test(project: &Project) -> Result<String> {
    let page = fs::read_to_string(project.path(PAGE)).map_err(|error| Error(format!("{PAGE}: {error}")))?;
    let mut problems = Vec::new();
    for change in CHANGES {
        let forth = verdict(change.old, change.new, change.forth)?;
        let back = verdict(change.new, change.old, change.back)?;
        let row = format!("| {} | {forth} | {back} |", change.name);
        if !page.lines().any(|line| line == row) {
            problems.push(format!("{PAGE}: a row should be\n{row}"));
        }
    }
    let rows = page.lines().skip_while(|line| *line != TABLE).skip(2);
    let rows = rows.take_while(|line| line.starts_with('|')).count();
    if rows != CHANGES.len() {
        problems.push(format!(
            "{PAGE}: the table has {rows} rows instead of {}",
            CHANGES.len()
        ));
    }
    all_good(problems)?;
    Ok(format!("evolving: {rows} changes, each tried in both directions"))
}

fn verdict(writer: &str, reader: &str, values: &[(&str, &str)]) -> Result<&'static str> {
    let (writes, reads) = (described(writer)?, described(reader)?);
    let (encoder, decoder) = (
        Codec::new(&writes.0, Limits::default()),
        Codec::new(&reads.0, Limits::default()),
    );
    let mut verdicts = Vec::new();
    for (value, meant) in values {
        let bytes = encoder.encode(&writes.1, &json(value)?);
        let bytes = bytes.map_err(|error| Error(format!("{value} as {writer}: {error}")))?;
        verdicts.push(match decoder.decode(&reads.1, &bytes) {
            Err(_) => Verdict::Fails,
            Ok(read) if *meant != NOTHING && read == json(meant)? => Verdict::Arrives,
            Ok(_) => Verdict::Silent,
        });
    }
    verdicts.sort();
    Ok(Verdict::words(&verdicts))
}

/// An API with the type, and the type.
fn described(text: &str) -> Result<(Api, TypeRef)> {
    let Some(variants) = text.strip_prefix("enum ") else {
        let ty = serde_json::from_str(text).map_err(|error| Error(format!("{text}: {error}")))?;
        return Ok((Api::default(), ty));
    };
    let mut found = Vec::new();
    for (index, variant) in variants.split(", ").enumerate() {
        let (name, field) = variant
            .split_once(':')
            .map_or((variant, None), |(name, ty)| (name, Some(ty)));
        let fields = match field {
            None => Fields::default(),
            Some(ty) => Fields {
                style: Style::Tuple,
                fields: vec![Field {
                    name: "0".into(),
                    ty: serde_json::from_str(ty).map_err(|error| Error(format!("{ty}: {error}")))?,
                    ..Field::default()
                }],
            },
        };
        found.push(Variant {
            name: name.into(),
            index: u32::try_from(index).unwrap_or(u32::MAX),
            fields,
            ..Variant::default()
        });
    }
    let definition = TypeDef {
        name: "E".into(),
        kind: TypeKind::Enum { variants: found },
        ..TypeDef::default()
    };
    let api = Api {
        types: vec![definition],
        ..Api::default()
    };
    Ok((api, TypeRef::Named("E".into())))
}

fn json(text: &str) -> Result<Value> {
    serde_json::from_str(text).map_err(|error| Error(format!("{text}: {error}")))
}
