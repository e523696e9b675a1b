//! Vectors as answers of a testee that serves: a handler is called with each value, and returns it.

use std::collections::BTreeMap;

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, TypeRef};
use rapace_wire::frame::Frame;
use serde_json::{Value, json};

use super::check::Check;
use super::model::{Case, Vectors};
use super::served::{methods, name, returned};
use crate::class::Class;
use crate::message::{Message, shown};
use crate::peer::Transport;
use crate::report::{Outcome, Results};
use crate::request::check_error;
use crate::testee::{Event, Failure, Program, Testee};

/// What the class is called.
pub const TITLE: &str = "values that a handler returns";
/// What is right in it.
pub const RULE: &str = "exact both ways; a value that does not fit its type cannot be sent";
/// `Internal`.
const INTERNAL: u32 = 12;
const CLASS: Class = Class::ServedAnswers;

/// Calls a handler for each value, and returns it, or a value that does not fit.
///
/// # Errors
/// When the testee cannot be started.
pub fn run(api: &Api, classes: &[Vectors], program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    if !results.want_class(CLASS) || program.without.contains(&CLASS) && !results.names_class(CLASS) {
        return Ok(());
    }
    let valid = |case: &&Case| case.refused.is_none() && case.value.is_some() && !case.decode_only;
    let mut runner: Option<Runner<'_>> = None;
    let mut samples: BTreeMap<&str, &Case> = BTreeMap::new();
    let of_values = classes.iter().filter(|class| class.class.is_of_valid_values());
    for case in of_values.flat_map(|class| &class.cases).filter(valid) {
        let length = |case: &Case| case.bytes.as_ref().map_or(0, |hex| hex.0.len());
        let sample = samples.entry(case.method.as_str()).or_insert(case);
        if length(case) < length(sample) {
            *sample = case;
        }
    }
    for class in classes {
        let unfit = class.class == Class::UnfitValues;
        if !unfit && !class.class.is_of_valid_values() {
            continue;
        }
        for case in class.cases.iter().filter(|case| unfit || valid(case)) {
            let name = name(class.class, case);
            let Some(sample) = samples.get(case.method.as_str()) else {
                continue;
            };
            if !results.want(CLASS, &name) {
                continue;
            }
            let runner = match &mut runner {
                Some(runner) => runner,
                none => none.insert(Runner::start(api, program)?),
            };
            let outcome = match runner.case(case, sample) {
                Ok(Ok(outcome)) => outcome,
                Ok(Err(problem)) => Outcome::of_problem(problem, &mut runner.testee),
                Err(failure) => failure.into(),
            };
            if outcome.is_failure() {
                *runner = Runner::start(api, program)?;
            }
            results.push(CLASS, &name, outcome);
        }
    }
    Ok(())
}

struct Runner<'a> {
    methods: BTreeMap<&'a str, (u32, &'a TypeRef)>,
    check: Check<'a>,
    codec: Codec<'a>,
    testee: Testee,
    next_channel: u32,
}

impl<'a> Runner<'a> {
    fn start(api: &'a Api, program: &Program) -> Result<Self, String> {
        let told = |failure: Failure| format!("{}: cannot be tested: {failure}", program.name);
        let mut testee = Testee::start(program)?;
        testee.hang_up();
        let address = testee.serve_over(Transport::Unix, &Value::Null).map_err(told)?;
        testee.dial(Transport::Unix, &address).map_err(told)?;
        Ok(Self {
            methods: methods(api),
            check: Check::new(api),
            codec: Codec::new(api, Limits::default()),
            testee,
            next_channel: 1,
        })
    }

