//! A service that reports its progress to its client while the call runs: `cargo run -p rapace-host --example callback`.
//!
//! The client is one of rapace alone. It dials, so that it opens odd channels; the host opens even ones.

// The service macro writes public items without docs.
#![allow(missing_docs)]

use std::error::Error;
use std::future::pending;
use std::sync::Arc;

use rapace::{RpcSession, Transport};
use rapace_host::{Address, Host, Listener};
use tokio::net::TcpStream;

/// What the host implements.
#[rapace::service]
pub trait Builder {
    /// Builds so many parts, and tells the client of each.
    async fn build(&self, parts: u32) -> String;
}

/// What the client implements.
#[rapace::service]
pub trait Progress {
    /// A part is done. The client answers whether the rest is wanted.
    async fn done(&self, part: u32) -> bool;
}

struct Building(ProgressClient);

impl Builder for Building {
    async fn build(&self, parts: u32) -> String {
        for part in 1..=parts {
            match self.0.done(part).await {
                Ok(true) => {}
                Ok(false) => return format!("stopped after {part} parts"),
                Err(error) => return format!("the client does not answer: {error}"),
            }
        }
        format!("built {parts} parts")
    }
}

struct Printing;

impl Progress for Printing {
    async fn done(&self, part: u32) -> bool {
        println!("part {part} is done");
        part < 3
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let host = Host::new()
        .calls(progress_register)?
        .service_with_session(builder_register, |session| {
            let building = Building(ProgressClient::new(session.clone()));
            BuilderServer::new(building).into_session_dispatcher(session.transport().clone())
        })?;
    let listener = Listener::bind(&"tcp://127.0.0.1:0".parse()?).await?;
    let address = listener.address()?;
    tokio::spawn(host.serve(listener, pending()));

    let Address::Tcp { host, port } = address else {
        return Err("no TCP".into());
    };
    let socket = TcpStream::connect((host.as_str(), port)).await?;
    socket.set_nodelay(true)?;
    let session = Arc::new(RpcSession::new(Transport::stream(socket)));
    session.set_dispatcher(ProgressServer::new(Printing).into_session_dispatcher(session.transport().clone()));
    tokio::spawn(session.clone().run());
    println!("{}", BuilderClient::new(session).build(5).await?);
    Ok(())
}
