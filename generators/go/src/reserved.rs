//! Names that are taken before the package declares any.

use rapace_gen_core::names::Scope;

/// What private names must not be: keywords, predeclared identifiers, and what generated files import.
const RESERVED: &[&str] = &[
    "any",
    "append",
    "bool",
    "break",
    "byte",
    "cap",
    "case",
    "chan",
    "clear",
    "close",
    "comparable",
    "complex",
    "complex128",
    "complex64",
    "const",
    "context",
    "continue",
    "copy",
    "default",
    "defer",
    "delete",
    "else",
    "error",
    "fallthrough",
    "false",
    "float32",
    "float64",
    "fmt",
    "for",
    "func",
    "go",
    "goto",
    "if",
    "imag",
    "import",
    "init",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "interface",
    "iota",
    "iter",
    "len",
    "main",
    "make",
    "map",
    "max",
    "min",
    "new",
    "nil",
    "package",
    "panic",
    "print",
    "println",
    "range",
    "rapace",
    "real",
    "recover",
    "return",
    "rune",
    "select",
    "strconv",
    "string",
    "struct",
    "switch",
    "true",
    "type",
    "uint",
    "uint16",
    "uint32",
    "uint64",
    "uint8",
    "uintptr",
    "var",
];

/// What the body of a client's method names besides its parameters.
const METHOD_LOCALS: &[&str] = &["c", "ctx", "e", "err"];

/// What the body of a method names that serves one of a handler's, besides the arguments.
const SERVED_LOCALS: &[&str] = &["answer", "ctx", "d", "e", "err", "item", "r", "s"];

/// What the functions that convert users' types name, and what their file may import besides.
const CONVERSION_LOCALS: &[&str] = &["err", "time", "v", "wire"];

/// True for a word that cannot be the name of a package.
pub(crate) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

/// The scope of the package's private names.
pub(crate) fn private_scope() -> Scope {
    Scope::new(RESERVED.iter().copied())
}

/// The scope of the packages that types of users come from.
pub(crate) fn conversion_scope() -> Scope {
    Scope::new(RESERVED.iter().chain(CONVERSION_LOCALS).copied())
}

/// The scope of the parameters of a client's method, in a package with these private names.
pub(crate) fn parameter_scope(package: &Scope) -> Scope {
    scope_with(package, METHOD_LOCALS)
}

/// The scope of the arguments in what serves a method, in a package with these private names.
pub(crate) fn served_parameter_scope(package: &Scope) -> Scope {
    scope_with(package, SERVED_LOCALS)
}

fn scope_with(package: &Scope, locals: &[&str]) -> Scope {
    let mut scope = package.clone();
    for local in locals {
        scope.claim(local);
    }
    scope
}
