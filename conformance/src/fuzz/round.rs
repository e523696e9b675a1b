//! A round: cases over one API, put to all its testees.

use std::collections::BTreeSet;
use std::thread;
use std::time::{Duration, Instant};

use rapace_schema::Api;
use rapace_schema::postcard::{Codec, Limits};

use super::cases::Inputs;
use super::drive::{Call, Driver, Outcome};
use super::found::{Difference, Found};
use super::input::Input;
use super::shrink::shrink;
use super::subject::{Judge, Judged};
use crate::oracle::Oracle;
use crate::testee::Program;

/// How many cases are drawn, judged and put to the testees at a time.
const BATCH: usize = 1_000;
/// How many differences of a round are looked into.
const LOOKED_INTO: usize = 20;

/// How much was done.
#[derive(Default)]
pub struct Count {
    /// Cases.
    pub cases: usize,
    /// What a testee did with a case, held against what is right.
    pub comparisons: usize,
    /// Differences of different kinds.
    pub differences: usize,
    /// The time that cases took, without that in which testees were built.
    pub driving: Duration,
}

impl Count {
    /// For people, after so much time.
    pub fn told(&self, all: Duration) -> String {
        let seconds = self.driving.as_secs_f64();
        format!(
            "{} cases, {} comparisons in {seconds:.1} s of {:.1} s ({:.0} a second), {} differences",
            self.cases,
            self.comparisons,
            all.as_secs_f64(),
            self.comparisons as f64 / seconds.max(0.001),
            self.differences
        )
    }
}

/// Everyone who has a say about the cases of an API.
pub struct Round<'a> {
    api: &'a Api,
    judge: Judge<'a>,
    drivers: Vec<Driver<'a>>,
    seed: u64,
    /// The differences that were printed, by testee and kind. Each is printed once.
    seen: BTreeSet<String>,
}

impl<'a> Round<'a> {
    /// Starts the testees.
    ///
    /// # Errors
    /// When one does not start.
    pub fn new(api: &'a Api, oracle: Oracle, programs: Vec<Program>, seed: u64) -> Result<Self, String> {
        let drivers = programs.into_iter().map(|program| Driver::new(api, program));
        Ok(Self {
            api,
            judge: Judge::new(api, oracle),
            drivers: drivers.collect::<Result<_, _>>()?,
            seed,
            seen: BTreeSet::new(),
        })
    }

    /// Draws so many cases; returns those with a difference.
    ///
    /// # Errors
    /// When the oracle or a testee cannot be started again.
    pub fn draw(&mut self, inputs: &mut Inputs<'_>, cases: usize, count: &mut Count) -> Result<Vec<Found>, String> {
        let mut found = Vec::new();
        let mut left = cases;
        while left > 0 {
            let batch = inputs.draw(left.min(BATCH))?;
            left -= batch.len();
            found.extend(self.put(&batch, count)?);
        }
        Ok(found)
    }

    /// Puts these to everyone; returns those with a difference.
    ///
    /// # Errors
    /// As [`draw`](Self::draw).
    pub fn put(&mut self, inputs: &[Input], count: &mut Count) -> Result<Vec<Found>, String> {
        let start = Instant::now();
        let judged = self.judge.judge(inputs)?;
        let outcomes = self.drive(&judged)?;
        count.cases += inputs.len();
        count.comparisons += outcomes.iter().map(Vec::len).sum::<usize>();

        let mut found = Vec::new();
        let mut number = 0;
        for (input, judged) in inputs.iter().zip(&judged) {
            let outcomes: Vec<&Outcome> = match judged {
                Ok(Some(_)) => {
                    number += 1;
                    outcomes.iter().map(|all| &all[number - 1]).collect()
                }
                Ok(None) | Err(_) => Vec::new(),
            };
            let kind = self.kind(judged, &outcomes);
            if let Some(kind) = kind
                && self.seen.len() < LOOKED_INTO
                && self.seen.insert(kind)
            {
                let difference = self.look_into(input)?;
                println!("{}", difference.told());
                found.push(difference.found());
                count.differences += 1;
            }
        }
        count.driving += start.elapsed();
        Ok(found)
    }

