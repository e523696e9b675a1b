//! The tables, and the figures behind them.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use super::contest::Contest;
use super::figures::{Figure, Sample};
use super::goals::{GOALS, LIMITS};
use super::{Effort, generation};
use crate::languages::LANGUAGES;
use crate::project::{Error, Result, version_of};

/// Goal of `rapace gen` for the largest API, in nanoseconds.
const GENERATION_LIMIT: f64 = 2e9;

/// Prints a language's tables, and writes them with the figures.
pub fn write(folder: &Path, contest: &Contest, figures: &[Figure], effort: Effort) -> Result {
    let mut text = heading(contest.language, effort);
    text += "Ours in microseconds, with the spread of the middle half of all rounds; then how many times longer each other \
             one takes, by run.\n";
    table(&mut text, "Codecs", contest.codecs, figures, &["encode", "decode"]);
    table(
        &mut text,
        "Calls",
        contest.clients,
        figures,
        &["sequential", "in_flight_64", "cpu"],
    );
    goals(&mut text, contest.language, figures, effort.runs);
    keep(folder, contest.language, &text, figures)
}

/// Prints the table of `rapace gen`, and writes it with the figures.
pub fn write_generation(folder: &Path, figures: &[Figure], effort: Effort) -> Result {
    let mut text = heading("rapace gen", effort);
    let most = generation::SERVICES.iter().max().copied().unwrap_or_default();
    let goal = seconds(GENERATION_LIMIT);
    text += &format!("Ten types and five methods for each service; the goal is {goal} for {most} services.\n\n");
    text += "| services |";
    let languages = LANGUAGES.iter().map(|language| language.name);
    for language in languages.clone() {
        text += &format!(" {language} |");
    }
    text += "\n|---|";
    text += &"---|".repeat(LANGUAGES.len());
    text.push('\n');
    for services in generation::SERVICES {
        text += &format!("| {services} |");
        for language in languages.clone() {
            let sample = Sample::of(figures, None, language, &services.to_string(), "generate");
            let median = sample.map(|sample| sample.median()).unwrap_or(f64::NAN);
            let missed = services == most && median > GENERATION_LIMIT;
            text += &format!(" {}{} |", seconds(median), if missed { ", missed" } else { "" });
        }
        text.push('\n');
    }
    keep(folder, "generation", &text, figures)
}

fn seconds(ns: f64) -> String {
    format!("{:.2} s", ns / 1e9)
}

/// What was measured where.
fn heading(title: &str, effort: Effort) -> String {
    let Effort { runs, rounds, seconds } = effort;
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let processor = processor
        .lines()
        .find_map(|line| line.strip_prefix("model name"))
        .map_or("processor unknown", |name| name.trim_start_matches([' ', '\t', ':']));
    let versions = [
        ("rustc", "--version"),
        ("python3", "--version"),
        ("go", "version"),
        ("node", "--version"),
    ];
    let versions: Vec<String> = versions
        .iter()
        .filter_map(|(tool, flag)| version_of(tool, &[flag]).map(|version| format!("{tool}: {version}")))
        .collect();
    format!(
        "# {title}\n\nMade by `cargo xtask bench`: {runs} runs of {rounds} rounds, {seconds} s for each operation, programs in turn.\n\
         {processor}, {cores} cores; {}.\n\n",
        versions.join("; ")
    )
}

fn table(text: &mut String, title: &str, libraries: &[&str], figures: &[Figure], ops: &[&str]) {
    let Some((ours, peers)) = libraries.split_first() else {
        return;
    };
    let _ = write!(text, "\n## {title}\n\n| | {ours} |");
    for peer in peers {
        let _ = write!(text, " {peer} |");
    }
    let _ = writeln!(text, "\n|---|{}", "--:|".repeat(libraries.len()));
    for op in ops {
        for case in cases(figures, op) {
            let Some(all) = Sample::of(figures, None, ours, &case, op) else {
                continue;
            };
            let us = all.median() / 1e3;
            let _ = write!(text, "| {case} {op} | {} ±{:.0}% |", short(us), all.spread() * 50.0);
            for peer in peers {
                let _ = write!(text, " {} |", ratios(figures, ours, peer, &case, op));
            }
            text.push('\n');
        }
    }
}

