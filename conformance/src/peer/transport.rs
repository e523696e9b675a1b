//! The transports of the raw peer.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A transport between testee and raw peer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// `tcp://`.
    Tcp,
    /// `unix://`.
    Unix,
    /// `ws://`.
    Ws,
}

/// All of them.
pub const TRANSPORTS: [Transport; 3] = [Transport::Tcp, Transport::Unix, Transport::Ws];

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Tcp => "tcp",
            Self::Unix => "unix",
            Self::Ws => "ws",
        })
    }
}
