//! Draws a crate: structs and enums of every form, and a service with a method for each. The same one for the same seed.

mod names;
mod ty;

use std::fmt::Write as _;

use conformance_draw::Random;

use self::names::{DOCS, FIELDS, TYPES, VARIANTS};
use self::ty::{Definition, Fields, Kind, Place, Ty};
use crate::build::Sources;

/// How many structs and enums there are.
const DEFINITIONS: usize = 44;
/// How many methods take types that are put together of others.
const COMPOSED: usize = 20;

/// What drawn crates are called.
pub const NAME: &str = "drawn";
/// What they need: nothing that the workspace does not have already, compiled alike.
const DEPENDENCIES: &str = "conformance-oracle = { path = \"{root}/conformance/oracle\" }\nserde = { version = \"1\", features = [\"derive\"] }\n";

/// A drawn crate.
pub struct Drawn {
    /// Its library: types and service.
    pub library: String,
    /// Its program, which answers what Rust makes of bytes.
    pub oracle: String,
}

impl Drawn {
    /// The crate as it is compiled.
    pub fn sources(&self) -> Sources<'_> {
        Sources {
            name: NAME,
            dependencies: DEPENDENCIES,
            library: &self.library,
            program: &self.oracle,
            extend: &|_| {},
        }
    }
}

/// Draws a crate.
pub fn draw(seed: u64) -> Drawn {
    // Neighbouring seeds have nothing in common.
    let mut random = Random(Random(seed).bits());
    let mut names = TYPES.to_vec();
    let mut definitions = Vec::new();
    // Whether the definition before may hold the one that comes.
    let mut awaited = false;
    for index in 0..DEFINITIONS {
        let name = names.swap_remove(random.below(names.len()));
        let awaits = index + 1 < DEFINITIONS && random.one_in(6);
        definitions.push(definition(&mut random, name, &definitions, (awaited, awaits)));
        awaited = awaits;
    }
    let mut roots: Vec<(String, Ty)> = Vec::new();
    for (index, definition) in definitions.iter().enumerate() {
        if definition.parameters == 0 {
            roots.push((
                format!("of_{}", definition.name.to_lowercase()),
                Ty::Named(index, Vec::new()),
            ));
        }
    }
    for index in 0..COMPOSED {
        let letter = |index: usize| char::from(b'a' + (index % 26) as u8);
        let name = format!("composed_{}{}", letter(index / 26), letter(index));
        let place = Place {
            definitions: &definitions,
            parameters: 0,
            borrows: true,
            key: false,
            circle: &[],
            boxes: false,
        };
        roots.push((name, place.composed(&mut random)));
    }
    Drawn {
        library: library(&mut random, &definitions, &roots),
        oracle: oracle(&definitions, &roots),
    }
}

/// A definition. `(awaited, awaits)` says whether the one before may hold it, and whether it may hold the next.
fn definition(
    random: &mut Random,
    name: &'static str,
    before: &[Definition],
    (awaited, awaits): (bool, bool),
) -> Definition {
    let key = !awaits && random.one_in(3);
    let parameters = if key || awaited || awaits || !random.one_in(8) {
        0
    } else {
        1 + random.below(2)
    };
    let index = before.len();
    let mut circle = Vec::new();
    if parameters == 0 && !key {
        circle.extend(random.one_in(4).then_some(index));
        circle.extend(awaited.then(|| index - 1));
        circle.extend(awaits.then_some(index + 1));
    }
    let place = Place {
        definitions: before,
        parameters,
        borrows: parameters == 0,
        key,
        circle: &circle,
        boxes: false,
    };
    let kind = if random.one_in(2) {
        Kind::Struct(fields(random, &place, 6))
    } else {
        Kind::Enum(variants(random, &place))
    };
    Definition {
        name,
        parameters,
        key,
        kind,
    }
}

fn variants(random: &mut Random, place: &Place<'_>) -> Vec<(String, Fields)> {
    if place.parameters == 0 && random.one_in(10) {
        // Indexes of one byte and of two.
        let count = 120 + random.below(80);
        return (0..count).map(|index| (format!("V{index}"), Fields::Unit)).collect();
    }
    let (plain, count) = (place.parameters == 0 && random.one_in(4), 1 + random.below(5));
    let mut names = VARIANTS.to_vec();
    let mut variant = |index: usize| {
        let name = names.swap_remove(random.below(names.len()));
        // A value that ends has the first variant.
        let boxes = index > 0;
        let fields = if plain {
            Fields::Unit
        } else {
            fields(random, &Place { boxes, ..*place }, 3)
        };
        (name.to_owned(), fields)
    };
    (0..count).map(&mut variant).collect()
}

/// Fields of any form, `most` at most.
fn fields(random: &mut Random, place: &Place<'_>, most: usize) -> Fields {
    let mut names = FIELDS.to_vec();
    match random.below(8) {
        0 if place.parameters == 0 => Fields::Unit,
        1..=3 => {
            let count = 1 + random.below(most.min(4));
            Fields::Tuple(places(random, place, count))
        }
        _ => {
            let count = 1 + random.below(most);
            let types = places(random, place, count);
            let mut name = || names.swap_remove(random.below(names.len()));
            Fields::Named(types.into_iter().map(|ty| (name(), ty)).collect())
        }
    }
}

