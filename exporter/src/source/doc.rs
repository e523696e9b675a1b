//! Docs that reflection has lost or mangled: `include_str!` and `concat!`, which derive macros pass over, and the stars at the
//! left of block comments.

use std::fs;
use std::path::{Path, PathBuf};

use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, ExprMacro, Lit, Meta, Token};

/// What the sources say of an item's docs.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Doc {
    /// Nothing that reflection does not say as well.
    #[default]
    AsReflected,
    /// This text, the indent of comments removed.
    Text(String),
    /// More than this program can read: why.
    Unread(String),
}

/// Where docs are written, so that what they include is found.
#[derive(Clone, Debug)]
pub struct DocPlace {
    /// The file, absolute.
    file: PathBuf,
}

impl DocPlace {
    /// Docs in this file.
    pub fn new(file: PathBuf) -> Self {
        Self { file }
    }

    /// The docs of an item with these attributes, of which the compiler sees all.
    pub fn doc(&self, attributes: &[Attribute], metas: &[Meta]) -> Doc {
        let docs = metas.iter().filter(|meta| meta.path().is_ident("doc"));
        let values: Vec<&Expr> = docs
            .filter_map(|meta| Some(&meta.require_name_value().ok()?.value))
            .collect();
        let has_stars = attributes.iter().any(is_block_comment);
        let is_text = |value: &&Expr| matches!(value, Expr::Lit(_));
        if values.iter().all(is_text) && !has_stars {
            return Doc::AsReflected;
        }
        self.whole(attributes, metas)
    }

    /// The docs of an item that reflection knows nothing of.
    pub fn whole(&self, attributes: &[Attribute], metas: &[Meta]) -> Doc {
        let docs = metas.iter().filter(|meta| meta.path().is_ident("doc"));
        let values: Vec<&Expr> = docs
            .filter_map(|meta| Some(&meta.require_name_value().ok()?.value))
            .collect();
        // Attributes that a `cfg_attr` has put there are no comments.
        let kinds: Vec<Kind> = if values.len() == attributes.iter().filter(|attribute| is_doc(attribute)).count() {
            attributes
                .iter()
                .filter(|attribute| is_doc(attribute))
                .map(kind)
                .collect()
        } else {
            vec![Kind::Attribute; values.len()]
        };
        let texts: Result<Vec<String>, String> = values.into_iter().map(|value| self.text(value)).collect();
        match texts {
            Ok(texts) => Doc::Text(joined(&kinds, &texts)),
            Err(why) => Doc::Unread(why),
        }
    }

    fn text(&self, expression: &Expr) -> Result<String, String> {
        match expression {
            Expr::Lit(ExprLit { lit, .. }) => literal(lit),
            Expr::Macro(ExprMacro { mac, .. }) => {
                let name = mac.path.segments.last().map(|segment| segment.ident.to_string());
                let name = name.unwrap_or_default();
                match name.as_str() {
                    "concat" => {
                        let parts = arguments(&mac.tokens)?;
                        parts.iter().map(|part| self.text(part)).collect()
                    }
                    "stringify" => Ok(mac.tokens.to_string()),
                    "include_str" => self.included(&self.only(&name, &mac.tokens)?),
                    "env" => self.variable(&self.only(&name, &mac.tokens)?),
                    _ => Err(format!("`{name}!` is not known here")),
                }
            }
            Expr::Group(group) => self.text(&group.expr),
            Expr::Paren(paren) => self.text(&paren.expr),
            _ => Err("they are neither a text nor a macro".into()),
        }
    }

    /// The first argument of a macro.
    fn only(&self, name: &str, tokens: &proc_macro2::TokenStream) -> Result<String, String> {
        let arguments = arguments(tokens)?;
        let first = arguments.first().ok_or_else(|| format!("`{name}!` has no argument"))?;
        self.text(first)
    }

    /// Paths are relative to the file that includes.
    fn included(&self, path: &str) -> Result<String, String> {
        let path = self.file.parent().unwrap_or(Path::new("")).join(path);
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
    }

