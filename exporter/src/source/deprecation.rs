//! The notes of deprecated items.

use syn::Meta;

use crate::source::tree::string_value;

/// The note of a `#[deprecated]`, in any of its three forms.
pub(crate) fn deprecation(attributes: &[Meta]) -> Option<String> {
    let attribute = attributes
        .iter()
        .find(|attribute| attribute.path().is_ident("deprecated"))?;
    let mut note = string_value(attribute).unwrap_or_default();
    if let Meta::List(list) = attribute {
        // Other keys (`since`) are read and passed over; what does not parse does not compile either.
        let _ = list.parse_nested_meta(|meta| {
            let value: syn::LitStr = meta.value()?.parse()?;
            if meta.path.is_ident("note") {
                note = value.value();
            }
            Ok(())
        });
    }
    Some(note)
}
