//! A client that says what it likes.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use rapace::FrameFlags;
use rapace_host::Address;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

/// How long an answer may take. Machines are busy.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// A peer that takes nothing for so long has stopped reading.
pub const STALL: Duration = Duration::from_secs(1);

pub const UNARY: u32 = FrameFlags::DATA.bits() | FrameFlags::EOS.bits();
pub const STREAM: u32 = UNARY | FrameFlags::NO_REPLY.bits();
const ERROR: u32 = FrameFlags::ERROR.bits();

/// A frame with its length.
pub fn frame(channel: u32, method: u32, flags: u32, payload: &[u8]) -> Vec<u8> {
    let mut bytes = head(channel, method, flags, payload.len());
    bytes.extend(payload);
    bytes
}

/// What is before the payload of a frame.
pub fn head(channel: u32, method: u32, flags: u32, payload: usize) -> Vec<u8> {
    let mut bytes = ((64 + payload) as u32).to_le_bytes().to_vec();
    let mut desc = [0; 64];
    desc[8..12].copy_from_slice(&channel.to_le_bytes());
    desc[12..16].copy_from_slice(&method.to_le_bytes());
    desc[28..32].copy_from_slice(&(payload as u32).to_le_bytes());
    desc[32..36].copy_from_slice(&flags.to_le_bytes());
    bytes.extend(desc);
    bytes
}

/// A number as it is in a payload.
pub fn varint(mut number: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// An answer.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub channel: u32,
    pub flags: u32,
    pub payload: Vec<u8>,
}

impl Answer {
    fn parse(body: &[u8]) -> Self {
        let field = |at: usize| u32::from_le_bytes(body[at..at + 4].try_into().expect("four bytes"));
        Self {
            channel: field(8),
            flags: field(32),
            payload: body[64..].to_vec(),
        }
    }

    /// The code and the message of an error.
    pub fn error(&self) -> Option<(u32, String)> {
        (self.flags & ERROR != 0).then(|| {
            let code = u32::from_le_bytes(self.payload[..4].try_into().expect("four bytes"));
            (code, String::from_utf8(self.payload[8..].to_vec()).expect("UTF-8"))
        })
    }
}

/// The host and the port of an address.
pub fn place(address: &Address) -> (&str, u16) {
    match address {
        Address::Tcp { host, port } | Address::Ws { host, port, .. } => (host, *port),
        other => panic!("{other} is no plain TCP"),
    }
}

/// A connection without any frames yet.
pub async fn connect(address: &Address) -> TcpStream {
    TcpStream::connect(place(address)).await.expect("it listens")
}

/// Writes until all is taken; says how many bytes were, if the peer stopped reading before.
pub async fn write_until_stalled(socket: &mut TcpStream, mut bytes: &[u8]) -> Option<usize> {
    let all = bytes.len();
    while !bytes.is_empty() {
        match timeout(STALL, socket.write(bytes)).await {
            Ok(Ok(n)) => bytes = &bytes[n..],
            Ok(Err(_)) | Err(_) => return Some(all - bytes.len()),
        }
    }
    None
}

/// The next frame; nothing at the end of the connection.
pub async fn receive(socket: &mut TcpStream) -> Option<Answer> {
    let read = async {
        let mut length = [0; 4];
        socket.read_exact(&mut length).await.ok()?;
        let mut body = vec![0; u32::from_le_bytes(length) as usize];
        socket.read_exact(&mut body).await.ok()?;
        Some(Answer::parse(&body))
    };
    timeout(PATIENCE, read).await.expect("a frame, or the end, in time")
}

/// Sends a call and waits for its answer.
pub async fn call(socket: &mut TcpStream, method: u32, payload: &[u8]) -> Answer {
    socket
        .write_all(&frame(1, method, UNARY, payload))
        .await
        .expect("it is open");
    receive(socket).await.expect("an answer")
}

/// A WebSocket to this address.
pub async fn websocket(address: &Address) -> WebSocketStream<TcpStream> {
    let socket = connect(address).await;
    let opened = tokio_tungstenite::client_async(address.to_string(), socket).await;
    opened.expect("a handshake").0
}

/// Sends messages until all are taken; says how many were, if the peer stopped reading before.
pub async fn send_until_stalled(
    socket: &mut WebSocketStream<TcpStream>,
    messages: impl Iterator<Item = Message>,
) -> Option<usize> {
    for (count, message) in messages.enumerate() {
        match timeout(STALL, socket.send(message)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) | Err(_) => return Some(count),
        }
    }
    None
}

/// The next message that is no ping or pong; nothing at the end.
pub async fn next_message(socket: &mut WebSocketStream<TcpStream>) -> Option<Message> {
    loop {
        let next = timeout(PATIENCE, socket.next())
            .await
            .expect("a message, or the end, in time");
        match next?.ok()? {
            Message::Ping(_) | Message::Pong(_) => {}
            message => return Some(message),
        }
    }
}
