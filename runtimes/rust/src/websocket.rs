//! WebSocket as a stream of bytes.
//!
//! A binary message is a frame without its length. Here it gets that length back, and frames that are written lose it, so
//! that all else about a connection is the same on every transport.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures::stream::{SplitSink, SplitStream};
use futures::{Sink, SinkExt, StreamExt};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Error, Message};

use crate::farewell::Farewell;
use crate::frames::{DESCRIPTOR, PREFIX};
use crate::meter::{Meter, Metered};
use crate::origins::Greeting;

/// How many bytes are asked of the socket at once.
const READ_BUFFER_BYTES: usize = 32 * 1024;

/// Answers a client's opening handshake, and returns the reading and the writing half.
///
/// A page of an origin that `greeting` does not allow is refused. A message of more than `max_frame` bytes is refused before it is held in
/// memory, and what is held of one is paid for by `meter`. The writer closes with the words of `farewell`.
pub(crate) async fn accept<S>(
    stream: S,
    greeting: Greeting<'_>,
    max_frame: u32,
    meter: Meter,
    farewell: &Farewell,
) -> io::Result<(MessageReader<S>, MessageWriter<S>)>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER_BYTES)
        .max_message_size(Some(max_frame as usize))
        .max_frame_size(Some(max_frame as usize));
    let stream = Metered::new(stream, meter.clone());
    let socket = tokio_tungstenite::accept_hdr_async_with_config(stream, greeting, Some(config)).await;
    let (sink, stream) = socket.map_err(io_error)?.split();
    let reader = MessageReader {
        stream,
        prefix: [0; PREFIX],
        prefix_left: 0,
        message: Bytes::new(),
        meter,
        farewell: farewell.clone(),
    };
    let writer = MessageWriter {
        sink,
        farewell: farewell.clone(),
        said_goodbye: false,
    };
    Ok((reader, writer))
}

/// Reads messages, each after its length.
pub(crate) struct MessageReader<S> {
    stream: SplitStream<WebSocketStream<Metered<S>>>,
    prefix: [u8; PREFIX],
    prefix_left: usize,
    message: Bytes,
    meter: Meter,
    farewell: Farewell,
}

impl<S: AsyncRead + AsyncWrite + Unpin> MessageReader<S> {
    /// Waits for the next message; false when there will be none.
    fn poll_message(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<bool>> {
        loop {
            let message = match ready!(self.stream.poll_next_unpin(cx)) {
                // After a close frame nobody reads answers. After the end of a plain socket the peer still does.
                Some(Ok(Message::Close(_))) => {
                    return Poll::Ready(Err(io::Error::new(
                        io::ErrorKind::ConnectionAborted,
                        "the peer closed the WebSocket",
                    )));
                }
                None | Some(Err(Error::ConnectionClosed | Error::AlreadyClosed)) => return Poll::Ready(Ok(false)),
                Some(Ok(Message::Binary(message))) => message,
                Some(Ok(Message::Text(_))) => {
                    return Poll::Ready(Err(self.refuse(CloseCode::Unsupported, "a text message is no frame")));
                }
                // The library answers it.
                Some(Ok(Message::Ping(payload))) => {
                    self.meter.ping(payload.len());
                    continue;
                }
                Some(Ok(Message::Pong(payload))) => {
                    self.meter.pong(payload.len());
                    continue;
                }
                Some(Ok(Message::Frame(_))) => continue,
                Some(Err(error)) => {
                    let code = match error {
                        Error::Capacity(_) => CloseCode::Size,
                        Error::Utf8(_) => CloseCode::Invalid,
                        _ => CloseCode::Protocol,
                    };
                    self.farewell.breach(code);
                    return Poll::Ready(Err(io_error(error)));
                }
            };
            if message.len() < DESCRIPTOR {
                return Poll::Ready(Err(self.refuse(
                    CloseCode::Protocol,
                    format!(
                        "a message of {} bytes is less than the {DESCRIPTOR} of a descriptor",
                        message.len()
                    ),
                )));
            }
            // The library's limit is one of u32.
            let length = u32::try_from(message.len()).unwrap_or(u32::MAX);
            self.prefix = length.to_le_bytes();
            self.prefix_left = PREFIX;
            self.meter.message();
            self.message = message;
            return Poll::Ready(Ok(true));
        }
    }

    fn refuse(&self, code: CloseCode, reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> io::Error {
        self.farewell.breach(code);
        io::Error::new(io::ErrorKind::InvalidData, reason)
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncRead for MessageReader<S> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.prefix_left == 0 && self.message.is_empty() && !ready!(self.poll_message(cx))? {
            return Poll::Ready(Ok(()));
        }
        let start = PREFIX - self.prefix_left;
        let n = self.prefix_left.min(out.remaining());
        out.put_slice(&self.prefix[start..start + n]);
        self.prefix_left -= n;
        let n = self.message.len().min(out.remaining());
        out.put_slice(&self.message.split_to(n));
        Poll::Ready(Ok(()))
    }
}

/// Writes frames, each as a message. What is written must be whole frames.
pub(crate) struct MessageWriter<S> {
    sink: SplitSink<WebSocketStream<Metered<S>>, Message>,
    farewell: Farewell,
    said_goodbye: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for MessageWriter<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let frame = bytes.split_first_chunk().and_then(|(length, rest)| {
            let length = u32::from_le_bytes(*length) as usize;
            rest.get(..length)
        });
        let frame = frame.ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "half a frame is no message"))?;
        ready!(self.sink.poll_ready_unpin(cx)).map_err(io_error)?;
        let message = Message::Binary(Bytes::copy_from_slice(frame));
        self.sink.start_send_unpin(message).map_err(io_error)?;
        Poll::Ready(Ok(PREFIX + frame.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.sink.poll_flush_unpin(cx).map_err(io_error)
    }

    /// Says Close, once. The peer's own is awaited by whoever reads to the end.
    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let closed = ready!(self.poll_goodbye(cx));
        Poll::Ready(match closed {
            // It was said already, in answer to the peer's.
            Err(Error::ConnectionClosed | Error::AlreadyClosed | Error::Protocol(_)) => Ok(()),
            closed => closed.map_err(io_error),
        })
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> MessageWriter<S> {
    fn poll_goodbye(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if !self.said_goodbye {
            ready!(Pin::new(&mut self.sink).poll_ready(cx))?;
            let (code, reason) = self.farewell.said();
            let reason = reason.into();
            self.sink
                .start_send_unpin(Message::Close(Some(CloseFrame { code, reason })))?;
            self.said_goodbye = true;
        }
        self.sink.poll_flush_unpin(cx)
    }
}

fn io_error(error: Error) -> io::Error {
    match error {
        Error::Io(error) => error,
        error => io::Error::new(io::ErrorKind::InvalidData, error),
    }
}
