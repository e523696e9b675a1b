//! Packet captures: the connections in them, their bytes in order.

mod container;
mod flows;
mod packet;
mod reassembly;

pub(crate) use flows::read;
