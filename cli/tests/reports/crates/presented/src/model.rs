use std::collections::HashMap;
use std::hash::{Hash, Hasher};

use facet::Facet;

use super::names::{self as n, Labels};

/// Rust can hash it.
#[derive(Facet, Clone, PartialEq, Eq, Hash)]
pub struct Id(pub [u8; 16]);

/// By hand.
#[derive(Facet, Clone, PartialEq)]
pub struct Spec {
    pub labels: Labels,
    #[facet(default)]
    pub retries: u8,
    #[facet(default = 30_000)]
    pub timeout_ms: u64,
    #[facet(default = Some("high".to_owned()))]
    pub queue: Option<String>,
    #[facet(default = HashMap::from([(1u8, 2i64), (3, 4)]))]
    pub table: HashMap<u8, i64>,
    #[facet(default = std::process::id())]
    pub process: u32,
    #[facet(default = COUNTER.fetch_add(1, std::sync::atomic::Ordering::Relaxed))]
    pub counted: u32,
    #[facet(default = never())]
    pub never: u32,
    #[facet(default)]
    pub level: Level,
    #[facet(default)]
    pub inner: Inner,
    pub numbers: n::Numbers,
}

fn never() -> u32 {
    panic!("a default that is never asked for")
}

static COUNTER: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);

impl Eq for Spec {}

impl Hash for Spec {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.retries.hash(state);
    }
}

#[derive(Facet, Clone, PartialEq, Default)]
#[repr(u8)]
pub enum Level {
    Low,
    #[default]
    Normal,
}

#[derive(Facet, Clone, PartialEq, Default)]
pub struct Inner {
    pub text: String,
    pub level: Level,
    pub many: Vec<Level>,
    pub pair: (f64, Option<u8>),
}

/// Of generic types, arguments count.
#[derive(Facet, Clone, PartialEq, Eq, Hash)]
pub struct Lots<T: 'static>(pub Vec<T>);

/// serde's attributes are not facet's.
#[derive(Facet, serde::Serialize)]
#[serde(rename_all = "camelCase")]
#[facet(rename_all = "camelCase")]
pub struct Limits {
    pub count: usize,
    pub change: isize,
    #[serde(skip)]
    pub secret: String,
    #[serde(rename = "first-name")]
    pub first: String,
}

#[derive(Facet, Clone)]
#[repr(u8)]
pub enum Shown {
    Labelled { labels: Labels },
}

/// Of a call.
#[derive(Facet)]
#[repr(u8)]
pub enum Outcome<T: 'static, E: 'static> {
    Ok(T),
    Err(E),
}
