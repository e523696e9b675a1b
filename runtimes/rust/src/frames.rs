//! What frames look like in bytes, and what this crate notes in them on their way to rapace's session and back.

use rapace::rapace_core::control_method::CANCEL_CHANNEL;
use rapace::rapace_core::{Frame, INLINE_PAYLOAD_SIZE, INLINE_PAYLOAD_SLOT, MsgDescHot};
use rapace::{ErrorCode, FrameFlags, RpcError};

/// The length prefix of a frame, u32 little-endian.
pub(crate) const PREFIX: usize = 4;
/// The descriptor of a frame, which its length includes.
pub(crate) const DESCRIPTOR: usize = 64;
/// The index of `CancelChannel` among rapace's `ControlPayload`s.
const CANCEL_VARIANT: u8 = 2;

/// On a request: its caller waits for a lone answer. The session sees `NO_REPLY` on every request, so that the host answers.
pub(crate) const WANTS_REPLY: FrameFlags = FrameFlags::from_bits_retain(1 << 31);
/// On a request: it carries something, which waits under the number that is in the place of its deadline.
pub(crate) const CARRIES: FrameFlags = FrameFlags::from_bits_retain(1 << 29);
/// On a frame that the host itself hands to the session. The protocol has no flags here.
pub(crate) const OURS: FrameFlags = FrameFlags::from_bits_retain(1 << 30);
/// The method of our frame that comes after the last of the peer's.
pub(crate) const END: u32 = 1;
/// The method of our frame that stops the call on the channel that its message id says.
pub(crate) const STOP: u32 = CANCEL_CHANNEL;

/// A descriptor as it is in these bytes, with the length of the payload that comes after them.
pub(crate) fn descriptor(bytes: &[u8; DESCRIPTOR], payload: usize) -> MsgDescHot {
    let field = |at: usize| u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]]);
    let wide = |at: usize| u64::from(field(at)) | u64::from(field(at + 4)) << 32;
    let mut desc = MsgDescHot::new();
    desc.msg_id = wide(0);
    desc.channel_id = field(8);
    desc.method_id = field(12);
    desc.payload_slot = 0;
    desc.payload_len = payload as u32;
    desc.flags = FrameFlags::from_bits_retain(field(32)) - OURS - WANTS_REPLY - CARRIES;
    desc.credit_grant = field(36);
    desc.deadline_ns = wide(40);
    desc
}

/// Appends a frame: its length, its descriptor and its payload.
pub(crate) fn encode(frame: &Frame, out: &mut Vec<u8>) {
    let (desc, payload) = (&frame.desc, frame.payload_bytes());
    // Room for the one frame where it is large: growing by doubling would take three times as much.
    let length = PREFIX + DESCRIPTOR + payload.len();
    match length > out.len() {
        true => out.reserve_exact(length),
        false => out.reserve(length),
    }
    out.extend(((DESCRIPTOR + payload.len()) as u32).to_le_bytes());
    out.extend(desc.msg_id.to_le_bytes());
    for field in [
        desc.channel_id,
        desc.method_id,
        desc.payload_slot,
        desc.payload_generation,
        desc.payload_offset,
        desc.payload_len,
        desc.flags.bits(),
        desc.credit_grant,
    ] {
        out.extend(field.to_le_bytes());
    }
    out.extend(desc.deadline_ns.to_le_bytes());
    out.extend(desc.inline_payload);
    out.extend(payload);
}

/// How many bytes a frame is on the wire.
pub(crate) fn encoded_bytes(frame: &Frame) -> usize {
    PREFIX + DESCRIPTOR + frame.payload_bytes().len()
}

/// A frame whose short payload is in its descriptor.
pub(crate) fn inline(mut desc: MsgDescHot, payload: &[u8]) -> Frame {
    debug_assert!(payload.len() <= INLINE_PAYLOAD_SIZE);
    desc.payload_slot = INLINE_PAYLOAD_SLOT;
    desc.payload_len = payload.len() as u32;
    desc.inline_payload[..payload.len()].copy_from_slice(payload);
    Frame::new(desc)
}

/// A control frame, for the client itself.
pub(crate) fn control(method: u32, payload: &[u8]) -> Frame {
    let mut desc = MsgDescHot::new();
    desc.method_id = method;
    desc.flags = FrameFlags::CONTROL;
    inline(desc, payload)
}

/// Whether it is for the session, not for a channel.
pub(crate) fn is_control(desc: &MsgDescHot) -> bool {
    desc.channel_id == 0 && desc.flags.contains(FrameFlags::CONTROL) && !desc.flags.contains(FrameFlags::DATA)
}

/// A frame of ours for the session's dispatcher.
pub(crate) fn ours(method: u32, id: u64) -> Frame {
    let mut desc = MsgDescHot::new();
    desc.msg_id = id;
    desc.method_id = method;
    desc.flags = FrameFlags::DATA | FrameFlags::NO_REPLY | OURS;
    Frame::new(desc)
}

