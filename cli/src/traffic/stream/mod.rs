//! The bytes of one direction of a connection, cut into frames as they arrive.

mod cut;
mod cutter;
mod side;
mod upgrade;
mod websocket;

pub(crate) use cut::{Cut, Piece};
pub(crate) use cutter::is_length;
pub(crate) use side::Side;
