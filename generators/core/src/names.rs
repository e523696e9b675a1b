//! Names: the casings of all languages, and scopes in which a name is taken once.
//!
//! A generator computes each name once, keeps it in its view, and never again derives it from the API.

use std::collections::{BTreeSet, HashMap, HashSet};

use heck::{ToLowerCamelCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};
use rapace_schema::{is_identifier_continue, is_identifier_start};

use crate::files::on_disk;

/// `foo_bar`, of a name in any casing.
pub fn snake(name: &str) -> String {
    cased(name, str::to_snake_case)
}

/// `FOO_BAR`, of a name in any casing.
pub fn screaming(name: &str) -> String {
    cased(name, str::to_shouty_snake_case)
}

/// `fooBar`, of a name in any casing.
pub fn camel(name: &str) -> String {
    cased(name, str::to_lower_camel_case)
}

/// `FooBar`, of a name in any casing.
pub fn pascal(name: &str) -> String {
    cased(name, str::to_upper_camel_case)
}

/// The words of a name in any casing, in lower case: `["foo", "bar"]`.
pub fn words(name: &str) -> Vec<String> {
    snake(name)
        .split('_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A name in a casing. One without words (`_`) keeps its form; one that would not begin as an identifier does (`_1`) keeps
/// its underscore.
fn cased(name: &str, to: fn(&str) -> String) -> String {
    let cased = with_marks(name, to);
    match cased.chars().next() {
        None => name.to_owned(),
        Some(first) if !is_identifier_start(first) && !name.starts_with(first) => format!("_{cased}"),
        Some(_) => cased,
    }
}

/// The library of casings ends a word at every character that is no letter and no digit, and drops it. Marks belong to the
/// letter before them (`x̂`, `पुस्तक`), so a letter without case that is not in the name replaces each.
fn with_marks(name: &str, to: fn(&str) -> String) -> String {
    let is_mark = |c: char| c != '_' && !c.is_alphanumeric() && is_identifier_continue(c);
    let marks: BTreeSet<char> = name.chars().filter(|&c| is_mark(c)).collect();
    if marks.is_empty() {
        return to(name);
    }
    let letters = ('\u{20000}'..='\u{2a6df}').filter(|letter| !name.contains(*letter));
    let pairs: Vec<(char, char)> = marks.into_iter().zip(letters).collect();
    let letter_of = |c: char| pairs.iter().find(|pair| pair.0 == c).map_or(c, |pair| pair.1);
    let mark_of = |c: char| pairs.iter().find(|pair| pair.1 == c).map_or(c, |pair| pair.0);
    let letters: String = name.chars().map(letter_of).collect();
    to(&letters).chars().map(mark_of).collect()
}

/// The longest stem of a file that is called after something of the API, in bytes: with its prefix and its ending, it
/// fits file systems, which allow 255.
const LONGEST_FILE_STEM: usize = 100;

/// The beginning of a name, short enough for the name of a file. A [`Scope`] tells apart what is cut alike.
pub fn file_stem(name: &str) -> &str {
    let mut end = name.len().min(LONGEST_FILE_STEM);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    &name[..end]
}

/// The names of the files in a folder: no two are one file, on any system.
#[derive(Clone, Debug, Default)]
pub struct FileScope(Scope);

impl FileScope {
    /// Takes `wanted`, or what [`Scope::claim`] makes of it when a file that some system takes for the same has been named:
    /// `Foo` after `foo`, `grösse` after `größe`.
    pub fn claim(&mut self, wanted: &str) -> String {
        let folded = on_disk(wanted);
        let claimed = self.0.claim(&folded);
        format!("{wanted}{}", &claimed[folded.len()..])
    }
}

/// A scope of the target language: every name in it is there once, and none is a reserved word.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    /// Only looked up, as those below: they have no order.
    taken: HashSet<String>,
    /// For names that were wanted when they were taken: the number to try next. Those before it stay taken.
    next: HashMap<String, u64>,
}

impl Scope {
    /// A scope in which these names are taken: keywords, builtins, names of the runtime.
    pub fn new<'a>(reserved: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            taken: reserved.into_iter().map(str::to_owned).collect(),
            next: HashMap::new(),
        }
    }

    /// Takes `wanted`, or when it is taken `wanted_`, `wanted_2`, `wanted_3`, …: who comes first keeps the plain
    /// name, so a name added after the others renames none of them.
    pub fn claim(&mut self, wanted: &str) -> String {
        self.claim_beside(wanted, |_| false)
    }

    fn claim_beside(&mut self, wanted: &str, taken_outside: impl Fn(&str) -> bool) -> String {
        let taken = |name: &str| self.taken.contains(name) || taken_outside(name);
        let mut number = self.next.get(wanted).copied().unwrap_or(0);
        let mut name = numbered(wanted, number);
        while taken(&name) {
            number += 1;
            name = numbered(wanted, number);
        }
        if number > 0 {
            self.next.insert(wanted.to_owned(), number + 1);
        }
        self.taken.insert(name.clone());
        name
    }

    /// A scope inside this one, in which this one's names are taken too. It costs nothing, however many those are.
    pub fn inner(&self) -> InnerScope<'_> {
        InnerScope {
            outer: self,
            own: Self::default(),
        }
    }

    /// True when the name is reserved or claimed.
    pub fn contains(&self, name: &str) -> bool {
        self.taken.contains(name)
    }
}

