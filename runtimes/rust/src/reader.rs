//! Reading: frame lengths are checked before anybody allocates for them, and cancellations are seen.
//!
//! The bytes pass through to `StreamTransport` unchanged. It reads one frame at a time and has handed it on before it
//! asks for the next, so what is noticed here at the end of a frame is noticed in the frames' own order.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rapace::FrameFlags;
use rapace::rapace_core::control_method::CANCEL_CHANNEL;
use tokio::io::{AsyncBufRead, AsyncRead, BufReader, ReadBuf};

/// How many bytes are asked of the socket at once.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// The length prefix of a frame, u32 little-endian.
const PREFIX: usize = 4;
/// The descriptor of a frame, which its length includes.
const DESCRIPTOR: usize = 64;
/// The longest cancellation: variant index, channel id as a varint, reason.
const CANCELLATION: usize = 1 + 5 + 1;
/// The index of `CancelChannel` among rapace's `ControlPayload`s.
const CANCEL_VARIANT: u8 = 2;

/// A buffered reader that follows the frames in what it reads.
pub(crate) struct FrameReader<R, C> {
    socket: BufReader<R>,
    max_frame: u32,
    on_cancel: C,
    frame: Progress,
}

/// How much of the current frame was read.
struct Progress {
    prefix: [u8; PREFIX],
    prefix_read: usize,
    prefix_handed_on: usize,
    body_left: usize,
    /// The first bytes of the body: enough for the descriptor and a cancellation.
    head: [u8; DESCRIPTOR + CANCELLATION],
    head_read: usize,
}

impl Progress {
    /// Nothing was read yet.
    const START: Self = Self {
        prefix: [0; PREFIX],
        prefix_read: 0,
        prefix_handed_on: 0,
        body_left: 0,
        head: [0; DESCRIPTOR + CANCELLATION],
        head_read: 0,
    };
}

impl<R: AsyncRead + Unpin, C: Fn(u32) + Unpin> FrameReader<R, C> {
    /// Reads frames of at most `max_frame` bytes from `socket`, and calls `on_cancel` with each channel that the peer
    /// cancels.
    pub(crate) fn new(socket: R, max_frame: u32, on_cancel: C) -> Self {
        Self {
            socket: BufReader::with_capacity(READ_BUFFER_BYTES, socket),
            max_frame,
            on_cancel,
            frame: Progress::START,
        }
    }

    /// Reads the length whole, and checks it before a byte of it is handed on.
    fn poll_prefix(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { socket, frame, .. } = self;
        while frame.prefix_read < PREFIX {
            let bytes = ready!(Pin::new(&mut *socket).poll_fill_buf(cx))?;
            if bytes.is_empty() {
                return Poll::Ready(Ok(()));
            }
            let n = bytes.len().min(PREFIX - frame.prefix_read);
            frame.prefix[frame.prefix_read..][..n].copy_from_slice(&bytes[..n]);
            frame.prefix_read += n;
            Pin::new(&mut *socket).consume(n);
        }
        frame.body_left = check_length(u32::from_le_bytes(frame.prefix), self.max_frame)?;
        let rest = &frame.prefix[frame.prefix_handed_on..];
        let n = rest.len().min(out.remaining());
        out.put_slice(&rest[..n]);
        frame.prefix_handed_on += n;
        Poll::Ready(Ok(()))
    }

    fn poll_body(&mut self, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let Self { socket, frame, .. } = self;
        let bytes = ready!(Pin::new(&mut *socket).poll_fill_buf(cx))?;
        let n = bytes.len().min(frame.body_left).min(out.remaining());
        let bytes = &bytes[..n];
        out.put_slice(bytes);
        let seen = n.min(frame.head.len() - frame.head_read);
        frame.head[frame.head_read..][..seen].copy_from_slice(&bytes[..seen]);
        frame.head_read += seen;
        frame.body_left -= n;
        Pin::new(&mut *socket).consume(n);
        if frame.body_left == 0 {
            if let Some(channel) = cancelled_channel(&frame.head[..frame.head_read]) {
                (self.on_cancel)(channel);
            }
            self.frame = Progress::START;
        }
        Poll::Ready(Ok(()))
    }
}

impl<R: AsyncRead + Unpin, C: Fn(u32) + Unpin> AsyncRead for FrameReader<R, C> {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, out: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        if self.frame.prefix_handed_on < PREFIX {
            self.poll_prefix(cx, out)
        } else {
            self.poll_body(cx, out)
        }
    }
}

fn check_length(length: u32, max: u32) -> io::Result<usize> {
    let problem = if (length as usize) < DESCRIPTOR {
        format!("frame length {length} is less than the {DESCRIPTOR} bytes of a descriptor")
    } else if length > max {
        format!("frame length {length} exceeds limit {max}")
    } else {
        return Ok(length as usize);
    };
    Err(io::Error::new(io::ErrorKind::InvalidData, problem))
}

/// The channel that this frame cancels, if it is a cancellation: a control frame on channel 0 with method 3, whose
/// payload is `ControlPayload::CancelChannel`. Anything that is not exactly that is no cancellation.
fn cancelled_channel(body: &[u8]) -> Option<u32> {
    let field = |at: usize| Some(u32::from_le_bytes(body.get(at..at + 4)?.try_into().ok()?));
    let (channel, method, flags) = (field(8)?, field(12)?, field(32)?);
    if channel != 0 || method != CANCEL_CHANNEL || flags & FrameFlags::CONTROL.bits() == 0 {
        return None;
    }
    let (&variant, rest) = body.get(DESCRIPTOR..)?.split_first()?;
    if variant != CANCEL_VARIANT {
        return None;
    }
    let mut cancelled = 0u64;
    for (i, byte) in rest.iter().take(5).enumerate() {
        cancelled |= u64::from(byte & 0x7f) << (7 * i);
        if byte & 0x80 == 0 {
            return u32::try_from(cancelled).ok();
        }
    }
    None
}
