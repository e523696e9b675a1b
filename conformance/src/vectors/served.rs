//! Vectors as requests to a testee that serves, many at once: its handlers return what they are called with.

use std::collections::BTreeMap;

use rapace_schema::{Api, TypeRef};
use rapace_wire::frame::{DATA, EOS, Frame};
use serde_json::Value;

use super::check::Check;
use super::model::{Case, Refusal, Vectors};
use crate::class::Class;
use crate::message::{Message, hex};
use crate::peer::Transport;
use crate::report::{Outcome, Results};
use crate::request::{check_answer, check_error, message_of};
use crate::testee::{Event, Failure, Program, Testee};

/// How many requests are in flight.
const WINDOW: usize = 64;
/// `InvalidArgument`.
const INVALID: u32 = 3;

/// What the class is called.
pub const TITLE: &str = "values that a handler takes and returns";
/// What is right in it.
pub const RULE: &str = "a valid value comes back; any other is refused with its place, and no handler runs";

/// The name of a vector's case in a class of this direction. It contains the name of the vector's class.
pub(super) fn name(class: Class, case: &Case) -> String {
    match case.name.split_once('_') {
        Some((verdict, rest)) => format!("{verdict}_{}_{rest}", class.name()),
        None => format!("{}_{}", class.name(), case.name),
    }
}

/// By method of `Values`: its id and its type.
pub(super) fn methods(api: &Api) -> BTreeMap<&str, (u32, &TypeRef)> {
    let services = api.services.iter().filter(|service| service.name == "Values");
    let methods = services.flat_map(|service| &service.methods);
    methods
        .map(|method| (method.name.as_str(), (method.id, &method.response)))
        .collect()
}

/// Sends every vector that has bytes as a request.
///
/// # Errors
/// When the testee cannot be started.
pub fn run(api: &Api, classes: &[Vectors], program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    const CLASS: Class = Class::ServedValues;
    if !results.want_class(CLASS) || program.without.contains(&CLASS) && !results.names_class(CLASS) {
        return Ok(());
    }
    let all = classes.iter().flat_map(|class| {
        let cases = class.cases.iter().filter(|case| case.bytes.is_some());
        cases.map(|case| (name(class.class, case), case))
    });
    let mut left: Vec<(String, &Case)> = all.filter(|(name, _)| results.want(CLASS, name)).collect();
    if left.is_empty() {
        return Ok(());
    }
    left.reverse();
    let methods = methods(api);
    let check = Check::new(api);
    let mut runner = Runner::start(program)?;
    // After a failure each request is alone for a while, so that the one that causes it is found.
    let mut alone = 0_usize;
    while !left.is_empty() && results.want_class(CLASS) {
        let window = if alone > 0 { 1 } else { WINDOW };
        let now = left.split_off(left.len().saturating_sub(window));
        let cases: Vec<&Case> = now.iter().rev().map(|(_, case)| *case).collect();
        match runner.answers(&methods, &cases) {
            Ok(answers) => {
                alone = alone.saturating_sub(1);
                for ((name, case), answer) in now.iter().rev().zip(answers) {
                    let ty = methods.get(case.method.as_str()).map_or(&TypeRef::Unit, |(_, ty)| *ty);
                    let judged = judge(&check, case, ty, &answer);
                    results.push(CLASS, name, judged.map_or_else(Outcome::Failed, |()| Outcome::Passed));
                }
            }
            Err(failure) => {
                runner = Runner::start(program)?;
                match now.as_slice() {
                    [(name, _)] => results.push(CLASS, name, failure.into()),
                    _ => {
                        alone = WINDOW;
                        left.extend(now);
                    }
                }
            }
        }
    }
    Ok(())
}

struct Runner {
    testee: Testee,
    next_channel: u32,
}

impl Runner {
    fn start(program: &Program) -> Result<Self, String> {
        let told = |failure: Failure| format!("{}: cannot be tested: {failure}", program.name);
        let mut testee = Testee::start(program)?;
        testee.hang_up();
        let address = testee
            .serve_over(Transport::Unix, &serde_json::json!({"echo": true}))
            .map_err(told)?;
        testee.dial(Transport::Unix, &address).map_err(told)?;
        Ok(Self {
            testee,
            next_channel: 1,
        })
    }

