//! A `rapace.toml` as a whole: its tables, and how it is read.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use rapace_schema::ResultVariants;
use schemars::JsonSchema;
use serde::Deserialize;

use super::accepted::AcceptedTable;
use super::export::ExportTable;
use super::generate::GenTable;
use super::lint::LintTable;
use super::parse::{ConfigError, FILE};
use super::places::Places;
use super::presented::TypeEntry;
use super::warnings::WarningsTable;

/// What a `rapace.toml` says.
///
/// ```toml
/// # Services of dependencies that the crate exports again, by their path in the crate.
/// services = ["TracingSink"]
///
/// # Methods that may be called twice with the effect of once: a client that reconnects may send them again.
/// idempotent = ["Catalog.find"]
///
/// # Names for types, by their path as `rapace export` shows it in "path".
/// [names]
/// "bookshop::catalog::Page<bookshop::catalog::Book>" = "BookPage"
///
/// # Outcomes of calls: clients return the value or raise an error of their language.
/// [results]
/// "jobs::Outcome" = { ok = "Ok", err = "Err" }
///
/// # Types that the languages have too.
/// [types]
/// "jobs::JobId" = "uuid"
/// "jobs::Money" = { python = { import = "acme.money", type = "Money", from = "from_wire", to = "to_wire" } }
///
/// [warnings]
/// allow = ["several-services"]
/// deny = true
///
/// # What `rapace lint` does not report.
/// [[lint.allow]]
/// rule = "bare-answer"
/// at = "Catalog.greeting"
/// reason = "a text for people, and nothing else"
///
/// # What `rapace export` and `rapace gen` do without flags.
/// [export]
/// out = "api.json"
///
/// # A package that `rapace gen` writes.
/// [[gen]]
/// lang = "python"
/// out = "clients/python"
///
/// # A change that breaks clients and is made all the same, by the fingerprint that `rapace breaking` prints.
/// [[accepted]]
/// fingerprint = "3fa9b2c1d0e4"
/// reason = "no client calls it any more"
/// date = 2026-11-30
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(title = "rapace.toml")]
pub struct Config {
    /// Services of dependencies that the crate exports again: paths of traits from the crate's root.
    #[serde(default)]
    pub services: Vec<String>,
    /// The methods that are idempotent, as `Service.method`.
    #[serde(default)]
    pub idempotent: BTreeSet<String>,
    /// The names of types, by their full path.
    #[serde(default)]
    pub names: BTreeMap<String, String>,
    /// The enums that are outcomes of calls, by their path with or without generic arguments: users of the languages get the value or
    /// an error.
    #[serde(default)]
    pub results: BTreeMap<String, ResultVariants>,
    /// What users of the languages see in the place of types, by their path with or without generic arguments: the name of a preset,
    /// or a table of languages.
    #[serde(default)]
    pub types: BTreeMap<String, TypeEntry>,
    /// The warnings that are allowed, and those that stop an export.
    #[serde(default)]
    pub warnings: Option<WarningsTable>,
    /// What `rapace lint` does not report.
    #[serde(default)]
    pub lint: Option<LintTable>,
    /// What `rapace export` and `rapace gen` export.
    #[serde(default)]
    pub export: Option<ExportTable>,
    /// The packages that `rapace gen` writes.
    #[serde(default, rename = "gen")]
    pub packages: Vec<GenTable>,
    /// The changes that break clients and are made all the same: `rapace breaking` passes them.
    #[serde(default)]
    pub accepted: Vec<AcceptedTable>,
    /// Where the entries are written.
    #[serde(skip)]
    pub places: Places,
}

impl Config {
    /// Reads the file in a folder; without one, nothing is said.
    ///
    /// # Errors
    /// The file cannot be read, or says what is not known.
    pub fn read(folder: &Path) -> Result<Self, ConfigError> {
        let path = folder.join(FILE);
        if !path.exists() {
            return Ok(Self::default());
        }
        if path.is_dir() {
            return Err(ConfigError::whole("it is a folder, and must be a file"));
        }
        let bytes = std::fs::read(&path).map_err(ConfigError::whole)?;
        let text = rapace_schema::text_of(&bytes).map_err(ConfigError::whole)?;
        Self::of(text, &path)
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// It is no TOML, or says what is not known.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        Self::of(text, Path::new(FILE))
    }

