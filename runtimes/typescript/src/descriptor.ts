/**
 * The layout of frames, their flags and verbs: those of rapace-core 0.5.0 (`descriptor.rs`, `flags.rs`, `control.rs`,
 * `transport/stream.rs`).
 *
 * This module imports nothing and its values are literals: bundlers then replace each use by its value.
 */

/** Size of the length prefix, in bytes. It counts descriptor and payload, not itself. */
export const PREFIX_BYTES = 4;
/** Size of the descriptor, in bytes. */
export const DESCRIPTOR_BYTES = 64;
/** What precedes a payload, in bytes. */
export const HEADER_BYTES = 68;
/** Payloads up to this size are copied into the descriptor as well. */
export const INLINE_BYTES = 16;

/** The frame carries an item or an answer. */
export const DATA = 0x01;
/** The frame belongs to channel 0 and carries a verb as its method. */
export const CONTROL = 0x02;
/** The end of the channel in this direction. */
export const EOS = 0x04;
/** The payload is an error: code, length, message. */
export const ERROR = 0x10;
/** The request expects no single answer: a stream answers with items, and a notification not at all. */
export const NO_REPLY = 0x100;

/** Verb of a control frame: the work on a channel is no longer wanted. */
export const CANCEL_CHANNEL = 3;
/** Verb of a control frame: a sign of life. Rapace 0.5.0 skips it. */
export const PING = 5;

/** `NO_DEADLINE`: all bits set, in both halves of the field. */
export const ALL_BITS = 0xffff_ffff;

// The offsets of fields in a frame with its length, in bytes.

/** The id of the message: `u64`. */
export const MESSAGE_ID_AT = 4;
/** The channel: `u32`. */
export const CHANNEL_AT = 12;
/** The method, or the verb of a control frame: `u32`. It is 0 in everything but requests and control frames. */
export const METHOD_AT = 16;
/** Where the payload is: {@link ALL_BITS} for an inline one. */
export const PAYLOAD_SLOT_AT = 20;
/** The length of the payload: `u32`. */
export const PAYLOAD_LENGTH_AT = 32;
/** The flags: `u32`. */
export const FLAGS_AT = 36;
/** The deadline: `u64`. */
export const DEADLINE_AT = 44;
/** The copy of a short payload. */
export const INLINE_AT = 52;
