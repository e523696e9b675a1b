//! Types and definitions as a drawn crate writes them.

use conformance_draw::Random;

/// A type.
#[derive(Clone)]
pub(in crate::fuzz) enum Ty {
    /// One without parts, as Rust writes it.
    Scalar(&'static str),
    /// A generic type of the standard library, and what it holds.
    Of(&'static str, Vec<Ty>),
    Array(Box<Ty>, usize),
    Tuple(Vec<Ty>),
    /// A definition by its place, and what its parameters stand for.
    Named(usize, Vec<Ty>),
    /// A type parameter of the definition that this stands in.
    Parameter(usize),
}

/// A struct or an enum.
pub(super) struct Definition {
    pub(super) name: &'static str,
    /// How many type parameters it has.
    pub(super) parameters: usize,
    /// Whether it can be a key.
    pub(super) key: bool,
    pub(super) kind: Kind,
}

/// What a definition is.
pub(super) enum Kind {
    Struct(Fields),
    Enum(Vec<(String, Fields)>),
}

/// The fields of a struct or a variant.
pub(super) enum Fields {
    Unit,
    Tuple(Vec<Ty>),
    Named(Vec<(&'static str, Ty)>),
}

/// Where a type is drawn.
pub(super) struct Place<'a> {
    /// The definitions before this.
    pub(super) definitions: &'a [Definition],
    /// How many type parameters there are.
    pub(super) parameters: usize,
    /// Whether it may borrow. facet's derive does not compile everywhere for what has a lifetime inside what is generic.
    pub(super) borrows: bool,
    /// Whether it must be one that can be a key.
    pub(super) key: bool,
    /// Definitions that may stand in what can be empty: that which this stands in, and its neighbours.
    pub(super) circle: &'a [usize],
    /// Whether they may stand in a box too: there is another way to end.
    pub(super) boxes: bool,
}

const KEYS: &[&str] = &[
    "bool", "u8", "u16", "u32", "u64", "u128", "usize", "i8", "i16", "i32", "i64", "i128", "isize", "char", "String",
    "String", "u32", "Box<str>", "()", "Vec<u8>", "[u8; 4]", "[u8; 0]",
];
const COW: &str = "std::borrow::Cow<'static, str>";
const FLOATS: &[&str] = &["f32", "f64"];
const MAPS: &[&str] = &["std::collections::BTreeMap", "std::collections::HashMap"];
const SETS: &[&str] = &["std::collections::BTreeSet", "std::collections::HashSet"];

/// Types that take more columns are not drawn. In a crate that people write such a type has a name; and a generator that lays
/// out code by itself does not do so for types of any length as a formatter would.
const WIDEST: usize = 64;

impl Place<'_> {
    /// Any type, with so many others inside each other at most.
    pub(super) fn any(&self, random: &mut Random, depth: usize) -> Ty {
        let ty = self.wide(random, depth);
        if ty.width() <= WIDEST { ty } else { self.scalar(random) }
    }

    fn wide(&self, random: &mut Random, depth: usize) -> Ty {
        match random.below(10) {
            0..=3 => self.scalar(random),
            4..=6 => self.named(random, depth),
            _ if depth == 0 => self.scalar(random),
            _ => self.container(random, depth),
        }
    }

    /// A type that holds others.
    pub(super) fn composed(&self, random: &mut Random) -> Ty {
        loop {
            let ty = self.container(random, 3);
            if ty.width() <= WIDEST {
                return ty;
            }
        }
    }

    fn scalar(&self, random: &mut Random) -> Ty {
        if self.parameters > 0 && random.one_in(3) {
            return Ty::Parameter(random.below(self.parameters));
        }
        if self.borrows && random.one_in(20) {
            return Ty::Scalar(COW);
        }
        let from = if !self.key && random.one_in(8) { FLOATS } else { KEYS };
        Ty::Scalar(from[random.below(from.len())])
    }

    fn named(&self, random: &mut Random, depth: usize) -> Ty {
        let fit = |definition: &Definition| (definition.key || !self.key) && (definition.parameters == 0 || depth > 0);
        let fit: Vec<usize> = (0..self.definitions.len())
            .filter(|index| fit(&self.definitions[*index]))
            .collect();
        if fit.is_empty() {
            return self.scalar(random);
        }
        let index = *random.pick(&fit);
        // What an instantiation is called is made of them: long ones are no names.
        let arguments = (0..self.definitions[index].parameters).map(|_| self.any(random, 0));
        Ty::Named(index, arguments.collect())
    }

    fn container(&self, random: &mut Random, depth: usize) -> Ty {
        let item = |random: &mut Random| self.any(random, depth - 1);
        // What can be empty may hold the definition that it stands in.
        let lazy = |random: &mut Random| match self.circle {
            [] => item(random),
            circle if random.one_in(2) => Ty::Named(*random.pick(circle), Vec::new()),
            _ => item(random),
        };
        let key = |random: &mut Random| {
            let place = Place {
                key: true,
                parameters: 0,
                circle: &[],
                ..*self
            };
            place.any(random, depth - 1)
        };
        let boxed = |ty| Ty::Of("Box", vec![ty]);
        match random.below(9) {
            0 if self.circle.is_empty() => Ty::Of("Option", vec![item(random)]),
            0 | 1 => Ty::Of("Option", vec![boxed(lazy(random))]),
            2 | 3 => Ty::Of("Vec", vec![lazy(random)]),
            4 => {
                let name = if self.key { MAPS[0] } else { MAPS[random.below(2)] };
                Ty::Of(name, vec![key(random), lazy(random)])
            }
            5 => {
                let name = if self.key { SETS[0] } else { SETS[random.below(2)] };
                Ty::Of(name, vec![key(random)])
            }
            6 => Ty::Array(Box::new(item(random)), random.below(4)),
            7 => Ty::Tuple((0..2 + random.below(3)).map(|_| item(random)).collect()),
            _ if self.boxes => boxed(lazy(random)),
            _ => boxed(item(random)),
        }
    }
}

impl Ty {
    /// How many columns it takes, about, where the items of an array are spelled out.
    fn width(&self) -> usize {
        let all = |types: &[Self]| types.iter().map(|ty| ty.width() + 2).sum::<usize>();
        match self {
            Self::Scalar(_) | Self::Parameter(_) => 5,
            Self::Of(_, types) => 6 + all(types),
            Self::Array(item, length) => 6 + length * (item.width() + 2),
            Self::Tuple(types) => 6 + all(types),
            Self::Named(_, arguments) => 9 + all(arguments),
        }
    }

    /// As Rust writes it.
    pub(super) fn rust(&self, definitions: &[Definition]) -> String {
        let all = |types: &[Self]| {
            let types: Vec<String> = types.iter().map(|ty| ty.rust(definitions)).collect();
            types.join(", ")
        };
        match self {
            Self::Scalar(name) => (*name).to_owned(),
            Self::Of(name, types) => format!("{name}<{}>", all(types)),
            Self::Array(item, length) => format!("[{}; {length}]", item.rust(definitions)),
            Self::Tuple(types) => format!("({})", all(types)),
            Self::Named(index, arguments) if arguments.is_empty() => definitions[*index].name.to_owned(),
            Self::Named(index, arguments) => format!("{}<{}>", definitions[*index].name, all(arguments)),
            Self::Parameter(index) => format!("T{index}"),
        }
    }
}
