//! Where the matrix is served: an address for each transport, way of serving and choice of services.

use std::error::Error;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use conformance_fixtures::{
    CallsServer, Echo, ValuesServer, WorkServer, Worker, calls_register, values_register, work_register,
};
use rapace::{RpcError, Transport};
use rapace_host::{Address, Host, Listener, Tls};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream, UnixListener};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::serving::{Way, connection};
use crate::talks::certificates::{Authority, Request, Server, write};

/// The transports of the matrix, and where their servers listen. Each Unix socket has another file.
const TRANSPORTS: [(&str, &str); 5] = [
    ("tcp", "tcp://127.0.0.1:0"),
    ("unix", "unix://"),
    ("ws", "ws://127.0.0.1:0"),
    ("tls", "tls://127.0.0.1:0"),
    ("wss", "wss://127.0.0.1:0/rpc"),
];

const VALUES: &[&str] = &["Values"];
const CALLS: &[&str] = &["Calls"];
const WORK: &[&str] = &["Work"];
const ALL: &[&str] = &["Values", "Calls", "Work"];

/// How a place is served.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Served {
    /// With nothing but rapace.
    Plain(Way),
    /// By `rapace-host`.
    Host,
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Plain(way) => way.fmt(f),
            Self::Host => f.write_str("host"),
        }
    }
}

/// An address, and what answers there.
pub(super) struct Place {
    pub(super) served: Served,
    pub(super) services: &'static [&'static str],
    pub(super) transport: &'static str,
    pub(super) address: String,
    /// The options that a client connects with, if it needs any.
    pub(super) options: Value,
}

impl Place {
    /// Whether it is a WebSocket's.
    pub(super) fn is_web(&self) -> bool {
        matches!(self.transport, "ws" | "wss")
    }
}

/// Starts a server for every place.
pub(super) async fn places(folder: &Path) -> Result<Vec<Place>, Box<dyn Error>> {
    let authority = Authority::new("live")?;
    let pair = authority.signs(Request::server(&["localhost", "127.0.0.1"]))?;
    let tls = Server::showing(&pair).config()?;
    let trusting = json!({"tls": {"ca": write(folder, "authority", &authority.pem())?}});
    let mut places = Vec::new();
    for (transport, listens) in TRANSPORTS {
        for (served, services) in [
            (Served::Plain(Way::Serve), VALUES),
            (Served::Plain(Way::Serve), CALLS),
            (Served::Plain(Way::Serve), WORK),
            (Served::Plain(Way::Session), VALUES),
            (Served::Plain(Way::Session), CALLS),
            (Served::Plain(Way::Session), WORK),
            (Served::Host, VALUES),
            (Served::Host, ALL),
        ] {
            let address: Address = match transport {
                "unix" => {
                    let file = folder.join(format!("{served}-{}.sock", services.join("-")));
                    format!("{listens}{}", file.display()).parse()?
                }
                _ => listens.parse()?,
            };
            let actual = match served {
                Served::Host => host(services, &address, &tls).await?,
                Served::Plain(way) => plain(way, services[0], &address, &tls).await?,
            };
            places.push(Place {
                served,
                services,
                transport,
                options: if actual.is_secure() {
                    trusting.clone()
                } else {
                    Value::Null
                },
                address: actual.to_string(),
            });
        }
    }
    Ok(places)
}

async fn host(services: &[&str], address: &Address, tls: &ServerConfig) -> Result<Address, Box<dyn Error>> {
    let listener = match address.is_secure() {
        true => Listener::bind_tls(address, &Tls::from(tls.clone())).await?,
        false => Listener::bind(address).await?,
    };
    let actual = listener.address()?;
    let mut host = Host::new();
    if services.contains(&"Values") {
        host = host.service(values_register, |transport| {
            ValuesServer::new(Echo).into_session_dispatcher(transport)
        })?;
    }
    if services.contains(&"Calls") {
        host = host.service(calls_register, |transport| {
            CallsServer::new(Echo).into_session_dispatcher(transport)
        })?;
    }
    if services.contains(&"Work") {
        let worker = Worker::default();
        host = host.service_with_session(work_register, move |session| {
            WorkServer::new(worker.on(session)).into_session_dispatcher(session.transport().clone())
        })?;
    }
    tokio::spawn(host.serve(listener, std::future::pending::<()>()));
    Ok(actual)
}

/// One service, with nothing but rapace.
async fn plain(
    way: Way,
    service: &'static str,
    address: &Address,
    tls: &ServerConfig,
) -> Result<Address, Box<dyn Error>> {
    let (Address::Tcp { host, port }
    | Address::Tls { host, port }
    | Address::Ws { host, port, .. }
    | Address::Wss { host, port, .. }) = address
    else {
        let Address::Unix(path) = address else {
            return Err(format!("{address}: not a place of the matrix").into());
        };
        let listener = UnixListener::bind(path)?;
        tokio::spawn(async move {
            while let Ok((socket, _)) = listener.accept().await {
                tokio::spawn(connection(way, service, Transport::stream(socket)));
            }
        });
        return Ok(address.clone());
    };
    let listener = TcpListener::bind((host.as_str(), *port)).await?;
    let local = listener.local_addr()?;
    let (address, tls) = (address.at(&local.ip().to_string(), local.port()), tls.clone());
    let tls = TlsAcceptor::from(Arc::new(tls));
    let actual = address.clone();
    tokio::spawn(async move {
        while let Ok((socket, _)) = listener.accept().await {
            let (address, tls) = (address.clone(), tls.clone());
            tokio::spawn(async move {
                let transport = shake_hands(socket, &address, &tls).await;
                connection(way, service, transport.map_err(|_| RpcError::Cancelled)?).await
            });
        }
    });
    Ok(actual)
}

/// From a socket to rapace's own transport.
async fn shake_hands(
    socket: TcpStream,
    address: &Address,
    tls: &TlsAcceptor,
) -> Result<Transport, Box<dyn Error + Send + Sync>> {
    Ok(match address {
        Address::Tls { .. } => Transport::stream(tls.accept(socket).await?),
        Address::Ws { .. } => Transport::websocket(tokio_tungstenite::accept_async(socket).await?),
        Address::Wss { .. } => {
            let socket = tls.accept(socket).await?;
            Transport::websocket(tokio_tungstenite::accept_async(socket).await?)
        }
        Address::Tcp { .. } | Address::Unix(_) => Transport::stream(socket),
    })
}
