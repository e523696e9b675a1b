//! What an input is, and the bytes that it means.

mod base64;
mod hex;
mod kind;
mod list;
mod notation;
mod recording;
mod text;

pub(crate) use kind::{Kind, Opened, open};
pub(crate) use recording::{Entry, LONGEST as LONGEST_RECORDING, Recording};
pub(crate) use text::TextBytes;
