//! Programs in turn, a process each.

use std::process::Command;

use super::effort::Effort;
use super::figures::{Figure, Measure};
use crate::project::{Error, Result, output};
use crate::said::say;

/// Measures each library in each round, every other round in reverse, so that a machine that slows down favours none.
pub fn in_turn(
    libraries: &[&'static str],
    effort: Effort,
    run: u32,
    measure: impl Fn(&'static str) -> Result<Vec<Measure>>,
) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for round in 0..effort.rounds {
        let mut order = libraries.to_vec();
        if round % 2 == 1 {
            order.reverse();
        }
        for library in order {
            say(&format!("    run {run}, round {}: {library}", round + 1));
            figures.extend(measure(library)?.into_iter().map(|measure| Figure {
                run,
                library: library.to_owned(),
                measure,
            }));
        }
    }
    Ok(figures)
}

/// Runs a program that prints a figure in each line.
pub fn measures(library: &str, effort: Effort, program: &mut Command) -> Result<Vec<Measure>> {
    let printed = output(program.arg(effort.seconds.to_string()))?;
    printed
        .lines()
        .map(|line| {
            serde_json::from_str(line)
                .map_err(|error| Error(format!("{library} printed {line:?}, which is no figure: {error}")))
        })
        .collect()
}
