//! What is aimed at, as data.

/// How many times faster than a named peer a library of ours should be.
pub struct Goal {
    /// The language.
    pub language: &'static str,
    /// The library of ours.
    pub ours: &'static str,
    /// The peer.
    pub peer: &'static str,
    /// The operation.
    pub op: &'static str,
    /// The values.
    pub cases: &'static [&'static str],
    /// The peer's time over ours.
    pub ratio: f64,
}

impl Goal {
    /// Whether every run got there: the peer's time over ours, by run.
    pub fn is_met(&self, ratios: &[f64]) -> bool {
        !ratios.is_empty() && ratios.iter().all(|&ratio| ratio >= self.ratio)
    }
}

/// How long an operation of ours may take, whatever peers do.
pub struct Limit {
    /// The language.
    pub language: &'static str,
    /// The library of ours.
    pub ours: &'static str,
    /// The operation.
    pub op: &'static str,
    /// The values.
    pub cases: &'static [&'static str],
    /// Nanoseconds.
    pub ns: f64,
}

const ALL: &[&str] = &["small", "order", "batch", "ints", "floats", "strings"];
const RECORDS: &[&str] = &["small", "order", "batch"];
const ORDERS: &[&str] = &["order", "batch"];
const CALLS: &[&str] = &["small", "blob"];

