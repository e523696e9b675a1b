//! The real server that the proxy forwards to.

use std::error::Error;
use std::net::SocketAddr;

use conformance_fixtures::{
    CallsServer, Echo, ValuesServer, WorkServer, Worker, calls_register, values_register, work_register,
};
use rapace_host::{Address, Host, Listener};

use crate::peer::Transport;

/// Starts `rapace-host` with the fixtures on this transport; returns where it listens.
pub(super) async fn start(over: Transport) -> Result<SocketAddr, Box<dyn Error>> {
    let address: Address = match over {
        Transport::Ws => "ws://127.0.0.1:0".parse()?,
        Transport::Tcp => "tcp://127.0.0.1:0".parse()?,
        Transport::Unix => return Err("the soak's proxy forwards TCP: --over tcp or --over ws".into()),
    };
    let listener = Listener::bind(&address).await?;
    let actual = listener.address()?.to_string();
    let worker = Worker::default();
    let host = Host::new()
        .service(values_register, |transport| {
            ValuesServer::new(Echo).into_session_dispatcher(transport)
        })?
        .service(calls_register, |transport| {
            CallsServer::new(Echo).into_session_dispatcher(transport)
        })?
        .service_with_session(work_register, move |session| {
            WorkServer::new(worker.on(session)).into_session_dispatcher(session.transport().clone())
        })?;
    tokio::spawn(host.serve(listener, std::future::pending::<()>()));
    let (_, place) = actual.split_once("://").ok_or("an address without a scheme")?;
    Ok(place.trim_end_matches('/').parse()?)
}
