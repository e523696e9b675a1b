//! What a comparison says: changes, where each is used, and notes for people who wrote code.

use serde::Serialize;
use serde_json::Value;

use super::verdict::{Bump, Rollout, Seen, Verdict};

/// All that differs between two descriptions.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The changes of what travels, sorted by place.
    pub changes: Vec<Change>,
    /// The changes of names and types that users' code may have to follow, sorted.
    pub code: Vec<CodeNote>,
    /// The order in which both sides may be deployed.
    pub rollout: Rollout,
    /// The part of the version that has to go up.
    pub bump: Bump,
}

/// A change of one place of an API, with everything that uses it.
#[derive(Clone, Debug, Serialize)]
pub struct Change {
    /// 12 hexadecimal digits, by which the change can be accepted: of its place, of what it is and of how it fares.
    pub fingerprint: String,
    /// Where the change is: `Order.qty`, `enum Format`, `Catalog.list`.
    pub place: String,
    /// What it is: ``field `sku` was added at the end``.
    pub what: String,
    /// The worst of all uses where the old side writes and the new one reads.
    pub forth: Seen,
    /// The worst of all uses where the new side writes and the old one reads.
    pub back: Seen,
    /// The order in which both sides may be deployed.
    pub rollout: Rollout,
    /// True when clients that are deployed already fail or misread with a new server.
    pub breaks: bool,
    /// The uses, each with its verdicts.
    pub uses: Vec<Use>,
    /// How many more there are, whose verdicts count and which are not listed.
    #[serde(skip_serializing_if = "is_zero")]
    pub more_uses: usize,
}

/// A place in a payload where a change is met.
#[derive(Clone, Debug, Serialize)]
pub struct Use {
    /// `Service.method`.
    pub method: String,
    /// The part of the call.
    pub part: Part,
    /// The way from there: `items[].format`.
    pub path: String,
    /// The old side writes, the new one reads.
    pub forth: Outcome,
    /// The new side writes, the old one reads.
    pub back: Outcome,
    /// The order in which both sides may be deployed.
    pub rollout: Rollout,
}

/// The part of a call that a change is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// The call itself: its name, and how it is answered.
    Call,
    /// What the client sends.
    Arguments,
    /// What the server answers.
    Answer,
    /// Each item of the stream that the server answers.
    Item,
}

impl Part {
    /// The word of reports.
    pub fn word(self) -> &'static str {
        match self {
            Self::Call => "call",
            Self::Arguments => "arguments",
            Self::Answer => "answer",
            Self::Item => "answer item",
        }
    }
}

/// How a direction fares, with a value that shows it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Outcome {
    /// The verdicts.
    #[serde(flatten)]
    pub seen: Seen,
    /// The smallest value found that fares so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub example: Option<Example>,
    /// How many values were tried. Their number is limited for the whole report.
    #[serde(skip_serializing_if = "is_zero")]
    pub tried: usize,
    /// What happens to a call that no value is needed for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<&'static str>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// A value that one side writes, and what the other reads.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Example {
    /// How it fares.
    pub verdict: Verdict,
    /// The value in JSON form.
    pub written: Value,
    /// Its bytes, in hexadecimal.
    pub bytes: String,
    /// What is read, in JSON form, when something is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<Value>,
    /// Why nothing is read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A change that code on top of a generated package may have to follow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CodeNote {
    /// The languages in which code does not compile, or fails its type checker.
    pub languages: Vec<&'static str>,
    /// Where: `Order.qty`.
    pub place: String,
    /// What: ``field `qty` is now `count` ``.
    pub what: String,
}

impl Report {
    /// The changes that clients which are deployed already notice.
    pub fn breaking(&self) -> impl Iterator<Item = &Change> {
        self.changes.iter().filter(|change| change.breaks)
    }
}
