//! Types without hostile names, and which of them has what has a hostile name.

/// In full, because any name may be hidden by one of the list.
const PLAIN: &[&str] = &[
    "::core::primitive::u8",
    "::std::string::String",
    "::std::vec::Vec<::core::primitive::u8>",
    "::core::option::Option<::core::primitive::bool>",
    "::std::collections::BTreeMap<::std::string::String, ::core::primitive::i64>",
    "::std::collections::BTreeSet<::core::primitive::char>",
    "(::core::primitive::u16, ::core::primitive::f32)",
    "::std::vec::Vec<::std::string::String>",
    "[::core::primitive::u32; 2]",
    "::core::primitive::f64",
    "::core::primitive::u64",
    "::core::option::Option<::core::option::Option<::core::primitive::i8>>",
    "()",
];

/// Types that a name ends with: one of it is most likely to meet what generated code calls that writes or reads the type.
const ENDINGS: &[(&str, &str)] = &[
    ("u8", "::core::primitive::u8"),
    ("u16", "::core::primitive::u16"),
    ("u32", "::core::primitive::u32"),
    ("u64", "::core::primitive::u64"),
    ("u128", "::core::primitive::u128"),
    ("i8", "::core::primitive::i8"),
    ("i16", "::core::primitive::i16"),
    ("i32", "::core::primitive::i32"),
    ("i64", "::core::primitive::i64"),
    ("i128", "::core::primitive::i128"),
    ("f32", "::core::primitive::f32"),
    ("f64", "::core::primitive::f64"),
    ("bool", "::core::primitive::bool"),
    ("char", "::core::primitive::char"),
    ("str", "::std::string::String"),
    ("string", "::std::string::String"),
    ("bytes", "::std::vec::Vec<::core::primitive::u8>"),
    ("list", "::std::vec::Vec<::std::string::String>"),
    (
        "map",
        "::std::collections::BTreeMap<::std::string::String, ::core::primitive::i64>",
    ),
    ("set", "::std::collections::BTreeSet<::core::primitive::char>"),
    (
        "some",
        "::core::option::Option<::core::option::Option<::core::primitive::i8>>",
    ),
    ("array", "[::core::primitive::u32; 2]"),
    ("tuple", "(::core::primitive::u16, ::core::primitive::f32)"),
    ("unit", "()"),
];

/// The type of what has this name, one after another where its ending says none.
pub fn plain(name: &str, turn: usize) -> &'static str {
    let name = name.to_lowercase();
    let endings = ENDINGS.iter().filter(|(ending, _)| name.ends_with(ending));
    let longest = endings.max_by_key(|(ending, _)| ending.len());
    longest.map_or(PLAIN[turn % PLAIN.len()], |(_, ty)| ty)
}

/// Whether the name is like that of a plain type.
pub fn has_ending(name: &str) -> bool {
    let name = name.to_lowercase();
    ENDINGS.iter().any(|(ending, _)| name.ends_with(ending))
}
