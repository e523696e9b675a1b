//! What came of a run: failures and a table for people, JSON for programs.

use std::fmt::Write;
use std::time::Duration;

use glob::Pattern;
use serde::Serialize;
use serde_json::json;

use super::outcome::{CaseResult, Outcome};
use crate::class::Class;

/// How many failures of a testee are printed in full.
const TOLD: usize = 20;
/// How many are repeated at the end, for logs of which only the end is shown.
const NAMED: usize = 5;
/// How many characters of each.
const NAMED_IN: usize = 240;

/// What a report says of a class.
pub struct ClassInfo {
    /// The class.
    pub class: Class,
    /// What it is about.
    pub title: String,
    /// What is right.
    pub rule: String,
}

/// What came of a testee.
#[derive(Serialize)]
pub struct Tested {
    /// Its name.
    #[serde(rename = "testee")]
    pub name: String,
    /// The options of `run` that name it.
    #[serde(skip)]
    pub options: String,
    /// What came of each case.
    pub results: Vec<CaseResult>,
    /// What is wrong besides: it does not start, or its list of known failures is not true.
    pub problems: Vec<String>,
    /// Whether memory was measured, if a case wanted it.
    #[serde(rename = "memory_measured", skip_serializing_if = "Option::is_none")]
    pub memory: Option<bool>,
    /// How long all of it took.
    #[serde(skip)]
    pub took: Duration,
}

impl Tested {
    /// The command that runs one of its cases again.
    pub fn again(&self, result: &CaseResult) -> String {
        let case = Pattern::escape(&result.case);
        let plain = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
        let case = match case.chars().all(plain) {
            true => case,
            false => format!("'{case}'"),
        };
        format!(
            "cargo run -p conformance -- run {} --class {} --case {case}",
            self.options,
            result.class.number()
        )
    }

    fn failures(&self) -> impl Iterator<Item = &CaseResult> {
        self.results.iter().filter(|result| result.is_failure())
    }
}

/// The results of all testees.
pub struct Report {
    /// The classes, in their order.
    pub classes: Vec<ClassInfo>,
    /// The testees, in theirs.
    pub testees: Vec<Tested>,
}

impl Report {
    /// An empty one, of these classes.
    pub fn new(classes: Vec<ClassInfo>) -> Self {
        Self {
            classes,
            testees: Vec::new(),
        }
    }

    /// Adds the results of a testee.
    pub fn add(&mut self, tested: Tested) {
        self.testees.push(tested);
    }

    /// Whether no case was run, though all could be.
    pub fn is_empty(&self) -> bool {
        let nothing = |tested: &Tested| tested.results.is_empty() && tested.problems.is_empty();
        self.testees.iter().all(nothing)
    }

    /// Whether all is as it should be.
    pub fn is_good(&self) -> bool {
        let good = |tested: &Tested| tested.problems.is_empty() && tested.failures().next().is_none();
        self.testees.iter().all(good)
    }

    /// The failures, a table with a line for each class, a line for each testee, and the first failures again in short.
    pub fn text(&self) -> String {
        let mut text = String::new();
        for tested in &self.testees {
            for result in tested.failures().take(TOLD) {
                text += &self.failure(tested, result);
            }
            let failures = tested.failures().count();
            if failures > TOLD {
                let _ = writeln!(text, "{}: and {} more failures\n", tested.name, failures - TOLD);
            }
            for problem in &tested.problems {
                let _ = writeln!(text, "{}\n", indented(problem));
            }
        }
        text += &self.table();
        for tested in &self.testees {
            let _ = write!(
                text,
                "{}: {} cases in {:.1} s, {} failed",
                tested.name,
                tested.results.len(),
                tested.took.as_secs_f64(),
                tested.failures().count()
            );
            if !tested.problems.is_empty() {
                text += "; not all is well, see above";
            }
            if tested.memory == Some(false) {
                text += "; memory not measured";
            }
            text.push('\n');
        }
        for tested in &self.testees {
            for result in tested.failures().take(NAMED) {
                text += &format!(
                    "{}: class {}: {}: {}\n",
                    tested.name,
                    result.class,
                    result.case,
                    short(result)
                );
            }
        }
        text
    }

