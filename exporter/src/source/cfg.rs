//! `#[cfg(…)]`: which items are part of the crate as it will be built.

use std::collections::BTreeSet;

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::parse::Parser;
use syn::punctuated::Punctuated;
use syn::{Attribute, Meta, Token};

/// What is set when the crate is built: names (`unix`) and pairs (`feature = "search"`).
#[derive(Clone, Debug, Default)]
pub struct Cfg {
    set: BTreeSet<(String, Option<String>)>,
}

impl Cfg {
    /// What is printed by `rustc --print cfg` and by the crate's build script, a line each, and the crate's features.
    pub fn new<'a>(printed: impl IntoIterator<Item = &'a str>, features: impl IntoIterator<Item = String>) -> Self {
        let pairs = printed.into_iter().map(|line| match line.split_once('=') {
            Some((name, value)) => (name.trim().to_owned(), Some(value.trim().trim_matches('"').to_owned())),
            None => (line.trim().to_owned(), None),
        });
        let features = features
            .into_iter()
            .map(|feature| ("feature".to_owned(), Some(feature)));
        Self {
            set: pairs.chain(features).collect(),
        }
    }

    /// Whether an item with these attributes is there.
    pub fn includes(&self, attributes: &[Attribute]) -> bool {
        self.excludes(attributes).is_none()
    }

    /// The condition by which an item with these attributes is not there, as it is written: `feature = "search"`.
    pub fn excludes(&self, attributes: &[Attribute]) -> Option<String> {
        let metas = self.attributes(attributes);
        let conditions = metas.iter().filter(|meta| meta.path().is_ident("cfg"));
        let mut conditions = conditions.filter_map(|meta| meta.require_list().ok());
        conditions.find_map(|list| {
            let condition: Meta = syn::parse2(named(list.tokens.clone())).ok()?;
            (!self.holds(&condition)).then(|| written(&list.tokens))
        })
    }

    /// The attributes of an item, and those in a `cfg_attr` that holds.
    pub fn attributes(&self, attributes: &[Attribute]) -> Vec<Meta> {
        let mut metas = Vec::new();
        for attribute in attributes {
            self.unfold(attribute.meta.clone(), &mut metas);
        }
        metas
    }

    fn unfold(&self, meta: Meta, metas: &mut Vec<Meta>) {
        match &meta {
            Meta::List(list) if list.path.is_ident("cfg_attr") => {
                let mut parts = list_of(&meta).into_iter();
                if parts.next().is_some_and(|condition| self.holds(&condition)) {
                    parts.for_each(|inner| self.unfold(inner, metas));
                }
            }
            _ => metas.push(meta),
        }
    }

    fn holds(&self, condition: &Meta) -> bool {
        let name = condition
            .path()
            .get_ident()
            .map(ToString::to_string)
            .unwrap_or_default();
        match condition {
            Meta::Path(_) if [TRUE, FALSE].contains(&name.as_str()) => name == TRUE,
            Meta::Path(_) => self.set.contains(&(name, None)),
            Meta::NameValue(pair) => match &pair.value {
                syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(value),
                    ..
                }) => self.set.contains(&(name, Some(value.value()))),
                _ => false,
            },
            Meta::List(_) => {
                let parts = list_of(condition);
                match name.as_str() {
                    "all" => parts.iter().all(|part| self.holds(part)),
                    "any" => parts.iter().any(|part| self.holds(part)),
                    "not" => !parts.iter().any(|part| self.holds(part)),
                    _ => false,
                }
            }
        }
    }
}

/// Names in place of `true` and `false`, which are no names and so no metas.
const TRUE: &str = "__true";
const FALSE: &str = "__false";

fn named(tokens: TokenStream) -> TokenStream {
    let name = |token: TokenTree| match &token {
        TokenTree::Ident(ident) if ident == "true" => TokenTree::Ident(Ident::new(TRUE, ident.span())),
        TokenTree::Ident(ident) if ident == "false" => TokenTree::Ident(Ident::new(FALSE, ident.span())),
        _ => token,
    };
    tokens.into_iter().map(name).collect()
}

/// Tokens as people write them.
fn written(tokens: &TokenStream) -> String {
    let spaced = tokens.to_string();
    spaced
        .replace(" (", "(")
        .replace("( ", "(")
        .replace(" )", ")")
        .replace(" ,", ",")
}

/// The metas in the parentheses of one.
fn list_of(meta: &Meta) -> Vec<Meta> {
    let Meta::List(list) = meta else { return Vec::new() };
    let parser = Punctuated::<Meta, Token![,]>::parse_terminated;
    parser
        .parse2(named(list.tokens.clone()))
        .map(|parts| parts.into_iter().collect())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Cfg;

    fn included(attributes: &str) -> bool {
        let cfg = Cfg::new(
            ["unix", "target_os=\"linux\"", "mode = \"fast\""],
            ["search".to_owned()],
        );
        let file = syn::parse_file(&format!("{attributes} mod m;")).unwrap();
        let syn::Item::Mod(item) = &file.items[0] else {
            unreachable!()
        };
        cfg.includes(&item.attrs)
    }

    #[test]
    fn conditions_are_evaluated_as_the_compiler_does() {
        for (attributes, expected) in [
            ("", true),
            ("#[cfg(unix)]", true),
            ("#[cfg(test)]", false),
            ("#[cfg(feature = \"search\")]", true),
            ("#[cfg(feature = \"other\")]", false),
            ("#[cfg(all(unix, feature = \"search\"))]", true),
            ("#[cfg(all(unix, windows))]", false),
            ("#[cfg(any(windows, target_os = \"linux\"))]", true),
            ("#[cfg(not(test))]", true),
            ("#[cfg(any())]", false),
            ("#[cfg(all())]", true),
            ("#[cfg(unix)] #[cfg(test)]", false),
            ("#[cfg(mode = \"fast\")]", true),
            ("#[cfg_attr(unix, cfg(test))]", false),
            ("#[cfg_attr(windows, cfg(test))]", true),
            ("#[cfg(false)]", false),
            ("#[cfg(not(false))]", true),
            ("#[cfg(all(unix, false))]", false),
        ] {
            assert_eq!(included(attributes), expected, "{attributes}");
        }
    }

    #[test]
    fn cfg_attr_is_unfolded() {
        let cfg = Cfg::new(["unix"], []);
        let text = "#[cfg_attr(unix, a, cfg_attr(not(windows), b::c))] #[cfg_attr(windows, d)] #[e] mod m;";
        let file = syn::parse_file(text).unwrap();
        let syn::Item::Mod(item) = &file.items[0] else {
            unreachable!()
        };
        let names = cfg.attributes(&item.attrs).into_iter().map(|meta| {
            let segments: Vec<String> = meta.path().segments.iter().map(|s| s.ident.to_string()).collect();
            segments.join("::")
        });
        assert_eq!(names.collect::<Vec<_>>(), ["a", "b::c", "e"]);
    }
}