    /// Sends these requests, and returns the frames that answer them.
    fn answers(&mut self, methods: &BTreeMap<&str, (u32, &TypeRef)>, cases: &[&Case]) -> Result<Vec<Frame>, Failure> {
        let first = self.next_channel;
        for case in cases {
            let id = methods.get(case.method.as_str()).map_or(0, |(id, _)| *id);
            let bytes = case.bytes.as_ref().map_or(&[][..], |hex| &hex.0);
            self.testee.send(&Frame::answer(self.next_channel, bytes).calling(id))?;
            self.next_channel += 2;
        }
        let mut answers: Vec<Option<Frame>> = vec![None; cases.len()];
        let mut missing = cases.len();
        while missing > 0 {
            match self.testee.next()? {
                Event::Sent(frame) => {
                    let at = frame.channel().checked_sub(first).map(|distance| distance as usize / 2);
                    let place = at.and_then(|at| answers.get_mut(at));
                    match place {
                        Some(place @ None) => {
                            *place = Some(frame);
                            missing -= 1;
                        }
                        _ => {
                            let what = format!("a frame on channel {} that answers nothing", frame.channel());
                            return Err(Failure::Broken(what));
                        }
                    }
                }
                Event::Said(said) => return Err(Failure::Broken(format!("a handler that echoes said {said}"))),
                Event::Closed(how) | Event::Wrong(how) => {
                    let lost = format!("it lost the connection: {how}");
                    return Err(self.testee.crash().unwrap_or(Failure::Broken(lost)));
                }
                Event::Control { .. } => {}
            }
        }
        Ok(answers.into_iter().flatten().collect())
    }
}

/// Whether this frame is the answer to the vector as a request.
fn judge(check: &Check<'_>, case: &Case, ty: &TypeRef, answer: &Frame) -> Result<(), String> {
    let bytes = case.bytes.as_ref().map_or(&[][..], |hex| &hex.0);
    let told = |problem: String| -> String {
        let message = Message::new(problem).line("request", hex(bytes));
        let message = message.line("called", format_args!("Values.{}", case.method));
        match &case.rust {
            Some(rust) => message.line("note", format_args!("Rust differs: it {rust}")).into(),
            None => message.into(),
        }
    };
    let judged = match case.refused {
        None => returned(check, case, ty, answer),
        Some(why) => refused(case, why, bytes.len(), answer),
    };
    judged.map_err(told)
}

/// Whether it is the value.
pub(super) fn returned(check: &Check<'_>, case: &Case, ty: &TypeRef, answer: &Frame) -> Result<(), String> {
    check_answer(answer, &Frame::of(answer.channel(), DATA | EOS, &answer.payload))?;
    match case.decode_only {
        true => check.meaning(case, ty, &answer.payload),
        false => check.request(case, ty, &answer.payload),
    }
}

/// Whether it is the refusal of bytes that cannot be read.
fn refused(case: &Case, why: Refusal, length: usize, answer: &Frame) -> Result<(), String> {
    let begin = format!("cannot read the arguments of Values.{}: ", case.method);
    check_error(answer, (answer.channel(), INVALID), None, std::slice::from_ref(&begin))?;
    let text = message_of(&answer.payload).unwrap_or_default();
    let place = text
        .rsplit_once("at byte ")
        .map(|(_, rest)| rest.trim_end_matches(')').parse::<usize>());
    // What is left after the arguments belongs to none of them.
    let argument = why == Refusal::TrailingBytes || text[begin.len()..].contains("value");
    match place {
        Some(Ok(offset)) if offset <= length && argument && text.starts_with(&begin) => Ok(()),
        _ => {
            let message = Message::new("its refusal has no place");
            let expected = format!("{begin}value…: … (at byte 0 to {length}), because of {why:?}");
            Err(message
                .line("expected", expected)
                .line("came", Value::from(text))
                .into())
        }
    }
}
