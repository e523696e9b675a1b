//! The attributes that a derive macro reads beside an item: `#[serde(…)]`, `#[facet(…)]`.

use proc_macro2::{Span, TokenStream};
use syn::meta::ParseNestedMeta;
use syn::{Expr, ExprLit, Lit, LitStr, Meta, Token};

use crate::diagnostic::Location;

/// One entry of such an attribute: `rename = "first-name"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HelperAttribute {
    /// Its name: `skip`, `rename`.
    pub name: String,
    /// Its value where it is a text: `first-name`. Of `rename(serialize = "a", deserialize = "b")` it is `a`.
    pub value: String,
    /// Where its name is.
    pub at: Location,
}

/// The entries of the attributes that are called `of`.
pub(crate) fn helper_attributes(metas: &[Meta], of: &str, locate: impl Fn(Span) -> Location) -> Vec<HelperAttribute> {
    let mut found = Vec::new();
    for meta in metas.iter().filter(|meta| meta.path().is_ident(of)) {
        let Meta::List(list) = meta else { continue };
        // What does not parse does not compile either.
        let _ = list.parse_nested_meta(|inner| {
            let first = inner.path.segments.first().map(|first| first.ident.span());
            found.push(HelperAttribute {
                name: inner.path.get_ident().map(ToString::to_string).unwrap_or_default(),
                value: value(&inner)?,
                at: locate(first.unwrap_or_else(Span::call_site)),
            });
            Ok(())
        });
    }
    found
}

fn value(entry: &ParseNestedMeta<'_>) -> syn::Result<String> {
    if entry.input.peek(syn::token::Paren) {
        let content;
        syn::parenthesized!(content in entry.input);
        let tokens: TokenStream = content.parse()?;
        return Ok(serialized(tokens));
    }
    if !entry.input.peek(Token![=]) {
        return Ok(String::new());
    }
    Ok(match entry.value()?.parse()? {
        Expr::Lit(ExprLit {
            lit: Lit::Str(text), ..
        }) => text.value(),
        _ => String::new(),
    })
}

/// The value of `serialize = "…"` among such tokens.
fn serialized(tokens: TokenStream) -> String {
    let mut value = String::new();
    let parser = syn::meta::parser(|entry| {
        let text: LitStr = entry.value()?.parse()?;
        if entry.path.is_ident("serialize") {
            value = text.value();
        }
        Ok(())
    });
    // Others have something else in their parentheses: `bound(…)`.
    let _ = syn::parse::Parser::parse2(parser, tokens);
    value
}
