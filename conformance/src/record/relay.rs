//! Stands between Rust's own client and Rust's own server, and keeps every frame that passes.

use std::future::Future;
use std::io;
use std::sync::Arc;

use rapace::{RpcSession, Transport};
use rapace_wire::frame::Frame;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};

use crate::serving::{Way, connection};

/// The channel of a last request, whose answer shows that nothing more comes before it. No client gets so far.
pub(super) const LAST: u32 = 0x7fff_ffff;

/// What passed.
pub(super) struct Passed<T> {
    /// From the client.
    pub(super) requests: Vec<Frame>,
    /// From the server.
    pub(super) answers: Vec<Frame>,
    /// Whether the server ended the connection.
    pub(super) closed: bool,
    /// What the client says; nothing when the server ended the connection first, which Rust's own client does not notice.
    pub(super) said: Option<T>,
}

/// Lets Rust's own client do something on a fresh connection to a server.
///
/// # Errors
/// When a socket fails.
pub(super) async fn relay<T, F: Future<Output = T>>(
    way: Way,
    service: &str,
    last: &Frame,
    client: impl FnOnce(Arc<RpcSession>) -> F,
) -> io::Result<Passed<T>> {
    let (near, end) = UnixStream::pair()?;
    let session = Arc::new(RpcSession::new(Transport::stream(end)));
    let running = tokio::spawn(session.clone().run());
    let (near_read, near_write) = near.into_split();
    let (far_read, far_write) = served(way, service)?;
    let up = tokio::spawn(pass_requests(near_read, far_write));
    let mut down = tokio::spawn(pass_answers(far_read, Some(near_write)));

    let mut client = Box::pin(client(session));
    let (said, ended) = tokio::select! {
        said = &mut client => (Some(said), None),
        ended = &mut down => (None, Some(ended?)),
    };
    // With the last of its owners the client's end of the connection goes.
    drop(client);
    running.abort();
    let _ = running.await;
    let (requests, mut far_write) = up.await?;
    let (answers, closed) = match ended {
        Some(ended) => ended,
        None => {
            far_write.write_all(&last.to_bytes()).await?;
            down.await?
        }
    };
    Ok(Passed {
        requests,
        answers,
        closed,
        said,
    })
}

/// Sends a frame that no client sends to a server on a fresh connection; what answers it, and whether that ended the
/// connection.
///
/// # Errors
/// When a socket fails.
pub(super) async fn provoke(way: Way, service: &str, last: &Frame, forged: &Frame) -> io::Result<(Vec<Frame>, bool)> {
    let (read, mut write) = served(way, service)?;
    write.write_all(&forged.to_bytes()).await?;
    write.write_all(&last.to_bytes()).await?;
    Ok(pass_answers(read, None).await)
}

/// A connection to a server that no other connection uses.
fn served(way: Way, service: &str) -> io::Result<(OwnedReadHalf, OwnedWriteHalf)> {
    let (far, end) = UnixStream::pair()?;
    tokio::spawn(connection(way, service, Transport::stream(end)));
    Ok(far.into_split())
}

/// Until the client is gone.
async fn pass_requests(mut from: OwnedReadHalf, mut to: OwnedWriteHalf) -> (Vec<Frame>, OwnedWriteHalf) {
    let mut passed = Vec::new();
    while let Some(frame) = next(&mut from).await {
        // A server that is gone is noticed on its other side.
        let _ = to.write_all(&frame.to_bytes()).await;
        passed.push(frame);
    }
    (passed, to)
}

/// Until the answer to the last request, or until the server is gone; and whether it is.
async fn pass_answers(mut from: OwnedReadHalf, mut to: Option<OwnedWriteHalf>) -> (Vec<Frame>, bool) {
    let mut passed = Vec::new();
    while let Some(frame) = next(&mut from).await {
        if frame.channel() == LAST {
            return (passed, false);
        }
        if let Some(to) = &mut to {
            // A client that is gone has all that it waited for.
            let _ = to.write_all(&frame.to_bytes()).await;
        }
        passed.push(frame);
    }
    (passed, true)
}

/// The next whole frame; nothing when the other side is gone, however that was.
async fn next(from: &mut (impl AsyncRead + Unpin)) -> Option<Frame> {
    let mut bytes = vec![0; 4];
    from.read_exact(&mut bytes).await.ok()?;
    let length = u32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]);
    bytes.resize(4 + length as usize, 0);
    from.read_exact(&mut bytes[4..]).await.ok()?;
    Frame::read(&mut bytes.as_slice()).ok()?
}
