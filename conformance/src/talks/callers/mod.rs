//! rapace's own client as the caller of a testee that serves.

mod caller;
mod cases;

use rapace_schema::Api;

use self::caller::Caller;
use crate::class::Class;
use crate::peer::TRANSPORTS;
use crate::report::{Outcome, Results};
use crate::testee::Program;
use crate::vectors::Vectors;

/// What the class is called.
pub const TITLE: &str = "rapace's own client as the caller";
/// What is right in it.
pub const RULE: &str = "as Rust's own handlers answer it";

const CLASS: Class = Class::RustCallers;

/// Plays every case over every transport.
///
/// # Errors
/// When the testee cannot be started.
pub fn run(api: &Api, classes: &[Vectors], program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    if !results.want_class(CLASS) || program.without.contains(&CLASS) && !results.names_class(CLASS) {
        return Ok(());
    }
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let mut caller: Option<Caller<'_>> = None;
    for transport in TRANSPORTS {
        if !program.over.is_empty() && !program.over.contains(&transport) && !results.names_transport(transport) {
            continue;
        }
        for case in cases::ALL {
            let name = match case.name.split_once('_') {
                Some((verdict, rest)) => format!("{verdict}_{transport}_{rest}"),
                None => continue,
            };
            let fits = !case.dials || transport == crate::peer::Transport::Tcp;
            if !fits || !results.want_over(CLASS, &name, transport) {
                continue;
            }
            let caller = match &mut caller {
                Some(caller) => caller,
                none => none.insert(Caller::start(api, classes, program, runtime.handle().clone())?),
            };
            let connected = match case.dials {
                true => caller.accept(),
                false => caller.dial(transport, &(case.options)()),
            };
            let outcome = match connected
                .and_then(|()| (case.play)(caller))
                .and_then(|()| caller.leave())
            {
                Ok(()) => Outcome::Passed,
                Err(problem) => Outcome::of_problem(problem, caller.testee()),
            };
            if outcome.is_failure() {
                *caller = Caller::start(api, classes, program, runtime.handle().clone())?;
            }
            results.push(CLASS, &name, outcome);
        }
    }
    runtime.shutdown_background();
    Ok(())
}
