//! What the two READMEs say of the results: made of the figures and written between two markers, so that no number in them
//! is older than the tables.

use std::fmt::Write;
use std::fs;

use super::comparison::{CALL_OPS, CODEC_OPS, SERVED_OPS, cases, goal, mean, ratios, short, show};
use super::contest::{CONTESTS, Contest};
use super::reasons::{UNEXPLAINED, why};
use super::record::{RESULTS, Record};
use crate::project::{Error, Project, Result};

/// The project's front page: a figure for each language.
pub const FRONT: &str = "README.md";
/// The page of the benchmarks: a figure for each peer, and every row that is lost or misses its goal.
pub const PAGE: &str = "benchmarks/README.md";

/// What is said where there are no figures.
const UNMEASURED: &str = "not measured yet";

const BEGIN: &str = "<!-- made by `cargo xtask bench`: begin -->\n";
const END: &str = "<!-- made by `cargo xtask bench`: end -->";

/// Contests with their records.
pub type Records = Vec<(&'static Contest, Record)>;

/// Reads the kept records of all languages.
pub fn kept(project: &Project) -> Result<Records> {
    let folder = project.path(RESULTS);
    let record = |contest: &'static Contest| Ok((contest, Record::read(&folder, contest.language)?));
    CONTESTS.iter().map(record).collect()
}

/// Writes both pages' parts.
///
/// # Errors
/// When a page lacks its markers, or a row falls short for no reason that is known: they are written then.
pub fn write(project: &Project, records: &Records) -> Result {
    for (page, made) in [(FRONT, front(records)), (PAGE, page(records))] {
        let path = project.path(page);
        let text = fs::read_to_string(&path)?;
        fs::write(&path, replaced(page, &text, &made)?)?;
    }
    match unexplained(records) {
        rows if rows.is_empty() => Ok(()),
        rows => Err(Error(format!(
            "xtask/src/bench/reasons.rs has no reason for these rows; add it, then run `cargo xtask bench --tables`: {}",
            rows.join(", ")
        ))),
    }
}

/// The rows that fall short for no reason that is known.
fn unexplained(records: &Records) -> Vec<String> {
    let rows = records.iter().flat_map(|(contest, record)| short_rows(contest, record));
    let rows = rows.filter(|row| row.why == UNEXPLAINED);
    rows.map(|row| format!("{} {} {}", row.language, row.peer, row.name))
        .collect()
}

/// The text of a page with its marked part replaced.
fn replaced(page: &str, text: &str, made: &str) -> Result<String> {
    let markers = || Error(format!("{page}: it lacks the lines {BEGIN}and {END}"));
    let (before, rest) = text.split_once(BEGIN).ok_or_else(markers)?;
    let (_, after) = rest.split_once(END).ok_or_else(markers)?;
    Ok(format!("{before}{BEGIN}\n{made}\n{END}{after}"))
}

/// A figure for each language.
fn front(records: &Records) -> String {
    let mut text =
        "| | codecs, mean of all rows | 64 calls in flight | served calls per processor second | rows in which a peer is faster |\n\
         |---|---|---|---|---|\n"
            .to_owned();
    for (contest, record) in records {
        let (codec, client) = contest.headline;
        let cell = |libraries: &[&str], peer: &str, ops: &[&str]| {
            let mean = libraries
                .first()
                .and_then(|ours| mean(&record.figures, ours, peer, ops));
            mean.map_or_else(
                || UNMEASURED.into(),
                |mean| format!("{} × {}", short(mean), versioned(record, peer)),
            )
        };
        let codecs = cell(contest.codecs, codec, CODEC_OPS);
        let calls = cell(contest.clients, client, &["in_flight_64"]);
        let served = cell(&contest.server_names(), client, &["served_cpu"]);
        let lost = lost(contest, record);
        let _ = writeln!(
            text,
            "| {} | {codecs} | {calls} | {served} | {lost} |",
            contest.language
        );
    }
    text += "\nThat is a peer's time over ours. [benchmarks/README.md](benchmarks/README.md) says of each row why.";
    text
}

/// The rows of a language that are lost, each with those who are faster.
fn lost(contest: &Contest, record: &Record) -> String {
    let mut lost: Vec<(String, Vec<&str>)> = Vec::new();
    for row in short_rows(contest, record).into_iter().filter(Row::is_lost) {
        match lost.iter_mut().find(|(name, _)| *name == row.name) {
            Some((_, peers)) => peers.push(row.peer),
            None => lost.push((row.name, vec![row.peer])),
        }
    }
    let rows: Vec<String> = lost
        .iter()
        .map(|(name, peers)| format!("{name} ({})", peers.join(", ")))
        .collect();
    match rows.is_empty() {
        true => "none".into(),
        false => rows.join(", "),
    }
}

/// A figure for each peer, and the rows that fall short.
fn page(records: &Records) -> String {
    let mut text = "A peer's time over ours, the geometric mean of all rows of all runs:\n\n\
                    | | codecs | 64 calls in flight | served calls per processor second |\n|---|---|---|---|\n"
        .to_owned();
    for (contest, record) in records {
        let list = |libraries: &[&str], ops: &[&str]| {
            let (ours, peers) = libraries.split_first().unwrap_or((&"", &[]));
            let peers = peers
                .iter()
                .filter(|peer| !peer.starts_with("rapace") && **peer != "raw");
            let figures = peers.filter_map(|peer| {
                let mean = mean(&record.figures, ours, peer, ops)?;
                Some(format!("{} × {}", short(mean), versioned(record, peer)))
            });
            match figures.collect::<Vec<_>>() {
                none if none.is_empty() => UNMEASURED.into(),
                figures => figures.join(", "),
            }
        };
        let codecs = list(contest.codecs, CODEC_OPS);
        let calls = list(contest.clients, &["in_flight_64"]);
        let served = list(&contest.server_names(), &["served_cpu"]);
        let _ = writeln!(text, "| {} | {codecs} | {calls} | {served} |", contest.language);
    }
    let rows: Vec<Row> = records
        .iter()
        .flat_map(|(contest, record)| short_rows(contest, record))
        .collect();
    text += "\nRows in which a peer is faster in a run:\n\n";
    text += &grouped(rows.iter().filter(|row| row.is_lost()));
    text += "\nFurther rows that miss their goal:\n\n";
    text += &grouped(rows.iter().filter(|row| !row.is_lost()));
    text.trim_end().to_owned()
}

/// A library with its version.
fn versioned(record: &Record, library: &str) -> String {
    let version = record.made.versions.get(library);
    version.map_or_else(|| library.to_owned(), |version| format!("{library} {version}"))
}

/// A row in which ours is slower than a peer, or short of its goal.
struct Row {
    language: &'static str,
    peer: &'static str,
    name: String,
    ratios: Vec<f64>,
    wanted: f64,
    why: String,
}

impl Row {
    fn is_lost(&self) -> bool {
        self.ratios.iter().any(|&ratio| ratio < 1.0)
    }
}

/// All rows of a language that are lost or miss their goal.
fn short_rows(contest: &Contest, record: &Record) -> Vec<Row> {
    let mut rows = Vec::new();
    let servers = contest.server_names();
    for (libraries, ops) in [
        (contest.codecs, CODEC_OPS),
        (contest.clients, CALL_OPS),
        (&servers, SERVED_OPS),
    ] {
        let Some((ours, peers)) = libraries.split_first() else {
            continue;
        };
        for peer in peers
            .iter()
            .filter(|peer| !peer.starts_with("rapace") && **peer != "raw")
        {
            for op in ops {
                for case in cases(&record.figures, op) {
                    let wanted = goal(contest.language, ours, peer, &case, op).map_or(1.0, |goal| goal.ratio);
                    let ratios = ratios(&record.figures, ours, peer, &case, op);
                    if ratios.iter().all(|&ratio| ratio >= wanted) {
                        continue;
                    }
                    rows.push(Row {
                        language: contest.language,
                        peer,
                        name: format!("{case} {op}"),
                        why: why(contest.language, peer, &case, op, &ratios, wanted),
                        ratios,
                        wanted,
                    });
                }
            }
        }
    }
    rows
}

/// A table of rows; those of one peer and one reason share a line.
fn grouped<'a>(rows: impl Iterator<Item = &'a Row>) -> String {
    let mut groups: Vec<(&Row, Vec<String>)> = Vec::new();
    for row in rows {
        let goal = match row.wanted {
            1.0 => String::new(),
            wanted => format!(" of {wanted}"),
        };
        let cell = format!("{} {}{goal}", row.name, show(&row.ratios));
        let same = |(first, _): &&mut (&Row, Vec<String>)| {
            (first.language, first.peer, &first.why) == (row.language, row.peer, &row.why)
        };
        match groups.iter_mut().find(same) {
            Some((_, cells)) => cells.push(cell),
            None => groups.push((row, vec![cell])),
        }
    }
    if groups.is_empty() {
        return "None.\n".into();
    }
    let mut text = "| | beside | row, measured by run, goal | why |\n|---|---|---|---|\n".to_owned();
    for (row, cells) in groups {
        let Row {
            language, peer, why, ..
        } = row;
        let _ = writeln!(text, "| {language} | {peer} | {} | {why} |", cells.join("; "));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whoever changes goals or reasons, or edits a figure by hand, is told to run `cargo xtask bench --tables`.
    #[test]
    fn pages_and_tables_say_what_the_figures_say() -> std::result::Result<(), String> {
        let told = |error: Error| error.to_string();
        let project = Project::new();
        let records = kept(&project).map_err(told)?;
        for (page, made) in [(FRONT, front(&records)), (PAGE, page(&records))] {
            let text = fs::read_to_string(project.path(page)).map_err(|error| error.to_string())?;
            assert_eq!(text, replaced(page, &text, &made).map_err(told)?, "{page}");
        }
        for (contest, record) in &records {
            let name = format!("{}/{}.md", super::RESULTS, contest.language);
            let text = fs::read_to_string(project.path(&name)).map_err(|error| error.to_string())?;
            assert_eq!(text, super::super::report::language(contest, record), "{name}");
        }
        Ok(())
    }

    #[test]
    fn every_row_that_falls_short_has_its_reason() -> std::result::Result<(), String> {
        let records = kept(&Project::new()).map_err(|error| error.to_string())?;
        assert_eq!(unexplained(&records), Vec::<String>::new());
        Ok(())
    }

    #[test]
    fn only_the_marked_part_is_replaced() {
        let text = format!("before\n{BEGIN}old\n{END}\nafter\n");
        let made = replaced("PAGE", &text, "new").map_err(|error| error.to_string());
        assert_eq!(made, Ok(format!("before\n{BEGIN}\nnew\n{END}\nafter\n")));
        assert!(replaced("PAGE", "no markers", "new").is_err());
    }
}
