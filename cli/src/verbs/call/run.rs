//! One call, and the connection that calls are made on.

use std::time::{Duration, Instant};

use rapace_schema::MethodKind;
use rapace_wire::client::{Client, Options, TlsFiles};
use rapace_wire::{Address, AddressError};
use serde_json::Value;

use super::carried;
use super::flags::{Call, Form};
use super::one::Calling;
use super::outcome::Fault;
use crate::failure::Failure;
use crate::printer;

/// Makes the call and prints what comes back.
pub(super) fn run(calling: &Calling<'_>, flags: &Call, address: &str, payload: &[u8]) -> Result<(), Failure> {
    let started = Instant::now();
    let client = connect(flags, address)?;
    let connected = started.elapsed();
    let mut first = None;
    let made = calling.make(&client, payload, |value| {
        first.get_or_insert_with(|| started.elapsed());
        print(calling, flags.format, &value)
    });
    if flags.time {
        let first = first.map_or_else(String::new, |first| format!("first value {}, ", millis(first)));
        printer::line(&format!(
            "connected {}, {first}done {}",
            millis(connected),
            millis(started.elapsed())
        ));
    }
    made.map_err(|fault| fault.failure(&calling.name(), &shown(address), flags.format))
}

/// The address of a server.
///
/// # Errors
/// With status 2 when it is not an address.
pub(super) fn place(address: &str) -> Result<Address, Failure> {
    let place = address.parse();
    place.map_err(|error: AddressError| Failure::Usage(error.to_string()))
}

/// Dials. From then on Ctrl-C cancels what runs; a second one ends the process.
pub(super) fn connect(flags: &Call, address: &str) -> Result<Client, Failure> {
    let place = place(address)?;
    let mut options = Options {
        tls: TlsFiles {
            authorities: flags.ca.clone(),
            certificate: flags.cert.clone(),
            key: flags.key.clone(),
            server_name: flags.server_name.clone(),
        },
        hello: carried::hello(flags.token.as_deref()).map_err(Failure::Usage)?,
        ..Options::default()
    };
    options.connect_timeout = flags
        .timeout
        .map_or(options.connect_timeout, |timeout| timeout.min(options.connect_timeout));
    let client = Client::connect(&place, &options);
    let client = client.map_err(|error| Fault::Connect(error).failure("", &shown(address), flags.format))?;
    on_interrupt(client.interrupter())?;
    Ok(client)
}

/// The address without a WebSocket's query, which may be a secret.
pub(super) fn shown(address: &str) -> String {
    address.split('?').next().unwrap_or(address).to_owned()
}

fn print(calling: &Calling<'_>, form: Form, value: &Value) -> Result<bool, Failure> {
    let text = match (form, calling.method.kind) {
        (Form::Human, MethodKind::Unary) => serde_json::to_string_pretty(value),
        _ => serde_json::to_string(value),
    };
    printer::open_result(&(text.expect("plain data is JSON") + "\n"))
}

/// `1.25 ms`.
pub(super) fn millis(duration: Duration) -> String {
    format!("{:.2} ms", duration.as_secs_f64() * 1e3)
}

#[cfg(unix)]
fn on_interrupt(act: impl Fn() + Send + 'static) -> Result<(), Failure> {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let signals = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]);
    let mut signals = signals.map_err(|error| Failure::Message(format!("signals: {error}")))?;
    std::thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            match count {
                0 => act(),
                _ => std::process::exit(Failure::CALL_FAILED.into()),
            }
        }
    });
    Ok(())
}

/// Elsewhere the process ends, and the server sees the connection end.
#[cfg(not(unix))]
fn on_interrupt(_act: impl Fn() + Send + 'static) -> Result<(), Failure> {
    Ok(())
}