    /// What cargo sets when it builds the package.
    fn variable(&self, name: &str) -> Result<String, String> {
        let unknown = || format!("`env!(\"{name}\")` is not known here");
        let folder = self
            .file
            .ancestors()
            .skip(1)
            .find(|folder| folder.join("Cargo.toml").exists());
        let folder = folder.ok_or_else(unknown)?;
        let key = match name {
            "CARGO_MANIFEST_DIR" => return Ok(folder.display().to_string()),
            "CARGO_PKG_NAME" => "name",
            "CARGO_PKG_VERSION" => "version",
            "CARGO_PKG_DESCRIPTION" => "description",
            "CARGO_PKG_REPOSITORY" => "repository",
            "CARGO_PKG_HOMEPAGE" => "homepage",
            _ => return Err(unknown()),
        };
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).map_err(|error| error.to_string())?;
        let manifest: toml::Table = toml::from_str(&manifest).map_err(|error| error.to_string())?;
        let value = manifest.get("package").and_then(|package| package.get(key));
        value
            .and_then(toml::Value::as_str)
            .map(str::to_owned)
            .ok_or_else(unknown)
    }
}

fn arguments(tokens: &proc_macro2::TokenStream) -> Result<Vec<Expr>, String> {
    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
    let parsed = parser.parse2(tokens.clone()).map_err(|error| error.to_string())?;
    Ok(parsed.into_iter().collect())
}

fn literal(literal: &Lit) -> Result<String, String> {
    Ok(match literal {
        Lit::Str(text) => text.value(),
        Lit::Char(character) => character.value().to_string(),
        Lit::Int(number) => number.base10_digits().to_owned(),
        Lit::Float(number) => number.base10_digits().to_owned(),
        Lit::Bool(value) => value.value.to_string(),
        _ => return Err("a literal in them is no text".into()),
    })
}

/// How a doc attribute is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// `/// …`
    Line,
    /// `/** … */`
    Block,
    /// `#[doc = …]`
    Attribute,
}

fn is_doc(attribute: &Attribute) -> bool {
    attribute.path().is_ident("doc") && matches!(attribute.meta, Meta::NameValue(_))
}

fn is_block_comment(attribute: &Attribute) -> bool {
    is_doc(attribute) && kind(attribute) == Kind::Block
}

/// A comment is an attribute, each token of which lies where the whole comment does.
fn kind(attribute: &Attribute) -> Kind {
    let source = attribute.pound_token.span.source_text().unwrap_or_default();
    if source.starts_with("/*") {
        Kind::Block
    } else if source.starts_with("//") {
        Kind::Line
    } else {
        Kind::Attribute
    }
}

/// The parts one below the other, of comments without the indent that they share.
fn joined(kinds: &[Kind], texts: &[String]) -> String {
    let texts: Vec<String> = (kinds.iter().zip(texts))
        .map(|(kind, text)| match kind {
            Kind::Block => without_stars(text),
            Kind::Line | Kind::Attribute => text.clone(),
        })
        .collect();
    let comments = || kinds.iter().zip(&texts).filter(|(kind, _)| **kind != Kind::Attribute);
    let lines = comments()
        .flat_map(|(_, text)| text.lines())
        .filter(|line| !line.trim().is_empty());
    let indent = |line: &str| line.len() - line.trim_start_matches(' ').len();
    let shared = lines.map(indent).min().unwrap_or(0);
    let parts = kinds.iter().zip(&texts).map(|(kind, text)| match kind {
        Kind::Attribute => text.clone(),
        Kind::Line | Kind::Block => {
            let lines = text.lines().map(|line| line.get(shared..).unwrap_or(""));
            lines.collect::<Vec<_>>().join("\n")
        }
    });
    parts.collect::<Vec<_>>().join("\n")
}

/// A block comment without the stars at its left, as the compiler's own docs show it: every line but the first has one in
/// the same column, or none is taken away.
pub fn without_stars(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    let all_stars = |line: &&str| !line.trim().is_empty() && line.trim().chars().all(|c| c == '*');
    if lines.last().is_some_and(all_stars) {
        lines.pop();
    }
    if lines.first().is_some_and(all_stars) {
        lines.remove(0);
    }
    let skipped = usize::from(!lines.first().is_some_and(|line| line.trim_start().starts_with('*')));
    let Some(column) = column_of_stars(&lines[skipped.min(lines.len())..]) else {
        return lines.join("\n");
    };
    let stripped = lines.iter().map(|line| {
        let has_star = line.len() > column && line[..column].trim().is_empty() && line[column..].starts_with('*');
        // The first line may follow the comment's start at once.
        if has_star || line.trim() == "*" {
            line.trim_start().get(1..).unwrap_or("")
        } else {
            line
        }
    });
    stripped.collect::<Vec<_>>().join("\n")
}

