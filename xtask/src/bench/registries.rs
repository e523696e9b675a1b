//! The newest version of a package, by the package client of its language.

use crate::project::{Error, Project, Result, command, output};

/// The newest release of a language's package that is no preview.
///
/// # Errors
/// When the client is not there, fails, or names no release.
pub fn newest(project: &Project, language: &str, package: &str) -> Result<String> {
    // Outside every package: a client then answers for the registry, not for a lock file.
    let folder = project.scratch("bench/registries")?;
    let ask = |program: &str, arguments: &[&str]| output(command(program, &folder).args(arguments));
    let versions = match language {
        "python" => from_pip(&ask("python3", &["-m", "pip", "index", "versions", package])?),
        "go" => from_go(&ask("go", &["list", "-m", "-versions", package])?),
        "typescript" => from_npm(&ask("npm", &["view", package, "versions", "--json"])?)?,
        _ => from_cargo(&ask("cargo", &["info", package, "--registry", "crates-io"])?),
    };
    let releases = versions.into_iter().filter(|version| !is_preview(version));
    let newest = releases.max_by_key(|version| numbers(version));
    newest.ok_or_else(|| Error(format!("the registry names no release of {package}")))
}

/// Major and minor version.
pub fn minor(version: &str) -> (u64, u64) {
    let numbers = numbers(version);
    let at = |index| numbers.get(index).copied().unwrap_or_default();
    (at(0), at(1))
}

/// The numbers of a version up to what is no number: of `v1.2.3-0.2024` the first three.
fn numbers(version: &str) -> Vec<u64> {
    let core = version
        .trim_start_matches('v')
        .split(['-', '+'])
        .next()
        .unwrap_or_default();
    core.split('.').map_while(|number| number.parse().ok()).collect()
}

/// Whether a version has more than numbers in it, such as `2.0.0-rc.1` or `2.0b1`.
fn is_preview(version: &str) -> bool {
    let version = version.trim_start_matches('v');
    !version.chars().all(|c| c.is_ascii_digit() || c == '.')
}

/// From the line `Available versions: 2.0, 1.0`.
fn from_pip(printed: &str) -> Vec<String> {
    let line = printed
        .lines()
        .find_map(|line| line.strip_prefix("Available versions:"));
    line.unwrap_or_default()
        .split(',')
        .map(|version| version.trim().to_owned())
        .collect()
}

/// From the line `MODULE v1.0.0 v2.0.0`.
fn from_go(printed: &str) -> Vec<String> {
    printed.split_whitespace().skip(1).map(str::to_owned).collect()
}

/// From a list, or from the one version that there is.
fn from_npm(printed: &str) -> Result<Vec<String>> {
    let printed: serde_json::Value =
        serde_json::from_str(printed).map_err(|error| Error(format!("npm view: {error}")))?;
    let one = std::slice::from_ref(&printed);
    let versions = printed.as_array().map_or(one, Vec::as_slice);
    Ok(versions
        .iter()
        .filter_map(|version| version.as_str().map(str::to_owned))
        .collect())
}

/// From the line `version: 1.0.0`, or `version: 1.0.0 (latest 2.0.0)` where another is newer than what cargo would take.
fn from_cargo(printed: &str) -> Vec<String> {
    let line = printed.lines().find_map(|line| line.strip_prefix("version:"));
    let words = line.unwrap_or_default().split([' ', '(', ')']);
    words
        .filter(|word| word.starts_with(|c: char| c.is_ascii_digit()))
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_clients_answer_is_read() {
        assert_eq!(
            from_pip("msgspec (0.23.0)\nAvailable versions: 0.23.0, 0.22.1\n"),
            ["0.23.0", "0.22.1"]
        );
        assert_eq!(from_go("a.b/c v1.0.0 v1.1.0\n"), ["v1.0.0", "v1.1.0"]);
        assert_eq!(
            from_npm(r#"["1.0.0", "2.0.0-rc.1"]"#).ok(),
            Some(vec!["1.0.0".into(), "2.0.0-rc.1".into()])
        );
        assert_eq!(from_npm(r#""1.0.0""#).ok(), Some(vec!["1.0.0".into()]));
        assert!(from_npm("npm error").is_err());
        assert_eq!(
            from_cargo("tonic #rpc\nversion: 0.14.9 (latest 0.15.0)\nlicense: MIT"),
            ["0.14.9", "0.15.0"]
        );
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("2.17.0") > numbers("2.9.3"));
        assert_eq!(minor("v0.6.1-0.20240319094008-0393e58bdf10"), (0, 6));
        assert_eq!(minor("7.36.2"), (7, 36));
        assert!(is_preview("v1.86.0-dev") && is_preview("2.0b1") && !is_preview("v1.85.0"));
    }
}