    fn of(text: &str, file: &Path) -> Result<Self, ConfigError> {
        let mut config: Self = toml::from_str(text).map_err(|error| ConfigError::new(text, &error))?;
        config.places = Places::read(text, file);
        Ok(config)
    }
}

#[cfg(test)]
mod tests {
    use super::super::values::VersionSource;
    use super::Config;

    fn check(text: &str, expected: &str) {
        assert_eq!(Config::parse(text).unwrap_err().to_string(), expected, "{text}");
    }

    #[test]
    fn what_is_wrong_is_named_with_its_line() {
        check("services = [", "rapace.toml:1: unclosed array, expected `]`");
        check(
            "\n[export]\npacakges = []\n",
            "rapace.toml:3: unknown key `pacakges`: did you mean `packages`? Known here: `packages`, `workspace`, `exclude`, \
             `features`, `all-features`, `no-default-features`, `name`, `keep-names`, `out`, `open-enums`",
        );
        check(
            "[export]\nopen-enums = 1\n",
            "rapace.toml:2: invalid type: integer `1`, expected true, false, or a list of paths of enums",
        );
        check("[[gen]]\nout = \"a\"\n", "rapace.toml:1: missing key `lang`");
        check("[[gen]]\nlang = \"go\"\n", "rapace.toml:1: missing key `out`");
        check(
            "[[gen]]\nlang = \"go\"\nout = \"a\"\nversion = \"1.4\"\n",
            "rapace.toml:4: version `1.4` is neither `from-cargo` nor a semantic version as `1.4.0`: unexpected end of input \
             while parsing minor version number",
        );
        check(
            "[[gen]]\nlang = \"go\"\nout = \"a\"\nopt = { frozen = [] }\n",
            "rapace.toml:4: invalid type: sequence, expected text, a whole number, true or false",
        );
    }

    #[test]
    fn accepted_changes_have_a_reason_and_a_day() {
        let table = |reason: &str, date: &str| {
            Config::parse(&format!(
                "[[accepted]]\nfingerprint = \"3fa9b2c1d0e4\"\nreason = \"{reason}\"\ndate = {date}\n"
            ))
        };
        for date in ["2026-11-30", "\"2026-11-30\""] {
            assert_eq!(table("why", date).unwrap().accepted[0].date, "2026-11-30");
        }
        for (reason, date, expected) in [
            (
                " ",
                "2026-11-30",
                "rapace.toml:3: `reason` is empty: say why the change is accepted",
            ),
            ("why", "\"\"", "rapace.toml:4: `date` is ``, not a day as `2026-11-30`"),
            (
                "why",
                "\"soon\"",
                "rapace.toml:4: `date` is `soon`, not a day as `2026-11-30`",
            ),
            ("why", "7", "rapace.toml:4: `date` is 7, not a day as `2026-11-30`"),
        ] {
            assert_eq!(table(reason, date).unwrap_err().to_string(), expected);
        }
        check(
            "[[accepted]]\nfingerprint = \"a\"\nreason = \"b\"\n",
            "rapace.toml:1: missing key `date`",
        );
    }

    #[test]
    fn a_key_that_resembles_none_has_no_guess() {
        let message = Config::parse("zzzzzzzz = 1").unwrap_err().to_string();
        assert!(
            message.starts_with("rapace.toml:1: unknown key `zzzzzzzz`. Known here: `services`, "),
            "{message}"
        );
    }

    #[test]
    fn values_are_what_they_say() {
        let text = "[export]\nall-features = true\n[[gen]]\nlang = \"go\"\nout = \"a\"\nversion = \"1.4.0\"\n\
                    opt = { frozen = true, wide = 8, target = \"js\" }\n";
        let config = Config::parse(text).unwrap();
        let export = config.export.unwrap();
        assert!(export.all_features && export.out() == "api.json");
        let opt: Vec<String> = config.packages[0].opt.values().map(|value| value.0.clone()).collect();
        assert_eq!(opt, ["true", "js", "8"]);
        assert_eq!(config.packages[0].version, VersionSource::Exact("1.4.0".into()));
    }
}
