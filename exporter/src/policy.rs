//! What an author does with warnings: some are allowed, some stop the export.

use std::collections::BTreeSet;

use crate::config::{Deny, FILE, Places, WarningsTable};
use crate::diagnostic::{Diagnostic, Level, Location};
use crate::nearest::did_you_mean;
use crate::options::ExportOptions;
use crate::warning_names::NAMES;

/// Which warnings are allowed and which are denied. One that is both is allowed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Policy {
    allow: BTreeSet<String>,
    deny: BTreeSet<String>,
}

impl Policy {
    /// What the tables of all packages and the caller say. `places` are those of the tables.
    ///
    /// # Errors
    /// A name that no warning has.
    pub(crate) fn new(
        tables: &[WarningsTable],
        places: &Places,
        options: &ExportOptions,
    ) -> Result<Self, Vec<Diagnostic>> {
        let mut policy = Self::default();
        let mut unknown = Vec::new();
        let in_file = |key: &str, name: &str| {
            let place = format!("{FILE}, `{key}` of [warnings]");
            no_warning(name, place, places.of(&["warnings", key, name]))
        };
        for table in tables {
            let (known, others) = sorted_out(&table.allow);
            policy.allow.extend(known);
            unknown.extend(others.map(|name| in_file("allow", name)));
            match &table.deny {
                Deny::All(true) => policy.deny.extend(all()),
                Deny::All(false) => {}
                Deny::Named(names) => {
                    let (known, others) = sorted_out(names);
                    policy.deny.extend(known);
                    unknown.extend(others.map(|name| in_file("deny", name)));
                }
            }
        }
        let (known, others) = sorted_out(&options.allow);
        policy.allow.extend(known);
        unknown.extend(others.map(|name| no_warning(name, "--allow".to_owned(), None)));
        if options.deny_warnings {
            policy.deny.extend(all());
        }
        if unknown.is_empty() { Ok(policy) } else { Err(unknown) }
    }

    /// Takes out what is allowed, and makes errors of what is denied.
    pub(crate) fn apply(&self, diagnostics: Vec<Diagnostic>) -> Vec<Diagnostic> {
        let is_said = |found: &Diagnostic| found.level == Level::Error || !self.allow.contains(found.code);
        let judged = |mut found: Diagnostic| {
            if self.deny.contains(found.code) {
                found.level = Level::Error;
            }
            found
        };
        diagnostics.into_iter().filter(is_said).map(judged).collect()
    }
}

/// The names of all warnings.
fn all() -> impl Iterator<Item = String> {
    NAMES.iter().map(ToString::to_string)
}

/// Those of these names that warnings have, and the others.
fn sorted_out<'a>(
    names: impl IntoIterator<Item = &'a String, IntoIter: Clone>,
) -> (impl Iterator<Item = String>, impl Iterator<Item = &'a str>) {
    let names = names.into_iter().map(String::as_str);
    let is_known = |name: &&str| NAMES.contains(name);
    let known = names.clone().filter(is_known).map(str::to_owned);
    (known, names.filter(move |name| !is_known(name)))
}

fn no_warning(name: &str, place: String, at: Option<Location>) -> Diagnostic {
    Diagnostic {
        place,
        why: format!("no warning is called {name:?}"),
        at,
        cure: did_you_mean(name, NAMES, &format!("take one of {}", NAMES.join(", "))),
        ..Diagnostic::error("unknown-warning")
    }
}

#[cfg(test)]
mod tests {
    use super::Policy;
    use crate::config::Config;
    use crate::diagnostic::{Diagnostic, Level};
    use crate::options::ExportOptions;
    use crate::warning_names::NAMES;

    /// What an export says of each warning: its name, with `!` where it stops the export.
    fn said(toml: &str, options: &ExportOptions) -> Result<Vec<String>, Vec<String>> {
        let config = Config::parse(toml).unwrap();
        let tables: Vec<_> = config.warnings.into_iter().collect();
        let texts = |found: Vec<Diagnostic>| found.iter().map(ToString::to_string).collect::<Vec<_>>();
        let policy = Policy::new(&tables, &config.places, options).map_err(texts)?;
        let warnings = ["recursive-type", "several-services"].map(Diagnostic::warning).to_vec();
        let mark = |found: &Diagnostic| if found.level == Level::Error { "!" } else { "" };
        let said = policy.apply(warnings);
        Ok(said
            .iter()
            .map(|found| format!("{}{}", found.code, mark(found)))
            .collect())
    }

    fn check(toml: &str, expected: &[&str]) {
        assert_eq!(said(toml, &ExportOptions::default()).unwrap(), expected, "{toml}");
    }

    #[test]
    fn warnings_are_allowed_and_denied_by_their_names() {
        check("", &["recursive-type", "several-services"]);
        check("[warnings]\nallow = [\"several-services\"]", &["recursive-type"]);
        check(
            "[warnings]\ndeny = [\"several-services\"]",
            &["recursive-type", "several-services!"],
        );
        check("[warnings]\ndeny = true", &["recursive-type!", "several-services!"]);
        check(
            "[warnings]\ndeny = true\nallow = [\"recursive-type\"]",
            &["several-services!"],
        );
        let options = ExportOptions {
            allow: vec!["recursive-type".into()],
            deny_warnings: true,
            ..ExportOptions::default()
        };
        assert_eq!(said("", &options).unwrap(), ["several-services!"]);
    }

    #[test]
    fn an_unknown_name_is_an_error_with_the_nearest() {
        let refused = said("[warnings]\nallow = [\"several-service\"]", &ExportOptions::default());
        let expected = "rapace.toml, `allow` of [warnings]: no warning is called \"several-service\"\n  \
                        --> rapace.toml:2:10\n    instead: did you mean \"several-services\"?";
        assert_eq!(refused.unwrap_err(), [expected]);
    }

    #[test]
    fn names_are_sorted() {
        assert!(NAMES.is_sorted());
    }
}
