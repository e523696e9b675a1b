//! Payloads on which facet-postcard would hang, panic or end the process: a host refuses them and lives.

#![allow(missing_docs, reason = "the service macro writes constants without documentation")]

mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::num::NonZeroU32;

use facet::Facet;
use rapace::facet_postcard;
use rapace::{ErrorCode, Streaming};
use rapace_host::{Host, Limits};
use support::{Raw, RawFrame};
use tokio::io::DuplexStream;

/// Recursion through a list.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Tree {
    pub name: String,
    pub children: Vec<Tree>,
}

/// Recursion through much that is no type of its own.
#[derive(Facet, Debug, Clone, PartialEq)]
#[repr(u8)]
pub enum Chain {
    End,
    Next(Option<Box<(Chain, u8)>>),
}

/// A value without end.
#[derive(Facet, Debug, Clone)]
pub struct Endless {
    pub next: Box<Endless>,
}

#[derive(Facet, Debug, Clone)]
pub struct Sparse {
    pub first: u16,
    #[facet(skip_deserializing, default)]
    pub absent: String,
    pub last: u8,
}

#[rapace::service]
pub trait Odd {
    async fn nothing(&self) -> u32;
    async fn two(&self, first: String, second: Vec<u16>) -> u32;
    async fn units(&self, units: Vec<()>) -> u32;
    async fn unit_keys(&self, units: BTreeMap<(), ()>) -> u32;
    async fn unit_arrays(&self, units: Vec<[(); 60]>) -> u32;
    async fn bytes(&self, bytes: Vec<u8>) -> u32;
    async fn set(&self, set: BTreeSet<u64>) -> u32;
    async fn floats(&self, floats: Vec<f64>) -> u32;
    async fn positive(&self, number: NonZeroU32) -> u32;
    async fn depth(&self, tree: Tree) -> u32;
    async fn same(&self, chain: Chain) -> Chain;
    async fn endless(&self, value: Vec<Endless>) -> u32;
    async fn sparse(&self, sparse: Sparse) -> u32;
    async fn unreadable(&self, addresses: Vec<std::net::IpAddr>) -> u32;
    async fn items(&self, units: Vec<()>) -> Streaming<()>;
}

#[derive(Clone)]
struct Counting;

impl Odd for Counting {
    async fn nothing(&self) -> u32 {
        7
    }
    async fn two(&self, first: String, second: Vec<u16>) -> u32 {
        (first.len() + second.len()) as u32
    }
    async fn units(&self, units: Vec<()>) -> u32 {
        units.len() as u32
    }
    async fn unit_keys(&self, units: BTreeMap<(), ()>) -> u32 {
        units.len() as u32
    }
    async fn unit_arrays(&self, units: Vec<[(); 60]>) -> u32 {
        units.len() as u32
    }
    async fn bytes(&self, bytes: Vec<u8>) -> u32 {
        bytes.len() as u32
    }
    async fn set(&self, set: BTreeSet<u64>) -> u32 {
        set.len() as u32
    }
    async fn floats(&self, floats: Vec<f64>) -> u32 {
        floats.len() as u32
    }
    async fn positive(&self, number: NonZeroU32) -> u32 {
        number.get()
    }
    async fn depth(&self, tree: Tree) -> u32 {
        let mut depth = 1;
        let mut tree = &tree;
        while let Some(child) = tree.children.first() {
            (depth, tree) = (depth + 1, child);
        }
        depth
    }
    async fn same(&self, chain: Chain) -> Chain {
        // The answer is written after a pause, which may end on another thread.
        tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        chain
    }
    async fn endless(&self, value: Vec<Endless>) -> u32 {
        value.len() as u32
    }
    async fn sparse(&self, sparse: Sparse) -> u32 {
        sparse.last.into()
    }
    async fn unreadable(&self, addresses: Vec<std::net::IpAddr>) -> u32 {
        addresses.len() as u32
    }
    async fn items(&self, units: Vec<()>) -> Streaming<()> {
        Box::pin(futures::stream::iter(units.into_iter().map(Ok)))
    }
}

