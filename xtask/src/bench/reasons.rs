//! Why rows are lost or miss their goals, as data: what profiles have shown.

/// What bounds some rows.
struct Reason {
    language: &'static str,
    /// The peers, or all.
    peers: &'static [&'static str],
    ops: &'static [&'static str],
    /// The values, or all.
    cases: &'static [&'static str],
    why: &'static str,
}

/// How far a row may be from its goal for noise to be the reason.
const NOISE: f64 = 0.05;

/// What is said where no reason is known.
pub const UNEXPLAINED: &str = "not explained yet";

/// The first that fits is the reason.
#[rustfmt::skip]
const REASONS: &[Reason] = &[
    Reason { language: "python", peers: &["msgspec", "msgspec-nogc"], ops: &["encode"], cases: &["small"],
        why: "30 ns, of which a call of any function takes most in both" },
    Reason { language: "python", peers: &["msgspec", "msgspec-nogc"], ops: &["decode"], cases: &["small"],
        why: "70 ns, of which the interpreter makes four objects and calls one function in both" },
    Reason { language: "python", peers: &["msgspec", "msgspec-nogc"], ops: &["encode"], cases: &["batch"],
        why: "both read more than 100,000 attributes, from memory that is not in the cache" },
    Reason { language: "python", peers: &["pyfory"], ops: &["decode"], cases: &["strings"],
        why: "Fory sends texts as Python holds them in memory and copies them; ours come as UTF-8, which is checked and widened" },
    Reason { language: "python", peers: &["pyfory", "protobuf-py", "msgspec"], ops: &["decode"], cases: &["ints", "floats"],
        why: "most of it is making 100,000 objects, which is the interpreter's work in both" },
    Reason { language: "python", peers: &["betterproto2"], ops: &[], cases: &[],
        why: "both are loops of the interpreter" },
    Reason { language: "python", peers: &["grpc.aio", "connectrpc"], ops: &["in_flight_64"], cases: &[],
        why: "our client waits for the server half of the time: they share two cores" },
    Reason { language: "python", peers: &["grpc.aio", "connectrpc"], ops: &["cpu"], cases: &[],
        why: "some thirty calls of Python's functions, and asyncio's future and turn of the loop" },
    Reason { language: "python", peers: &["grpc.aio", "connectrpc"], ops: &["sequential"], cases: &[],
        why: "both wait for the kernel and for asyncio's turn of the loop" },

    Reason { language: "go", peers: &["hyperpb"], ops: &["decode"], cases: &[],
        why: "hyperpb leaves fields to be read by reflection later, and makes fewer objects" },
    Reason { language: "go", peers: &[], ops: &["encode", "decode"], cases: &["strings"],
        why: "half of the time is the check that texts are UTF-8, which the peer leaves out" },
    Reason { language: "go", peers: &["benc"], ops: &["encode", "decode"], cases: &["ints"],
        why: "benc writes four bytes for each integer, so there is no length to find out" },
    Reason { language: "go", peers: &[], ops: &["encode", "decode"], cases: &["small"],
        why: "memory for the result is most of it in both: one piece when encoding, two when decoding" },
    Reason { language: "go", peers: &[], ops: &["encode"], cases: &["floats"],
        why: "most of the time copies 800 kB into new memory; a call sends the encoder's memory without a copy" },
    Reason { language: "go", peers: &[], ops: &["encode"], cases: &["order", "batch"],
        why: "a map's entries are put in order, as Rust's BTreeMap has them, and texts are checked; the peer does neither" },
    Reason { language: "go", peers: &[], ops: &["decode"], cases: &["order", "batch"],
        why: "memory for strings, lists and the map is most of it in both, and ours checks that texts are UTF-8" },
    Reason { language: "go", peers: &["grpc-go"], ops: &[], cases: &[],
        why: "both wait for the kernel and for goroutines to be woken" },

    Reason { language: "typescript", peers: &["bebop"], ops: &["encode", "decode"], cases: &["ints"],
        why: "Bebop writes four bytes for each integer, so there is no length to find out" },
    Reason { language: "typescript", peers: &["bebop"], ops: &["encode"], cases: &["small"],
        why: "40 ns, of which ours clears and skips the 68 bytes of a frame's header" },
    Reason { language: "typescript", peers: &["protobufjs", "bebop", "msgpackr"], ops: &["encode", "decode"], cases: &["floats"],
        why: "both run the same loop over a list of numbers; typed arrays (`rapace-typed`) take a quarter and less" },
    Reason { language: "typescript", peers: &[], ops: &["decode"], cases: &["ints"],
        why: "filling a `number[]` is most of it in both; typed arrays (`rapace-typed`) take half" },
    Reason { language: "typescript", peers: &[], ops: &["encode"], cases: &["ints"],
        why: "both run the same loop over a list of numbers; typed arrays (`rapace-typed`) take two thirds" },
    Reason { language: "typescript", peers: &[], ops: &["encode"], cases: &["strings"],
        why: "reading texts that are not ASCII unit by unit is most of it in both" },
    Reason { language: "typescript", peers: &[], ops: &["decode"], cases: &["strings"],
        why: "making strings, and collecting the last ones, is most of it in both" },
    Reason { language: "typescript", peers: &["msgpackr"], ops: &["decode"], cases: &["order", "batch"],
        why: "half of it is collecting equal objects in both; msgpackr's native part makes strings in one call for many" },
    Reason { language: "typescript", peers: &["protobufjs"], ops: &["encode", "decode"], cases: &["small", "order", "batch"],
        why: "both are generated straight-line code over equal objects, and strings are most of it" },
    Reason { language: "typescript", peers: &["protobuf-es"], ops: &["encode"], cases: &["order", "batch"],
        why: "the texts in it take both almost equally long, as the row `strings` shows" },
    Reason { language: "typescript", peers: &["protobuf-es"], ops: &["decode"], cases: &["order", "batch"],
        why: "half of it is collecting equal objects in both" },
    Reason { language: "typescript", peers: &["grpc-js", "connect-node", "capnweb"], ops: &[], cases: &[],
        why: "what is left is Node's: a system call and a turn of the loop for each message" },
];

/// The reason of a row that has these ratios and wanted more.
pub fn why(language: &str, peer: &str, case: &str, op: &str, ratios: &[f64], wanted: f64) -> String {
    let fits = |all: &[&str], name: &str| all.is_empty() || all.contains(&name);
    let found = REASONS.iter().find(|reason| {
        reason.language == language && fits(reason.peers, peer) && fits(reason.ops, op) && fits(reason.cases, case)
    });
    let least = ratios.iter().copied().fold(f64::INFINITY, f64::min);
    match found {
        Some(reason) => reason.why.into(),
        None if least >= wanted * (1.0 - NOISE) => "within 5 % of the goal, which is the noise of runs".into(),
        None => UNEXPLAINED.into(),
    }
}
