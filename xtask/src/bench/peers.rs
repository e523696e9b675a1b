//! What the benchmarks are measured beside: `benchmarks/peers.json`, a package a line, with the version that a lock file
//! pins and the day on which that version was taken.

use std::fs;

use serde::Deserialize;

use super::registries;
use crate::project::{Error, Project, Result, all_good};

/// The file of the pins.
pub const FILE: &str = "benchmarks/peers.json";

/// How old a pin may be while a newer minor version exists, in days: a quarter, in which peers have become five times
/// faster before.
const OLDEST_DAYS: i64 = 90;

/// A package that is pinned.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    /// The language, which says the registry and the lock file; `rust` is the server's side.
    pub language: String,
    /// As its registry names it.
    pub package: String,
    /// As the lock file has it.
    pub version: String,
    /// The day on which this version was taken, or was last seen to be the newest: `2026-11-29`.
    pub day: String,
    /// The columns of the tables that it is measured in; none for a generator.
    pub libraries: Vec<String>,
}

/// All pins.
pub fn read(project: &Project) -> Result<Vec<Peer>> {
    let text = fs::read_to_string(project.path(FILE))?;
    serde_json::from_str(&text).map_err(|error| Error(format!("{FILE}: {error}")))
}

/// Fails for each pin that is not what its lock file has: the tables would show another version than was measured.
pub fn check_locks(project: &Project, peers: &[Peer]) -> Result {
    let mut problems = Vec::new();
    for peer in peers {
        let lock = lock_file(&peer.language)?;
        let text = fs::read_to_string(project.path(lock))?;
        match locked(&peer.language, &text, &peer.package) {
            Some(version) if version == peer.version => {}
            Some(version) => problems.push(format!(
                "{FILE} has {} {}, but {lock} has {version}",
                peer.package, peer.version
            )),
            None => problems.push(format!("{FILE} has {}, which {lock} lacks", peer.package)),
        }
    }
    all_good(problems)
}

/// The lock file that a language's peers are in.
fn lock_file(language: &str) -> Result<&'static str> {
    Ok(match language {
        "python" => "benchmarks/python/requirements.txt",
        "go" => "benchmarks/go/go.mod",
        "typescript" => "benchmarks/typescript/package-lock.json",
        "rust" => "benchmarks/Cargo.lock",
        _ => return Err(Error(format!("{FILE}: {language} has no lock file"))),
    })
}

/// The version of a package that a lock file has.
fn locked(language: &str, text: &str, package: &str) -> Option<String> {
    let after = |prefix: &str| text.lines().find_map(|line| line.trim().strip_prefix(prefix));
    match language {
        "python" => Some(after(&format!("{package}=="))?.trim_end_matches([' ', '\\']).into()),
        "go" => Some(after(&format!("{package} "))?.split(' ').next()?.into()),
        "typescript" => {
            let lock: serde_json::Value = serde_json::from_str(text).ok()?;
            let version = &lock["packages"][format!("node_modules/{package}")]["version"];
            version.as_str().map(str::to_owned)
        }
        _ => {
            let (_, entry) = text.split_once(&format!("name = \"{package}\"\nversion = \""))?;
            entry.split('"').next().map(str::to_owned)
        }
    }
}

/// Asks the registries for newer versions, and prints what they say of each pin.
///
/// # Errors
/// When a pin is older than 90 days and there is a newer minor version, or its registry does not answer.
pub fn check_ages(project: &Project) -> Result {
    let peers = read(project)?;
    check_locks(project, &peers)?;
    let today = today()?;
    let mut problems = Vec::new();
    for peer in &peers {
        let day = day_number(&peer.day);
        let day = day.ok_or_else(|| Error(format!("{FILE}: {}: {:?} is no day", peer.package, peer.day)))?;
        let newest = registries::newest(project, &peer.language, &peer.package);
        let verdict = verdict(&peer.version, today - day, newest.as_deref());
        let Peer {
            language,
            package,
            version,
            day,
            ..
        } = peer;
        println!("{language:<10} {package} {version}, pinned {day}: {}", verdict.text());
        if let Verdict::Old(text) = verdict {
            problems.push(format!("{package} {version} was pinned on {day}: {text}"));
        }
    }
    all_good(problems)
}

/// What follows from a pin's age and its registry's answer.
#[derive(Debug, PartialEq)]
enum Verdict {
    /// Nothing has to be done.
    Good(String),
    /// The pin has to be renewed.
    Old(String),
}

impl Verdict {
    fn text(&self) -> &str {
        match self {
            Self::Good(text) | Self::Old(text) => text,
        }
    }
}