/// A peer of a host of this service, in memory.
fn peer(limits: Limits) -> Raw<DuplexStream> {
    let (peer, stream) = tokio::io::duplex(1 << 16);
    let host = Host::new().service(odd_register, |transport| {
        OddServer::new(Counting).into_session_dispatcher(transport)
    });
    let host = host.expect("the service fits").with_limits(limits);
    tokio::spawn(host.serve_stream(stream, std::future::pending::<()>()));
    Raw(peer)
}

async fn answer(peer: &mut Raw<DuplexStream>, method: u32, payload: &[u8]) -> RawFrame {
    peer.send(&RawFrame::new(1, method, RawFrame::UNARY, payload)).await;
    peer.receive().await.expect("the connection lives")
}

/// These requests are refused with these messages, and the next call is answered.
async fn refused(cases: &[(u32, &[u8], &str)]) {
    let mut peer = peer(Limits::default());
    for (method, payload, message) in cases {
        let (code, said) = answer(&mut peer, *method, payload).await.error();
        assert_eq!((code, said.as_str()), (ErrorCode::InvalidArgument as u32, *message));
        assert_eq!(answer(&mut peer, ODD_METHOD_ID_NOTHING, &[]).await.payload, [7]);
    }
}

/// These requests are answered with these bytes.
async fn accepted(cases: &[(u32, &[u8], &[u8])]) {
    let mut peer = peer(Limits::default());
    for (method, payload, expected) in cases {
        let got = answer(&mut peer, *method, payload).await;
        assert_eq!(
            (got.flags, got.payload.as_slice()),
            (RawFrame::UNARY, *expected),
            "{payload:?}"
        );
    }
}

/// 2^64 - 1 as a varint.
const MOST: [u8; 10] = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];

#[tokio::test]
async fn right_requests_are_answered() {
    accepted(&[
        (ODD_METHOD_ID_NOTHING, &[], &[7]),
        (ODD_METHOD_ID_TWO, &[2, b'a', b'b', 1, 0x80, 1], &[3]),
        (ODD_METHOD_ID_UNITS, &[0x80, 0x80, 4], &[0x80, 0x80, 4]),
        (ODD_METHOD_ID_UNIT_KEYS, &[5], &[1]),
        (ODD_METHOD_ID_UNIT_ARRAYS, &[100], &[100]),
        (ODD_METHOD_ID_BYTES, &[2, 0, 0], &[2]),
        (ODD_METHOD_ID_SET, &[2, 1, 1], &[1]),
        (ODD_METHOD_ID_FLOATS, &[1, 0, 0, 0, 0, 0, 0, 0xf8, 0x7f], &[1]),
        (ODD_METHOD_ID_POSITIVE, &[0x81, 0x80, 0], &[1]),
        (ODD_METHOD_ID_SPARSE, &[1, 9], &[9]),
        (ODD_METHOD_ID_UNREADABLE, &[0], &[0]),
        (ODD_METHOD_ID_ENDLESS, &[0], &[0]),
    ])
    .await;
}

#[tokio::test]
async fn counts_of_what_has_no_bytes_are_bounded() {
    let limit = "items without bytes exceed the limit of 65536 (at byte 0)";
    refused(&[
        (
            ODD_METHOD_ID_UNITS,
            &[0x81, 0x80, 4],
            &format!("Odd.units: units: 65537 {limit}"),
        ),
        (
            ODD_METHOD_ID_UNITS,
            &MOST,
            &format!("Odd.units: units: 18446744073709551615 {limit}"),
        ),
        (
            ODD_METHOD_ID_UNIT_KEYS,
            &MOST,
            &format!("Odd.unit_keys: units: 18446744073709551615 {limit}"),
        ),
        (
            ODD_METHOD_ID_UNIT_ARRAYS,
            &MOST,
            &format!("Odd.unit_arrays: units: 18446744073709551615 {limit}"),
        ),
    ])
    .await;
}

