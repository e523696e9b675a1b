//! Types that travel both ways.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::num::{NonZero, NonZeroI64, NonZeroU8, NonZeroU32};
use std::rc::Rc;
use std::sync::Arc;

use facet::Facet;
use indexmap::IndexMap;

use crate::harness::{as_argument, as_response, travels, travels_from};

#[test]
fn integers() {
    travels::<u8>();
    travels::<u16>();
    travels::<u32>();
    travels::<u64>();
    travels::<usize>();
    travels::<u128>();
    travels::<i8>();
    travels::<i16>();
    travels::<i32>();
    travels::<i64>();
    travels::<isize>();
    travels::<i128>();
}

#[test]
fn non_zero_integers() {
    travels_from::<NonZeroU8>(1);
    travels_from::<NonZeroU32>(1);
    travels_from::<NonZero<u128>>(1);
    travels_from::<NonZeroI64>(1);
    travels_from::<Vec<NonZero<u16>>>(1);
}

#[test]
fn other_scalars() {
    travels::<f32>();
    travels::<f64>();
    travels::<bool>();
    travels::<char>();
    travels::<()>();
}

#[test]
fn texts_and_bytes() {
    travels::<String>();
    travels::<Cow<'static, str>>();
    travels::<Box<str>>();
    travels::<Arc<str>>();
    travels::<Rc<str>>();
    travels::<Vec<u8>>();
    travels::<[u8; 16]>();
    travels::<[u8; 0]>();
    travels::<[u8; 63]>();
}

#[test]
fn options() {
    travels::<Option<u32>>();
    travels::<Option<Option<Option<String>>>>();
    travels::<Option<()>>();
    travels::<Option<Vec<Option<bool>>>>();
    travels::<Option<Box<u64>>>();
}

#[test]
fn sequences() {
    travels::<Vec<u32>>();
    travels::<Vec<()>>();
    travels::<Vec<Vec<f32>>>();
    travels::<Vec<i8>>();
    travels::<[u32; 3]>();
    travels::<[String; 0]>();
    travels::<[[i16; 2]; 2]>();
    travels::<[(); 3]>();
}

#[test]
fn maps_and_sets() {
    travels::<HashMap<String, u32>>();
    travels::<BTreeMap<u64, Vec<u8>>>();
    travels::<IndexMap<String, i64>>();
    travels::<BTreeMap<(u8, String), BTreeMap<char, bool>>>();
    travels::<BTreeMap<Unit, u8>>();
    travels::<HashSet<String>>();
    travels::<BTreeSet<u128>>();
    travels::<BTreeSet<Option<Key>>>();
    travels::<HashSet<Vec<u8>>>();
}

#[test]
fn tuples() {
    travels::<(u8,)>();
    travels::<(u8, String)>();
    travels::<((u16, i16), (), [u8; 2])>();
    travels::<(u8, u16, u32, u64, i8, i16, i32, i64, f32, f64, bool, char)>();
}

#[test]
fn pointers() {
    travels::<Box<u32>>();
    travels::<Arc<Point>>();
    travels::<Rc<Shape>>();
    travels::<Box<Option<Arc<String>>>>();
    travels::<Vec<Box<Point>>>();
}

#[derive(Facet, Debug, PartialEq)]
struct Point {
    x: f64,
    y: f64,
}

#[derive(Facet, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Unit;

#[derive(Facet)]
struct Empty {}

#[derive(Facet, PartialEq, Eq, PartialOrd, Ord)]
struct Key(u64, String);

#[derive(Facet)]
struct Newtype(Vec<Point>);

#[derive(Facet)]
#[facet(transparent)]
struct Transparent(String);

#[derive(Facet)]
#[repr(transparent)]
struct ReprTransparent(u32);

#[derive(Facet)]
struct Nested {
    point: Point,
    unit: Unit,
    empty: Empty,
    newtype: Newtype,
    transparent: Transparent,
    repr: ReprTransparent,
    tuple: (u8, Key),
}

#[test]
fn structs() {
    travels::<Point>();
    travels::<Unit>();
    travels::<Empty>();
    travels::<Key>();
    travels::<Newtype>();
    travels::<Transparent>();
    travels::<ReprTransparent>();
    travels::<Nested>();
}

#[derive(Facet)]
#[repr(u8)]
#[allow(dead_code)]
enum Shape {
    Nothing,
    Circle(f64),
    Line(Point, Point),
    Square { side: u32 },
    Wrapped(Option<Box<Point>>),
    Hollow {},
}

/// Neither discriminants nor the representation show on the wire, but the position.
#[derive(Facet)]
#[repr(i32)]
#[allow(dead_code)]
enum Discriminants {
    A = -5,
    B = 1000,
    C(u8) = 7,
}

