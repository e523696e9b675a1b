//! The full paths of types and functions, read from the symbols of the driver's program and of the libraries it loads.
//!
//! A shape knows no module. But its id is made by a function that exists once per type, and with Rust's v0 mangling
//! that function's symbol names the type: `…::of::<bookshop::catalog::Page<bookshop::catalog::Book>>`.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use object::{Object, ObjectSegment, ObjectSymbol};

use crate::facts::Symbol;

/// The symbol from which offsets in the program are counted.
const ANCHOR: &str = "rapace_export_anchor";

/// The symbols of the driver's program and of the libraries that it loads, in the order of `Facts::files`.
#[derive(Debug, Default)]
pub struct Symbols {
    files: Vec<File>,
}

#[derive(Debug, Default)]
struct File {
    /// The mangled names at each address, as v0 mangling writes them.
    by_address: BTreeMap<u64, Vec<String>>,
    anchor: Option<u64>,
    /// Offset in the file, size in the file, address.
    segments: Vec<(u64, u64, u64)>,
}

impl Symbols {
    /// Reads the symbols of each file. A file that is no program has none.
    ///
    /// # Errors
    /// A message: a file cannot be read.
    pub fn read<P: AsRef<Path>>(files: impl IntoIterator<Item = P>) -> Result<Self, String> {
        let read = |path: P| {
            let path = path.as_ref();
            let bytes = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
            Ok(File::parse(&bytes).unwrap_or_default())
        };
        Ok(Self {
            files: files.into_iter().map(read).collect::<Result<_, String>>()?,
        })
    }

    /// The type whose id the function at this place makes.
    pub fn type_at(&self, symbol: Symbol) -> Option<Name> {
        self.names_at(symbol).iter().find_map(|name| Name::of_type(name))
    }

    /// The function at this place, `bookshop::catalog::catalog_register`.
    pub fn function_at(&self, symbol: Symbol) -> Option<Name> {
        self.names_at(symbol).first().map(|name| Name::of_function(name))
    }

    fn names_at(&self, symbol: Symbol) -> &[String] {
        let at = |symbol: Symbol| {
            let file = self.files.get(symbol.file)?;
            let address = match symbol.file {
                0 => file.anchor?.checked_add_signed(symbol.offset)?,
                _ => file.address(u64::try_from(symbol.offset).ok()?)?,
            };
            file.by_address.get(&address)
        };
        at(symbol).map(Vec::as_slice).unwrap_or_default()
    }
}

impl File {
    fn parse(bytes: &[u8]) -> Option<Self> {
        let object = object::File::parse(bytes).ok()?;
        let mut file = Self::default();
        for symbol in object.symbols().chain(object.dynamic_symbols()) {
            let Ok(name) = symbol.name() else { continue };
            let name = name.trim_start_matches('_');
            if name == ANCHOR {
                file.anchor = Some(symbol.address());
            } else if name.starts_with('R') && symbol.is_definition() {
                let names = file.by_address.entry(symbol.address()).or_default();
                if !names.iter().any(|known| known == name) {
                    names.push(name.to_owned());
                }
            }
        }
        file.segments = object
            .segments()
            .map(|segment| (segment.file_range().0, segment.file_range().1, segment.address()))
            .collect();
        Some(file)
    }

    fn address(&self, offset: u64) -> Option<u64> {
        let inside = |&&(start, size, _): &&(u64, u64, u64)| (start..start + size).contains(&offset);
        self.segments
            .iter()
            .find(inside)
            .map(|(start, _, address)| address + offset - start)
    }
}

/// The name of a type or function with all modules, from its symbol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name {
    /// With the compiler's number of each crate: `bookshop[5af3]::Page<4usize>`.
    numbered: String,
    /// Without: `bookshop::Page<4>`.
    plain: String,
    /// The symbol itself, which tells apart what has one path, as types in two blocks of a function.
    symbol: String,
}

impl Name {
    fn of_function(symbol: &str) -> Self {
        let demangled = rustc_demangle::demangle(symbol);
        Self {
            numbered: format!("{demangled}"),
            plain: format!("{demangled:#}"),
            symbol: symbol.to_owned(),
        }
    }

    fn of_type(symbol: &str) -> Option<Self> {
        let whole = Self::of_function(symbol);
        Some(Self {
            numbered: type_in(&whole.numbered)?.to_owned(),
            plain: type_in(&whole.plain)?.to_owned(),
            symbol: whole.symbol,
        })
    }

    /// Without the numbers of crates.
    pub fn plain(&self) -> &str {
        &self.plain
    }

    /// The symbol.
    pub fn symbol(&self) -> &str {
        &self.symbol
    }

    /// The crates that the name mentions, each with the compiler's number of it in hexadecimal.
    pub fn crates(&self) -> BTreeSet<(&str, &str)> {
        let mut found = BTreeSet::new();
        let mut rest = self.numbered.as_str();
        while let Some((before, number, after)) = next_number(rest) {
            let start = before
                .char_indices()
                .rev()
                .take_while(|(_, letter)| is_of_name(*letter))
                .last()
                .map_or(before.len(), |(at, _)| at);
            found.insert((&before[start..], number));
            rest = after;
        }
        found
    }

    /// The path, in which `label` gives the name of each crate by its name and number.
    pub fn path(&self, label: impl Fn(&str, &str) -> String) -> String {
        let (mut path, mut plain) = (String::new(), self.plain.as_str());
        let mut numbered = self.numbered.as_str();
        while let Some(letter) = numbered.chars().next() {
            let number = if letter == '[' && path.ends_with(is_of_name) {
                next_number(numbered).filter(|(before, _, _)| before.is_empty())
            } else {
                None
            };
            if let Some((_, number, after)) = number {
                let start = path
                    .rfind(|letter: char| !is_of_name(letter))
                    .map_or(0, |at| at + path[at..].chars().next().map_or(0, char::len_utf8));
                let name = path.split_off(start);
                path.push_str(&label(&name, number));
                numbered = after;
                continue;
            }
            numbered = &numbered[letter.len_utf8()..];
            // What only the numbered form has is the type of a const argument: `4usize`.
            if let Some(rest) = plain.strip_prefix(letter) {
                path.push(letter);
                plain = rest;
            }
        }
        path
    }
}

