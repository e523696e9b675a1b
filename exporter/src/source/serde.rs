//! What sources say to serde, which reflection and the encoding do not know.

use syn::Meta;

/// An attribute of serde that changes what serde writes: `rename = "first-name"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerdeAttribute {
    /// Its name: `skip`, `rename`.
    pub name: String,
    /// Its value where it is a text: `first-name`.
    pub value: String,
}

/// The attributes of serde among these.
pub(crate) fn serde_attributes(metas: &[Meta]) -> Vec<SerdeAttribute> {
    let mut found = Vec::new();
    for meta in metas.iter().filter(|meta| meta.path().is_ident("serde")) {
        let Meta::List(list) = meta else { continue };
        // What does not parse does not compile either.
        let _ = list.parse_nested_meta(|inner| {
            let name = inner.path.get_ident().map(ToString::to_string).unwrap_or_default();
            let mut value = String::new();
            if inner.input.peek(syn::token::Paren) {
                // `rename(serialize = "a", deserialize = "b")`, `bound(…)`.
                let content;
                syn::parenthesized!(content in inner.input);
                let _: proc_macro2::TokenStream = content.parse()?;
            } else if let Ok(given) = inner.value()
                && let syn::Expr::Lit(syn::ExprLit {
                    lit: syn::Lit::Str(text),
                    ..
                }) = given.parse()?
            {
                value = text.value();
            }
            found.push(SerdeAttribute { name, value });
            Ok(())
        });
    }
    found
}
