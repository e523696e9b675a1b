//! Known-failing lists: the cases that a testee fails for a reason, a line each. They are run, and must still fail.

use std::fs;
use std::path::{Path, PathBuf};

use glob::Pattern;

use super::outcome::Outcome;
use crate::class::Class;
use crate::folder::folder;

/// A testee's list.
#[derive(Default)]
pub struct KnownFailing {
    file: PathBuf,
    lines: Vec<Line>,
}

struct Line {
    number: usize,
    /// Only in this class.
    class: Option<Class>,
    cases: Pattern,
    reason: String,
    matched: bool,
}

impl KnownFailing {
    /// The list of the repository's testee of this name; nothing when it has none.
    ///
    /// # Errors
    /// When the list is wrong.
    pub fn of(testee: &str) -> Result<Self, String> {
        let file = folder().join(format!("known-failing/{testee}.txt"));
        match file.exists() {
            true => Self::read(&file),
            false => Ok(Self::default()),
        }
    }

    /// Reads a list.
    ///
    /// # Errors
    /// When the file cannot be read, or a line is not `[CLASS/]GLOB # REASON`; the error has all of these lines.
    pub fn read(file: &Path) -> Result<Self, String> {
        let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
        Self::parse(file, &text)
    }

    fn parse(file: &Path, text: &str) -> Result<Self, String> {
        let numbered = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let lines = numbered.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let (mut good, mut bad) = (Vec::new(), Vec::new());
        for (number, line) in lines {
            match parse(number, line) {
                Ok(line) => good.push(line),
                Err(why) => bad.push(format!("{}:{number}: {why}", file.display())),
            }
        }
        if !bad.is_empty() {
            return Err(bad.join("\n"));
        }
        Ok(Self {
            file: file.into(),
            lines: good,
        })
    }

    /// A case's outcome, and the reason why it fails when it is known to. It is a failure when a listed case passes.
    pub fn judge(&mut self, class: Class, case: &str, outcome: Outcome) -> (Outcome, Option<String>) {
        let matching: Vec<usize> = (0..self.lines.len())
            .filter(|&at| self.lines[at].matches(class, case))
            .collect();
        // Lines may overlap: each of them counts as used, and the first gives the reason.
        matching.iter().for_each(|&at| self.lines[at].matched = true);
        let Some(line) = matching.first().map(|&at| &self.lines[at]) else {
            return (outcome, None);
        };
        if outcome.is_failure() {
            return (outcome, Some(line.reason.clone()));
        }
        let passes = format!(
            "it passes, but {}:{} says that it fails ({}): take it off the list",
            self.file.display(),
            line.number,
            line.reason
        );
        (Outcome::Failed(passes), None)
    }

    /// The lines that no case has had, of use after a run of all cases.
    pub fn unmatched(&self) -> Vec<String> {
        let unmatched = self.lines.iter().filter(|line| !line.matched);
        unmatched
            .map(|line| {
                format!(
                    "{}:{}: no case matches {}",
                    self.file.display(),
                    line.number,
                    line.cases
                )
            })
            .collect()
    }
}

impl Line {
    fn matches(&self, class: Class, case: &str) -> bool {
        self.class.is_none_or(|only| only == class) && self.cases.matches(case)
    }
}

fn parse(number: usize, line: &str) -> Result<Line, String> {
    let (cases, reason) = line.split_once('#').unwrap_or((line, ""));
    let (cases, reason) = (cases.trim(), reason.trim());
    if reason.is_empty() {
        return Err(format!("{cases} has no reason; write `{cases} # why it fails`"));
    }
    let (class, cases) = match cases.split_once('/') {
        None => (None, cases),
        Some((class, cases)) => (Some(class.parse()?), cases),
    };
    let cases = Pattern::new(cases).map_err(|error| format!("{cases} is not a glob: {error}"))?;
    Ok(Line {
        number,
        class,
        cases,
        reason: reason.into(),
        matched: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(text: &str) -> Result<KnownFailing, String> {
        KnownFailing::parse(Path::new("mine.txt"), text)
    }

    fn failed() -> Outcome {
        Outcome::Failed("wrong".into())
    }

    #[test]
    fn a_listed_case_fails_with_its_reason() {
        let mut list = list("# a heading\n\n7/n_u16_* # no check yet\n").expect("a list");
        let (outcome, known) = list.judge(Class::Varints, "n_u16_long", failed());
        assert_eq!((outcome, known.as_deref()), (failed(), Some("no check yet")));
        assert!(list.unmatched().is_empty());
        assert_eq!(list.judge(Class::Tags, "n_u16_long", failed()), (failed(), None));
        assert_eq!(list.judge(Class::Varints, "n_u32_long", failed()), (failed(), None));
    }

    #[test]
    fn a_listed_case_that_passes_is_a_failure() {
        let mut list = list("n_u16_* # no check yet").expect("a list");
        let (outcome, known) = list.judge(Class::Varints, "n_u16_long", Outcome::Passed);
        let why = "it passes, but mine.txt:1 says that it fails (no check yet): take it off the list";
        assert_eq!((outcome, known), (Outcome::Failed(why.into()), None));
    }

    #[test]
    fn a_line_that_matches_nothing_is_told() {
        let list = list("n_u16_* # no check yet").expect("a list");
        assert_eq!(list.unmatched(), ["mine.txt:1: no case matches n_u16_*"]);
    }

    #[test]
    fn every_bad_line_is_told() {
        let error = list("a\nb # why\nc #\nx/d # why\n[ # why\n").err().expect("an error");
        let lines: Vec<&str> = error.lines().collect();
        assert_eq!(lines.len(), 4, "{error}");
        assert_eq!(lines[0], "mine.txt:1: a has no reason; write `a # why it fails`");
        assert_eq!(lines[1], "mine.txt:3: c has no reason; write `c # why it fails`");
        assert!(lines[2].starts_with("mine.txt:4: no class x; "), "{error}");
        assert!(lines[3].starts_with("mine.txt:5: [ is not a glob"), "{error}");
    }
}
