//! Differential fuzzing: values and bytes, over the fixtures' types and over drawn ones, are put to every generated
//! client, and facet-postcard and postcard say what is right.

mod cases;
mod drive;
mod found;
#[cfg(test)]
mod hosted;
mod input;
mod kinds;
mod round;
mod schema;
mod shrink;
mod subject;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use clap::ValueEnum;

pub use found::{FILE, read as read_found};

use self::cases::Inputs;
use self::round::{Count, Round};
use crate::build::{self, Built};
use crate::oracle::Oracle;
use crate::testee::list as testees;

/// What is fuzzed, and for how long.
#[derive(clap::Args)]
pub struct Options {
    /// The seed of the first round; each later round has the next number. Equal seeds give equal cases.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    /// How many rounds; each draws a crate.
    #[arg(long, default_value_t = 1, conflicts_with = "minutes")]
    rounds: u64,
    /// Run rounds until so many minutes have passed.
    #[arg(long)]
    minutes: Option<f64>,
    /// How many cases a round has over the fixtures' types, and over drawn types.
    #[arg(long, default_value_t = 6_000)]
    cases: usize,
    /// Use only these types.
    #[arg(long, value_name = "TYPES")]
    only: Option<Types>,
    /// Run only this testee of `testees/testees.json`. May be repeated. Default: those that are ready for every class.
    #[arg(long = "lang", value_name = "NAME")]
    langs: Vec<String>,
    /// Run that testee from this folder, which is a copy of its folder; for the fixtures' types.
    #[arg(long, value_name = "DIR", requires = "langs")]
    folder: Option<PathBuf>,
    /// The folder of found.json and found/; defaults to conformance/.
    #[arg(long, value_name = "DIR")]
    found: Option<PathBuf>,
    /// Replay only the differences that are kept in this folder.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["minutes", "rounds", "only"])]
    replay: Option<PathBuf>,
}

/// Whose types.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Types {
    /// The fixtures': nothing has to be compiled.
    Fixtures,
    /// Those of drawn crates.
    Drawn,
}

/// Fuzzes; false when there was a difference.
///
/// # Errors
/// When it cannot be done: a testee is not built, a tool is missing.
pub fn run(options: &Options) -> Result<bool, String> {
    let start = Instant::now();
    let mut count = Count::default();
    if let Some(folder) = &options.replay {
        let (drawn, inputs) = found::kept(folder)?;
        let built = options.build(&drawn, &mut count)?;
        let mut round = Round::new(
            &built.api,
            Oracle::new(vec![built.program]),
            built.programs,
            options.seed,
        )?;
        round.put(&inputs, &mut count)?;
    } else {
        let end = options
            .minutes
            .map(|minutes| start + Duration::from_secs_f64(60.0 * minutes));
        for number in 0.. {
            match end {
                Some(end) if Instant::now() >= end => break,
                None if number >= options.rounds => break,
                _ => options.round(options.seed + number, &mut count)?,
            }
        }
    }
    println!("{}", count.told(start.elapsed()));
    Ok(count.differences == 0)
}

impl Options {
    fn round(&self, seed: u64, count: &mut Count) -> Result<(), String> {
        if self.only != Some(Types::Drawn) {
            self.fixtures(seed, count)?;
        }
        if self.only != Some(Types::Fixtures) {
            self.drawn(seed, count)?;
        }
        Ok(())
    }

    fn fixtures(&self, seed: u64, count: &mut Count) -> Result<(), String> {
        let api = crate::fixtures::api()?;
        let programs = self.names()?.into_iter();
        let programs = programs.map(|name| testees::program(&name, self.folder.as_deref(), None));
        let programs = programs.collect::<Result<_, _>>()?;
        let mut round = Round::new(&api, Oracle::of_fixtures()?, programs, seed)?;
        let found = round.draw(&mut Inputs::new(&api, seed), self.cases, count)?;
        if found.is_empty() {
            return Ok(());
        }
        let file = self.found_folder().join(FILE);
        found::add(&file, &found)?;
        println!("kept in {}; `conformance record` makes vectors of them", file.display());
        Ok(())
    }

    fn drawn(&self, seed: u64, count: &mut Count) -> Result<(), String> {
        let drawn = schema::draw(seed);
        let keep = |found: &[found::Found], problems: &[String]| {
            let folder = found::keep(&self.found_folder(), seed, &drawn, found, problems)?;
            let folder = folder.display();
            println!("kept in {folder}, to `fuzz --replay {folder}`; a type like it belongs into the fixtures");
            Ok::<_, String>(())
        };
        let built = match self.build(&drawn, count) {
            Ok(built) => built,
            Err(problem) => {
                println!("difference: seed {seed}: {problem}\n");
                count.differences += 1;
                return keep(&[], &[problem]);
            }
        };
        let mut round = Round::new(&built.api, Oracle::new(vec![built.program]), built.programs, seed)?;
        let found = round.draw(&mut Inputs::new(&built.api, seed), self.cases, count)?;
        if !found.is_empty() || !built.problems.is_empty() {
            keep(&found, &built.problems)?;
        }
        Ok(())
    }

    /// Builds a drawn crate's testees. Problems are printed, and count as differences.
    fn build(&self, drawn: &schema::Drawn, count: &mut Count) -> Result<Built, String> {
        let built = build::build(&drawn.sources(), &self.names()?)?;
        for problem in &built.problems {
            println!("difference: {problem}\n");
        }
        count.differences += built.problems.len();
        Ok(built)
    }

    fn names(&self) -> Result<Vec<String>, String> {
        match self.langs.is_empty() {
            true => testees::complete(),
            false => Ok(self.langs.clone()),
        }
    }

    fn found_folder(&self) -> PathBuf {
        self.found.clone().unwrap_or_else(crate::fixtures::folder)
    }
}
