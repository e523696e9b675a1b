//! The live matrix: every client against real rapace 0.5.0. A case is called after its cell: transport, way of serving, and
//! form of call (`unary`, `stream`, `error` or `cancel`), then what it is about.

mod calls;
mod places;
mod work;

use rapace_schema::Api;
use serde_json::{Map, Value, json};

use self::places::{Place, Served, places};
use super::talk::{Check, Expected, Talker, Turn};
use crate::class::Class;
use crate::peer::Transport;
use crate::report::Results;
use crate::serving::Way;
use crate::testee::Program;
use crate::vectors::Vectors;

/// What it is called.
pub const TITLE: &str = "live matrix";

/// How many keys the checks of one place use.
const KEYS: u32 = 3;

/// Calls every method in every way over every transport.
///
/// # Errors
/// When the servers or the testee cannot be started.
pub fn run(api: &Api, classes: &[Vectors], program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    if !results.want_class(Class::Live) {
        return Ok(());
    }
    // Handlers that panic are part of it, and what they say is no news.
    std::panic::set_hook(Box::new(|_| {}));
    let folder = tempfile::tempdir().map_err(|error| error.to_string())?;
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let places = runtime.block_on(places(folder.path()));
    let places = places.map_err(|error| error.to_string())?;
    let mut talker = Talker::start(api, program)?;
    for (place, key) in places.iter().zip((1..).step_by(KEYS as usize)) {
        if !has_transport(program, results, place.transport) {
            continue;
        }
        let alone = connect(place, &Value::Null);
        for (name, check) in checks(api, classes, place, key, |class| is_ready(program, results, class)) {
            let case = format!("y_{}_{}_{name}", place.transport, place.served);
            if !results.want(Class::Live, &case) {
                continue;
            }
            let outcome = talker.outcome_at(&alone, &check)?;
            results.push(Class::Live, &case, outcome);
        }
        // Of a pool, one who answers one request after another has as many to answer at once.
        let case = format!("y_{}_{}_unary_in_a_pool", place.transport, place.served);
        let in_turn = place.served == Served::Plain(Way::Serve) && place.services == ["Work"];
        if in_turn && is_ready(program, results, Class::ReconnectingAndPools) && results.want(Class::Live, &case) {
            let outcome = talker.outcome_at(&connect(place, &json!({"pool": 2})), &work::pooled())?;
            results.push(Class::Live, &case, outcome);
        }
    }
    runtime.shutdown_background();
    Ok(())
}

/// Whether the testee connects over this transport. Who is ready for the class about TLS has that over all it has.
fn has_transport(program: &Program, results: &Results<'_>, name: &str) -> bool {
    let has = |transport: Transport| {
        program.over.is_empty() || program.over.contains(&transport) || results.names_transport(transport)
    };
    match name {
        "tcp" => has(Transport::Tcp),
        "unix" => has(Transport::Unix),
        "ws" => has(Transport::Ws),
        "tls" => has(Transport::Tcp) && is_ready(program, results, Class::Tls),
        _ => has(Transport::Ws) && is_ready(program, results, Class::Tls),
    }
}

fn is_ready(program: &Program, results: &Results<'_>, class: Class) -> bool {
    !program.without.contains(&class) || results.names_class(class)
}

/// Connects with what a client needs there, and these options.
fn connect(place: &Place, options: &Value) -> Value {
    let both = [&place.options, options].into_iter().filter_map(Value::as_object);
    let options: Map<String, Value> = both
        .flatten()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    let mut command = json!({"connect": place.address});
    if !options.is_empty() {
        command["options"] = options.into();
    }
    command
}

/// What is done at a place.
fn checks(
    api: &Api,
    classes: &[Vectors],
    place: &Place,
    key: u32,
    ready: impl Fn(Class) -> bool,
) -> Vec<(String, Check)> {
    let mut checks = Vec::new();
    let serves = |service| place.services.contains(&service);
    // The host that serves all has the values; the other one lacks services.
    let lacking = place.served == Served::Host && !serves("Calls");
    if serves("Values") && !lacking {
        checks.extend(values(api, classes));
    }
    if serves("Calls") {
        checks.extend(calls::of_every_form(place.served, place.is_web()));
    }
    if serves("Work") {
        let ready = work::checks(place.served, key)
            .into_iter()
            .filter(|work| ready(work.class));
        checks.extend(ready.map(|work| (work.name.to_owned(), work.check)));
    }
    if place.services == ["Values"] {
        checks.push(("error_unknown_method".into(), calls::to_another_service(place.served)));
    }
    checks
}

/// Every method of `Values`, with all its valid vectors.
fn values(api: &Api, classes: &[Vectors]) -> Vec<(String, Check)> {
    let methods = api.services.iter().filter(|service| service.name == "Values");
    let checks = methods.flat_map(|service| &service.methods).map(|method| {
        let cases = classes
            .iter()
            .filter(|class| class.class.is_of_valid_values())
            .flat_map(|class| &class.cases);
        let of_method = cases.filter(|case| case.method == method.name && case.name.starts_with("y_"));
        let values = of_method.filter_map(|case| case.value.as_ref());
        let steps = values.map(|value: &Value| {
            let command = json!({"call": format!("Values.{}", method.name), "arguments": [value]});
            Turn::Tell(command, Expected::Value(method.response.clone(), value.clone()))
        });
        (format!("unary_{}", method.name), steps.collect())
    });
    checks.collect()
}
