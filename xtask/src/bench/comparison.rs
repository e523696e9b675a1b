//! Ours beside a peer, in one operation or in all.

use super::figures::{Figure, Sample};
use super::goals::{GOALS, Goal};

/// The operations of codecs.
pub const CODEC_OPS: &[&str] = &["encode", "decode"];
/// The operations of clients.
pub const CALL_OPS: &[&str] = &["sequential", "in_flight_64", "cpu"];
/// The operations of servers.
pub const SERVED_OPS: &[&str] = &["served_sequential", "served_in_flight_64", "served_cpu"];

/// The cases of an operation, in the order in which they were first printed.
pub fn cases(figures: &[Figure], op: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for figure in figures.iter().filter(|figure| figure.measure.op == op) {
        if !found.contains(&figure.measure.case) {
            found.push(figure.measure.case.clone());
        }
    }
    found
}

/// The peer's time over ours, in each run in which both were measured.
pub fn ratios(figures: &[Figure], ours: &str, peer: &str, case: &str, op: &str) -> Vec<f64> {
    let runs = figures.iter().map(|figure| figure.run).max().unwrap_or(0);
    let median = |run, library| Sample::of(figures, Some(run), library, case, op).map(|sample| sample.median());
    (1..=runs)
        .filter_map(|run| Some(median(run, peer)? / median(run, ours)?))
        .collect()
}

/// The geometric mean of the peer's time over ours, over all runs and cases of these operations.
pub fn mean(figures: &[Figure], ours: &str, peer: &str, ops: &[&str]) -> Option<f64> {
    let mut logarithms = Vec::new();
    for op in ops {
        for case in cases(figures, op) {
            logarithms.extend(ratios(figures, ours, peer, &case, op).iter().map(|ratio| ratio.ln()));
        }
    }
    let count = logarithms.len() as f64;
    (!logarithms.is_empty()).then(|| (logarithms.iter().sum::<f64>() / count).exp())
}

/// What is aimed at in one operation beside a peer, if anything is.
pub fn goal(language: &str, ours: &str, peer: &str, case: &str, op: &str) -> Option<&'static Goal> {
    GOALS.iter().find(|goal| {
        goal.language == language
            && goal.ours == ours
            && goal.peer == peer
            && goal.op == op
            && goal.cases.contains(&case)
    })
}

/// Three digits that count.
pub fn short(value: f64) -> String {
    let decimals = if value >= 100.0 {
        0
    } else if value >= 10.0 {
        1
    } else {
        2
    };
    format!("{value:.decimals$}")
}

/// The ratios of all runs, or a dash where there are none.
pub fn show(ratios: &[f64]) -> String {
    match ratios {
        [] => "–".into(),
        _ => ratios.iter().map(|&ratio| short(ratio)).collect::<Vec<_>>().join(" / "),
    }
}

#[cfg(test)]
mod tests {
    use super::super::figures::Measure;
    use super::*;

    fn figure(run: u32, library: &str, case: &str, ns: f64) -> Figure {
        Figure {
            run,
            library: library.into(),
            measure: Measure {
                case: case.into(),
                op: "encode".into(),
                ns,
            },
        }
    }

    #[test]
    fn the_mean_is_geometric_over_cases_and_runs() {
        let figures = [
            figure(1, "ours", "small", 1.0),
            figure(1, "theirs", "small", 8.0),
            figure(2, "ours", "order", 10.0),
            figure(2, "theirs", "order", 20.0),
        ];
        assert_eq!(ratios(&figures, "ours", "theirs", "small", "encode"), [8.0]);
        let mean = mean(&figures, "ours", "theirs", &["encode", "decode"]);
        assert!(mean.is_some_and(|mean| (mean - 4.0).abs() < 1e-9), "{mean:?}");
        assert_eq!(super::mean(&figures, "ours", "others", &["encode"]), None);
    }

    #[test]
    fn three_digits_are_shown() {
        assert_eq!(show(&[0.987, 12.34, 456.7]), "0.99 / 12.3 / 457");
        assert_eq!(show(&[]), "–");
    }
}
