//! The live matrix: a handler in each language, called by Rust's generated client and by the clients of each language.
//!
//! A cell is a caller and a testee that serves. The runner tells the caller what to call and the testee what its handler does, so
//! that every cell makes the same checks. They meet over each transport; for calls both ways both dial, and a relay joins them.

mod checks;
mod relay;
mod rust;
mod side;

use std::collections::BTreeMap;
use std::time::Instant;

use rapace_schema::Api;

use self::checks::{CHECKS, Cell, Check};
use self::side::Side;
use crate::message::Message;
use crate::peer::{Transport, any_address};
use crate::testee::{self, Program, list};

/// The caller that is no testee.
const RUST: &str = "rust";
/// Whose handlers are called when nothing is chosen.
const HANDLERS: [&str; 4] = ["python", "python-blocking", "go", "typescript"];
/// Who calls when nothing is chosen.
const CALLERS: [&str; 4] = [RUST, "python", "go", "typescript"];
/// Where handlers listen. The relay, which joins two sides that dial, is on TCP alone.
const TRANSPORTS: [Transport; 3] = [Transport::Tcp, Transport::Unix, Transport::Ws];

/// After so many failed checks a cell is given up: each may have waited for as long as a testee may do nothing.
const ENOUGH: usize = 2;

/// What `matrix` takes.
#[derive(clap::Args)]
pub struct Options {
    /// A testee whose handlers are called, by its name in `testees/testees.json`. May be repeated. The default is `python`,
    /// `python-blocking`, `go` and `typescript`.
    #[arg(long = "handler", value_name = "NAME")]
    handlers: Vec<String>,
    /// Any other testee whose handlers are called: a name, and the command that starts it, split at spaces. May be repeated.
    #[arg(long = "testee", value_name = "NAME=COMMAND", value_parser = testee::program)]
    testees: Vec<Program>,
    /// Who calls: `rust`, or a testee. May be repeated. The default is `rust`, `python`, `go` and `typescript`.
    #[arg(long = "caller", value_name = "NAME")]
    callers: Vec<String>,
    /// Meet only over this transport. May be repeated. Calls both ways are made over TCP.
    #[arg(long = "over", value_name = "TRANSPORT", value_enum)]
    over: Vec<Transport>,
    /// Make only this check: `unary`, `stream`, `error`, `cancel`, `tunnel`, `call-back` or `both-ways`. May be repeated.
    #[arg(long = "check", value_name = "NAME", value_parser = checks::known)]
    checks: Vec<&'static str>,
}

impl Options {
    /// Whether this check is made over this transport.
    fn choose(&self, check: &Check, transport: Transport) -> bool {
        let over = self.over.is_empty() || self.over.contains(&transport);
        let chosen = self.checks.is_empty() || self.checks.contains(&check.name);
        over && chosen && (transport == Transport::Tcp || !check.both_dial)
    }
}

/// What came of the matrix.
#[derive(Default)]
struct Figures {
    cells: usize,
    checks: usize,
    calls: u64,
    failures: Vec<String>,
}

/// Runs the matrix, and says whether every check passed.
///
/// # Errors
/// When a testee cannot be started.
pub fn run(api: &Api, options: &Options) -> Result<bool, String> {
    let chosen = |names: &[String], default: &[&str]| match names {
        [] => default.iter().map(|&name| name.to_owned()).collect(),
        names => names.to_vec(),
    };
    let named: Vec<String> = match options.testees.is_empty() {
        true => chosen(&options.handlers, &HANDLERS),
        false => options.handlers.clone(),
    };
    let mut handlers = options.testees.clone();
    for name in &named {
        handlers.push(list::program(name, None, None)?);
    }
    let callers: Vec<String> = chosen(&options.callers, &CALLERS);
    let start = Instant::now();
    let mut figures = Figures::default();
    let mut running: BTreeMap<String, Side> = BTreeMap::new();
    for handler in &handlers {
        let mut serving = Side::testee(handler)?;
        for caller in &callers {
            let calling = match running.remove(caller) {
                Some(calling) => calling,
                None => self::start(api, caller)?,
            };
            let calling = play(options, &mut figures, (caller, calling), (&handler.name, &mut serving))?;
            running.insert(caller.clone(), calling);
        }
    }
    for failure in &figures.failures {
        println!("{failure}");
    }
    let Figures {
        cells, checks, calls, ..
    } = figures;
    let (failed, seconds) = (figures.failures.len(), start.elapsed().as_secs_f64());
    println!("live matrix: {cells} cells, {checks} checks, {failed} failed, {calls} calls, {seconds:.1} s");
    Ok(failed == 0)
}

/// Starts a caller.
fn start(api: &Api, name: &str) -> Result<Side, String> {
    match name {
        RUST => Side::rust(api),
        name => Side::testee(&list::program(name, None, None)?),
    }
}

/// Plays one cell over all transports. After a failure both sides are started anew; the caller is returned.
fn play(
    options: &Options,
    figures: &mut Figures,
    (caller, mut calling): (&str, Side),
    (handler, serving): (&str, &mut Side),
) -> Result<Side, String> {
    figures.cells += 1;
    let mut failures = 0;
    for transport in TRANSPORTS {
        for check in CHECKS {
            if failures == ENOUGH || !options.choose(&check, transport) {
                continue;
            }
            figures.checks += 1;
            let mut cell = Cell::new(&mut calling, serving);
            let played = match check.both_dial {
                true => cell.meet(),
                false => cell.connect(&any_address(transport)),
            };
            let played = played.and_then(|()| (check.play)(&mut cell));
            figures.calls += cell.calls();
            let Err(problem) = played else { continue };
            let name = format!("{caller} calls {handler}, {transport}, {}", check.name);
            figures
                .failures
                .push(Message::new(name).line("problem", problem).into());
            failures += 1;
            calling = calling.again()?;
            *serving = serving.again()?;
        }
    }
    Ok(calling)
}

impl Side {
    /// One of a testee's program.
    fn testee(program: &Program) -> Result<Self, String> {
        Ok(Self::of(Box::new(side::TesteeSide::start(program)?)))
    }

    /// Rust's own client.
    fn rust(api: &Api) -> Result<Self, String> {
        Ok(Self::of(Box::new(rust::Rust::start(api)?)))
    }
}