/// The cases of an operation, in the order in which they were first printed.
fn cases(figures: &[Figure], op: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.measure.op == op) {
        if !found.contains(&figure.measure.case) {
            found.push(figure.measure.case.clone());
        }
    }
    found
}

/// The peer's time over ours, by run.
fn ratios(figures: &[Figure], ours: &str, peer: &str, case: &str, op: &str) -> String {
    let runs = figures.iter().map(|figure| figure.run).max().unwrap_or(0);
    let ratios: Vec<String> = (1..=runs)
        .filter_map(|run| ratio(figures, run, ours, peer, case, op))
        .map(short)
        .collect();
    if ratios.is_empty() {
        "–".into()
    } else {
        ratios.join(" / ")
    }
}

fn ratio(figures: &[Figure], run: u32, ours: &str, peer: &str, case: &str, op: &str) -> Option<f64> {
    let ours = Sample::of(figures, Some(run), ours, case, op)?;
    Some(Sample::of(figures, Some(run), peer, case, op)?.median() / ours.median())
}

/// Three digits that count.
fn short(value: f64) -> String {
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}

/// What is aimed at, and whether each run got there.
fn goals(text: &mut String, language: &str, figures: &[Figure], runs: u32) {
    text.push_str("\n## Goals\n\n| ours | to | what | goal | measured | |\n|---|---|---|--:|--:|---|\n");
    let (mut met, mut all) = (0, 0);
    let mut verdict = |reached: Vec<bool>| {
        let good = reached.len() == runs as usize && reached.iter().all(|&reached| reached);
        met += u32::from(good);
        all += 1;
        if good { "met" } else { "**missed**" }
    };
    for goal in GOALS.iter().filter(|goal| goal.language == language) {
        for case in goal.cases {
            let reached = (1..=runs)
                .filter_map(|run| ratio(figures, run, goal.ours, goal.peer, case, goal.op))
                .map(|ratio| ratio >= goal.ratio)
                .collect();
            let measured = ratios(figures, goal.ours, goal.peer, case, goal.op);
            let (ours, peer, op, wanted) = (goal.ours, goal.peer, goal.op, goal.ratio);
            let verdict = verdict(reached);
            let _ = writeln!(
                text,
                "| {ours} | {peer} | {case} {op} | {wanted}× | {measured} | {verdict} |"
            );
        }
    }
    for limit in LIMITS.iter().filter(|limit| limit.language == language) {
        for case in limit.cases {
            let times: Vec<f64> = (1..=runs)
                .filter_map(|run| Sample::of(figures, Some(run), limit.ours, case, limit.op))
                .map(|sample| sample.median())
                .collect();
            let measured: Vec<String> = times.iter().map(|ns| format!("{} µs", short(ns / 1e3))).collect();
            let verdict = verdict(times.iter().map(|&ns| ns < limit.ns).collect());
            let (ours, op, wanted) = (limit.ours, limit.op, limit.ns / 1e3);
            let measured = measured.join(" / ");
            let _ = writeln!(
                text,
                "| {ours} | | {case} {op} | < {wanted} µs | {measured} | {verdict} |"
            );
        }
    }
    let _ = writeln!(text, "\n{met} of {all} met.");
}

/// Prints the text, and writes it beside the figures, a line of JSON each.
fn keep(folder: &Path, name: &str, text: &str, figures: &[Figure]) -> Result {
    println!("\n{text}");
    let mut lines = String::new();
    for figure in figures {
        lines += &serde_json::to_string(figure).map_err(|error| Error(error.to_string()))?;
        lines.push('\n');
    }
    fs::write(folder.join(format!("{name}.md")), text)?;
    Ok(fs::write(folder.join(format!("{name}.jsonl")), lines)?)
}