/// The column in which each of the lines has a star, those at the ends left out that are blank.
fn column_of_stars(lines: &[&str]) -> Option<usize> {
    let is_blank = |line: &&str| line.trim().is_empty();
    let first = lines.iter().position(|line| !is_blank(line))?;
    let last = lines.iter().rposition(|line| !is_blank(line))?;
    let column = |line: &str| {
        let start = line.trim_start_matches([' ', '\t']);
        start.starts_with('*').then(|| line.len() - start.len())
    };
    let columns: Option<Vec<usize>> = lines[first..=last].iter().map(|line| column(line)).collect();
    let columns = columns?;
    columns.iter().all(|column| *column == columns[0]).then(|| columns[0])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::{Doc, DocPlace, without_stars};

    #[test]
    fn stars_at_the_left_of_block_comments_go() {
        for (comment, text) in [
            (" Finds.\n     * More.\n     ", " Finds.\n More.\n     "),
            ("\n * Finds.\n *\n * More.\n ", "\n Finds.\n\n More.\n "),
            (" One line. ", " One line. "),
            ("\n Things:\n * one\n * two\n", "\n Things:\n * one\n * two\n"),
            ("*\n * Framed.\n ***", " Framed."),
            ("\n* At the margin.\n* More.\n", "\n At the margin.\n More.\n"),
            ("\n * A list:\n * * one\n * * two\n ", "\n A list:\n * one\n * two\n "),
            ("\n * One\n   * deeper\n ", "\n * One\n   * deeper\n "),
            ("", ""),
        ] {
            assert_eq!(without_stars(comment), text.trim_end_matches('\n'), "{comment:?}");
        }
    }

    fn doc(attributes: &str) -> Doc {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| fs::write(folder.path().join(path), text).unwrap();
        fs::create_dir_all(folder.path().join("src/deep")).unwrap();
        write("Cargo.toml", "[package]\nname = \"book-shop\"\nversion = \"1.2.3\"\n");
        write("README.md", "\u{feff}# Shop\r\n\r\nSells.\r\n");
        write("src/deep/field.md", "The field.\n");
        let file = syn::parse_file(&format!("{attributes}\nstruct S;")).unwrap();
        let syn::Item::Struct(item) = &file.items[0] else {
            unreachable!()
        };
        let metas: Vec<syn::Meta> = item.attrs.iter().map(|attribute| attribute.meta.clone()).collect();
        DocPlace::new(folder.path().join("src/deep/a.rs")).doc(&item.attrs, &metas)
    }

    #[test]
    fn what_reflection_knows_is_left_to_it() {
        for attributes in [
            "",
            "/// A.\n/// B.",
            "#[doc = \"A\\n * B\"]",
            "#[doc(hidden)]",
            "#[derive(Facet)]",
        ] {
            assert_eq!(doc(attributes), Doc::AsReflected, "{attributes}");
        }
    }

    #[test]
    fn included_and_joined_docs_are_read() {
        for (attributes, text) in [
            ("#[doc = include_str!(\"field.md\")]", "The field.\n"),
            ("#[doc = include_str!(\"../../README.md\")]", "# Shop\r\n\r\nSells.\r\n"),
            (
                "#[doc = std::include_str!(concat!(env!(\"CARGO_MANIFEST_DIR\"), \"/src/deep/\", \"field.md\"))]",
                "The field.\n",
            ),
            (
                "#[doc = concat!(\"joined \", \"text\", 1, ' ', 2.5, true)]",
                "joined text1 2.5true",
            ),
            (
                "#[doc = concat!(\"a \", concat!(\"b \", include_str!(\"field.md\")), stringify!(x))]",
                "a b The field.\nx",
            ),
            (
                "#[doc = concat!(env!(\"CARGO_PKG_NAME\"), \" \", env!(\"CARGO_PKG_VERSION\"))]",
                "book-shop 1.2.3",
            ),
            (
                "/// First.\n#[doc = include_str!(\"field.md\")]\n///  Indented.",
                "First.\nThe field.\n\n Indented.",
            ),
            ("/** Finds.\n * More.\n */", "Finds.\nMore.\n"),
            ("/// One.\n/**\n * Two.\n */", "One.\n\nTwo.\n"),
            ("/** Finds. */", "Finds. "),
        ] {
            assert_eq!(doc(attributes), Doc::Text(text.into()), "{attributes}");
        }
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        for (attributes, why) in [
            ("#[doc = mine!()]", "`mine!` is not known here"),
            (
                "#[doc = concat!(env!(\"OUT_DIR\"))]",
                "`env!(\"OUT_DIR\")` is not known here",
            ),
            ("#[doc = include_str!(\"gone.md\")]", "gone.md: No such file"),
        ] {
            let Doc::Unread(found) = doc(attributes) else {
                panic!("{attributes} was read");
            };
            assert!(found.contains(why), "{found}");
        }
    }
}
