//! Runs the vectors of values: each is a call that the raw peer answers with recorded bytes.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use rapace_schema::{Api, MethodKind, TypeRef};
use rapace_wire::frame::{CONTROL, Frame};
use serde_json::{Value, json};

use super::check::Check;
use super::model::{Case, Vectors};
use crate::bounds;
use crate::message::{Message, hex, shown};
use crate::report::Outcome;
use crate::report::Results;
use crate::request::check_descriptor;
use crate::testee::{Event, Failure, Program, Testee};

/// Runs the cases of these classes.
///
/// # Errors
/// When the testee cannot be started.
pub fn run(api: &Api, classes: &[Vectors], program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    let ready = |class: &Vectors| !program.without.contains(&class.class) || results.names_class(class.class);
    let wanted =
        |class: &&Vectors| ready(class) && class.cases.iter().any(|case| results.want(class.class, &case.name));
    let wanted: Vec<&Vectors> = classes.iter().filter(wanted).collect();
    if wanted.is_empty() {
        return Ok(());
    }
    let mut runner = Runner::new(api, classes, Testee::start(program)?);
    for class in wanted {
        for case in &class.cases {
            if !results.want(class.class, &case.name) {
                continue;
            }
            let (outcome, usable) = runner.case(case, class.class.is_bounded());
            results.push(class.class, &case.name, outcome);
            if !usable {
                runner.testee = Testee::start(program)?;
            }
        }
        if let (true, Some(measures)) = (class.class.is_bounded(), runner.measures) {
            results.measures(measures);
        }
    }
    Ok(())
}

struct Runner<'a> {
    check: Check<'a>,
    /// By method of `Values`: its id and its type.
    methods: BTreeMap<&'a str, (u32, &'a TypeRef)>,
    /// The smallest valid case for each method, to call it with when only the answer matters.
    samples: BTreeMap<&'a str, &'a Case>,
    /// What a small valid answer of a method allocates, once it is known.
    baselines: BTreeMap<&'a str, u64>,
    /// Whether the testee measures what it allocates, once it is known.
    measures: Option<bool>,
    testee: Testee,
}

/// What came of a call.
struct Attempt {
    outcome: Outcome,
    /// From the raw peer's answer to the testee's.
    took: Duration,
    /// As the testee measured it.
    allocated: Option<u64>,
}

impl<'a> Runner<'a> {
    fn new(api: &'a Api, classes: &'a [Vectors], testee: Testee) -> Self {
        let mut methods = BTreeMap::new();
        for service in api.services.iter().filter(|service| service.name == "Values") {
            for method in &service.methods {
                methods.insert(method.name.as_str(), (method.id, &method.response));
            }
        }
        let mut samples: BTreeMap<&str, &Case> = BTreeMap::new();
        let length = |case: &Case| case.bytes.as_ref().map_or(0, |hex| hex.0.len());
        for case in classes
            .iter()
            .filter(|class| class.class.is_of_valid_values())
            .flat_map(|class| &class.cases)
        {
            if case.value.is_some() && case.bytes.is_some() && !case.decode_only && case.refused.is_none() {
                let sample = samples.entry(case.method.as_str()).or_insert(case);
                if length(case) < length(sample) {
                    *sample = case;
                }
            }
        }
        Self {
            check: Check::new(api),
            methods,
            samples,
            baselines: BTreeMap::new(),
            measures: None,
            testee,
        }
    }

    /// What came of a case, and whether the testee is of further use.
    fn case(&mut self, case: &'a Case, bounded: bool) -> (Outcome, bool) {
        let judged = self.attempt(case, false).and_then(|first| match bounded {
            true if first.outcome == Outcome::Passed && case.refused.is_some() => self.bounded(case, first.took),
            _ => Ok(first.outcome),
        });
        match judged {
            Ok(outcome) => (outcome, true),
            Err(failure) => (failure.into(), false),
        }
    }

    /// Holds a case that was judged already against the bounds on time and memory.
    fn bounded(&mut self, case: &'a Case, first: Duration) -> Result<Outcome, Failure> {
        let mut first = Some(first);
        let took = bounds::best_of(bounds::time(), || match first.take() {
            Some(took) => Ok(took),
            None => self.attempt(case, false).map(|attempt| attempt.took),
        })?;
        let failed = |problem: String| Outcome::Failed(answered(case, problem));
        if let Err(problem) = bounds::check_time(took) {
            return Ok(failed(problem));
        }
        if self.measures == Some(false) {
            return Ok(Outcome::Passed);
        }
        let Some(baseline) = self.baseline(case)? else {
            self.measures = Some(false);
            return Ok(Outcome::Passed);
        };
        self.measures = Some(true);
        let allocated = bounds::best_of(Some(bounds::memory(baseline)), || {
            self.attempt(case, true).map(|attempt| attempt.allocated)
        })?;
        Ok(match allocated {
            None => failed("it measured what another call allocated, but not this one".into()),
            Some(allocated) => bounds::check_memory(allocated, baseline, "a small valid answer")
                .map_or_else(failed, |()| Outcome::Passed),
        })
    }

