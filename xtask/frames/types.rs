//! A method for each row of docs/types.md.

#![allow(missing_docs, unused_imports, async_fn_in_trait, reason = "made by a test")]

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet, VecDeque};
use std::marker::PhantomData;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use facet::Facet;
use rapace::Streaming;

/// A struct.
#[derive(Facet)]
pub struct Point {
    pub x: u32,
    pub y: u32,
}

/// A newtype.
#[derive(Facet)]
pub struct Isbn(pub String);

/// An enum without values.
#[derive(Facet)]
#[repr(u8)]
pub enum Format {
    Paper,
    File,
}

/// An enum with values.
#[derive(Facet)]
#[repr(u8)]
pub enum Shape {
    Dot,
    Circle(f64),
    Rectangle { width: f64, height: f64 },
}

/// A generic type.
#[derive(Facet)]
pub struct Page<T: 'static> {
    pub items: Vec<T>,
}

/// What to write instead of a result.
#[derive(Facet)]
#[repr(u8)]
pub enum Outcome<T: 'static, E: 'static> {
    Ok(T),
    Err(E),
}

/// What to write instead of `serde_json::Value`.
#[derive(Facet)]
#[repr(u8)]
pub enum Json {
    Null,
    Bool(bool),
    Number(f64),
    Text(String),
    List(Vec<Json>),
    Object(BTreeMap<String, Json>),
}

#[rapace::service]
pub trait Rows {
    {{methods}}
}
