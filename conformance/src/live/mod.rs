//! The live matrix: every client against real rapace 0.5.0. A case is called after its cell: transport, way of serving, and
//! form of call (`unary`, `stream` or `error`), then what it is about.

mod calls;
mod places;

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, TypeRef};
use serde_json::{Value, json};

use self::places::{Place, Served, places};
use crate::results::{Outcome, Results};
use crate::testee::{Event, Failure, PATIENCE, Program, Testee};
use crate::vector::{Case, Class};

/// The class's number.
pub const CLASS: u32 = 33;
/// What it is called.
pub const TITLE: &str = "live matrix";

/// Calls every method in every way over every transport.
///
/// # Errors
/// When the servers or the testee cannot be started.
pub fn run(api: &Api, classes: &[Class], program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    if !results.want_class(CLASS) {
        return Ok(());
    }
    // Handlers that panic are part of it, and what they say is no news.
    std::panic::set_hook(Box::new(|_| {}));
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let places = runtime.block_on(places(folder.path()));
    let places = places.map_err(|error| error.to_string())?;
    let mut matrix = Matrix {
        api,
        codec: Codec::new(api, Limits::default()),
        testee: Testee::start(program)?,
    };
    for place in &places {
        for (name, check) in matrix.checks(classes, place) {
            let case = format!("y_{}_{}_{name}", place.transport, place.served);
            if !results.want(CLASS, &case) {
                continue;
            }
            let outcome = match matrix.check(&place.address, &check) {
                Ok(outcome) => outcome,
                Err(failure) => failure.into(),
            };
            if outcome.is_failure() {
                matrix.testee = Testee::start(program)?;
            }
            results.push(CLASS, &case, outcome);
        }
    }
    runtime.shutdown_background();
    Ok(())
}

/// Commands, and what must be said to each.
type Check = Vec<(Value, Expected)>;

#[derive(Clone)]
enum Expected {
    /// This value, of this type.
    Value(TypeRef, Value),
    /// Exactly these entries of the answer.
    Entries(Value),
    /// An error of one of these kinds.
    Error(&'static [&'static str], Option<u32>),
}

struct Matrix<'a> {
    api: &'a Api,
    codec: Codec<'a>,
    testee: Testee,
}

impl Matrix<'_> {
    /// What is done at a place: each is a connection of its own.
    fn checks(&self, classes: &[Class], place: &Place) -> Vec<(String, Check)> {
        let mut checks = Vec::new();
        let serves = |service| place.services.contains(&service);
        // The host that serves both has the values; the other one lacks a service.
        let lacking = place.served == Served::Host && !serves("Calls");
        if serves("Values") && !lacking {
            let methods = self.api.services.iter().filter(|service| service.name == "Values");
            for method in methods.flat_map(|service| &service.methods) {
                let cases = classes
                    .iter()
                    .filter(|class| class.class <= 4)
                    .flat_map(|class| &class.cases);
                let of_method = |case: &&Case| case.method == method.name && case.name.starts_with("y_");
                let values = cases.filter(of_method).filter_map(|case| case.value.as_ref());
                let steps = values.map(|value| {
                    let command = json!({"call": format!("Values.{}", method.name), "arguments": [value]});
                    (command, Expected::Value(method.response.clone(), value.clone()))
                });
                checks.push((format!("unary_{}", method.name), steps.collect()));
            }
        }
        if serves("Calls") {
            checks.extend(calls::of_every_form(place.served));
        } else {
            checks.push(("error_unknown_method".into(), calls::to_another_service(place.served)));
        }
        checks
    }

    fn check(&mut self, address: &str, check: &Check) -> Result<Outcome, Failure> {
        let mut steps = vec![(
            json!({"connect": address}),
            Expected::Entries(json!({"connected": true})),
        )];
        steps.extend(check.iter().cloned());
        for (command, expected) in steps {
            let id = self.testee.tell(command.clone())?;
            let said = loop {
                match self.testee.next(PATIENCE)? {
                    Event::Said(said) if said["id"] == json!(id) => break said,
                    // The raw peer's connection, which it has left.
                    Event::Closed(_) => {}
                    other => return Ok(Outcome::Failed(format!("{other:?}"))),
                }
            };
            if !self.fits(&expected, &said) {
                return Ok(Outcome::Failed(format!("{command} was answered with {said}")));
            }
        }
        Ok(Outcome::Passed)
    }

    fn fits(&self, expected: &Expected, said: &Value) -> bool {
        match expected {
            Expected::Value(ty, value) => {
                let canonical = |value| self.codec.canonical(ty, value).ok();
                said.get("value")
                    .is_some_and(|said| canonical(said) == canonical(value))
            }
            Expected::Entries(entries) => entries
                .as_object()
                .is_some_and(|entries| entries.iter().all(|(name, value)| said.get(name) == Some(value))),
            Expected::Error(kinds, code) => {
                let error = &said["error"];
                kinds.iter().any(|kind| error["kind"] == json!(kind))
                    && code.is_none_or(|code| error["code"] == json!(code))
            }
        }
    }
}