#[tokio::test]
async fn lengths_are_bounded_by_what_is_there() {
    let most = u64::MAX;
    refused(&[
        (
            ODD_METHOD_ID_BYTES,
            &MOST,
            &format!("Odd.bytes: bytes: unexpected end: {most} items, but 0 bytes are left (at byte 0)"),
        ),
        (
            ODD_METHOD_ID_SET,
            &MOST,
            &format!("Odd.set: set: unexpected end: {most} items, but 0 bytes are left (at byte 0)"),
        ),
        (
            ODD_METHOD_ID_FLOATS,
            &[1, 0, 0, 0],
            "Odd.floats: floats: unexpected end (at byte 4)",
        ),
        (
            ODD_METHOD_ID_TWO,
            &MOST,
            &format!("Odd.two: first: unexpected end: length {most}, but 0 bytes are left (at byte 0)"),
        ),
        (
            ODD_METHOD_ID_TWO,
            &[0, 3, 1, 2, 0xff],
            "Odd.two: second.2: unexpected end (at byte 5)",
        ),
        (
            ODD_METHOD_ID_TWO,
            &[1],
            "Odd.two: first: unexpected end: length 1, but 0 bytes are left (at byte 0)",
        ),
        (ODD_METHOD_ID_TWO, &[], "Odd.two: first: unexpected end (at byte 0)"),
    ])
    .await;
}

#[tokio::test]
async fn what_clients_refuse_is_refused() {
    refused(&[
        (
            ODD_METHOD_ID_NOTHING,
            &[0],
            "Odd.nothing: 1 bytes are left after the arguments (at byte 0)",
        ),
        (
            ODD_METHOD_ID_UNITS,
            &[0, 1, 2],
            "Odd.units: 2 bytes are left after the arguments (at byte 1)",
        ),
        (
            ODD_METHOD_ID_TWO,
            &[1, 0xff, 0],
            "Odd.two: first: string is not UTF-8 (at byte 1)",
        ),
        (
            ODD_METHOD_ID_TWO,
            &[0, 1, 0xff, 0xff, 4],
            "Odd.two: second.0: varint does not fit 16 bits (at byte 2)",
        ),
        (
            ODD_METHOD_ID_POSITIVE,
            &[0],
            "Odd.positive: number: 0 where no 0 may be (at byte 0)",
        ),
        (
            ODD_METHOD_ID_POSITIVE,
            &[0x80, 0],
            "Odd.positive: number: 0 where no 0 may be (at byte 0)",
        ),
        (
            ODD_METHOD_ID_SAME,
            &[2],
            "Odd.same: chain: variant 2, but there are 2 (at byte 0)",
        ),
        (
            ODD_METHOD_ID_SAME,
            &[1, 2],
            "Odd.same: chain.Next.0: option tag is 2, neither 0 nor 1 (at byte 1)",
        ),
        (
            ODD_METHOD_ID_UNREADABLE,
            &[1, 0],
            "Odd.unreadable: addresses.0: IpAddr cannot be read (at byte 1)",
        ),
    ])
    .await;
}

/// A tree of so many levels, each with a name and one child.
fn tree(levels: usize) -> Vec<u8> {
    let mut bytes = [1, b'a', 1].repeat(levels - 1);
    bytes.extend([0, 0]);
    bytes
}

/// A chain of so many levels.
fn chain(levels: usize) -> Vec<u8> {
    let mut bytes = [1, 1].repeat(levels - 1);
    bytes.push(0);
    bytes.extend(vec![9; levels - 1]);
    bytes
}

