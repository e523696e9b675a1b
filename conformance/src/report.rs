//! What came of a run: a table for people, JSON for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use serde_json::json;

use crate::run::{CaseResult, Outcome};

/// How many failures of a testee are told in full.
const TOLD: usize = 20;

/// The results of all testees.
pub struct Report {
    classes: Vec<(u32, String)>,
    testees: Vec<(String, Vec<CaseResult>, Duration)>,
}

impl Report {
    /// An empty one, of classes with these numbers and titles.
    pub fn new(classes: Vec<(u32, String)>) -> Self {
        Self {
            classes,
            testees: Vec::new(),
        }
    }

    /// Adds the results of a testee.
    pub fn add(&mut self, name: &str, results: Vec<CaseResult>, took: Duration) {
        self.testees.push((name.into(), results, took));
    }

    /// How many cases are not as they should be.
    pub fn failures(&self) -> usize {
        let all = self.testees.iter().flat_map(|(_, results, _)| results);
        all.filter(|result| result.outcome.is_failure()).count()
    }

    /// A line for each class and testee, the failures before them.
    pub fn table(&self) -> String {
        let mut text = String::new();
        for (name, results, _) in &self.testees {
            let failures: Vec<&CaseResult> = results.iter().filter(|result| result.outcome.is_failure()).collect();
            for result in failures.iter().take(TOLD) {
                let _ = writeln!(
                    text,
                    "{name}: {:02} {}: {}",
                    result.class,
                    result.case,
                    told(&result.outcome)
                );
            }
            if failures.len() > TOLD {
                let _ = writeln!(text, "{name}: and {} more", failures.len() - TOLD);
            }
        }
        let _ = writeln!(
            text,
            "{:<45} {:<12} {:>7} {:>7} {:>7} {:>7} {:>7}",
            "class", "testee", "passed", "n/a", "failed", "crashed", "hung"
        );
        for (number, title) in &self.classes {
            for (name, results, _) in &self.testees {
                let mut counts = BTreeMap::new();
                for result in results.iter().filter(|result| result.class == *number) {
                    *counts.entry(column(&result.outcome)).or_insert(0) += 1;
                }
                if counts.is_empty() {
                    continue;
                }
                let _ = write!(text, "{:<45} {name:<12}", format!("{number:02} {title}"));
                for column in 0..5 {
                    let _ = write!(text, " {:>7}", counts.get(&column).copied().unwrap_or(0));
                }
                text.push('\n');
            }
        }
        for (name, results, took) in &self.testees {
            let _ = writeln!(text, "{name}: {} cases in {:.1} s", results.len(), took.as_secs_f64());
        }
        text
    }

    /// Every outcome.
    pub fn to_json(&self) -> String {
        let testees = self
            .testees
            .iter()
            .map(|(name, results, _)| json!({"testee": name, "results": results}));
        format!("{:#}\n", json!({"testees": testees.collect::<Vec<_>>()}))
    }
}

fn column(outcome: &Outcome) -> usize {
    match outcome {
        Outcome::Passed => 0,
        Outcome::Inexpressible => 1,
        Outcome::Failed(_) => 2,
        Outcome::Crashed(_) => 3,
        Outcome::Hung => 4,
    }
}

fn told(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Passed => "passed".into(),
        Outcome::Inexpressible => "inexpressible".into(),
        Outcome::Failed(why) => why.clone(),
        Outcome::Crashed(how) => format!("crashed: {how}"),
        Outcome::Hung => "hung: nothing for ten seconds".into(),
    }
}
