//! What is known of types, and what that makes of random bytes. `tests/payloads.rs` has the payloads that do harm.

use std::collections::{BTreeMap, HashMap};
use std::panic::catch_unwind;

use facet::Facet;
use rapace::facet_postcard;

use super::stack::PER_VALUE;
use super::types::{Form, Types};
use super::*;

#[allow(dead_code, reason = "only facet makes them")]
#[derive(Facet)]
struct Leaf {
    empty: (),
    none: [u32; 0],
}

#[derive(Facet)]
struct Node {
    leaf: Leaf,
    left: Option<Box<Node>>,
    branches: Vec<(Branch, u8)>,
}

#[allow(dead_code, reason = "only facet makes them")]
#[derive(Facet)]
#[repr(u8)]
enum Branch {
    Nodes(HashMap<String, Node>),
    Leaves { leaves: [Leaf; 2] },
}

/// Whether a type is recursive, and whether it has no bytes.
fn known<T: Facet<'static>>() -> (bool, bool) {
    let mut types = Types::default();
    types.add(Node::SHAPE);
    let place = types.add(T::SHAPE);
    types.finish();
    let node = types.node(place);
    (node.recursive, node.zero_sized)
}

#[test]
fn what_is_known_of_types() {
    assert_eq!(known::<Node>(), (true, false));
    assert_eq!(known::<Branch>(), (true, false));
    // These are on the way back, and no types of their own.
    assert_eq!(known::<Option<Box<Node>>>(), (false, false));
    assert_eq!(known::<Box<Node>>(), (false, false));
    assert_eq!(known::<(Branch, u8)>(), (false, false));
    assert_eq!(known::<Leaf>(), (false, true));
    assert_eq!(known::<[(Leaf, ()); 9]>(), (false, true));
    assert_eq!(known::<Box<[u64; 0]>>(), (false, true));
    assert_eq!(known::<Option<()>>(), (false, false));
    assert_eq!(known::<Vec<()>>(), (false, false));
}

#[test]
fn what_fails_or_ends_the_process_is_not_read() {
    for shape in [
        <std::sync::Arc<[u8]>>::SHAPE,
        <std::rc::Rc<[String]>>::SHAPE,
        <Box<[u8]>>::SHAPE,
        <[u8; 64]>::SHAPE,
    ] {
        let mut types = Types::default();
        let place = types.add(shape);
        assert!(matches!(types.node(place).form, Form::Unreadable(_)), "{shape}");
    }
}

/// Random bytes that pass as one value of the type are read by facet-postcard.
fn agree<T: Facet<'static>>() {
    let mut types = Types::default();
    let place = types.add(T::SHAPE);
    types.finish();
    let request = Request {
        method: "Test.test".into(),
        types: Arc::new(types),
        arguments: vec![("value", place)],
    };
    // xorshift64: the same bytes on every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut random = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut passed = 0;
    for _ in 0..50_000 {
        let length = random() % 12;
        // Small bytes are counts, tags and indexes that can be right.
        let bytes: Vec<u8> = (0..length)
            .map(|_| (random() >> (random() % 8)) as u8 >> (random() % 8))
            .collect();
        if request.check(&bytes, &Limits::default()).is_ok() {
            passed += 1;
            let read = catch_unwind(|| facet_postcard::from_slice::<T>(&bytes).is_ok());
            assert!(read.is_ok_and(|read| read), "{bytes:?} as {}", T::SHAPE);
        }
    }
    assert!(passed > 50, "{passed} of {} pass", T::SHAPE);
}

#[test]
fn what_passes_can_be_read() {
    let all = || {
        agree::<Node>();
        agree::<Branch>();
        agree::<Vec<Leaf>>();
        agree::<BTreeMap<i16, Option<char>>>();
        agree::<(bool, u128, i8, std::num::NonZeroI8)>();
        agree::<Vec<Box<str>>>();
        agree::<std::borrow::Cow<'static, str>>();
    };
    // facet-postcard's own need: see `stack.rs`.
    let thread = std::thread::Builder::new().stack_size(64 * PER_VALUE).spawn(all);
    thread.expect("a thread").join().expect("they agree");
}