    /// Calls the method, with the case's value where it is one, and has the handler return the case's value.
    fn case(&mut self, case: &Case, sample: &Case) -> Result<Result<Outcome, String>, Failure> {
        let unfit = case.bytes.is_none();
        let argument = if unfit { sample } else { case };
        let Some(&(id, ty)) = self.methods.get(case.method.as_str()) else {
            return Ok(Err(format!("no method {}", case.method)));
        };
        let channel = self.next_channel;
        self.next_channel += 2;
        let bytes = argument.bytes.as_ref().map_or(&[][..], |hex| &hex.0);
        self.testee.send(&Frame::answer(channel, bytes).calling(id))?;
        let called = match self.next()? {
            Heard::Said(said) if said.get("called").is_some() => said,
            other => return Ok(Err(format!("no handler ran, but {other:?}"))),
        };
        let name = format!("Values.{}", case.method);
        let came = called["arguments"]
            .get(0)
            .and_then(|value| self.codec.canonical(ty, value).ok());
        let expected = argument.value.as_ref().unwrap_or(&Value::Null);
        if called["method"] != name || came.as_ref() != Some(expected) {
            let message = Message::new("its handler got other arguments")
                .line("expected", format_args!("{name} with {}", shown(&expected.to_string())))
                .line("came", shown(&called.to_string()));
            return Ok(Err(message.into()));
        }
        let value = case.value.as_ref().unwrap_or(&Value::Null);
        let id = self.testee.tell(json!({"answer": called["called"], "value": value}))?;
        let (mut said, mut frame) = (None, None);
        while said.is_none() || frame.is_none() {
            match self.next()? {
                Heard::Said(answer) if answer["id"] == json!(id) => {
                    if answer.get("inexpressible").is_some() {
                        return self.inexpressible(&answer, (&called["called"], sample, channel), unfit);
                    }
                    said = Some(answer);
                }
                Heard::Said(other) => return Ok(Err(format!("nobody asked for {}", shown(&other.to_string())))),
                Heard::Frame(came) if came.channel() == channel && frame.is_none() => frame = Some(came),
                Heard::Frame(came) => return Ok(Err(format!("a frame on channel {}", came.channel()))),
            }
        }
        let (said, frame) = (said.unwrap_or_default(), frame.unwrap_or_else(|| Frame::answer(0, &[])));
        if said["answered"] != true {
            return Ok(Err(format!("the handler did not return: {said}")));
        }
        let judged = match unfit {
            true => {
                let message = format!("the answer of {name} cannot be sent");
                check_error(&frame, (channel, INTERNAL), Some(&message), &[])
            }
            false => returned(&self.check, case, ty, &frame),
        };
        let told = |problem| Message::new(problem).line("returned", shown(&value.to_string())).into();
        Ok(judged.map(|()| Outcome::Passed).map_err(told))
    }

    /// The handler still waits: it returns a valid value, so that the next case finds nothing that runs.
    fn inexpressible(
        &mut self,
        said: &Value,
        (number, sample, channel): (&Value, &Case, u32),
        unfit: bool,
    ) -> Result<Result<Outcome, String>, Failure> {
        if !unfit {
            return Ok(Err(format!("it cannot express a valid value: {said}")));
        }
        let id = self.testee.tell(json!({"answer": number, "value": sample.value}))?;
        let (mut answered, mut came) = (false, false);
        while !answered || !came {
            match self.next()? {
                Heard::Said(said) if said["id"] == json!(id) && said["answered"] == true => answered = true,
                Heard::Frame(frame) if frame.channel() == channel => came = true,
                other => return Ok(Err(format!("after a valid value came {other:?}"))),
            }
        }
        Ok(Ok(Outcome::Inexpressible))
    }

    fn next(&mut self) -> Result<Heard, Failure> {
        loop {
            match self.testee.next()? {
                Event::Said(said) => return Ok(Heard::Said(said)),
                Event::Sent(frame) => return Ok(Heard::Frame(frame)),
                Event::Control { .. } => {}
                Event::Closed(how) | Event::Wrong(how) => {
                    let lost = format!("it lost the connection: {how}");
                    return Err(self.testee.crash().unwrap_or(Failure::Broken(lost)));
                }
            }
        }
    }
}

/// What comes from the testee.
#[derive(Debug)]
enum Heard {
    Said(Value),
    Frame(Frame),
}
