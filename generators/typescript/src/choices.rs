//! What the user of the generator chooses about types.

use rapace_gen_core::{Options, OwnOption};
use rapace_schema::TypeRef;

/// What a list of numbers is: an array, or a typed array of its items' type.
const NUMBER_LISTS: OwnOption = OwnOption {
    name: "number-lists",
    values: &["arrays", TYPED_ARRAYS],
    about: "Type of a list of numbers of up to 64 bits: `number[]` or `bigint[]`, or a typed array such as `Float64Array`.",
};
const TYPED_ARRAYS: &str = "typed-arrays";

/// What an integer of 64 bits is. Wider ones are no numbers.
const INT64: OwnOption = OwnOption {
    name: "int64",
    values: &["bigint", NUMBER, STRING],
    about: "Type of a 64-bit integer. `number` refuses values beyond 2^53 - 1; `string` holds decimal digits.",
};
const NUMBER: &str = "number";
const STRING: &str = "string";

/// What a `usize` is: nearly all are counts and positions, which fit a number.
const USIZE: OwnOption = OwnOption {
    name: "usize",
    values: &["number", AS_INT64],
    about: "Type of a `usize` or `isize`: a `number`, which refuses values beyond 2^53 - 1, or what `int64` says.",
};
const AS_INT64: &str = "int64";

/// What the package has: what runs, what it is made of, or both.
const TARGET: OwnOption = OwnOption {
    name: "target",
    values: &["both", JAVASCRIPT, TYPESCRIPT],
    about: "Files of the package: `js` writes JavaScript and declarations, which work as they are; `ts` writes TypeScript, which you \
            compile; `both` writes both.",
};
const JAVASCRIPT: &str = "js";
const TYPESCRIPT: &str = "ts";

/// What a call returns whose answer is an outcome.
const RESULTS: OwnOption = OwnOption {
    name: "results",
    values: &["throw", UNION],
    about: "Answer of a method that returns a result (`[results]`): its value, and an error class is thrown, or a union.",
};
const UNION: &str = "union";

/// The options that there are.
pub(crate) const OWN_OPTIONS: &[OwnOption] = &[NUMBER_LISTS, INT64, USIZE, TARGET, RESULTS];

/// The values of the options.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Choices {
    /// Lists of numbers are typed arrays.
    pub(crate) typed_arrays: bool,
    /// What integers of 64 bits are.
    pub(crate) int64: Int64,
    /// What a `usize` or `isize` is.
    pub(crate) usize: Int64,
    /// What the package has.
    pub(crate) target: Target,
    /// Failures that methods declare are thrown.
    pub(crate) throws: bool,
}

impl From<&Options> for Choices {
    fn from(options: &Options) -> Self {
        let chosen = |option: &OwnOption| options.own.get(option.name).map(String::as_str);
        let int64 = match chosen(&INT64) {
            Some(NUMBER) => Int64::Number,
            Some(STRING) => Int64::String,
            _ => Int64::BigInt,
        };
        Self {
            typed_arrays: chosen(&NUMBER_LISTS) == Some(TYPED_ARRAYS),
            int64,
            usize: match chosen(&USIZE) {
                Some(AS_INT64) => int64,
                _ => Int64::Number,
            },
            target: match chosen(&TARGET) {
                Some(JAVASCRIPT) => Target::JavaScript,
                Some(TYPESCRIPT) => Target::TypeScript,
                _ => Target::Both,
            },
            throws: chosen(&RESULTS) != Some(UNION),
        }
    }
}

/// What a package has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// What runs and what it is made of.
    Both,
    /// JavaScript and declarations alone.
    JavaScript,
    /// TypeScript alone, which its user compiles.
    TypeScript,
}

/// What integers of 64 bits are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Int64 {
    /// `bigint`, as the wider ones are.
    BigInt,
    /// `number`; those that it does not hold exactly are refused. Wider ones are `bigint`.
    Number,
    /// `string` of decimal digits, as the wider ones are.
    String,
}

/// What an integer of 64 bits or more is, and the runtime's functions that write and read it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct WideInteger {
    /// `bigint`
    pub(crate) written: &'static str,
    /// `encodeU64`
    pub(crate) encode: &'static str,
    /// `decodeU64`
    pub(crate) decode: &'static str,
}

impl Choices {
    /// What an integer of this type is, when it has 64 bits or more.
    pub(crate) fn wide_integer(self, ty: &TypeRef) -> Option<WideInteger> {
        self.of_64_bits(ty).of(ty)
    }

    /// What integers of this type are, when it has 64 bits.
    pub(crate) fn of_64_bits(self, ty: &TypeRef) -> Int64 {
        match ty {
            TypeRef::Usize | TypeRef::Isize => self.usize,
            _ => self.int64,
        }
    }
}

impl Int64 {
    /// What a type is, when it is an integer of 64 bits or more.
    fn of(self, ty: &TypeRef) -> Option<WideInteger> {
        let (written, encode, decode) = match (ty, self) {
            (TypeRef::U64 | TypeRef::Usize, Self::BigInt) => ("bigint", "encodeU64", "decodeU64"),
            (TypeRef::U64 | TypeRef::Usize, Self::Number) => ("number", "encodeU64Number", "decodeU64Number"),
            (TypeRef::U64 | TypeRef::Usize, Self::String) => ("string", "encodeU64String", "decodeU64String"),
            (TypeRef::I64 | TypeRef::Isize, Self::BigInt) => ("bigint", "encodeI64", "decodeI64"),
            (TypeRef::I64 | TypeRef::Isize, Self::Number) => ("number", "encodeI64Number", "decodeI64Number"),
            (TypeRef::I64 | TypeRef::Isize, Self::String) => ("string", "encodeI64String", "decodeI64String"),
            (TypeRef::U128, Self::String) => ("string", "encodeU128String", "decodeU128String"),
            (TypeRef::U128, _) => ("bigint", "encodeU128", "decodeU128"),
            (TypeRef::I128, Self::String) => ("string", "encodeI128String", "decodeI128String"),
            (TypeRef::I128, _) => ("bigint", "encodeI128", "decodeI128"),
            _ => return None,
        };
        Some(WideInteger {
            written,
            encode,
            decode,
        })
    }
}