/// All goals.
#[rustfmt::skip]
pub const GOALS: &[Goal] = &[
    Goal { language: "python", ours: "rapace", peer: "msgspec", op: "encode", cases: ORDERS, ratio: 1.4 },
    Goal { language: "python", ours: "rapace", peer: "msgspec", op: "encode", cases: &["ints"], ratio: 2.4 },
    Goal { language: "python", ours: "rapace", peer: "msgspec", op: "encode", cases: &["floats"], ratio: 2.0 },
    Goal { language: "python", ours: "rapace", peer: "msgspec", op: "encode", cases: &["small", "strings"], ratio: 1.1 },
    Goal { language: "python", ours: "rapace", peer: "msgspec", op: "decode", cases: RECORDS, ratio: 1.5 },
    Goal { language: "python", ours: "rapace", peer: "msgspec", op: "decode", cases: &["ints", "strings"], ratio: 1.4 },
    Goal { language: "python", ours: "rapace", peer: "msgspec", op: "decode", cases: &["floats"], ratio: 1.3 },
    Goal { language: "python", ours: "rapace", peer: "msgspec-nogc", op: "encode", cases: ALL, ratio: 1.0 },
    Goal { language: "python", ours: "rapace", peer: "msgspec-nogc", op: "decode", cases: ALL, ratio: 1.0 },
    Goal { language: "python", ours: "rapace", peer: "protobuf", op: "encode", cases: RECORDS, ratio: 15.0 },
    Goal { language: "python", ours: "rapace", peer: "protobuf", op: "decode", cases: RECORDS, ratio: 6.0 },
    Goal { language: "python", ours: "rapace", peer: "protobuf-py", op: "encode", cases: ALL, ratio: 1.5 },
    Goal { language: "python", ours: "rapace", peer: "protobuf-py", op: "decode", cases: ALL, ratio: 1.5 },
    Goal { language: "python", ours: "rapace", peer: "pyfory", op: "encode", cases: ALL, ratio: 1.5 },
    Goal { language: "python", ours: "rapace", peer: "pyfory", op: "decode", cases: ALL, ratio: 1.5 },
    Goal { language: "python", ours: "rapace-pure", peer: "betterproto2", op: "encode", cases: RECORDS, ratio: 25.0 },
    Goal { language: "python", ours: "rapace-pure", peer: "betterproto2", op: "decode", cases: RECORDS, ratio: 15.0 },
    Goal { language: "python", ours: "rapace", peer: "grpc.aio", op: "in_flight_64", cases: CALLS, ratio: 9.0 },
    Goal { language: "python", ours: "rapace", peer: "grpc.aio", op: "cpu", cases: CALLS, ratio: 10.0 },
    Goal { language: "python", ours: "rapace", peer: "grpc.aio", op: "sequential", cases: CALLS, ratio: 2.5 },
    Goal { language: "python", ours: "rapace", peer: "connectrpc", op: "in_flight_64", cases: CALLS, ratio: 1.5 },
    Goal { language: "python", ours: "rapace", peer: "connectrpc", op: "cpu", cases: CALLS, ratio: 1.5 },
    Goal { language: "python", ours: "rapace", peer: "connectrpc", op: "sequential", cases: CALLS, ratio: 1.5 },
    Goal { language: "python", ours: "rapace", peer: "grpc.aio", op: "served_cpu", cases: CALLS, ratio: 8.0 },

    Goal { language: "typescript", ours: "rapace", peer: "protobuf-es", op: "encode", cases: ALL, ratio: 3.0 },
    Goal { language: "typescript", ours: "rapace", peer: "protobuf-es", op: "decode", cases: ALL, ratio: 3.0 },
    Goal { language: "typescript", ours: "rapace", peer: "protobufjs", op: "encode", cases: ALL, ratio: 2.0 },
    Goal { language: "typescript", ours: "rapace", peer: "protobufjs", op: "decode", cases: ALL, ratio: 2.0 },
    Goal { language: "typescript", ours: "rapace", peer: "msgpackr", op: "encode", cases: ALL, ratio: 1.1 },
    Goal { language: "typescript", ours: "rapace", peer: "msgpackr", op: "decode", cases: ALL, ratio: 1.1 },
    Goal { language: "typescript", ours: "rapace", peer: "bebop", op: "encode", cases: ALL, ratio: 1.1 },
    Goal { language: "typescript", ours: "rapace", peer: "bebop", op: "decode", cases: ALL, ratio: 1.1 },
    Goal { language: "typescript", ours: "rapace", peer: "grpc-js", op: "in_flight_64", cases: CALLS, ratio: 15.0 },
    Goal { language: "typescript", ours: "rapace", peer: "grpc-js", op: "cpu", cases: CALLS, ratio: 20.0 },
    Goal { language: "typescript", ours: "rapace", peer: "grpc-js", op: "sequential", cases: CALLS, ratio: 2.8 },
    Goal { language: "typescript", ours: "rapace", peer: "grpc-js", op: "served_cpu", cases: CALLS, ratio: 15.0 },

    Goal { language: "go", ours: "rapace", peer: "vtprotobuf", op: "encode", cases: ALL, ratio: 1.3 },
    Goal { language: "go", ours: "rapace", peer: "vtprotobuf", op: "decode", cases: ALL, ratio: 1.3 },
    Goal { language: "go", ours: "rapace", peer: "msgp", op: "encode", cases: ALL, ratio: 1.3 },
    Goal { language: "go", ours: "rapace", peer: "msgp", op: "decode", cases: ALL, ratio: 1.3 },
    Goal { language: "go", ours: "rapace", peer: "mus", op: "encode", cases: ALL, ratio: 1.0 },
    Goal { language: "go", ours: "rapace", peer: "mus", op: "decode", cases: ALL, ratio: 1.0 },
    Goal { language: "go", ours: "rapace", peer: "benc", op: "encode", cases: ALL, ratio: 1.0 },
    Goal { language: "go", ours: "rapace", peer: "benc", op: "decode", cases: ALL, ratio: 1.0 },
    Goal { language: "go", ours: "rapace", peer: "grpc-go", op: "in_flight_64", cases: CALLS, ratio: 3.0 },
    Goal { language: "go", ours: "rapace", peer: "grpc-go", op: "cpu", cases: CALLS, ratio: 3.0 },
    Goal { language: "go", ours: "rapace", peer: "grpc-go", op: "sequential", cases: CALLS, ratio: 1.5 },
    Goal { language: "go", ours: "rapace", peer: "grpc-go", op: "served_cpu", cases: CALLS, ratio: 3.0 },
];

/// All limits.
#[rustfmt::skip]
pub const LIMITS: &[Limit] = &[
    Limit { language: "python", ours: "rapace-stock", op: "sequential", cases: CALLS, ns: 250e3 },
    Limit { language: "typescript", ours: "rapace-stock", op: "sequential", cases: CALLS, ns: 250e3 },
    Limit { language: "go", ours: "rapace-stock", op: "sequential", cases: CALLS, ns: 250e3 },
];