#[tokio::test]
async fn depth_is_bounded_and_never_the_end_of_the_stack() {
    let refusal = |place: usize, step: &str, offset: usize| {
        format!(
            "{}: nested deeper than the limit of 128 (at byte {offset})",
            vec![step; place].join(".")
        )
    };
    let trees = format!("Odd.depth: tree.{}", refusal(128, "children.0", 128 * 3));
    let chains = format!("Odd.same: chain.{}", refusal(128, "Next.0.0", 128 * 2));
    let endless = format!("Odd.endless: value.0.{}", refusal(128, "next", 1));
    refused(&[
        (ODD_METHOD_ID_DEPTH, &tree(129), &trees),
        (ODD_METHOD_ID_DEPTH, &tree(100_000), &trees),
        (ODD_METHOD_ID_SAME, &chain(129), &chains),
        (ODD_METHOD_ID_SAME, &chain(100_000), &chains),
        (ODD_METHOD_ID_ENDLESS, &[1, 0], &endless),
    ])
    .await;
    accepted(&[
        (ODD_METHOD_ID_DEPTH, &tree(128), &[0x80, 1]),
        (ODD_METHOD_ID_SAME, &chain(128), &chain(128)),
    ])
    .await;
    // Who raises the limit gets the stack for it.
    let mut peer = peer(Limits {
        max_depth: 300,
        ..Limits::default()
    });
    let answer = answer(&mut peer, ODD_METHOD_ID_SAME, &chain(300)).await;
    assert_eq!(answer.payload, chain(300));
}

#[tokio::test]
async fn limits_can_be_changed() {
    let mut peer = peer(Limits {
        max_depth: 2,
        max_zero_sized_items: 10,
        trailing_bytes: true,
        ..Limits::default()
    });
    assert_eq!(answer(&mut peer, ODD_METHOD_ID_NOTHING, b"more").await.payload, [7]);
    assert_eq!(answer(&mut peer, ODD_METHOD_ID_UNITS, &[10]).await.payload, [10]);
    answer(&mut peer, ODD_METHOD_ID_UNITS, &[11]).await.error();
    assert_eq!(answer(&mut peer, ODD_METHOD_ID_DEPTH, &tree(2)).await.payload, [2]);
    answer(&mut peer, ODD_METHOD_ID_DEPTH, &tree(3)).await.error();
}

#[tokio::test]
async fn streams_and_notifications_are_checked_too() {
    let mut peer = peer(Limits::default());
    peer.send(&RawFrame::new(0, ODD_METHOD_ID_UNITS, RawFrame::STREAM, &MOST))
        .await;
    peer.send(&RawFrame::new(1, ODD_METHOD_ID_ITEMS, RawFrame::STREAM, &MOST))
        .await;
    let refusal = peer.receive().await.expect("the connection lives");
    assert_eq!(refusal.channel, 1);
    assert_eq!(refusal.error().0, ErrorCode::InvalidArgument as u32);
    peer.send(&RawFrame::new(3, ODD_METHOD_ID_ITEMS, RawFrame::STREAM, &[2]))
        .await;
    for length in [0, 0] {
        let item = peer.receive().await.expect("an item");
        assert_eq!((item.channel, item.payload.len()), (3, length));
    }
}

/// What a host refuses although facet-postcard would read it, it refuses by a rule; this is what would come otherwise.
#[test]
fn facet_postcard_takes_what_no_client_takes() {
    assert_eq!(facet_postcard::from_slice::<u8>(&[1, 2]).ok(), Some(1));
    assert_eq!(facet_postcard::from_slice::<char>(&[2, b'a', b'b']).ok(), Some('a'));
    // `Some` of a number that cannot be: nothing may rely on what it is.
    assert_eq!(
        facet_postcard::from_slice::<Option<NonZeroU32>>(&[1, 0]).ok(),
        Some(None)
    );
    assert!(std::panic::catch_unwind(|| facet_postcard::from_slice::<Vec<u8>>(&MOST)).is_err());
}
