//! The names of packages, as npm takes them.

use rapace_gen_core::{GenerateError, Options};
use rapace_schema::Api;

/// The longest name that npm takes.
const LONGEST_PACKAGE_NAME: usize = 214;

/// The name that was asked for, or one made of the API's.
pub(crate) fn package_name(api: &Api, options: &Options) -> Result<String, GenerateError> {
    let name = match &options.package {
        Some(name) => name.clone(),
        None => {
            let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
            let lower = api.name.to_lowercase();
            lower.chars().map(|c| if allowed(c) { c } else { '-' }).collect()
        }
    };
    check_package_name(&name)?;
    Ok(name)
}

/// Whether npm takes the name, with or without a scope.
pub(crate) fn check_package_name(name: &str) -> Result<(), GenerateError> {
    let part = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
            && part
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '.' | '~'))
    };
    let sound = match name.strip_prefix('@').map(|scoped| scoped.split_once('/')) {
        Some(Some((scope, name))) => part(scope) && part(name),
        Some(None) => false,
        None => part(name),
    };
    if sound && name.len() <= LONGEST_PACKAGE_NAME {
        return Ok(());
    }
    Err(GenerateError::new(format!(
        "{name:?} is no name of an npm package: use lower-case letters, digits, - and _, as in book-shop or @scope/book-shop"
    )))
}
