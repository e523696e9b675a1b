//! Reading frames: a length is checked and memory is paid for before anybody allocates, and a frame comes in time.

use std::future::poll_fn;
use std::io;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use bytes::{Buf, BufMut, Bytes, BytesMut};
use rapace::rapace_core::{Frame, INLINE_PAYLOAD_SIZE, MsgDescHot, Payload};
use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::time::{Instant, sleep, timeout_at};

use crate::budget::{Charge, Share};
use crate::frames::{DESCRIPTOR, PREFIX, descriptor, inline};
use crate::limits::Limits;
use crate::stranger::{Stranger, stranger};

/// How many bytes are asked of the socket at once.
const READ_BUFFER_BYTES: usize = 64 * 1024;
/// Payloads of so many bytes are paid for with the call that they belong to.
const SMALL_PAYLOAD: usize = 256;
/// Memory for a payload is paid and allocated as it comes, at least so many bytes at once.
const STEP: usize = 64 * 1024;
/// After the host was told to stop, a connection is read to its end when nothing came for so long: what had arrived by then has
/// been seen.
const DRAIN_QUIET: Duration = Duration::from_millis(2);
/// From a peer that goes on sending, frames are read for so long after the host was told to stop.
const DRAIN_MOST: Duration = Duration::from_secs(1);
/// Whether the host was told to stop is asked once in so many frames, and whenever nothing is there.
const FRAMES_PER_LOOK: u64 = 64;

/// What is read.
#[derive(Debug)]
pub(crate) enum Read {
    /// A frame.
    Frame(Frame),
    /// A frame for whose payload of so many bytes there was no memory. It was passed over.
    Refused(MsgDescHot, usize),
    /// The peer sends no more.
    End,
    /// The host was told to stop, and all that had arrived is read.
    Stopped,
    /// Nothing came for as long as [`Limits::idle`] says.
    Idle,
}

/// Reads frames from a socket.
pub(crate) struct FrameReader<R> {
    socket: R,
    buffer: BytesMut,
    limits: Limits,
    share: Share,
    /// Until when the first request has to begin.
    first: Option<Instant>,
    frames: u64,
    /// Since when the host has been told to stop.
    stopped: Option<Instant>,
}

/// A payload that was paid for.
struct Paid {
    bytes: Vec<u8>,
    _charge: Charge,
}

impl AsRef<[u8]> for Paid {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl<R: AsyncRead + Unpin> FrameReader<R> {
    /// Reads frames within these limits. The first request has to begin within `first_request`, if
    /// that is said.
    pub(crate) fn new(socket: R, limits: &Limits, share: Share, first_request: Option<Duration>) -> Self {
        Self {
            socket,
            buffer: BytesMut::new(),
            limits: limits.clone(),
            share,
            first: first_request.map(|time| Instant::now() + time),
            frames: 0,
            stopped: None,
        }
    }

    /// Reads the next frame; between frames, `stop` ends it.
    ///
    /// # Errors
    /// The socket's, [`io::ErrorKind::InvalidData`] for what is no frame and [`io::ErrorKind::TimedOut`] for one that takes too
    /// long.
    pub(crate) async fn next<S>(&mut self, mut stop: Pin<&mut S>) -> io::Result<Read>
    where
        S: Future<Output = ()>,
    {
        if self.frames.is_multiple_of(FRAMES_PER_LOOK) && self.is_over(stop.as_mut()).await {
            return Ok(Read::Stopped);
        }
        if self.first.is_some_and(|first| first <= Instant::now()) {
            return Err(late_request(&self.limits));
        }
        if self.buffer.is_empty()
            && let Some(end) = self.first_bytes(stop).await?
        {
            return Ok(end);
        }
        let start = Instant::now();
        if !self.buffered(PREFIX, start).await? {
            // As rapace's own transport has it: a piece of a length is no frame yet.
            return Ok(Read::End);
        }
        self.refuse_strangers(start).await?;
        let length = self.length()?;
        self.whole(PREFIX + DESCRIPTOR, start).await?;
        let payload = length - DESCRIPTOR;
        let mut bytes = [0; DESCRIPTOR];
        bytes.copy_from_slice(&self.buffer[PREFIX..][..DESCRIPTOR]);
        self.buffer.advance(PREFIX + DESCRIPTOR);
        let desc = descriptor(&bytes, payload);
        let read = self.payload(desc, payload, start).await?;
        self.frames += 1;
        Ok(read)
    }

