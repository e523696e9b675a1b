//! The tables of a record.

use std::fmt::Write;

use super::comparison::{CALL_OPS, CODEC_OPS, SERVED_OPS, cases, goal, ratios, short, show};
use super::contest::Contest;
use super::figures::Sample;
use super::generation::SERVICES;
use super::goals::{GOALS, LIMITS};
use super::record::{Made, Record};
use crate::languages::LANGUAGES;

/// Goal of `rapace gen` for the largest API, in nanoseconds.
const GENERATION_LIMIT: f64 = 2e9;

/// A language's tables.
pub fn language(contest: &Contest, record: &Record) -> String {
    let mut text = heading(contest.language, &record.made);
    text += "Ours in microseconds, with the spread of the middle half of all rounds; then how many times longer each other \
             one takes, by run. Bold: a goal is missed.\n";
    table(&mut text, "Codecs", contest.language, contest.codecs, record, CODEC_OPS);
    table(&mut text, "Calls", contest.language, contest.clients, record, CALL_OPS);
    let servers = contest.server_names();
    table(
        &mut text,
        "Served calls",
        contest.language,
        &servers,
        record,
        SERVED_OPS,
    );
    goals(&mut text, contest.language, record);
    text
}

/// The table of `rapace gen`.
pub fn generation(record: &Record) -> String {
    let mut text = heading("rapace gen", &record.made);
    let most = SERVICES.iter().max().copied().unwrap_or_default();
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
    for services in SERVICES {
        text += &format!("| {services} |");
        for language in languages.clone() {
            let sample = Sample::of(&record.figures, None, language, &services.to_string(), "generate");
            text += &match sample.map(|sample| sample.median()) {
                Some(median) if services == most && median > GENERATION_LIMIT => {
                    format!(" {}, **missed** |", seconds(median))
                }
                Some(median) => format!(" {} |", seconds(median)),
                None => " – |".into(),
            };
        }
        text.push('\n');
    }
    text
}

fn seconds(ns: f64) -> String {
    format!("{:.2} s", ns / 1e9)
}

/// What was measured where.
fn heading(title: &str, made: &Made) -> String {
    let Made {
        runs,
        rounds,
        seconds,
        machine,
        tools,
        ..
    } = made;
    format!(
        "# {title}\n\nMade by `cargo xtask bench`: {runs} runs of {rounds} rounds, {seconds} s for each operation, programs in turn.\n\
         {machine}; {}.\n\n",
        tools.join("; ")
    )
}

fn table(text: &mut String, title: &str, language: &str, libraries: &[&str], record: &Record, ops: &[&str]) {
    let Some((ours, peers)) = libraries.split_first() else {
        return;
    };
    let _ = write!(text, "\n## {title}\n\n| | {ours} |");
    for peer in peers {
        let version = record.made.versions.get(*peer);
        let version = version.map(|version| format!(" {version}")).unwrap_or_default();
        let _ = write!(text, " {peer}{version} |");
    }
    let _ = writeln!(text, "\n|---|{}", "--:|".repeat(libraries.len()));
    for op in ops {
        for case in cases(&record.figures, op) {
            let Some(all) = Sample::of(&record.figures, None, ours, &case, op) else {
                continue;
            };
            let us = all.median() / 1e3;
            let _ = write!(text, "| {case} {op} | {} ±{:.0}% |", short(us), all.spread() * 50.0);
            for peer in peers {
                let ratios = ratios(&record.figures, ours, peer, &case, op);
                let missed = goal(language, ours, peer, &case, op).is_some_and(|goal| !goal.is_met(&ratios));
                let mark = if missed && !ratios.is_empty() { "**" } else { "" };
                let _ = write!(text, " {mark}{}{mark} |", show(&ratios));
            }
            text.push('\n');
        }
    }
}

/// What is aimed at, and whether each run got there.
fn goals(text: &mut String, language: &str, record: &Record) {
    text.push_str("\n## Goals\n\n| ours | to | what | goal | measured | |\n|---|---|---|--:|--:|---|\n");
    let (mut met, mut all) = (0, 0);
    let mut verdict = |good: bool| {
        met += u32::from(good);
        all += 1;
        if good { "met" } else { "**missed**" }
    };
    for goal in GOALS.iter().filter(|goal| goal.language == language) {
        for case in goal.cases {
            let ratios = ratios(&record.figures, goal.ours, goal.peer, case, goal.op);
            let (ours, peer, op, wanted) = (goal.ours, goal.peer, goal.op, goal.ratio);
            let verdict = verdict(goal.is_met(&ratios));
            let measured = show(&ratios);
            let _ = writeln!(
                text,
                "| {ours} | {peer} | {case} {op} | {wanted}× | {measured} | {verdict} |"
            );
        }
    }
    for limit in LIMITS.iter().filter(|limit| limit.language == language) {
        for case in limit.cases {
            let times: Vec<f64> = (1..=record.made.runs)
                .filter_map(|run| Sample::of(&record.figures, Some(run), limit.ours, case, limit.op))
                .map(|sample| sample.median())
                .collect();
            let measured: Vec<String> = times.iter().map(|ns| format!("{} µs", short(ns / 1e3))).collect();
            let verdict = verdict(!times.is_empty() && times.iter().all(|&ns| ns < limit.ns));
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
