//! Bytes that peers sent to each other, told to people and tools.
//!
//! `input/` finds out what an input is and turns text into bytes. `capture/` makes the bytes of connections of a packet capture.
//! `stream/` cuts the bytes of one direction into frames. `conversation` joins answers to requests and reads payloads by the
//! descriptions in `apis`; `link` is a connection of two directions. `show/` prints `told`, as a tree or as lines of JSON.

mod apis;
mod bare;
pub(crate) mod capture;
mod control;
mod conversation;
pub(crate) mod input;
mod link;
mod shapes;
pub(crate) mod show;
mod stream;
mod told;

pub(crate) use apis::{Apis, Part, PayloadType};
pub(crate) use bare::bare;
pub(crate) use link::{Foreign, Link};
pub(crate) use told::{Direction, Tell};