/// So many types, in which each type parameter is used.
fn places(random: &mut Random, place: &Place<'_>, count: usize) -> Vec<Ty> {
    let mut types: Vec<Ty> = (0..count).map(|_| place.any(random, 2)).collect();
    types.extend((0..place.parameters).map(Ty::Parameter));
    types
}

fn library(random: &mut Random, definitions: &[Definition], roots: &[(String, Ty)]) -> String {
    let mut out = String::from(
        "//! Drawn by chance.\n\n#![allow(missing_docs, clippy::all)]\n\nuse facet::Facet;\nuse rapace::Streaming;\nuse \
         serde::{Deserialize, Serialize};\n",
    );
    for definition in definitions {
        out.push('\n');
        doc(random, "", &mut out);
        definition.write(random, definitions, &mut out);
    }
    out += "\n#[rapace::service]\npub trait Values {\n";
    for (name, ty) in roots {
        let ty = ty.rust(definitions);
        doc(random, "    ", &mut out);
        let _ = writeln!(out, "    async fn {name}(&self, value: {ty}) -> {ty};");
    }
    // The testees are written for all services of the fixtures.
    out += "}\n\n#[rapace::service]\npub trait Calls {\n    async fn count(&self, count: u32) -> Streaming<u32>;\n}\n";
    out += "\n#[rapace::service]\npub trait Work {\n    async fn attempts(&self, key: u32) -> u32;\n}\n";
    out
}

fn oracle(definitions: &[Definition], roots: &[(String, Ty)]) -> String {
    let mut out = String::from(
        "//! Answers what Rust makes of bytes.\n\n#[allow(unused_imports)]\nuse drawn::*;\nuse \
         conformance_oracle::{Shape, serve, shape};\n\nstatic SHAPES: &[Shape] = &[\n",
    );
    for (name, ty) in roots {
        let _ = writeln!(out, "    shape::<{}>(\"{name}\"),", ty.rust(definitions));
    }
    out += "];\n\nfn main() -> Result<(), String> {\n    serve(SHAPES)\n}\n";
    out
}

fn doc(random: &mut Random, indent: &str, out: &mut String) {
    for _ in 0..random.below(3) {
        let _ = writeln!(out, "{indent}/// {}", random.pick(DOCS));
    }
}

impl Definition {
    fn write(&self, random: &mut Random, definitions: &[Self], out: &mut String) {
        out.push_str("#[derive(Facet, Serialize, Deserialize");
        if self.key {
            out.push_str(", PartialEq, Eq, PartialOrd, Ord, Hash");
        }
        out.push_str(")]\n");
        let parameters: Vec<String> = (0..self.parameters)
            .map(|index| format!("{}: 'static", Ty::Parameter(index).rust(definitions)))
            .collect();
        let parameters = match parameters.is_empty() {
            true => String::new(),
            false => format!("<{}>", parameters.join(", ")),
        };
        match &self.kind {
            Kind::Struct(fields) => {
                let _ = write!(out, "pub struct {}{parameters}", self.name);
                fields.write(random, definitions, "pub ", out);
                out.push_str(match fields {
                    Fields::Named(_) => "\n",
                    _ => ";\n",
                });
            }
            Kind::Enum(variants) => {
                let _ = writeln!(out, "#[repr(u8)]\npub enum {}{parameters} {{", self.name);
                for (name, fields) in variants {
                    doc(random, "    ", out);
                    let _ = write!(out, "    {name}");
                    fields.write(random, definitions, "", out);
                    out.push_str(",\n");
                }
                out.push_str("}\n");
            }
        }
    }
}

impl Fields {
    fn write(&self, random: &mut Random, definitions: &[Definition], visible: &str, out: &mut String) {
        match self {
            Self::Unit => {}
            Self::Tuple(types) => {
                let types = types.iter().map(|ty| visible.to_owned() + &ty.rust(definitions));
                let _ = write!(out, "({})", types.collect::<Vec<_>>().join(", "));
            }
            Self::Named(fields) => {
                out.push_str(" {\n");
                for (name, ty) in fields {
                    doc(random, "        ", out);
                    if random.one_in(12) {
                        out.push_str("        #[facet(sensitive)]\n");
                    }
                    let _ = writeln!(out, "        {visible}{name}: {},", ty.rust(definitions));
                }
                out.push_str("    }");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::draw;

    #[test]
    fn equal_seeds_draw_equal_crates() {
        for seed in 0..20 {
            let (one, other) = (draw(seed), draw(seed));
            assert_eq!((one.library, one.oracle), (other.library, other.oracle));
        }
        assert_ne!(draw(1).library, draw(2).library);
    }

    #[test]
    fn every_construct_is_drawn() {
        let all: String = (0..20).map(|seed| draw(seed).library).collect();
        for construct in [
            "pub struct ",
            "pub enum ",
            "<T0: 'static",
            "Option<Box<",
            "BTreeMap<",
            "HashMap<",
            "BTreeSet<",
            "HashSet<",
            "Cow<'static, str>",
            "Box<",
            "[u8; ",
            "; 0]",
            "Vec<u8>",
            "u128",
            "i128",
            "f32",
            "char",
            "usize",
            "()",
        ] {
            assert!(all.contains(construct), "{construct}");
        }
    }
}
