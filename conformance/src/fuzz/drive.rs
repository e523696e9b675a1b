//! Puts cases to a testee, many at once. There is one call of each method in flight, so that a request's method tells
//! which case it is of.

use std::collections::{BTreeMap, VecDeque};

use rapace_schema::{Api, TypeRef};
use rapace_wire::frame::{CONTROL, Frame};
use serde_json::{Value, json};

use super::subject::methods;
use crate::testee::{Event, Failure, Program, Testee};
use crate::vectors::Case;
use crate::vectors::Check;

/// What a testee did with a case: what it should, or not, and how.
pub type Outcome = Result<(), String>;

/// Drives one testee.
pub struct Driver<'a> {
    program: Program,
    testee: Testee,
    check: Check<'a>,
    /// By name: the id and the type.
    methods: BTreeMap<&'a str, (u32, &'a TypeRef)>,
}

/// A case with what its method is called with.
#[derive(Clone, Copy)]
pub struct Call<'c> {
    /// What is right.
    pub case: &'c Case,
    /// The argument where the case's own value is none.
    pub sample: &'c Value,
}

/// A call that is under way.
struct Running {
    case: usize,
    command: u64,
    answered: bool,
    problem: Option<String>,
}

impl<'a> Driver<'a> {
    /// Starts the testee.
    ///
    /// # Errors
    /// When it does not start.
    pub fn new(api: &'a Api, program: Program) -> Result<Self, String> {
        Ok(Self {
            testee: Testee::start(&program)?,
            check: Check::new(api),
            methods: methods(api)
                .map(|method| (method.name.as_str(), (method.id, &method.response)))
                .collect(),
            program,
        })
    }

    /// The testee's name.
    pub fn name(&self) -> &str {
        &self.program.name
    }

