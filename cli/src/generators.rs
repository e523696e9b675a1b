//! The list of generators, and which of them makes a package.

use rapace_gen_core::{Files, Generator, Options, OwnOption};
use rapace_schema::Api;

use crate::plugin;
pub(crate) use crate::plugin::Limits;

/// Every built-in generator, sorted by language.
pub fn generators() -> Vec<Box<dyn Generator>> {
    vec![
        Box::new(rapace_gen_go::Go),
        Box::new(rapace_gen_python::Python),
        Box::new(rapace_gen_typescript::TypeScript),
    ]
}

/// The languages of the built-in generators, sorted.
pub(crate) fn languages() -> Vec<&'static str> {
    generators().iter().map(|generator| generator.language()).collect()
}

/// What `rapace gen --help` says about the options of one language.
pub(crate) fn own_options_help() -> String {
    let mut help = "Options of one language (--opt), with their values, the default first:".to_owned();
    for generator in generators() {
        for OwnOption { name, values, about } in generator.own_options() {
            help += &format!(
                "\n  {}: {name}={}\n          {about}",
                generator.language(),
                shown_values(values)
            );
        }
    }
    help
}

/// The values of an option, the default first; without any, it takes a text.
fn shown_values(values: &[&str]) -> String {
    match values {
        [] => "TEXT".to_owned(),
        values => values.join("|"),
    }
}

/// Makes the package for a language. A generator that is another program runs within these limits; each line that it writes
/// to stderr is passed to `tell`.
///
/// # Errors
/// A message: the language is unknown, an option cannot be met, or the other program fails.
pub(crate) fn generate(
    language: &str,
    api: &Api,
    options: &Options,
    limits: Limits,
    tell: fn(&str),
) -> Result<Files, String> {
    let generators = generators();
    let Some(generator) = generators.iter().find(|generator| generator.language() == language) else {
        let unknown = format!("unknown language `{language}`: known are {}", languages().join(", "));
        return plugin::generate(language, api, options, unknown, limits, tell);
    };
    options
        .check_own(generator.as_ref())
        .and_then(|()| generator.generate(api, options))
        .map_err(|error| format!("{language}: {}", error.message))
}

/// Makes the package of a language's runtime alone.
///
/// # Errors
/// A message: the language is none of the built-in ones, or the generator refuses.
pub(crate) fn runtime(language: &str, options: &Options) -> Result<Files, String> {
    let generators = generators();
    let Some(generator) = generators.iter().find(|generator| generator.language() == language) else {
        let known = languages().join(", ");
        return Err(format!(
            "the runtime alone can be written for {known}, and not for `{language}`"
        ));
    };
    options
        .check_own(generator.as_ref())
        .and_then(|()| generator.runtime(options))
        .map_err(|error| format!("{language}: {}", error.message))
}

#[cfg(test)]
mod tests {
    use super::{generators, languages, own_options_help};

    #[test]
    fn languages_are_sorted() {
        assert!(languages().is_sorted());
    }

    #[test]
    fn the_help_has_every_option_of_every_language_in_few_words() {
        let help = own_options_help();
        for generator in generators() {
            for option in generator.own_options() {
                let value = option.values.first().unwrap_or(&"TEXT");
                let line = format!("{}: {}={value}", generator.language(), option.name);
                assert!(help.contains(&line) && help.contains(option.about), "{line}");
                assert!((20..=240).contains(&option.about.len()), "{line}: {}", option.about);
            }
        }
    }
}