/// A scope inside another: the parameters of a function inside a package with its names.
#[derive(Clone, Debug)]
pub struct InnerScope<'a> {
    outer: &'a Scope,
    own: Scope,
}

impl InnerScope<'_> {
    /// Takes `wanted`, or what [`Scope::claim`] makes of it where it is taken here or outside.
    pub fn claim(&mut self, wanted: &str) -> String {
        self.own.claim_beside(wanted, |name| self.outer.contains(name))
    }
}

/// `wanted`, `wanted_`, `wanted_2`, …
fn numbered(wanted: &str, number: u64) -> String {
    match number {
        0 => wanted.to_owned(),
        1 => format!("{wanted}_"),
        number => format!("{wanted}_{number}"),
    }
}

#[cfg(test)]
mod tests {
    use super::{FileScope, Scope, camel, pascal, screaming, snake, words};

    #[test]
    fn casings() {
        for (name, expected) in [
            ("foo_bar", ["foo_bar", "FOO_BAR", "fooBar", "FooBar"]),
            ("fooBar", ["foo_bar", "FOO_BAR", "fooBar", "FooBar"]),
            ("HTTPServer", ["http_server", "HTTP_SERVER", "httpServer", "HttpServer"]),
            ("x2", ["x2", "X2", "x2", "X2"]),
            ("_1", ["_1", "_1", "_1", "_1"]),
            ("_", ["_", "_", "_", "_"]),
            ("größe", ["größe", "GRÖSSE", "größe", "Größe"]),
            // Marks are parts of words; what is between the words of a package's name is not.
            ("x̂Ŷz̃", ["x̂_ŷz̃", "X̂_ŶZ̃", "x̂Ŷz̃", "X̂Ŷz̃"]),
            ("मेरी_पुस्तक", ["मेरी_पुस्तक", "मेरी_पुस्तक", "मेरीपुस्तक", "मेरीपुस्तक"]),
            ("col·lecció", ["col·lecció", "COL·LECCIÓ", "col·lecció", "Col·lecció"]),
            ("_१", ["_१", "_१", "_१", "_१"]),
            ("_\u{302}x", ["_\u{302}x", "_\u{302}X", "_\u{302}x", "_\u{302}x"]),
            ("book-shop", ["book_shop", "BOOK_SHOP", "bookShop", "BookShop"]),
        ] {
            assert_eq!(
                [snake(name), screaming(name), camel(name), pascal(name)],
                expected,
                "{name}"
            );
        }
        assert_eq!(words("HTTPServerName"), ["http", "server", "name"]);
    }

    #[test]
    fn a_scope_gives_each_name_once() {
        let mut scope = Scope::new(["class"]);
        assert_eq!(scope.claim("class"), "class_");
        assert_eq!(scope.claim("name"), "name");
        assert_eq!(scope.claim("name"), "name_");
        assert_eq!(scope.claim("name"), "name_2");
        assert_eq!(scope.claim("name"), "name_3");
        assert!(scope.contains("name_2") && !scope.contains("other"));
    }

    #[test]
    fn files_are_told_apart_as_every_file_system_does() {
        let mut files = FileScope::default();
        let wanted = ["größe", "grösse", "GRÖSSE", "ﬁ", "fi", "Foo", "foo", "foo_", "ª", "a"];
        let claimed = wanted.map(|name| files.claim(name));
        assert_eq!(
            claimed,
            [
                "größe",
                "grösse_",
                "GRÖSSE_2",
                "ﬁ",
                "fi_",
                "Foo",
                "foo_",
                "foo__",
                "ª",
                "a"
            ]
        );
    }

    #[test]
    fn an_inner_scope_sees_the_outer_names_and_keeps_its_own() {
        let mut outer = Scope::new(["class"]);
        outer.claim("name");
        let mut inner = outer.inner();
        assert_eq!(inner.claim("name"), "name_");
        assert_eq!(inner.claim("class"), "class_");
        assert_eq!(inner.claim("own"), "own");
        assert_eq!(inner.claim("own"), "own_");
        assert!(!outer.contains("own"));
    }
}
