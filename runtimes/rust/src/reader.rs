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
pub(crate) const DESCRIPTOR: usize = 64;
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
            // Channel 0 carries no call that somebody waits for.
            return u32::try_from(cancelled).ok().filter(|&channel| channel != 0);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use rapace::facet_postcard;
    use rapace::rapace_core::{CancelReason, ControlPayload};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    /// A frame with this method and these flags on channel 0.
    fn frame(method: u32, flags: FrameFlags, payload: &[u8]) -> Vec<u8> {
        let mut frame = ((DESCRIPTOR + payload.len()) as u32).to_le_bytes().to_vec();
        let mut descriptor = [0; DESCRIPTOR];
        descriptor[12..16].copy_from_slice(&method.to_le_bytes());
        descriptor[32..36].copy_from_slice(&flags.bits().to_le_bytes());
        frame.extend(descriptor);
        frame.extend(payload);
        frame
    }

    /// A cancellation, as rapace's own encoder writes it.
    fn cancellation(channel: u32) -> Vec<u8> {
        let payload = facet_postcard::to_vec(&ControlPayload::CancelChannel {
            channel_id: channel,
            reason: CancelReason::DeadlineExceeded,
        });
        frame(CANCEL_CHANNEL, FrameFlags::CONTROL, &payload.expect("it encodes"))
    }

    /// Sends `bytes` in pieces of `sent` and reads them in pieces of `read`: what came through, how it ended, and the
    /// channels that were cancelled.
    async fn pass(bytes: &[u8], sent: usize, read: usize) -> (Vec<u8>, io::Result<()>, Vec<u32>) {
        let cancelled = Arc::new(Mutex::new(Vec::new()));
        let on_cancel = |channel| cancelled.lock().expect("no panic").push(channel);
        let (mut peer, socket) = tokio::io::duplex(sent);
        let mut reader = FrameReader::new(socket, 1000, on_cancel);
        let send = async move {
            // The reader may have had enough before the end.
            let _ = peer.write_all(bytes).await;
        };
        let receive = async {
            let (mut received, mut piece) = (Vec::new(), vec![0; read]);
            let end = loop {
                match reader.read(&mut piece).await {
                    Ok(0) => break Ok(()),
                    Ok(n) => received.extend(&piece[..n]),
                    Err(error) => break Err(error),
                }
            };
            drop(reader);
            (received, end)
        };
        let ((), (received, end)) = tokio::join!(send, receive);
        let cancelled = cancelled.lock().expect("no panic").clone();
        (received, end, cancelled)
    }

    #[tokio::test]
    async fn passes_everything_through_and_sees_cancellations() {
        let channels = [1, 127, 128, 16_383, 16_384, u32::MAX];
        let mut bytes = Vec::new();
        for channel in channels {
            bytes.extend(cancellation(channel));
            bytes.extend(frame(CANCEL_CHANNEL, FrameFlags::DATA, &[2, 1, 0]));
            bytes.extend(frame(5, FrameFlags::CONTROL, &[2, 1, 0]));
            bytes.extend(frame(7, FrameFlags::DATA, &[0xa5; 1000 - DESCRIPTOR]));
            bytes.extend(frame(7, FrameFlags::DATA, &[]));
        }
        for (sent, read) in [(1, 1), (1, 100_000), (100_000, 1), (3, 7), (69, 64), (100_000, 100_000)] {
            let (received, end, cancelled) = pass(&bytes, sent, read).await;
            assert!(received == bytes, "{sent} {read}");
            end.expect("an orderly end");
            assert_eq!(cancelled, channels, "{sent} {read}");
        }
    }

    #[tokio::test]
    async fn refuses_a_length_before_it_is_handed_on() {
        for (length, problem) in [
            (0, "frame length 0 is less than the 64 bytes of a descriptor"),
            (63, "frame length 63 is less than the 64 bytes of a descriptor"),
            (1001, "frame length 1001 exceeds limit 1000"),
            (u32::MAX, "frame length 4294967295 exceeds limit 1000"),
        ] {
            let (received, end, _) = pass(&length.to_le_bytes(), 4, 4).await;
            assert_eq!(received, b"");
            assert_eq!(end.expect_err("it is refused").to_string(), problem);
        }
    }

    #[tokio::test]
    async fn garbage_is_no_cancellation() {
        for payload in [
            &b""[..],
            &[2],
            &[2, 0x80],
            &[2, 0x80, 0x80, 0x80, 0x80, 0x80],
            &[2, 0xff, 0xff, 0xff, 0xff, 0x1f],
            &[1, 5, 0],
            &[2, 0, 0],
            &[0x82, 0, 5, 0],
        ] {
            let (_, end, cancelled) = pass(&frame(CANCEL_CHANNEL, FrameFlags::CONTROL, payload), 100, 100).await;
            end.expect("an orderly end");
            assert_eq!(cancelled, [], "{payload:?}");
        }
    }

    #[tokio::test]
    async fn random_bytes_do_no_harm() {
        // xorshift64: the same bytes on every run.
        let mut state = 0x9e37_79b9_7f4a_7c15_u64;
        let mut random = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state
        };
        for _ in 0..2000 {
            let mut bytes: Vec<u8> = (0..random() % 200).map(|_| random() as u8).collect();
            // Half of them begin with a length that is allowed.
            if let (Some(prefix), 0) = (bytes.get_mut(..PREFIX), random() % 2) {
                prefix.copy_from_slice(&(64 + (random() % 100) as u32).to_le_bytes());
            }
            let (received, ..) = pass(&bytes, 1 + (random() % 80) as usize, 1 + (random() % 80) as usize).await;
            assert!(bytes.starts_with(&received));
        }
    }
}
