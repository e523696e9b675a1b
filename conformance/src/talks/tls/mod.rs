//! TLS: whom clients trust, and what they say of whom they do not. The servers are rustls's own.

mod cases;
mod servers;

use rapace_schema::Api;
use serde_json::{Value, json};

use self::cases::{Case, Right, cases};
use super::talk::{Expected, Talker, Turn};
use crate::class::Class;
use crate::report::Results;
use crate::testee::Program;

/// What it is called.
pub const TITLE: &str = "TLS";
/// What is right.
pub const RULE: &str = "a server is served whom an authority vouches for by name; any other is refused as `connection`, saying \
                        why, and the client lives on";

/// Plays the cases of TLS.
///
/// # Errors
/// When the servers or the testee cannot be started.
pub fn run(api: &Api, program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    let without = program.without.contains(&Class::Tls) && !results.names_class(Class::Tls);
    if without || !results.want_class(Class::Tls) {
        return Ok(());
    }
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let _inside = runtime.enter();
    let cases = runtime.block_on(cases(folder.path()));
    let (good, cases) = cases.map_err(|error| format!("servers for TLS: {error}"))?;
    let mut talker = Talker::start(api, program)?;
    for case in cases {
        if !results.want(Class::Tls, &case.name) {
            continue;
        }
        let outcome = talker.outcome(&steps(&case, &good))?;
        results.push(Class::Tls, &case.name, outcome);
    }
    runtime.shutdown_background();
    Ok(())
}

fn steps(case: &Case, good: &Value) -> Vec<Turn> {
    let connected = || Expected::Entries(json!({"connected": true}));
    let connect = |expected| Turn::Tell(case.connect.clone(), expected);
    let call = |expected| Turn::Tell(json!({"call": "Values.u16", "arguments": [300]}), expected);
    let answered = || call(Expected::Entries(json!({"value": 300})));
    let mut steps = match case.right {
        Right::Served => return vec![connect(connected()), answered()],
        Right::Refused(words) => vec![connect(Expected::Unconnected(words))],
        Right::RefusedLate => vec![connect(Expected::Late)],
        Right::Lost => vec![
            connect(connected()),
            call(Expected::Error(&["connection", "protocol"], None)),
        ],
        // Whether the client hears of it in the handshake depends on the version of TLS.
        Right::Unwelcome => vec![Turn::Either(Box::new((
            connect(Expected::Unconnected(&[])),
            call(Expected::Error(&["connection"], None)),
        )))],
    };
    steps.extend([Turn::Tell(good.clone(), connected()), answered()]);
    steps
}
