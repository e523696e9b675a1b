//! What a source file says of modules: read from its tokens, tests left out.

use std::collections::BTreeSet;

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// A module that is written in a file: the file's own, or one in braces.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Its path in the file; empty for the file's own.
    pub inside: Vec<String>,
    /// Modules that have files of their own.
    pub files: Vec<Declared>,
    /// Modules in braces.
    pub inline: BTreeSet<String>,
    /// What it defines.
    pub items: BTreeSet<String>,
    /// What it imports: the path and the name that it has here; without a name for `*`.
    pub imports: Vec<(Vec<String>, Option<String>)>,
    /// Every path that it mentions, its imports among them.
    pub paths: Vec<Vec<String>>,
}

/// `mod name;`
#[derive(Debug, PartialEq, Eq)]
pub struct Declared {
    /// Its name.
    pub name: String,
    /// The file that an attribute names.
    pub file: Option<String>,
}

/// The keywords before what a module defines.
const DEFINES: &[&str] = &[
    "struct",
    "enum",
    "union",
    "trait",
    "fn",
    "const",
    "static",
    "type",
    "macro_rules",
];

/// Reads all modules that are written in a file, the file's own first.
pub fn read(tokens: TokenStream) -> Vec<Written> {
    let mut found = Vec::new();
    module(tokens, Vec::new(), &mut found);
    found
}

fn module(tokens: TokenStream, inside: Vec<String>, found: &mut Vec<Written>) {
    let place = found.len();
    found.push(Written {
        inside: inside.clone(),
        ..Written::default()
    });
    let tokens: Vec<TokenTree> = tokens.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if let Some(next) = behind_test(&tokens, at) {
            at = next;
            continue;
        }
        match (word(&tokens, at).as_deref(), word(&tokens, at + 1), tokens.get(at + 2)) {
            (Some("mod"), Some(name), Some(TokenTree::Group(body))) => {
                found[place].inline.insert(name.clone());
                module(body.stream(), [inside.as_slice(), &[name]].concat(), found);
                at += 3;
                continue;
            }
            (Some("mod"), Some(name), _) => {
                let file = path_attribute(&tokens[..at]);
                found[place].files.push(Declared { name, file });
            }
            (Some("use"), _, _) => {
                let mut imports = Vec::new();
                tree(&tokens[at + 1..], &mut Vec::new(), &mut imports);
                found[place].paths.extend(imports.iter().map(|(path, _)| path.clone()));
                found[place].imports.extend(imports);
                at += tokens[at..].iter().take_while(|token| !is(token, ';')).count();
                continue;
            }
            (Some(keyword), Some(name), _) if DEFINES.contains(&keyword) => {
                found[place].items.insert(name);
            }
            (Some("macro_rules"), None, Some(TokenTree::Ident(name))) => {
                found[place].items.insert(name.to_string());
            }
            _ => {}
        }
        at = mentioned(&tokens, at, &mut found[place].paths);
    }
}

/// The place after an item for tests, whose attribute is at this place.
fn behind_test(tokens: &[TokenTree], at: usize) -> Option<usize> {
    let (true, TokenTree::Group(attribute)) = (is(&tokens[at], '#'), tokens.get(at + 1)?) else {
        return None;
    };
    let text = attribute.stream().to_string().replace(' ', "");
    if text != "cfg(test)" && !text.starts_with("cfg(all(test,") {
        return None;
    }
    let is_end = |token: &TokenTree| {
        is(token, ';') || matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace)
    };
    let item = &tokens[at + 2..];
    Some(at + 3 + item.iter().position(is_end).unwrap_or(item.len()))
}

/// `x.rs` of the attribute `#[path = "x.rs"]` that ends these tokens, before a visibility.
fn path_attribute(tokens: &[TokenTree]) -> Option<String> {
    let is_bracket =
        |token: &&TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Bracket);
    let attribute = tokens.iter().rev().take(3).find(is_bracket)?;
    let TokenTree::Group(attribute) = attribute else {
        return None;
    };
    let text = attribute.stream().to_string();
    let file = text.strip_prefix("path = \"")?.strip_suffix('"')?;
    Some(file.to_owned())
}

/// Adds the path that begins at this place, or the paths in a group there. Returns the place after them.
fn mentioned(tokens: &[TokenTree], at: usize, paths: &mut Vec<Vec<String>>) -> usize {
    match &tokens[at] {
        // `pub(in crate::a)` needs nothing of that module.
        TokenTree::Ident(word) if *word == "pub" && is_parenthesis(tokens.get(at + 1)) => at + 2,
        TokenTree::Group(group) => {
            paths_in(group, paths);
            at + 1
        }
        TokenTree::Ident(first) if is_path(tokens, at + 1) => {
            let mut path = vec![first.to_string()];
            let mut next = at + 1;
            while is_path(tokens, next)
                && let Some(word) = word(tokens, next + 2)
            {
                path.push(word);
                next += 3;
            }
            paths.push(path);
            next
        }
        _ => at + 1,
    }
}

