//! Runs the vectors of values: each is a call that the raw peer answers with recorded bytes.

use std::collections::BTreeMap;

use rapace_schema::{Api, TypeRef};
use serde::Serialize;
use serde_json::{Value, json};

use crate::check::Check;
use crate::frame::{CONTROL, Frame};
use crate::testee::{Event, Failure, PATIENCE, Program, Testee};
use crate::vector::{Case, Class};

/// What came of a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "outcome", content = "why")]
pub enum Outcome {
    /// As it should be.
    Passed,
    /// The language has no way to say the wrong value, so nothing was tested.
    Inexpressible,
    /// Not as it should be.
    Failed(String),
    /// The testee ended.
    Crashed(String),
    /// The testee did nothing for ten seconds.
    Hung,
}

/// The outcome of one case with one testee.
#[derive(Debug, Clone, Serialize)]
pub struct CaseResult {
    /// The class's number.
    pub class: u32,
    /// The case's name.
    pub case: String,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
}

impl Outcome {
    /// Whether it is not as it should be.
    pub fn is_failure(&self) -> bool {
        !matches!(self, Self::Passed | Self::Inexpressible)
    }
}

/// Which cases are run.
pub struct Selection {
    /// Those of these classes; of all when there are none.
    pub classes: Vec<u32>,
    /// Those whose names contain this.
    pub case: String,
    /// Only those before the first failure.
    pub fail_fast: bool,
}

/// What came of the cases so far, and which are still to be run.
pub struct Results<'a> {
    selection: &'a Selection,
    results: Vec<CaseResult>,
    failed: bool,
}

impl<'a> Results<'a> {
    /// Nothing yet.
    pub fn new(selection: &'a Selection) -> Self {
        Self {
            selection,
            results: Vec::new(),
            failed: false,
        }
    }

    /// Whether any case of the class may be run.
    pub fn want_class(&self, class: u32) -> bool {
        let classes = &self.selection.classes;
        (classes.is_empty() || classes.contains(&class)) && !(self.failed && self.selection.fail_fast)
    }

    /// Whether this case is to be run.
    pub fn want(&self, class: u32, case: &str) -> bool {
        self.want_class(class) && case.contains(&self.selection.case)
    }

    /// Takes what came of a case.
    pub fn push(&mut self, class: u32, case: &str, outcome: Outcome) {
        self.failed |= outcome.is_failure();
        self.results.push(CaseResult {
            class,
            case: case.into(),
            outcome,
        });
    }
}

impl From<Results<'_>> for Vec<CaseResult> {
    fn from(results: Results<'_>) -> Self {
        results.results
    }
}

/// Runs the cases of these classes.
///
/// # Errors
/// When the testee cannot be started.
pub fn run(api: &Api, classes: &[Class], program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    if !classes.iter().any(|class| results.want_class(class.class)) {
        return Ok(());
    }
    let mut runner = Runner::new(api, classes, Testee::start(program)?);
    for class in classes {
        for case in &class.cases {
            if !results.want(class.class, &case.name) {
                continue;
            }
            let outcome = runner.case(case);
            if matches!(outcome, Outcome::Crashed(_) | Outcome::Hung) {
                runner.testee = Testee::start(program)?;
            }
            results.push(class.class, &case.name, outcome);
        }
    }
    Ok(())
}

struct Runner<'a> {
    check: Check<'a>,
    /// By method of `Values`: its id and its type.
    methods: BTreeMap<&'a str, (u32, &'a TypeRef)>,
    /// A valid value for each method, to call it with when only the answer matters.
    samples: BTreeMap<&'a str, &'a Value>,
    testee: Testee,
}

impl<'a> Runner<'a> {
    fn new(api: &'a Api, classes: &'a [Class], testee: Testee) -> Self {
        let mut methods = BTreeMap::new();
        for service in api.services.iter().filter(|service| service.name == "Values") {
            for method in &service.methods {
                methods.insert(method.name.as_str(), (method.id, &method.response));
            }
        }
        let mut samples = BTreeMap::new();
        for case in classes
            .iter()
            .filter(|class| class.class <= 4)
            .flat_map(|class| &class.cases)
        {
            if let (Some(value), false) = (&case.value, case.decode_only) {
                samples.entry(case.method.as_str()).or_insert(value);
            }
        }
        Self {
            check: Check::new(api),
            methods,
            samples,
            testee,
        }
    }

    fn case(&mut self, case: &Case) -> Outcome {
        match self.attempt(case) {
            Ok(outcome) => outcome,
            Err(Failure::Crashed(how)) => Outcome::Crashed(how),
            Err(Failure::Hung) => Outcome::Hung,
        }
    }

    fn attempt(&mut self, case: &Case) -> Result<Outcome, Failure> {
        let crashed = |error: String| Failure::Crashed(error);
        let Some(&(method, ty)) = self.methods.get(case.method.as_str()) else {
            return Ok(Outcome::Failed(format!("no method {}", case.method)));
        };
        let sent_value = match (&case.value, case.decode_only) {
            (Some(value), false) => value,
            _ => match self.samples.get(case.method.as_str()) {
                Some(sample) => sample,
                None => return Ok(Outcome::Failed("no valid value to call with".into())),
            },
        };
        let command = json!({"call": format!("Values.{}", case.method), "arguments": [sent_value]});
        let id = self.testee.tell(command).map_err(crashed)?;
        let mut answered = false;
        let mut problem = None;
        loop {
            match self.testee.next(PATIENCE)? {
                Event::Sent(frame) if frame.flags() & CONTROL != 0 => {}
                Event::Sent(frame) if answered => {
                    problem.get_or_insert(format!("a second request, on channel {}", frame.channel()));
                }
                Event::Sent(frame) => {
                    answered = true;
                    if frame.method() != method {
                        problem.get_or_insert(format!("method {} instead of {method}", frame.method()));
                    }
                    if !case.decode_only
                        && case.refused.is_none()
                        && let Err(difference) = self.check.request(case, ty, &frame.payload)
                    {
                        problem.get_or_insert(difference);
                    }
                    let payload = case.bytes.as_ref().map_or(&[][..], |hex| &hex.0);
                    if case.bytes.is_none() {
                        problem.get_or_insert("a request was sent".into());
                    }
                    self.testee
                        .send(&Frame::answer(frame.channel(), payload))
                        .map_err(crashed)?;
                }
                Event::Said(said) if said["id"] == json!(id) => {
                    return Ok(match problem.map_or_else(|| self.check.answer(case, ty, &said), Err) {
                        Ok(outcome) => outcome,
                        Err(problem) => Outcome::Failed(problem),
                    });
                }
                Event::Said(said) => return Ok(Outcome::Failed(format!("an answer to no question: {said}"))),
                Event::Closed(how) => {
                    self.testee.connect().map_err(crashed)?;
                    return Ok(Outcome::Failed(format!("the connection was lost: {how}")));
                }
                Event::Broken(how) => return Err(Failure::Crashed(how)),
            }
        }
    }
}
