//! Rust as a caller: the generated clients on a session of rapace 0.5.0, which obey the commands of a testee that this needs.

use std::collections::HashMap;
use std::net::Shutdown;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use conformance_fixtures::{Echo, Said, ValuesClient, ValuesServer, WorkClient, call};
use futures::future::join_all;
use rapace::rapace_core::TunnelChunk;
use rapace::{RpcError, RpcSession, Transport};
use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, Method};
use serde_json::{Value, json};
use tokio::runtime::Runtime;
use tokio::sync::mpsc;

use super::side::Obeys;
use crate::testee::PATIENCE;

/// Rust's own client.
pub(super) struct Rust {
    api: Arc<Api>,
    runtime: Runtime,
    said: Receiver<Value>,
    obeying: Arc<Obeying>,
}

/// What its commands share.
struct Obeying {
    api: Arc<Api>,
    say: Mutex<Sender<Value>>,
    connected: Mutex<Option<Connected>>,
    /// The tunnels by the command that opened them. One command at a time takes one.
    tunnels: Mutex<HashMap<u64, Tunnel>>,
}

/// A connection.
struct Connected {
    session: Arc<RpcSession>,
    /// Ends its socket: a session has no means to do so.
    end: Box<dyn Fn() + Send>,
}

/// An open tunnel.
struct Tunnel {
    session: Arc<RpcSession>,
    channel: u32,
    chunks: mpsc::Receiver<TunnelChunk>,
    /// What has come and was not asked for yet.
    rest: Vec<u8>,
    ended: bool,
}

impl Rust {
    /// A client that is not connected.
    pub(super) fn start(api: &Api) -> Result<Self, String> {
        let api = Arc::new(api.clone());
        let (say, said) = channel();
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(2)
            .enable_all()
            .build()
            .map_err(|error| error.to_string())?;
        let obeying = Arc::new(Obeying {
            api: api.clone(),
            say: Mutex::new(say),
            connected: Mutex::default(),
            tunnels: Mutex::default(),
        });
        Ok(Self {
            api,
            runtime,
            said,
            obeying,
        })
    }
}

impl Obeys for Rust {
    fn tell(&mut self, id: u64, command: Value) -> Result<(), String> {
        let obeying = self.obeying.clone();
        self.runtime.spawn(async move {
            let mut said = match obeying.obey(id, &command).await {
                Ok(said) => said,
                Err(problem) => json!({"problem": problem}),
            };
            said["id"] = id.into();
            // Nobody hears it when the runner has gone on.
            let _ = lock(&obeying.say).send(said);
        });
        Ok(())
    }

    fn next(&mut self) -> Result<Value, String> {
        let next = self.said.recv_timeout(PATIENCE);
        next.map_err(|_| format!("Rust's client did nothing in {PATIENCE:?}"))
    }

    fn again(&self) -> Result<Box<dyn Obeys>, String> {
        Ok(Box::new(Self::start(&self.api)?))
    }

    fn cancels(&self) -> bool {
        false
    }
}

impl Obeying {
    async fn obey(&self, id: u64, command: &Value) -> Result<Value, String> {
        let text = |name: &str| command[name].as_str();
        let number = |name: &str| command[name].as_u64();
        if let Some(address) = text("connect") {
            let connected = connect(address, command["serve"] == json!(true)).await?;
            if let Some(earlier) = lock(&self.connected).replace(connected) {
                (earlier.end)();
            }
            return Ok(json!({"connected": true}));
        }
        if command["close"] == json!(true) {
            if let Some(connected) = lock(&self.connected).take() {
                (connected.end)();
            }
            return Ok(json!({"closed": true}));
        }
        if let Some(tunnel) = number("write").or(number("read")).or(number("finish")) {
            let taken = lock(&self.tunnels).remove(&tunnel);
            let mut open = taken.ok_or("no such tunnel")?;
            let said = open.obey(command).await;
            lock(&self.tunnels).insert(tunnel, open);
            return said;
        }
        let session = lock(&self.connected)
            .as_ref()
            .map(|connected| connected.session.clone())
            .ok_or("it is not connected")?;
        if let Some(channel) = number("tunnel") {
            let channel = u32::try_from(channel).map_err(|error| error.to_string())?;
            let chunks = session.register_tunnel(channel);
            let tunnel = Tunnel {
                session,
                channel,
                chunks,
                rest: Vec::new(),
                ended: false,
            };
            lock(&self.tunnels).insert(id, tunnel);
            return Ok(json!({"opened": true}));
        }
        if let Some(count) = number("many") {
            return many(session, count).await;
        }
        let method = text("call").or(text("stream")).ok_or("no such command")?;
        self.call(session, method, command).await
    }

