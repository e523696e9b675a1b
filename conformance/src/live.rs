//! The live matrix: every client against real rapace 0.5.0, served in each way over each transport.

use std::path::Path;

use conformance_fixtures::{CallsServer, Echo, ValuesServer, calls_register, values_register};
use futures::future::BoxFuture;
use rapace::{RpcError, RpcSession, Transport};
use rapace_host::{Address, Host, Listener};
use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, TypeRef};
use serde_json::{Value, json};
use tokio::net::{TcpListener, UnixListener};

use crate::results::{Outcome, Results};
use crate::testee::{Event, Failure, PATIENCE, Program, Testee};
use crate::vector::{Case, Class};

/// The class's number.
pub const CLASS: u32 = 33;
/// What it is called.
pub const TITLE: &str = "live matrix";

/// How a service is served.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    /// `XServer::serve()`: one call after another, one service.
    Serve,
    /// rapace's own session: calls side by side, one service.
    Session,
    /// `rapace-host`: both services.
    Host,
}

/// An address, and what answers there.
struct Place {
    way: Way,
    service: &'static str,
    transport: &'static str,
    address: String,
}

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
            let case = format!("y_{}_{}_{name}", place.transport, way_name(place.way));
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

fn way_name(way: Way) -> &'static str {
    match way {
        Way::Serve => "serve",
        Way::Session => "session",
        Way::Host => "host",
    }
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
        if place.service != "Calls" {
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
                checks.push((method.name.clone(), steps.collect()));
            }
        }
        if place.service != "Values" {
            checks.extend(calls(place.way));
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

/// Calls of every form, where what comes of them depends on how they are served.
fn calls(way: Way) -> Vec<(String, Check)> {
    let call = |method: &str, arguments: Value| json!({"call": format!("Calls.{method}"), "arguments": arguments});
    let stream = |method: &str, arguments: Value| json!({"stream": format!("Calls.{method}"), "arguments": arguments});
    let value = |value: Value| Expected::Entries(json!({"value": value}));
    let items = |items: Value| Expected::Entries(json!({"items": items, "end": true}));
    let lives = (call("answer", json!([])), value(json!(42)));
    let counted = |count: u32| json!((0..count).collect::<Vec<u32>>());
    let mut checks = vec![
        (
            "unary".to_owned(),
            vec![
                (call("nothing", json!([])), value(Value::Null)),
                lives.clone(),
                (call("second", json!([1, "two"])), value(json!("two"))),
                (
                    call("fifth", json!([1, null, "c", "AAE=", {"x": -1, "y": 1}])),
                    value(json!({"x": -1, "y": 1})),
                ),
            ],
        ),
        (
            "streams".into(),
            vec![
                (stream("count", json!([0])), items(json!([]))),
                (stream("count", json!([1000])), items(counted(1000))),
                (stream("ticks", json!([3])), items(json!([null, null, null]))),
                (stream("texts", json!([["a", "", "ü"]])), items(json!(["a", "", "ü"]))),
                (
                    stream("figures", json!([[{"Nowhere": null}, {"Dot": {"x": 1, "y": 2}}]])),
                    items(json!([{"Nowhere": null}, {"Dot": {"x": 1, "y": 2}}])),
                ),
                lives.clone(),
            ],
        ),
        (
            "stream_errors".into(),
            vec![
                (
                    stream("fail_after", json!([2, 5, "enough"])),
                    Expected::Entries(json!({
                        "items": [0, 1],
                        "error": {"kind": "status", "code": 5, "message": "enough", "remote": true},
                    })),
                ),
                (
                    stream("fail_after", json!([0, 3, "ü"])),
                    Expected::Error(&["status"], Some(3)),
                ),
                lives.clone(),
            ],
        ),
    ];
    // A panic ends a plain server's connection, and is an answer of the others.
    let panicked = match way {
        Way::Serve => vec![(call("panic", json!(["ouch"])), Expected::Error(&["connection"], None))],
        Way::Session | Way::Host => vec![
            (call("panic", json!(["ouch"])), Expected::Error(&["status"], Some(12))),
            lives,
        ],
    };
    checks.push(("panic".into(), panicked));
    checks
}

/// Starts a server for every place.
async fn places(folder: &Path) -> Result<Vec<Place>, Box<dyn std::error::Error>> {
    let mut places = Vec::new();
    for transport in ["tcp", "unix"] {
        for (way, service) in [
            (Way::Serve, "Values"),
            (Way::Serve, "Calls"),
            (Way::Session, "Values"),
            (Way::Session, "Calls"),
            (Way::Host, "both"),
        ] {
            let file = folder.join(format!("{}-{service}.sock", way_name(way)));
            let address = match transport {
                "tcp" => "tcp://127.0.0.1:0".to_owned(),
                _ => format!("unix://{}", file.display()),
            };
            let address: Address = address.parse()?;
            let address = match way {
                Way::Host => host(&address).await?,
                _ => plain(way, service, &address).await?,
            };
            places.push(Place {
                way,
                service,
                transport,
                address: address.to_string(),
            });
        }
    }
    Ok(places)
}

async fn host(address: &Address) -> Result<Address, Box<dyn std::error::Error>> {
    let listener = Listener::bind(address).await?;
    let actual = listener.address()?;
    let host = Host::new()
        .service(values_register, |transport| {
            ValuesServer::new(Echo).into_session_dispatcher(transport)
        })?
        .service(calls_register, |transport| {
            CallsServer::new(Echo).into_session_dispatcher(transport)
        })?;
    tokio::spawn(host.serve(listener, std::future::pending::<()>()));
    Ok(actual)
}

/// One service, with nothing but rapace.
async fn plain(way: Way, service: &'static str, address: &Address) -> Result<Address, Box<dyn std::error::Error>> {
    match address {
        Address::Tcp { host, port } => {
            let listener = TcpListener::bind((host.as_str(), *port)).await?;
            let local = listener.local_addr()?;
            tokio::spawn(async move {
                while let Ok((socket, _)) = listener.accept().await {
                    tokio::spawn(connection(way, service, Transport::stream(socket)));
                }
            });
            Ok(Address::Tcp {
                host: local.ip().to_string(),
                port: local.port(),
            })
        }
        Address::Unix(path) => {
            let listener = UnixListener::bind(path)?;
            tokio::spawn(async move {
                while let Ok((socket, _)) = listener.accept().await {
                    tokio::spawn(connection(way, service, Transport::stream(socket)));
                }
            });
            Ok(address.clone())
        }
    }
}

/// Serves one connection to its end.
fn connection(way: Way, service: &str, transport: Transport) -> BoxFuture<'static, Result<(), RpcError>> {
    if way == Way::Serve {
        return match service {
            "Values" => Box::pin(async { ValuesServer::new(Echo).serve(transport).await }),
            _ => Box::pin(async { CallsServer::new(Echo).serve(transport).await }),
        };
    }
    let session = std::sync::Arc::new(RpcSession::with_channel_start(transport.clone(), 2));
    match service {
        "Values" => session.set_dispatcher(ValuesServer::new(Echo).into_session_dispatcher(transport)),
        _ => session.set_dispatcher(CallsServer::new(Echo).into_session_dispatcher(transport)),
    }
    Box::pin(async move { Ok(session.run().await?) })
}
