//! Bytes that peers sent to each other, decoded for people and tools.
//!
//! `input/` finds out what an input is and turns text into bytes. `capture/` makes the bytes of connections of a packet capture.
//! `stream/` cuts the bytes of one direction into frames. `conversation` joins answers to requests and reads payloads by the
//! descriptions in `apis`; `link` is a connection of two directions. `show/` prints each `event`, as a tree or as lines of JSON.

mod apis;
mod bare;
pub(crate) mod capture;
mod control;
mod conversation;
mod event;
pub(crate) mod input;
mod link;
mod shapes;
pub(crate) mod show;
mod stream;

pub(crate) use apis::{Apis, Part, PayloadType};
pub(crate) use bare::bare;
pub(crate) use event::{Direction, Sink};
pub(crate) use link::{Foreign, Link};