fn paths_in(group: &Group, paths: &mut Vec<Vec<String>>) {
    let tokens: Vec<TokenTree> = group.stream().into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        if word(&tokens, at).as_deref() == Some("use") {
            let mut imports = Vec::new();
            at += 1 + tree(&tokens[at + 1..], &mut Vec::new(), &mut imports);
            paths.extend(imports.into_iter().map(|(path, _)| path));
        } else {
            at = mentioned(&tokens, at, paths);
        }
    }
}

/// The paths of a tree of imports, up to its `;` or `,`. Returns how many tokens it has.
fn tree(tokens: &[TokenTree], before: &mut Vec<String>, found: &mut Vec<(Vec<String>, Option<String>)>) -> usize {
    let (depth, mut at) = (before.len(), 0);
    let mut named = None;
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(word)) if *word == "as" => {
                named = tokens.get(at + 1).map(ToString::to_string);
                at += 2;
            }
            Some(TokenTree::Ident(word)) => {
                before.push(word.to_string());
                at += 1;
            }
            Some(TokenTree::Group(group)) => {
                let inner: Vec<TokenTree> = group.stream().into_iter().collect();
                let mut next = 0;
                while next < inner.len() {
                    next += tree(&inner[next..], before, found) + 1;
                }
                before.truncate(depth);
                return at + 1;
            }
            Some(token) if is(token, '*') => {
                found.push((before.clone(), None));
                before.truncate(depth);
                return at + 1;
            }
            Some(token) if is(token, ':') => at += 1,
            _ => {
                // `self` in braces is the module itself.
                if before.len() > 1 && before.last().is_some_and(|last| last == "self") {
                    before.pop();
                }
                let name = named.or_else(|| before.last().cloned());
                found.push((before.clone(), name));
                before.truncate(depth);
                return at;
            }
        }
    }
}

fn is_parenthesis(token: Option<&TokenTree>) -> bool {
    matches!(token, Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis)
}

fn word(tokens: &[TokenTree], at: usize) -> Option<String> {
    match tokens.get(at) {
        Some(TokenTree::Ident(word)) => Some(word.to_string()),
        _ => None,
    }
}

/// Whether `::` and a word come at this place.
fn is_path(tokens: &[TokenTree], at: usize) -> bool {
    tokens.get(at).is_some_and(|token| is(token, ':'))
        && tokens.get(at + 1).is_some_and(|token| is(token, ':'))
        && word(tokens, at + 2).is_some()
}

fn is(token: &TokenTree, letter: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == letter)
}

#[cfg(test)]
mod tests {
    use super::{Declared, read};

    /// The paths that a file mentions, and what else is asked of it.
    fn paths(text: &str) -> Vec<String> {
        let found = read(text.parse().expect("it is Rust"));
        found
            .iter()
            .flat_map(|written| written.paths.iter().map(|path| path.join("::")))
            .collect()
    }

    #[test]
    fn paths_of_imports_and_of_code_are_found() {
        assert_eq!(
            paths("use crate::{a::{self, B as C}, d::*}; fn f() -> super::e::F { g::h(crate::I) }"),
            ["crate::a", "crate::a::B", "crate::d", "super::e::F", "g::h", "crate::I"]
        );
        assert_eq!(
            paths("fn f() { use crate::a::b; let x: Vec<c::D> = e.f(); }"),
            ["crate::a::b", "c::D"]
        );
    }

    #[test]
    fn visibility_is_no_mention() {
        assert_eq!(paths("pub(in crate::a) struct B(pub(in crate::c) d::E);"), ["d::E"]);
    }

    #[test]
    fn tests_are_left_out() {
        assert_eq!(
            paths(
                "#[cfg(test)] mod fixtures; #[cfg(test)] use a::b; #[cfg(test)] mod tests { use super::c; } use d::e;"
            ),
            ["d::e"]
        );
    }

    #[test]
    fn modules_and_items_are_found() {
        let found = read("pub mod a; #[path = \"x.rs\"] pub(crate) mod b; mod c { pub struct D; mod e { use super::f; } } const G: u8 = 1;".parse().expect("it is Rust"));
        let declared = |name: &str, file: Option<&str>| Declared {
            name: name.into(),
            file: file.map(str::to_owned),
        };
        assert_eq!(found[0].files, [declared("a", None), declared("b", Some("x.rs"))]);
        assert!(found[0].inline.contains("c") && found[0].items.contains("G"));
        assert_eq!(found[1].inside, ["c"]);
        assert!(found[1].items.contains("D"));
        assert_eq!(found[2].inside, ["c", "e"]);
    }
}
