//! What attacks on a host have shown: each test is one, with what the host does about it.

#![allow(missing_docs, reason = "the service macro writes constants without documentation")]

mod memory;
mod peer;
mod places;
mod program;
mod service;
mod strangers;
mod time;
mod tunnels;
mod words;