    /// Says that a request was there, so that none has to be in time any more.
    pub(crate) fn has_request(&mut self) {
        self.first = None;
    }

    /// Says that the peer has so long for a request that is answered, if no time was set.
    pub(crate) fn wants_request_within(&mut self, time: Duration) {
        self.first.get_or_insert_with(|| Instant::now() + time);
    }

    /// Since when the host has been told to stop, as far as this has looked.
    pub(crate) fn stopped(&self) -> Option<Instant> {
        self.stopped
    }

    /// Reads on after the host was told to stop, until the peer ends.
    pub(crate) fn read_on(&mut self) {
        self.stopped = None;
        self.limits.idle = None;
    }

    /// Looks whether the host was told to stop, and returns whether that was long ago.
    async fn is_over<S: Future<Output = ()>>(&mut self, stop: Pin<&mut S>) -> bool {
        if self.stopped.is_none() && futures::poll!(stop).is_ready() {
            self.stopped = Some(Instant::now());
        }
        self.stopped.is_some_and(|since| since.elapsed() > DRAIN_MOST)
    }

    /// Waits for the first bytes of a frame, unless that is the end.
    async fn first_bytes<S>(&mut self, mut stop: Pin<&mut S>) -> io::Result<Option<Read>>
    where
        S: Future<Output = ()>,
    {
        let (first, mut stopped) = (self.first, self.stopped);
        let idle = self.limits.idle.map(|time| Instant::now() + time);
        let until = first.into_iter().chain(idle).min();
        let in_time = {
            let mut read = pin!(self.read_some());
            let mut quiet = pin!(sleep(DRAIN_QUIET));
            let read = poll_fn(|cx| {
                if let Poll::Ready(read) = read.as_mut().poll(cx) {
                    return Poll::Ready(Some(read));
                }
                if stopped.is_none() && stop.as_mut().poll(cx).is_ready() {
                    stopped = Some(Instant::now());
                    quiet.as_mut().reset(Instant::now() + DRAIN_QUIET);
                }
                match stopped.is_some() && quiet.as_mut().poll(cx).is_ready() {
                    true => Poll::Ready(None),
                    false => Poll::Pending,
                }
            });
            match until {
                Some(until) => timeout_at(until, read).await.ok(),
                None => Some(read.await),
            }
        };
        self.stopped = stopped;
        let Some(read) = in_time else {
            return match first == until {
                true => Err(late_request(&self.limits)),
                false => Ok(Some(Read::Idle)),
            };
        };
        Ok(match read.transpose()? {
            Some(0) => Some(Read::End),
            Some(_) => None,
            None => Some(Read::Stopped),
        })
    }

    /// Reads what is there into the buffer; 0 at the end.
    async fn read_some(&mut self) -> io::Result<usize> {
        self.buffer.reserve(READ_BUFFER_BYTES / 4);
        if self.buffer.is_empty() {
            self.buffer.reserve(READ_BUFFER_BYTES);
        }
        self.socket.read_buf(&mut self.buffer).await
    }

