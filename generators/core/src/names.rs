//! Names: the casings of all languages, and scopes in which a name is taken once.
//!
//! A generator computes each name once, keeps it in its view, and never again derives it from the API.

use std::collections::BTreeSet;

use heck::{ToLowerCamelCase, ToShoutySnakeCase, ToSnakeCase, ToUpperCamelCase};

/// `foo_bar`, of a name in any casing.
pub fn snake(name: &str) -> String {
    or_itself(name, name.to_snake_case())
}

/// `FOO_BAR`, of a name in any casing.
pub fn screaming(name: &str) -> String {
    or_itself(name, name.to_shouty_snake_case())
}

/// `fooBar`, of a name in any casing.
pub fn camel(name: &str) -> String {
    or_itself(name, name.to_lower_camel_case())
}

/// `FooBar`, of a name in any casing.
pub fn pascal(name: &str) -> String {
    or_itself(name, name.to_upper_camel_case())
}

/// The words of a name in any casing, in lower case: `["foo", "bar"]`.
pub fn words(name: &str) -> Vec<String> {
    snake(name)
        .split('_')
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

/// A name without words (`_`) keeps its form; a name that would begin with a digit (`_1`) keeps its underscore.
fn or_itself(name: &str, cased: String) -> String {
    match cased.chars().next() {
        None => name.to_owned(),
        Some(first) if first.is_ascii_digit() && !name.starts_with(first) => format!("_{cased}"),
        Some(_) => cased,
    }
}

/// A scope of the target language: every name in it is there once, and none is a reserved word.
#[derive(Clone, Debug, Default)]
pub struct Scope {
    taken: BTreeSet<String>,
}

impl Scope {
    /// A scope in which these names are taken: keywords, builtins, names of the runtime.
    pub fn new<'a>(reserved: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            taken: reserved.into_iter().map(str::to_owned).collect(),
        }
    }

    /// Takes `wanted`, or when it is taken `wanted_`, `wanted_2`, `wanted_3`, …: who comes first keeps the plain
    /// name, so a name added behind the others renames none of them.
    pub fn claim(&mut self, wanted: &str) -> String {
        let name = free(wanted, |name| self.taken.contains(name));
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

/// A scope inside another: the parameters of a function, whose package has names of its own.
#[derive(Clone, Debug)]
pub struct InnerScope<'a> {
    outer: &'a Scope,
    own: Scope,
}

impl InnerScope<'_> {
    /// Takes `wanted`, or what [`Scope::claim`] makes of it where it is taken here or outside.
    pub fn claim(&mut self, wanted: &str) -> String {
        let name = free(wanted, |name| self.own.contains(name) || self.outer.contains(name));
        self.own.claim(&name)
    }
}

/// The first of `wanted`, `wanted_`, `wanted_2`, … that is not taken.
fn free(wanted: &str, taken: impl Fn(&str) -> bool) -> String {
    let numbered = (2..).map(|number| format!("{wanted}_{number}"));
    let mut candidates = [wanted.to_owned(), format!("{wanted}_")].into_iter().chain(numbered);
    candidates
        .find(|name| !taken(name))
        .unwrap_or_else(|| unreachable!("numbers do not end"))
}

#[cfg(test)]
mod tests {
    use super::{Scope, camel, pascal, screaming, snake, words};

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