    async fn call(&self, session: Arc<RpcSession>, name: &str, command: &Value) -> Result<Value, String> {
        // These are not among the clients by name.
        let work = WorkClient::new(session.clone());
        match name {
            "Work.hang" => return Ok(lone(work.hang(1).await.map(|value| json!(value)))),
            "Work.echo_tunnel" => {
                let opened = work.echo_tunnel().await;
                return Ok(lone(opened.map(|handle| json!({"channel_id": handle.channel_id}))));
            }
            _ => {}
        }
        let method = method(&self.api, name).ok_or("no such method")?;
        let codec = Codec::new(&self.api, Limits::default());
        let mut bytes = Vec::new();
        for (argument, value) in method
            .arguments
            .iter()
            .zip(command["arguments"].as_array().into_iter().flatten())
        {
            bytes.extend(codec.encode(&argument.ty, value).map_err(|error| error.to_string())?);
        }
        let Said { values, failed } = call(session, name, bytes).ok_or("no such method")?.await;
        let values: Result<Vec<Value>, _> = values
            .iter()
            .map(|value| codec.decode(&method.response, value))
            .collect();
        let mut values = values.map_err(|error| error.to_string())?;
        let mut said = match command.get("stream").is_some() {
            true => json!({"items": values, "end": failed.is_none()}),
            false => values.pop().map_or_else(|| json!({}), |value| json!({"value": value})),
        };
        if let Some(failed) = failed {
            said["error"] = error(failed);
        }
        Ok(said)
    }
}

/// So many calls at once, as a testee's `many`.
async fn many(session: Arc<RpcSession>, count: u64) -> Result<Value, String> {
    let client = ValuesClient::new(session);
    let count = u32::try_from(count).map_err(|error| error.to_string())?;
    let answers = join_all((0..count).map(|number| client.u32(number))).await;
    let right = (0..)
        .zip(&answers)
        .filter(|(number, answer)| answer.as_ref().is_ok_and(|answer| answer == number));
    let right = right.count();
    let failed = answers.iter().filter(|answer| answer.is_err()).count();
    Ok(json!({"right": right, "wrong": answers.len() - right - failed, "failed": failed}))
}

impl Tunnel {
    async fn obey(&mut self, command: &Value) -> Result<Value, String> {
        if let Some(bytes) = command["bytes"].as_str() {
            let bytes = STANDARD.decode(bytes).map_err(|error| error.to_string())?;
            for chunk in bytes.chunks(16 * 1024) {
                let sent = self.session.send_chunk(self.channel, chunk.to_vec()).await;
                sent.map_err(|error| error.to_string())?;
            }
            return Ok(json!({"written": true}));
        }
        if command.get("finish").is_some() {
            let finished = self.session.close_tunnel(self.channel).await;
            return finished
                .map(|()| json!({"finished": true}))
                .map_err(|error| error.to_string());
        }
        let count = command["count"].as_u64().unwrap_or_default() as usize;
        while self.rest.len() < count && !self.ended {
            let Some(chunk) = self.chunks.recv().await else {
                return Err("the tunnel's connection is gone".into());
            };
            self.rest.extend(chunk.payload_bytes());
            self.ended = chunk.is_eos();
        }
        let bytes: Vec<u8> = self.rest.drain(..count.min(self.rest.len())).collect();
        let end = self.ended && self.rest.is_empty();
        Ok(json!({"bytes": STANDARD.encode(bytes), "end": end}))
    }
}

/// Dials. As a plug-in's host it opens odd channels, whoever dials.
async fn connect(address: &str, serves: bool) -> Result<Connected, String> {
    let failed = |error: std::io::Error| format!("{address}: {error}");
    let (scheme, place) = address.split_once("://").ok_or("no address")?;
    let (transport, end): (Transport, Box<dyn Fn() + Send>) = match scheme {
        "unix" => {
            let socket = std::os::unix::net::UnixStream::connect(place).map_err(failed)?;
            socket.set_nonblocking(true).map_err(failed)?;
            let end = socket.try_clone().map_err(failed)?;
            let socket = tokio::net::UnixStream::from_std(socket).map_err(failed)?;
            (
                Transport::stream(socket),
                Box::new(move || drop(end.shutdown(Shutdown::Both))),
            )
        }
        _ => {
            let place = place.split('/').next().unwrap_or(place);
            let socket = std::net::TcpStream::connect(place).map_err(failed)?;
            socket.set_nodelay(true).map_err(failed)?;
            socket.set_nonblocking(true).map_err(failed)?;
            let end = socket.try_clone().map_err(failed)?;
            let socket = tokio::net::TcpStream::from_std(socket).map_err(failed)?;
            let transport = match scheme {
                "ws" => {
                    let opened = tokio_tungstenite::client_async(address, socket).await;
                    Transport::websocket(opened.map_err(|error| format!("{address}: {error}"))?.0)
                }
                _ => Transport::stream(socket),
            };
            (transport, Box::new(move || drop(end.shutdown(Shutdown::Both))))
        }
    };
    let session = Arc::new(RpcSession::new(transport));
    if serves {
        let values = ValuesServer::new(Echo).into_session_dispatcher(session.transport().clone());
        session.set_dispatcher(values);
    }
    tokio::spawn(session.clone().run());
    Ok(Connected { session, end })
}

fn method<'a>(api: &'a Api, name: &str) -> Option<&'a Method> {
    let (service, method) = name.split_once('.')?;
    let service = api.services.iter().find(|other| other.name == service)?;
    service.methods.iter().find(|other| other.name == method)
}

fn lone(answer: Result<Value, RpcError>) -> Value {
    match answer {
        Ok(value) => json!({"value": value}),
        Err(failed) => json!({"error": error(failed)}),
    }
}

fn error(failed: RpcError) -> Value {
    match failed {
        RpcError::Status { code, message } => json!({"kind": "status", "code": code as u32, "message": message}),
        other => json!({"kind": "connection", "message": other.to_string()}),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
