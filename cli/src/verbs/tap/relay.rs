//! Passes bytes on, and reports them.

use std::io::{self, ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::mpsc::SyncSender;
use std::thread;
use std::time::{Duration, SystemTime};

use rapace_wire::Address;
use rapace_wire::stream::Stream;

use super::listener::{Listener, dial};
use crate::traffic::Direction;

/// How many bytes are passed on at once: 64 KiB.
const PIECE: usize = 64 * 1024;
/// How long nobody is accepted after the system had no room for a connection: 100 ms.
const PAUSE: Duration = Duration::from_millis(100);

/// What happened on a connection.
#[derive(Debug)]
pub(super) struct Happened {
    /// The number of the connection.
    pub(super) connection: u32,
    /// When, since 1970.
    pub(super) time: Duration,
    /// What.
    pub(super) what: What,
}

/// What happens on a connection.
#[derive(Debug)]
pub(super) enum What {
    /// A client is connected to the server.
    Opened(String),
    /// The server cannot be reached; the client is disconnected.
    Refused(String),
    /// Bytes were passed on.
    Passed(Direction, Vec<u8>),
    /// One side sends nothing more.
    Ended(Direction),
}

/// Reports to the one thread that prints.
#[derive(Clone)]
struct Reporter {
    connection: u32,
    send: SyncSender<Happened>,
}

impl Reporter {
    /// Reports. When nobody receives any more, the process ends.
    fn report(&self, what: What) {
        let _ = self.send.send(Happened {
            connection: self.connection,
            time: now(),
            what,
        });
    }
}

/// Accepts and relays, until the process is ended.
pub(super) fn accept(listener: &Listener, upstream: &Address, send: &SyncSender<Happened>) {
    for connection in 1.. {
        let (client, peer) = loop {
            match listener.accept() {
                Ok(accepted) => break accepted,
                // There may be too many open files; some will be closed.
                Err(_) => thread::sleep(PAUSE),
            }
        };
        let reporter = Reporter {
            connection,
            send: send.clone(),
        };
        let upstream = upstream.clone();
        thread::spawn(move || relay(client, &peer, &upstream, &reporter));
    }
}

/// Relays one connection to its end.
fn relay(client: Stream, peer: &str, upstream: &Address, reporter: &Reporter) {
    let joined = dial(upstream).and_then(|server| {
        let (client_too, server_too) = (client.try_clone()?, server.try_clone()?);
        Ok((server, client_too, server_too))
    });
    let (server, client_too, server_too) = match joined {
        Ok(joined) => joined,
        Err(error) => {
            client.shutdown(Shutdown::Both);
            return reporter.report(What::Refused(format!("{peer} was disconnected: {upstream}: {error}")));
        }
    };
    reporter.report(What::Opened(format!("{peer} → {upstream}")));
    let up = reporter.clone();
    thread::spawn(move || pass(client_too, server_too, Direction::Client, &up));
    pass(server, client, Direction::Server, reporter);
}

/// Passes on what one side sends, until it ends.
fn pass(mut from: Stream, mut to: Stream, direction: Direction, reporter: &Reporter) {
    let mut buffer = vec![0; PIECE];
    loop {
        let read = from.read(&mut buffer).and_then(|count| {
            if count > 0 {
                // Before it is passed on: the answer must not be reported before the request.
                reporter.report(What::Passed(direction, buffer[..count].to_vec()));
            }
            to.write_all(&buffer[..count])?;
            Ok(count)
        });
        match read {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => {
                // A connection that is cut is cut on both sides.
                cut(&from, &to, &error);
                break;
            }
        }
    }
    to.shutdown(Shutdown::Write);
    reporter.report(What::Ended(direction));
}

/// Ends a connection as it was ended.
fn cut(from: &Stream, to: &Stream, error: &io::Error) {
    if error.kind() == ErrorKind::ConnectionReset {
        // Where this is refused, the other side sees an end instead of a reset.
        let _ = to.reset_when_closed();
    }
    from.shutdown(Shutdown::Both);
    to.shutdown(Shutdown::Both);
}

fn now() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}
