//! The report as text for people.

use std::fmt::Write;

use rapace_schema::compare::{Bump, Change, CodeNote, Outcome, Part, Report, Rollout, Seen, Use};

use super::findings::Findings;
use super::values::{both, on_the_way};

/// How many uses of a change are shown.
const USES: usize = 5;
/// How many notes about code are shown.
const NOTES: usize = 20;

/// The whole report.
pub(super) fn report(findings: &Findings<'_>) -> String {
    let mut text = String::new();
    for change in &findings.report.changes {
        text += &of_change(change, mark(findings, change));
        text.push('\n');
    }
    text += &notes(&findings.report.code);
    let report = findings.report;
    if report.changes.is_empty() {
        let _ = writeln!(text, "no byte that travels has changed since {}", findings.against);
    } else {
        let _ = writeln!(text, "deploy:  {}", order(report));
    }
    let _ = match report.bump {
        Bump::None => writeln!(text, "version: stays"),
        bump => writeln!(text, "version: raise the {} part", bump.word()),
    };
    text
}

/// The order of deployment for all changes together.
fn order(report: &Report) -> &'static str {
    let has_order = report.changes.iter().all(|change| change.rollout != Rollout::Neither);
    match report.rollout {
        Rollout::Neither if has_order => "no order works for all changes: release them one after another",
        rollout => rollout.words(),
    }
}

fn mark(findings: &Findings<'_>, change: &Change) -> &'static str {
    match (change.breaks, findings.is_refused(change)) {
        (true, true) => "breaks",
        (true, false) => "accepted",
        (false, _) => "fits",
    }
}

fn of_change(change: &Change, mark: &str) -> String {
    let mut text = format!("{mark}: {}: {}  [{}]\n", change.place, change.what, change.fingerprint);
    let _ = writeln!(text, "  {}", verdicts(change));
    for one in change.uses.iter().take(USES) {
        text += &of_use(one);
    }
    let more = change.uses.len().saturating_sub(USES) + change.more_uses;
    if more > 0 {
        let _ = writeln!(text, "  and {more} more uses");
    }
    text
}

/// The verdicts on both directions, and what follows from them.
pub(super) fn verdicts(change: &Change) -> String {
    format!(
        "old writes, new reads: {}; new writes, old reads: {}; deploy {}",
        words(change.forth),
        words(change.back),
        change.rollout.words()
    )
}

/// The verdict, and that of plain Rust where it is another.
fn words(seen: Seen) -> String {
    match seen.verdict == seen.rust {
        true => seen.verdict.word().to_owned(),
        false => format!(
            "{} ({} for a reader that is plain Rust)",
            seen.verdict.word(),
            seen.rust.word()
        ),
    }
}

fn of_use(one: &Use) -> String {
    let mut text = String::new();
    if one.part != Part::Call {
        let _ = writeln!(text, "  {}", place(one));
    }
    let (writer, reader) = match one.part {
        Part::Call | Part::Arguments => ("client", "server"),
        Part::Answer | Part::Item => ("server", "client"),
    };
    for (old, new, outcome) in [("old", "new", &one.forth), ("new", "old", &one.back)] {
        if let Some(sentence) = sentence(
            &format!("{old} {writer}"),
            &format!("{new} {reader}"),
            outcome,
            &one.path,
        ) {
            let _ = writeln!(text, "    {sentence}");
        }
    }
    text
}

/// `Catalog.list answer items[].format`.
pub(super) fn place(one: &Use) -> String {
    format!("{} {} {}", one.method, one.part.word(), one.path)
        .trim_end()
        .to_owned()
}

/// `old client sends {"qty":200}; new server reads {"qty":72}`.
pub(super) fn sentence(writer: &str, reader: &str, outcome: &Outcome, way: &str) -> Option<String> {
    if let Some(why) = outcome.why {
        return Some(format!("{writer}, {reader}: {why}"));
    }
    let Some(example) = &outcome.example else {
        let is_shown = outcome.seen.verdict.is_safe();
        return (!is_shown).then(|| format!("{writer}, {reader}: {}", without_example(outcome)));
    };
    Some(match (&example.read, &example.error) {
        (Some(read), _) => {
            let [written, read] = both(&example.written, read);
            format!("{writer} sends {written}; {reader} reads {read}")
        }
        (None, Some(error)) => {
            let written = on_the_way(&example.written, way);
            format!("{writer} sends {written}; {reader} fails: {error}")
        }
        (None, None) => return None,
    })
}

/// A verdict that the types decide and no value shows. The values of a report are limited.
fn without_example(outcome: &Outcome) -> String {
    let verdict = outcome.seen.verdict.word();
    match outcome.tried {
        0 => format!("{verdict} by the types; no value was tried"),
        1 => format!("{verdict} by the types; the value that was tried does not show it"),
        tried => format!("{verdict} by the types; none of the {tried} values that were tried shows it"),
    }
}

fn notes(notes: &[CodeNote]) -> String {
    let mut text = String::new();
    if notes.is_empty() {
        return text;
    }
    text.push_str("code that uses the generated packages has to change:\n");
    for note in notes.iter().take(NOTES) {
        let _ = writeln!(text, "  {} ({}): {}", note.place, note.languages.join(", "), note.what);
    }
    if notes.len() > NOTES {
        let _ = writeln!(text, "  and {} more", notes.len() - NOTES);
    }
    text.push('\n');
    text
}
