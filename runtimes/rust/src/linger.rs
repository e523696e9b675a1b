//! Closing without a reset.
//!
//! A socket that is closed while received bytes are unread is reset, and a reset may overtake the last answers on their
//! way to the peer. So the reading half comes back when the session is done with it, and is read to its end.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, ReadBuf};
use tokio::sync::oneshot;
use tokio::time::timeout;

/// How long a peer may take to close its side once ours is closed.
const LINGER_TIME: Duration = Duration::from_secs(1);

/// A reader that is given back when it is dropped.
pub(crate) struct Lent<R>(Option<(R, oneshot::Sender<R>)>);

/// Lends a reader; it comes back through the second value.
pub(crate) fn lend<R>(reader: R) -> (Lent<R>, oneshot::Receiver<R>) {
    let (give_back, back) = oneshot::channel();
    (Lent(Some((reader, give_back))), back)
}

/// Reads what the peer still sends, and forgets it, until the peer closes its side too.
pub(crate) async fn linger<R: AsyncRead + Unpin>(back: oneshot::Receiver<R>) {
    let to_the_end = async {
        if let Ok(mut reader) = back.await {
            // An error ends the connection just as well.
            let _ = tokio::io::copy(&mut reader, &mut tokio::io::sink()).await;
        }
    };
    // A peer that takes longer gets its reset.
    let _ = timeout(LINGER_TIME, to_the_end).await;
}

impl<R: AsyncRead + Unpin> AsyncRead for Lent<R> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        match &mut self.0 {
            Some((reader, _)) => Pin::new(reader).poll_read(cx, out),
            None => Poll::Ready(Ok(())),
        }
    }
}

impl<R> Drop for Lent<R> {
    fn drop(&mut self) {
        if let Some((reader, give_back)) = self.0.take() {
            // Nobody waits when the connection's own task is gone.
            let _ = give_back.send(reader);
        }
    }
}