    /// What the testee does with each of these. Where it breaks down, those under way are put to it again one by one.
    ///
    /// # Errors
    /// When it cannot be started again.
    pub fn run(&mut self, calls: &[Call<'_>]) -> Result<Vec<Outcome>, String> {
        let mut outcomes = vec![None; calls.len()];
        let mut queues: BTreeMap<u32, VecDeque<usize>> = BTreeMap::new();
        for (index, call) in calls.iter().enumerate() {
            match self.methods.get(call.case.method.as_str()) {
                Some((id, _)) => queues.entry(*id).or_default().push_back(index),
                None => outcomes[index] = Some(Err(format!("no method {}", call.case.method))),
            }
        }
        while outcomes.iter().any(Option::is_none) {
            let mut running = BTreeMap::new();
            if let Err(failure) = self.pipeline(calls, &mut queues, &mut running, &mut outcomes) {
                self.restart()?;
                let suspects: Vec<usize> = running.into_values().map(|running| running.case).collect();
                self.alone(calls, &suspects, &failure, &mut outcomes)?;
            }
        }
        Ok(outcomes.into_iter().flatten().collect())
    }

    /// What the testee does with one case while it does nothing else.
    ///
    /// # Errors
    /// When it cannot be started again.
    pub fn one(&mut self, call: Call<'_>) -> Result<Outcome, String> {
        let Some((id, _)) = self.methods.get(call.case.method.as_str()) else {
            return Err(format!("no method {}", call.case.method));
        };
        let mut outcomes = vec![None];
        let mut queues = BTreeMap::from([(*id, VecDeque::from([0]))]);
        match self.pipeline(&[call], &mut queues, &mut BTreeMap::new(), &mut outcomes) {
            Ok(()) => Ok(outcomes.remove(0).unwrap_or(Ok(()))),
            Err(failure) => {
                self.restart()?;
                Ok(Err(failure.to_string()))
            }
        }
    }

    fn alone(
        &mut self,
        calls: &[Call<'_>],
        suspects: &[usize],
        failure: &Failure,
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), String> {
        for &suspect in suspects {
            outcomes[suspect] = Some(self.one(calls[suspect])?);
        }
        if let (Some(&last), true) = (
            suspects.last(),
            suspects.iter().all(|index| matches!(outcomes[*index], Some(Ok(())))),
        ) {
            let names: Vec<&str> = suspects
                .iter()
                .map(|index| calls[*index].case.method.as_str())
                .collect();
            let company = names.join(", ");
            outcomes[last] = Some(Err(format!("only side by side with {company}: {failure}")));
        }
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        self.testee = Testee::start(&self.program)?;
        Ok(())
    }

    /// Until all queues are empty and all calls are done, or the testee breaks down: then those in `running` are not.
    fn pipeline(
        &mut self,
        calls: &[Call<'_>],
        queues: &mut BTreeMap<u32, VecDeque<usize>>,
        running: &mut BTreeMap<u32, Running>,
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), Failure> {
        for method in queues.keys().copied().collect::<Vec<_>>() {
            self.next(method, calls, queues, running)?;
        }
        let mut methods = BTreeMap::new();
        for (method, call) in &*running {
            methods.insert(call.command, *method);
        }
        while !running.is_empty() {
            match self.testee.next()? {
                Event::Sent(frame) if frame.flags() & CONTROL != 0 => {}
                Event::Sent(frame) => self.answer(&frame, calls, running)?,
                Event::Said(said) => {
                    let method = said["id"].as_u64().and_then(|id| methods.remove(&id));
                    let Some((method, done)) = method.and_then(|method| running.remove_entry(&method)) else {
                        return Err(Failure::Broken(format!("an answer to no command: {said}")));
                    };
                    let case = calls[done.case].case;
                    let (_, ty) = self.methods[case.method.as_str()];
                    let outcome = done.problem.map_or_else(|| self.check.answer(case, ty, &said), Err);
                    outcomes[done.case] = Some(outcome.map(drop));
                    self.next(method, calls, queues, running)?;
                    if let Some(call) = running.get(&method) {
                        methods.insert(call.command, method);
                    }
                }
                Event::Control { .. } => {}
                Event::Closed(how) | Event::Wrong(how) => {
                    return Err(Failure::Broken(format!("it lost its connection: {how}")));
                }
            }
        }
        Ok(())
    }

    /// Starts the next call of a method, if there is one.
    fn next(
        &mut self,
        method: u32,
        calls: &[Call<'_>],
        queues: &mut BTreeMap<u32, VecDeque<usize>>,
        running: &mut BTreeMap<u32, Running>,
    ) -> Result<(), Failure> {
        let Some(case) = queues.get_mut(&method).and_then(VecDeque::pop_front) else {
            return Ok(());
        };
        let call = calls[case];
        let argument = match (&call.case.value, call.case.decode_only) {
            (Some(value), false) => value,
            _ => call.sample,
        };
        // Before the command is sent, so that it is among the suspects when that fails.
        let entry = running.entry(method).or_insert(Running {
            case,
            command: 0,
            answered: false,
            problem: None,
        });
        entry.command = self
            .testee
            .tell(json!({"call": format!("Values.{}", call.case.method), "arguments": [argument]}))?;
        Ok(())
    }

    /// Checks a request and answers it.
    fn answer(
        &mut self,
        frame: &Frame,
        calls: &[Call<'_>],
        running: &mut BTreeMap<u32, Running>,
    ) -> Result<(), Failure> {
        let Some(call) = running.get_mut(&frame.method()) else {
            return Err(Failure::Broken(format!(
                "a request of method {}, which was not called",
                frame.method()
            )));
        };
        if std::mem::replace(&mut call.answered, true) {
            return Err(Failure::Broken("a second request".into()));
        }
        let case = calls[call.case].case;
        let (_, ty) = self.methods[case.method.as_str()];
        if case.refused.is_none()
            && !case.decode_only
            && let Err(difference) = self.check.request(case, ty, &frame.payload)
        {
            call.problem = Some(difference);
        }
        let bytes = case.bytes.as_ref().map_or(&[][..], |hex| &hex.0);
        self.testee.send(&Frame::answer(frame.channel(), bytes))
    }
}