    /// Who, where, what was expected and what came, and how to see it again.
    fn failure(&self, tested: &Tested, result: &CaseResult) -> String {
        let class = self.classes.iter().find(|info| info.class == result.class);
        let (title, rule) = class.map_or(("", ""), |class| (class.title.as_str(), class.rule.as_str()));
        let (word, why) = word_and_why(&result.outcome);
        let told = format!(
            "{}: {word} {} in class {}, {title}\n{why}\nrule         {rule}\nagain        {}",
            tested.name,
            result.case,
            result.class,
            tested.again(result)
        );
        format!("{}\n\n", indented(&told))
    }

    fn table(&self) -> String {
        let mut rows = vec![vec!["class".to_owned()]];
        rows[0].extend(self.testees.iter().map(|tested| tested.name.clone()));
        for class in &self.classes {
            let cells: Vec<String> = self
                .testees
                .iter()
                .map(|tested| cell(&tested.results, class.class))
                .collect();
            if cells.iter().any(|cell| !cell.is_empty()) {
                rows.push([vec![format!("{} {}", class.class, class.title)], cells].concat());
            }
        }
        let length = |text: &String| text.chars().count();
        let widths: Vec<usize> = (0..rows[0].len())
            .map(|column| rows.iter().map(|row| length(&row[column])).max().unwrap_or(0))
            .collect();
        let mut text = String::new();
        for row in &rows {
            let _ = write!(text, "{:<1$}", row[0], widths[0]);
            for (cell, width) in row.iter().zip(&widths).skip(1) {
                let _ = write!(text, "   {cell:>width$}");
            }
            text.push('\n');
        }
        text
    }

    /// Every outcome.
    pub fn to_json(&self) -> String {
        format!("{:#}\n", json!({"testees": self.testees}))
    }
}

/// `310`, or `300 (8 n/a, 2 failed)`: how many passed, and what became of the others.
fn cell(results: &[CaseResult], class: Class) -> String {
    let of_class: Vec<&CaseResult> = results.iter().filter(|result| result.class == class).collect();
    if of_class.is_empty() {
        return String::new();
    }
    let count = |word: &str| of_class.iter().filter(|result| column(result) == word).count();
    let others: Vec<String> = ["n/a", "known", "failed", "crashed", "hung"]
        .iter()
        .filter(|word| count(word) > 0)
        .map(|word| format!("{} {word}", count(word)))
        .collect();
    match others.is_empty() {
        true => count("passed").to_string(),
        false => format!("{} ({})", count("passed"), others.join(", ")),
    }
}

fn column(result: &CaseResult) -> &'static str {
    match (&result.known, &result.outcome) {
        (Some(_), _) => "known",
        (None, Outcome::Passed) => "passed",
        (None, Outcome::Inexpressible) => "n/a",
        (None, Outcome::Failed(_)) => "failed",
        (None, Outcome::Crashed(_)) => "crashed",
        (None, Outcome::Hung(_)) => "hung",
    }
}

fn word_and_why(outcome: &Outcome) -> (&'static str, &str) {
    match outcome {
        Outcome::Passed | Outcome::Inexpressible => ("passed", ""),
        Outcome::Failed(why) => ("failed", why),
        Outcome::Crashed(why) => ("crashed", why),
        Outcome::Hung(why) => ("hung", why),
    }
}

/// What came of a case, in one line.
fn short(result: &CaseResult) -> String {
    let (word, why) = word_and_why(&result.outcome);
    let plain = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut words = format!("{word}: {}", why.lines().map(plain).collect::<Vec<_>>().join("; "));
    if let Some((end, _)) = words.char_indices().nth(NAMED_IN) {
        words.truncate(end);
        words.push('…');
    }
    words
}

/// All lines but the first moved to the right.
fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}