fn is_of_name(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Splits at the next `[5af3]` that follows a name: what is before, the number, what is after.
fn next_number(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    while let Some(open) = text[from..].find('[').map(|at| at + from) {
        let after = &text[open + 1..];
        let digits = after
            .find(|letter: char| !letter.is_ascii_hexdigit())
            .unwrap_or(after.len());
        let follows_a_name = open == 0 || text[..open].chars().next_back().is_some_and(is_of_name);
        if digits > 0 && after[digits..].starts_with(']') && follows_a_name {
            return Some((&text[..open], &after[..digits], &after[digits + 1..]));
        }
        from = open + 1;
    }
    None
}

/// The type in `facet_core::types::const_typeid::of::<TYPE>`.
fn type_in(symbol: &str) -> Option<&str> {
    let (function, rest) = symbol.split_once("::of::<")?;
    let in_facet = function.ends_with("typeid");
    in_facet.then(|| rest.strip_suffix('>')).flatten()
}

/// The generic arguments of a type's path, of `a::B<C<D>, 4>`: `C<D>` and `4`.
fn generic_arguments(path: &str) -> Vec<&str> {
    let Some(inside) = path.strip_suffix('>').and_then(|path| {
        // The path's own `<` is the one that closes with its last letter.
        let mut depth = 0;
        path.char_indices().rev().find_map(|(at, letter)| {
            match letter {
                '>' if !path[..at].ends_with('-') => depth += 1,
                '<' if depth == 0 => return Some(&path[at + 1..]),
                '<' => depth -= 1,
                _ => {}
            }
            None
        })
    }) else {
        return Vec::new();
    };
    let (mut depth, mut start, mut arguments) = (0, 0, Vec::new());
    let mut before = ' ';
    for (at, letter) in inside.char_indices() {
        match letter {
            '<' | '(' | '[' | '{' => depth += 1,
            '>' if before == '-' => {}
            '>' | ')' | ']' | '}' => depth -= 1,
            ',' if depth == 0 => {
                arguments.push(inside[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        before = letter;
    }
    arguments.push(inside[start..].trim());
    arguments
}

/// The const arguments of a type's path: numbers, characters, `true` and `false`.
pub fn const_arguments(path: &str) -> Vec<String> {
    let is_const = |argument: &&str| {
        let number = argument.strip_prefix('-').unwrap_or(argument);
        let numeric = number.starts_with(|letter: char| letter.is_ascii_digit());
        let character = argument.len() > 2 && argument.starts_with('\'') && argument.ends_with('\'');
        numeric || character || ["true", "false"].contains(argument)
    };
    let arguments = generic_arguments(path).into_iter().filter(is_const);
    arguments.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::{Name, Symbols, const_arguments, type_in};
    use crate::facts::Symbol;

    #[test]
    fn the_type_stands_between_the_outer_brackets() {
        let symbol = "facet_core::types::const_typeid::of::<shop::Page<core::option::Option<shop::Book>>>";
        assert_eq!(type_in(symbol), Some("shop::Page<core::option::Option<shop::Book>>"));
        assert_eq!(type_in("facet_core::types::const_typeid::of"), None);
        assert_eq!(type_in("shop::of::<u8>"), None);
    }

    #[test]
    fn what_is_no_program_has_no_symbols() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(&file, b"#!/bin/sh").unwrap();
        let symbols = Symbols::read([file.path()]).unwrap();
        assert_eq!(symbols.type_at(Symbol::default()), None);
        assert!(Symbols::read(["/nowhere"]).is_err());
    }

    #[test]
    fn crates_of_one_name_are_told_apart_by_their_numbers() {
        let name = Name {
            numbered: "shop[1a]::Page<[model[2b]::Item; 3usize], -4i32, alloc[c]::vec::Vec<model[2c]::Item>>".into(),
            plain: "shop::Page<[model::Item; 3], -4, alloc::vec::Vec<model::Item>>".into(),
            symbol: String::new(),
        };
        let crates: Vec<_> = name.crates().into_iter().collect();
        assert_eq!(
            crates,
            [("alloc", "c"), ("model", "2b"), ("model", "2c"), ("shop", "1a")]
        );
        assert_eq!(name.path(|krate, _| krate.to_owned()), name.plain());
        let labelled = name.path(|krate, number| match number {
            "2b" => format!("{krate}@1"),
            "2c" => format!("{krate}@2"),
            _ => krate.to_owned(),
        });
        assert_eq!(
            labelled,
            "shop::Page<[model@1::Item; 3], -4, alloc::vec::Vec<model@2::Item>>"
        );
    }

    #[test]
    fn const_arguments_are_found_among_types() {
        for (path, expected) in [
            ("shop::Matrix<4>", &["4"][..]),
            ("shop::Tagged<[u8; 2], 3>", &["3"]),
            ("shop::A<-5, true, 'x', shop::B<7>>", &["-5", "true", "'x'"]),
            ("shop::A<fn(u8) -> shop::B<1>, 2>", &["2"]),
            ("shop::Plain", &[]),
            ("<shop::A<3> as shop::T>::f::Item", &[]),
            ("shop::A<'_, 9>", &["9"]),
        ] {
            assert_eq!(const_arguments(path), expected, "{path}");
        }
    }
}
