//! Where the matrix is served: an address for each transport, way of serving and choice of services.

use std::fmt;
use std::path::Path;

use conformance_fixtures::{CallsServer, Echo, ValuesServer, calls_register, values_register};
use rapace::Transport;
use rapace_host::{Address, Host, Listener};
use tokio::net::{TcpListener, UnixListener};

use crate::serving::{Way, connection};

const VALUES: &[&str] = &["Values"];
const CALLS: &[&str] = &["Calls"];
const BOTH: &[&str] = &["Values", "Calls"];

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
}

/// Starts a server for every place.
pub(super) async fn places(folder: &Path) -> Result<Vec<Place>, Box<dyn std::error::Error>> {
    let mut places = Vec::new();
    for transport in ["tcp", "unix"] {
        for (served, services) in [
            (Served::Plain(Way::Serve), VALUES),
            (Served::Plain(Way::Serve), CALLS),
            (Served::Plain(Way::Session), VALUES),
            (Served::Plain(Way::Session), CALLS),
            (Served::Host, VALUES),
            (Served::Host, BOTH),
        ] {
            let file = folder.join(format!("{served}-{}.sock", services.join("-")));
            let address = match transport {
                "tcp" => "tcp://127.0.0.1:0".to_owned(),
                _ => format!("unix://{}", file.display()),
            };
            let address: Address = address.parse()?;
            let address = match served {
                Served::Host => host(services, &address).await?,
                Served::Plain(way) => plain(way, services[0], &address).await?,
            };
            places.push(Place {
                served,
                services,
                transport,
                address: address.to_string(),
            });
        }
    }
    Ok(places)
}

async fn host(services: &[&str], address: &Address) -> Result<Address, Box<dyn std::error::Error>> {
    let listener = Listener::bind(address).await?;
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
        other => Err(format!("{other}: not a place of the matrix").into()),
    }
}
