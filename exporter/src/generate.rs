//! `rapace gen`: which generator makes the package, and who writes it.

use rapace_gen_core::{Files, Options};
use rapace_schema::Api;

use crate::languages::generators;
pub(crate) use crate::package_folder::is_same_text;
pub use crate::package_folder::{differences, write};
use crate::plugin;
pub use crate::plugin::PluginLimits;

/// Makes the package for a language. A generator that is a program of its own has these limits; each line that it prints for
/// people is given to `tell`.
///
/// # Errors
/// A message: the language is unknown, or an option cannot be met.
pub fn generate(
    language: &str,
    api: &Api,
    options: &Options,
    limits: PluginLimits,
    tell: fn(&str),
) -> Result<Files, String> {
    let generators = generators();
    let made = match generators.iter().find(|generator| generator.language() == language) {
        Some(generator) => options
            .check_own(generator.as_ref())
            .and_then(|()| generator.generate(api, options))
            .map_err(|error| error.message),
        None => {
            let known: Vec<&str> = generators.iter().map(|generator| generator.language()).collect();
            let unknown = format!("unknown language `{language}`: known are {}", known.join(", "));
            return plugin::generate(language, api, options, unknown, limits, tell);
        }
    };
    made.map_err(|message| format!("{language}: {message}"))
}
