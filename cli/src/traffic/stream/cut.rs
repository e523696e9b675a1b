//! What is cut from a stream.

use rapace_wire::Frame;
use rapace_wire::frame::DESCRIPTOR;

/// The place of the method's id in a descriptor.
const METHOD: u64 = 12;
/// The place of the flags in a descriptor.
const FLAGS: u64 = 32;

/// A frame and where it was.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Cut {
    /// Its first byte.
    pub(crate) offset: u64,
    /// How many bytes are before its descriptor: a length, or the head of a WebSocket message.
    pub(crate) head: u64,
    /// The frame.
    pub(crate) frame: Frame,
}

impl Cut {
    /// How many bytes it has in all.
    pub(crate) fn bytes(&self) -> u64 {
        self.head + (DESCRIPTOR + self.frame.payload.len()) as u64
    }

    /// Where the payload begins.
    pub(crate) fn payload_offset(&self) -> u64 {
        self.offset + self.head + DESCRIPTOR as u64
    }

    /// Where the method's id is.
    pub(crate) fn offset_of_method(&self) -> u64 {
        self.offset + self.head + METHOD
    }

    /// Where the flags are.
    pub(crate) fn offset_of_flags(&self) -> u64 {
        self.offset + self.head + FLAGS
    }
}

/// What the bytes of a direction turn out to be.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Piece {
    /// A frame.
    Frame(Cut),
    /// Something that is no frame and does no harm.
    Note {
        /// Its first byte.
        offset: u64,
        /// What it is.
        text: String,
    },
    /// Nothing more can be read.
    Broken {
        /// The first wrong byte.
        offset: u64,
        /// The error.
        text: String,
        /// True when not one frame was read before it: these may not be bytes of rapace at all.
        at_start: bool,
    },
}
