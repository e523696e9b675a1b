//! Steps that are many calls at once.

use serde::{Deserialize, Serialize};

/// Many calls at once.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Many {
    /// The raw peer receives so many requests of `Values.u32` and sends each one's argument back, in this order.
    Echoes {
        /// How many.
        count: usize,
        /// In which order.
        order: Order,
        /// Once all requests are there, and before any is answered, the testee makes one more call, which must fail with an error
        /// of this kind.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        refuses: Option<String>,
    },
    /// The raw peer sends so many requests of `Values.u32`, each with another number, and receives each one's own back.
    Requests {
        /// How many.
        count: u32,
    },
    /// The raw peer sends so many requests of `Calls.answer`, whose handlers run and do not end.
    Held {
        /// How many.
        count: u32,
    },
    /// The testee reads so many streams and makes so many calls, each with other arguments. The raw peer sends all answers and items
    /// in an order that keeps only the order within each stream.
    Interleaved {
        /// How many streams.
        streams: usize,
        /// How many calls.
        calls: usize,
        /// How many items each stream has.
        items: usize,
        /// The seed of the order.
        seed: u64,
    },
    /// The testee decodes maps of so many keys: random ones, and ones that collide in hash tables without a seed.
    Keys {
        /// How many keys.
        count: u32,
        /// How many times as long as random ones colliding ones may take, in one of several tries.
        factor: u32,
    },
    /// The raw peer sends back so many bytes that it receives on a tunnel, and ends its direction after the testee's.
    Pumped {
        /// The tunnel's channel.
        channel: u32,
        /// How many bytes.
        bytes: u64,
        /// How much more memory may be in use in that time, in bytes.
        memory: u64,
    },
}

/// In which order requests are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// In the order of their arrival.
    AsTheyCome,
    /// The last first.
    Reversed,
    /// At random, the same for the same number of requests.
    Shuffled,
}
