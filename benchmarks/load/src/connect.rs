//! The protocol of Connect over HTTP/1.1: a connection for each call in flight, as HTTP/1.1 needs.

use futures::future::{BoxFuture, FutureExt};
use prost::Message;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::call::{Caller, Case, Op, Result, blob};
use crate::grpc::{pb, small};

struct Connect {
    socket: TcpStream,
    request: Vec<u8>,
    body: Vec<u8>,
    arrived: Vec<u8>,
}

/// Callers on a connection each.
pub(crate) async fn callers(address: &str, case: Case, op: Op) -> Result<Vec<Box<dyn Caller>>> {
    let host = address.trim_start_matches("http://");
    let (method, body) = match case {
        Case::Small => ("SendSmall", small().encode_to_vec()),
        Case::Blob => ("SendBlob", pb::Blob { value: blob() }.encode_to_vec()),
    };
    let mut request = format!(
        "POST /workload.Workload/{method} HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/proto\r\n\
         connect-protocol-version: 1\r\ncontent-length: {}\r\n\r\n",
        body.len()
    )
    .into_bytes();
    request.extend_from_slice(&body);
    let mut callers: Vec<Box<dyn Caller>> = Vec::new();
    for _ in 0..op.callers() {
        let socket = TcpStream::connect(host).await?;
        socket.set_nodelay(true)?;
        callers.push(Box::new(Connect {
            socket,
            request: request.clone(),
            body: body.clone(),
            arrived: Vec::new(),
        }));
    }
    Ok(callers)
}

impl Caller for Connect {
    fn call(&mut self) -> BoxFuture<'_, Result> {
        async move {
            self.socket.write_all(&self.request).await?;
            self.arrived.clear();
            loop {
                if self.socket.read_buf(&mut self.arrived).await? == 0 {
                    return Err("the server closed the connection".into());
                }
                if let Some(body) = body(&self.arrived)? {
                    return match body == self.body {
                        true => Ok(()),
                        false => Err("the answer is not what was sent".into()),
                    };
                }
            }
        }
        .boxed()
    }
}

/// The body of a response, when all of it has arrived.
fn body(response: &[u8]) -> Result<Option<Vec<u8>>> {
    let Some((head, rest)) = split_once(response, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(head)?.to_ascii_lowercase();
    if !head.starts_with("http/1.1 200") {
        return Err(format!("the server answered {head:?}").into());
    }
    if head.lines().any(|line| line == "transfer-encoding: chunked") {
        return chunks(rest);
    }
    let length = head.lines().find_map(|line| line.strip_prefix("content-length:"));
    let length: usize = length.ok_or("a response without its length")?.trim().parse()?;
    Ok((rest.len() >= length).then(|| rest[..length].to_vec()))
}

/// The body that comes in these chunks, when the last one has arrived.
fn chunks(mut rest: &[u8]) -> Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some((size, after)) = split_once(rest, b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(size)?, 16)?;
        let Some(chunk) = after.get(..size + 2) else {
            break;
        };
        if size == 0 {
            return Ok(Some(body));
        }
        body.extend_from_slice(&chunk[..size]);
        rest = &after[size + 2..];
    }
    Ok(None)
}

/// What is before and after the first of these separators.
fn split_once<'a>(bytes: &'a [u8], separator: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = bytes.windows(separator.len()).position(|window| window == separator)?;
    Some((&bytes[..at], &bytes[at + separator.len()..]))
}