    /// What each testee does with each case that has a verdict.
    fn drive(&mut self, judged: &[Judged]) -> Result<Vec<Vec<Outcome>>, String> {
        let judge = &self.judge;
        let calls: Vec<Call<'_>> = judged
            .iter()
            .flatten()
            .flatten()
            .map(|case| Call {
                case,
                sample: judge.sample(&case.method),
            })
            .collect();
        let calls = &calls;
        thread::scope(|scope| {
            let started: Vec<_> = self
                .drivers
                .iter_mut()
                .map(|driver| scope.spawn(move || driver.run(calls)))
                .collect();
            let ended = started.into_iter().map(|thread| thread.join());
            ended
                .map(|outcomes| outcomes.unwrap_or_else(|_| Err("a driver panicked".into())))
                .collect()
        })
    }

    /// Who differs and how, without what is different in each case; nothing when nobody does.
    fn kind(&self, judged: &Judged, outcomes: &[&Outcome]) -> Option<String> {
        let mut kind = judged.as_ref().err().cloned().unwrap_or_default();
        for (driver, outcome) in self.drivers.iter().zip(outcomes) {
            if let Err(problem) = outcome {
                kind += &format!("{}: {}\n", driver.name(), problem.lines().next().unwrap_or_default());
            }
        }
        kind.retain(|character| !character.is_ascii_digit());
        (!kind.is_empty()).then_some(kind)
    }

    /// Makes the input as small as it gets while someone differs in the same way, and asks everyone about that.
    fn look_into(&mut self, input: &Input) -> Result<Difference<'a>, String> {
        let ty = self.judge.ty(&input.method)?;
        let (_, outcomes) = self.everyone(input)?;
        let who: Vec<bool> = outcomes.iter().map(Result::is_err).collect();
        let by_rust = self.judged(input)?.is_err();
        let codec = Codec::new(self.api, Limits::default());
        // Where nobody differs alone, company is needed, which does not get smaller.
        let alone = by_rust || who.contains(&true);
        let bytes = shrink(&codec, ty, &input.bytes, |bytes| {
            if !alone {
                return Ok(false);
            }
            let smaller = Input {
                method: input.method.clone(),
                bytes: bytes.into(),
            };
            let judged = self.judged(&smaller)?;
            let case = match &judged {
                Ok(Some(case)) if !by_rust => case,
                judged => return Ok(by_rust && judged.is_err()),
            };
            let call = Call {
                case,
                sample: self.judge.sample(&case.method),
            };
            let differing = self.drivers.iter_mut().zip(&who).filter(|(_, differs)| **differs);
            for (driver, _) in differing {
                if driver.one(call)?.is_ok() {
                    return Ok(false);
                }
            }
            Ok(true)
        })?;
        let input = Input {
            method: input.method.clone(),
            bytes,
        };
        let (right, outcomes) = self.everyone(&input)?;
        let names = self.drivers.iter().map(|driver| driver.name().to_owned());
        Ok(Difference {
            seed: self.seed,
            ty,
            input,
            right,
            outcomes: names.zip(outcomes).collect(),
        })
    }

    fn judged(&mut self, input: &Input) -> Result<Judged, String> {
        Ok(self.judge.judge(std::slice::from_ref(input))?.remove(0))
    }

    /// What is right, in words, and what each testee does.
    fn everyone(&mut self, input: &Input) -> Result<(String, Vec<Outcome>), String> {
        let judged = self.judged(input)?;
        let case = match &judged {
            Ok(Some(case)) => case,
            Ok(None) => return Ok(("what each client makes of it".into(), Vec::new())),
            Err(problem) => return Ok((format!("nobody knows, since {problem}"), Vec::new())),
        };
        let mut right = match (&case.value, &case.refused) {
            (Some(value), _) => format!("the value {value}"),
            (None, Some(refusal)) => format!("a refusal ({refusal:?})"),
            (None, None) => "nothing".into(),
        };
        match &case.rust {
            Some(rust) => right += &format!("; Rust {rust}"),
            None => right += ", as Rust has it",
        }
        let call = Call {
            case,
            sample: self.judge.sample(&case.method),
        };
        let outcomes = self.drivers.iter_mut().map(|driver| driver.one(call));
        Ok((right, outcomes.collect::<Result<_, _>>()?))
    }
}