#[derive(Facet)]
#[repr(C)]
#[allow(dead_code)]
enum ReprC {
    A,
    B { x: u8 },
}

#[test]
fn enums() {
    travels::<Shape>();
    travels::<Discriminants>();
    travels::<ReprC>();
    travels::<Vec<Shape>>();
}

#[derive(Facet)]
struct Tree {
    value: u16,
    children: Vec<Tree>,
}

#[derive(Facet)]
struct Chain {
    value: u8,
    #[facet(recursive_type)]
    next: Option<Box<Chain>>,
}

#[derive(Facet)]
#[repr(u8)]
#[allow(dead_code)]
enum Expr {
    Negate(#[facet(recursive_type)] Box<Expr>),
    Add {
        #[facet(recursive_type)]
        left: Box<Expr>,
        #[facet(recursive_type)]
        right: Box<Expr>,
    },
    Call(String, Vec<Expr>),
    Number(i64),
}

/// Of all types of other crates that facet knows, the one that is a plain struct to the encoding.
#[test]
fn complex_numbers() {
    travels::<num_complex::Complex<f64>>();
}

#[test]
fn recursive_types() {
    travels::<Tree>();
    travels::<Chain>();
    travels::<Expr>();
    for verdict in [as_argument::<Tree>(), as_response::<Expr>()] {
        let (_, warnings) = verdict.unwrap();
        assert_eq!(warnings[0].code, "recursive-type");
    }
}

#[derive(Facet)]
struct Page<T: 'static> {
    items: Vec<T>,
    next: Option<u64>,
}

#[derive(Facet)]
#[repr(u8)]
#[allow(dead_code)]
enum Either<L: 'static, R: 'static> {
    Left(L),
    Right { right: R },
}

#[test]
fn generic_types() {
    travels::<Page<Point>>();
    travels::<Page<Page<String>>>();
    travels::<Either<Page<u8>, Either<(), char>>>();
}

/// None of these attributes has an effect on the wire.
#[derive(Facet)]
#[facet(rename_all = "camelCase", deny_unknown_fields, tag = "t", content = "c")]
#[repr(u8)]
#[allow(dead_code)]
enum Attributes {
    First {
        #[facet(rename = "second")]
        first_field: u8,
        #[facet(sensitive)]
        secret: String,
    },
    Second(u8),
}

#[derive(Facet)]
#[facet(untagged)]
#[repr(u8)]
#[allow(dead_code)]
enum Untagged {
    Number(u32),
    Text(String),
}

#[derive(Facet, Default)]
#[facet(default)]
struct Defaults {
    #[facet(default = 5)]
    a: u8,
    #[facet(default)]
    b: String,
}

#[derive(Facet)]
struct Skipping {
    a: u8,
    #[facet(skip, default)]
    cache: u64,
    b: String,
}

#[derive(Facet)]
struct Flattening {
    a: u8,
    #[facet(flatten)]
    point: Point,
    #[facet(flatten)]
    shape: Untagged,
    b: u8,
}

/// The encoding does not look at proxies: it writes the field itself.
#[derive(Facet)]
struct Proxied {
    #[facet(proxy = Wire)]
    inner: Kelvin,
    b: u8,
}

#[derive(Facet)]
struct Kelvin(u16);

#[derive(Facet)]
struct Wire {
    text: String,
    more: u64,
}

impl TryFrom<Wire> for Kelvin {
    type Error = &'static str;

    fn try_from(wire: Wire) -> Result<Self, Self::Error> {
        wire.text.parse().map(Self).map_err(|_| "no number")
    }
}

impl From<&Kelvin> for Wire {
    fn from(kelvin: &Kelvin) -> Self {
        Self {
            text: kelvin.0.to_string(),
            more: 0,
        }
    }
}

#[test]
fn attributes_without_effect() {
    travels::<Proxied>();
    travels::<Attributes>();
    travels::<Untagged>();
    travels::<Defaults>();
}

#[test]
fn skipped_and_flattened_fields_of_a_struct() {
    travels::<Skipping>();
    travels::<Flattening>();
}

/// No client compares bytes, so that their order is nobody's concern.
#[test]
fn hash_maps_are_nothing_to_warn_of() {
    assert!(as_response::<HashMap<u8, HashSet<u8>>>().unwrap().1.is_empty());
    assert!(as_argument::<HashMap<u8, u8>>().unwrap().1.is_empty());
    assert!(as_response::<BTreeMap<u8, u8>>().unwrap().1.is_empty());
    assert!(as_response::<IndexMap<u8, u8>>().unwrap().1.is_empty());
}