    /// What a small valid answer of the case's method allocates; nothing when the testee does not measure.
    fn baseline(&mut self, case: &'a Case) -> Result<Option<u64>, Failure> {
        let Some((&method, &sample)) = self.samples.get_key_value(case.method.as_str()) else {
            return Ok(None);
        };
        if let Some(&known) = self.baselines.get(method) {
            return Ok(Some(known));
        }
        // The first may make what the others use.
        self.attempt(sample, true)?;
        let measured = self.attempt(sample, true)?.allocated;
        if let Some(measured) = measured {
            self.baselines.insert(method, measured);
        }
        Ok(measured)
    }

    /// What the case's method is called with: its value, or a valid one where only the answer matters.
    fn argument(&self, case: &'a Case) -> Option<&'a Value> {
        match (&case.value, case.decode_only) {
            (Some(value), false) => Some(value),
            _ => self.samples.get(case.method.as_str())?.value.as_ref(),
        }
    }

    /// Makes the call, answers it, and judges what the testee says.
    fn attempt(&mut self, case: &'a Case, measure: bool) -> Result<Attempt, Failure> {
        let start = Instant::now();
        let mut attempt = Attempt {
            outcome: Outcome::Passed,
            took: Duration::ZERO,
            allocated: None,
        };
        let (Some(&(method, ty)), Some(value)) = (self.methods.get(case.method.as_str()), self.argument(case)) else {
            attempt.outcome = Outcome::Failed(format!("no method {}, or no valid value to call it with", case.method));
            return Ok(attempt);
        };
        let mut command = json!({"call": format!("Values.{}", case.method), "arguments": [value]});
        if measure {
            command["measure"] = true.into();
        }
        let id = self.testee.tell(command)?;
        let mut answered = None;
        let mut problem = None;
        let outcome = loop {
            match self.testee.next()? {
                Event::Sent(frame) if frame.flags() & CONTROL != 0 => {}
                Event::Sent(frame) if answered.is_some() => {
                    problem.get_or_insert(format!("a second request, on channel {}", frame.channel()));
                }
                Event::Sent(frame) => {
                    if let Err(wrong) = self.request(case, &frame, method, ty) {
                        problem.get_or_insert(wrong);
                    }
                    let payload = case.bytes.as_ref().map_or(&[][..], |hex| &hex.0);
                    answered = Some(Instant::now());
                    self.testee.send(&Frame::answer(frame.channel(), payload))?;
                }
                Event::Said(said) if said["id"] == json!(id) => {
                    attempt.took = answered.unwrap_or(start).elapsed();
                    attempt.allocated = said["allocated"].as_u64();
                    break problem.map_or_else(|| self.check.answer(case, ty, &said), Err);
                }
                Event::Said(said) => {
                    let said = shown(&said.to_string());
                    let message = Message::new("it answered a command that it was not given");
                    let message = message.line("expected", format_args!("an answer with \"id\": {id}"));
                    break Err(message.line("came", said).into());
                }
                Event::Control { .. } => {}
                Event::Closed(how) | Event::Wrong(how) => {
                    if let Some(crash) = self.testee.crash() {
                        return Err(crash);
                    }
                    let lost = || {
                        Message::new("it lost the connection in the call")
                            .line("came", how)
                            .into()
                    };
                    let called = called(case, value);
                    let message = Message::new(problem.unwrap_or_else(lost)).line("called", called);
                    return Err(Failure::Broken(message.into()));
                }
            }
        };
        attempt.outcome = outcome.unwrap_or_else(|problem| {
            let message = Message::new(problem).line("called", called(case, value));
            Outcome::Failed(message.into())
        });
        Ok(attempt)
    }

    /// Whether the request is the case's, where it may be made at all.
    fn request(&self, case: &Case, frame: &Frame, method: u32, ty: &TypeRef) -> Result<(), String> {
        let Some(_) = &case.bytes else {
            let message = Message::new("it sent a request with a value that is none of the type")
                .line("expected", "an error of kind \"encode\", before a byte is sent")
                .line("came", hex(&frame.payload));
            return Err(message.into());
        };
        check_descriptor(frame, method, MethodKind::Unary)?;
        match case.decode_only || case.refused.is_some() {
            true => Ok(()),
            false => self.check.request(case, ty, &frame.payload),
        }
    }
}

/// What a testee was told to call.
fn called(case: &Case, value: &Value) -> String {
    format!("Values.{} with {}", case.method, shown(&value.to_string()))
}

/// With the bytes of the raw peer's answer.
fn answered(case: &Case, problem: String) -> String {
    let bytes = case.bytes.as_ref().map_or(&[][..], |hex| &hex.0);
    let called = format!("Values.{}", case.method);
    let message = Message::new(problem).line("answered", hex(bytes));
    message.line("called", called).into()
}