/// The code of an error.
pub(crate) fn code(error: &RpcError) -> ErrorCode {
    match error {
        RpcError::Status { code, .. } => *code,
        RpcError::Transport(_) => ErrorCode::Internal,
        RpcError::Cancelled => ErrorCode::Cancelled,
        RpcError::DeadlineExceeded => ErrorCode::DeadlineExceeded,
    }
}

/// An error as rapace sends it: its code and the length of its message, both u32 little-endian, then the message.
pub(crate) fn error(channel: u32, error: &RpcError) -> Frame {
    let message = match error {
        RpcError::Status { message, .. } => message.as_str(),
        RpcError::Transport(_) => "transport error",
        RpcError::Cancelled => "cancelled",
        RpcError::DeadlineExceeded => "deadline exceeded",
    };
    let mut payload = Vec::with_capacity(8 + message.len());
    payload.extend((code(error) as u32).to_le_bytes());
    payload.extend((message.len() as u32).to_le_bytes());
    payload.extend(message.as_bytes());
    let mut desc = MsgDescHot::new();
    desc.channel_id = channel;
    desc.flags = FrameFlags::ERROR | FrameFlags::EOS;
    Frame::with_payload(desc, payload)
}

/// Refuses a request or an answer of so many bytes.
pub(crate) fn no_memory(what: &str, bytes: usize, limit: usize) -> RpcError {
    let message = format!(
        "the host has no memory for this {what}: it takes {bytes} bytes, and all connections together may use {limit}"
    );
    status(ErrorCode::ResourceExhausted, message)
}

/// A code with its message.
pub(crate) fn status(code: ErrorCode, message: impl Into<String>) -> RpcError {
    let message = message.into();
    RpcError::Status { code, message }
}

/// The channel that this frame cancels, if it is a cancellation: a control frame on channel 0 with method 3, whose
/// payload is `ControlPayload::CancelChannel`. Anything that is not exactly that is no cancellation.
pub(crate) fn cancelled_channel(frame: &Frame) -> Option<u32> {
    let desc = &frame.desc;
    if desc.channel_id != 0 || desc.method_id != CANCEL_CHANNEL || !desc.flags.contains(FrameFlags::CONTROL) {
        return None;
    }
    let (&variant, rest) = frame.payload_bytes().split_first()?;
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
    use rapace::facet_postcard;
    use rapace::rapace_core::{CancelReason, ControlPayload};

    use super::*;

    fn control(payload: &[u8]) -> Frame {
        let mut desc = MsgDescHot::new();
        desc.method_id = CANCEL_CHANNEL;
        desc.flags = FrameFlags::CONTROL;
        Frame::with_payload(desc, payload.to_vec())
    }

    #[test]
    fn cancellations_as_rapace_writes_them() {
        for channel in [1, 127, 128, 16_383, 16_384, u32::MAX] {
            let payload = facet_postcard::to_vec(&ControlPayload::CancelChannel {
                channel_id: channel,
                reason: CancelReason::DeadlineExceeded,
            });
            let mut frame = control(&payload.expect("it encodes"));
            assert_eq!(cancelled_channel(&frame), Some(channel));
            frame.desc.flags = FrameFlags::DATA;
            assert_eq!(cancelled_channel(&frame), None);
        }
    }

    #[test]
    fn garbage_is_no_cancellation() {
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
            assert_eq!(cancelled_channel(&control(payload)), None, "{payload:?}");
        }
    }

    #[test]
    fn a_descriptor_is_read_as_it_is_written() {
        let mut desc = MsgDescHot::new();
        desc.msg_id = 0x0102_0304_0506_0708;
        (desc.channel_id, desc.method_id, desc.credit_grant, desc.deadline_ns) = (9, 10, 11, 12);
        desc.flags = FrameFlags::from_bits_retain(0x1fff_ffff);
        let mut bytes = Vec::new();
        encode(&Frame::with_payload(desc, vec![7; 20]), &mut bytes);
        assert_eq!((bytes.len(), &bytes[..4]), (4 + 64 + 20, &84u32.to_le_bytes()[..]));
        let read = descriptor(bytes[4..68].try_into().expect("64 bytes"), 20);
        assert_eq!(
            format!("{read:?}"),
            format!("{:?}", Frame::with_payload(desc, vec![7; 20]).desc)
        );
        // What is ours nobody else can say.
        desc.flags = FrameFlags::from_bits_retain(u32::MAX);
        bytes.clear();
        encode(&Frame::new(desc), &mut bytes);
        let read = descriptor(bytes[4..68].try_into().expect("64 bytes"), 0);
        assert_eq!(read.flags.bits(), 0x1fff_ffff);
    }
}