/// Judges a pin of so many days, for which the registry has this newest version or no answer.
fn verdict(pinned: &str, days: i64, newest: std::result::Result<&str, &Error>) -> Verdict {
    let old = days > OLDEST_DAYS;
    let (text, fails) = match newest {
        Err(error) => (
            format!("no answer: {}", error.to_string().trim().replace('\n', "; ")),
            old,
        ),
        Ok(newest) if registries::minor(newest) > registries::minor(pinned) => (format!("{newest} is there"), old),
        Ok(_) => ("newest minor version".into(), false),
    };
    match fails {
        true => Verdict::Old(format!(
            "{text}, and the pin is {days} days old, the limit is {OLDEST_DAYS}"
        )),
        false => Verdict::Good(text),
    }
}

/// Today as days since 1970, in UTC.
fn today() -> Result<i64> {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let now = now.map_err(|error| Error(format!("the clock is before 1970: {error}")))?;
    Ok((now.as_secs() / 86_400) as i64)
}

/// Days since 1970 of a date such as `2026-11-29`.
fn day_number(text: &str) -> Option<i64> {
    let numbers: Vec<i64> = text
        .split('-')
        .map(str::parse)
        .collect::<std::result::Result<_, _>>()
        .ok()?;
    let [year, month, day] = numbers[..] else {
        return None;
    };
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    // Years start in March, so that a leap day is the last of its year.
    let year = if month <= 2 { year - 1 } else { year };
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    Some(365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468)
}

#[cfg(test)]
mod tests {
    use super::super::contest::CONTESTS;
    use super::*;

    #[test]
    fn every_pin_is_what_its_lock_file_has() {
        let project = Project::new();
        let checked = read(&project).and_then(|peers| check_locks(&project, &peers));
        assert_eq!(checked.map_err(|error| error.to_string()), Ok(()));
    }

    #[test]
    fn every_peer_in_the_tables_has_a_pin() {
        let peers = read(&Project::new()).map_err(|error| error.to_string());
        for contest in CONTESTS {
            let columns = contest.codecs.iter().chain(contest.clients);
            for library in columns.filter(|name| !name.starts_with("rapace") && **name != "raw") {
                let is_pinned = peers.iter().flatten().any(|peer| {
                    peer.language == contest.language && peer.libraries.iter().any(|column| column == library)
                });
                assert!(is_pinned, "{} {library}", contest.language);
            }
        }
    }

    #[test]
    fn a_lock_file_says_its_version() {
        assert_eq!(
            locked("python", "msgspec==0.23.0 \\\n    --hash", "msgspec").as_deref(),
            Some("0.23.0")
        );
        assert_eq!(locked("python", "msgspec==0.23.0 \\", "msg"), None);
        assert_eq!(
            locked("go", "require (\n\ta.b/c v1.2.3\n", "a.b/c").as_deref(),
            Some("v1.2.3")
        );
        assert_eq!(locked("go", "\ta.b/c/v2 v2.0.0 // indirect", "a.b/c"), None);
        let lock = r#"{"packages": {"node_modules/@a/b": {"version": "2.0.0"}}}"#;
        assert_eq!(locked("typescript", lock, "@a/b").as_deref(), Some("2.0.0"));
        let lock = "[[package]]\nname = \"tonic\"\nversion = \"0.14.9\"\n";
        assert_eq!(locked("rust", lock, "tonic").as_deref(), Some("0.14.9"));
    }

    #[test]
    fn an_old_pin_fails_only_when_a_newer_minor_version_exists() {
        let fails = |pinned, days, newest| matches!(verdict(pinned, days, newest), Verdict::Old(_));
        assert!(fails("2.13.0", 91, Ok("2.17.0")));
        assert!(fails("2.13.0", 91, Ok("3.0.0")));
        assert!(!fails("2.13.0", 90, Ok("2.17.0")));
        assert!(!fails("2.13.0", 91, Ok("2.13.9")));
        let silent = Error("not found".into());
        assert!(fails("2.13.0", 91, Err(&silent)));
        assert!(!fails("2.13.0", 90, Err(&silent)));
    }

    #[test]
    fn days_are_counted_over_leap_years() {
        assert_eq!(day_number("1970-01-01"), Some(0));
        assert_eq!(day_number("2000-03-01"), Some(11_017));
        assert_eq!(day_number("2024-02-29"), Some(19_782));
        assert_eq!(day_number("2026-11-29"), Some(20_786));
        assert_eq!(day_number("2026-13-01"), None);
        assert_eq!(day_number("today"), None);
    }
}