    /// Waits until so many bytes of the frame that began at `start` are buffered; false when the peer ends before.
    async fn buffered(&mut self, bytes: usize, start: Instant) -> io::Result<bool> {
        while self.buffer.len() < bytes {
            let due = self.due(start, self.buffer.len());
            let read = timeout_at(due, self.read_some()).await;
            if read.map_err(|_| late_frame(&self.limits))?? == 0 {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn whole(&mut self, bytes: usize, start: Instant) -> io::Result<()> {
        match self.buffered(bytes, start).await? {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Until when more has to come of a frame of which so many bytes are there.
    fn due(&self, start: Instant, received: usize) -> Instant {
        let more = received as u64 / u64::from(self.limits.min_frame_rate.max(1));
        start + self.limits.frame_time + Duration::from_secs(more)
    }

    /// Ends a connection on which somebody speaks another protocol.
    async fn refuse_strangers(&mut self, start: Instant) -> io::Result<()> {
        if self.frames > 0 {
            return Ok(());
        }
        loop {
            match stranger(&self.buffer, self.limits.max_frame_bytes) {
                Stranger::No => return Ok(()),
                Stranger::Perhaps(bytes) => {
                    if !self.buffered(bytes, start).await? {
                        return Ok(());
                    }
                }
                Stranger::Speaks(protocol) => return Err(io::Error::new(io::ErrorKind::InvalidData, protocol)),
            }
        }
    }

    fn length(&self) -> io::Result<usize> {
        let mut prefix = [0; PREFIX];
        prefix.copy_from_slice(&self.buffer[..PREFIX]);
        check_length(u32::from_le_bytes(prefix), self.limits.max_frame_bytes)
    }

    async fn payload(&mut self, desc: MsgDescHot, length: usize, start: Instant) -> io::Result<Read> {
        if length <= SMALL_PAYLOAD {
            self.whole(length, start).await?;
            let frame = match length <= INLINE_PAYLOAD_SIZE {
                true => inline(desc, &self.buffer[..length]),
                false => Frame::with_payload(desc, self.buffer[..length].to_vec()),
            };
            self.buffer.advance(length);
            return Ok(Read::Frame(frame));
        }
        // A tunnel's reader may be slow; the bytes must not be lost.
        let wait = match desc.method_id {
            0 => self.limits.stall,
            _ => self.limits.memory_wait,
        };
        let mut bytes = Vec::new();
        let Some(mut charge) = self.share.pay_within(length.min(STEP), wait).await else {
            return self.pass_over(desc, length, 0).await;
        };
        bytes.reserve_exact(charge.bytes());
        let buffered = self.buffer.len().min(charge.bytes());
        bytes.extend_from_slice(&self.buffer[..buffered]);
        self.buffer.advance(buffered);
        while bytes.len() < length {
            if bytes.len() == charge.bytes() {
                // Twice as much each time, so that what is copied when it grows is not more than what comes.
                let more = bytes.len().max(STEP).min(length - bytes.len());
                match self.share.pay_within(more, wait).await {
                    Some(paid) => charge.absorb(paid),
                    None => return self.pass_over(desc, length, bytes.len()).await,
                }
                bytes.reserve_exact(more);
            }
            let room = charge.bytes() - bytes.len();
            let due = self.due(start, bytes.len());
            let n = if self.buffer.is_empty() {
                let mut room = (&mut bytes).limit(room);
                let read = timeout_at(due, self.socket.read_buf(&mut room)).await;
                read.map_err(|_| late_frame(&self.limits))??
            } else {
                let n = self.buffer.len().min(room);
                bytes.extend_from_slice(&self.buffer[..n]);
                self.buffer.advance(n);
                n
            };
            if n == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        let payload = Payload::Bytes(Bytes::from_owner(Paid { bytes, _charge: charge }));
        Ok(Read::Frame(Frame { desc, payload }))
    }

    /// Reads a payload to its end and forgets it.
    async fn pass_over(&mut self, desc: MsgDescHot, length: usize, mut read: usize) -> io::Result<Read> {
        // It came late because the host did not read, which is not the peer's fault.
        let start = Instant::now();
        while read < length {
            if self.buffer.is_empty() {
                let due = self.due(start, read);
                let more = timeout_at(due, self.read_some()).await;
                if more.map_err(|_| late_frame(&self.limits))?? == 0 {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            let n = self.buffer.len().min(length - read);
            self.buffer.advance(n);
            read += n;
        }
        Ok(Read::Refused(desc, length))
    }
}

fn late_request(limits: &Limits) -> io::Error {
    let what = format!("no request came within {:?}", limits.first_request);
    io::Error::new(io::ErrorKind::TimedOut, what)
}

fn late_frame(limits: &Limits) -> io::Error {
    let Limits {
        frame_time,
        min_frame_rate,
        ..
    } = limits;
    let what = format!("a frame took longer than {frame_time:?} and a second for each {min_frame_rate} bytes");
    io::Error::new(io::ErrorKind::TimedOut, what)
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

#[cfg(test)]
mod tests;
