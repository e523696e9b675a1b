//! What `rapace_schema::compare` says of changes, held against facet-postcard: the old type writes and the new one reads, and back.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use conformance_draw::{Random, Values};
use facet::Facet;
use rapace::facet_postcard::{from_slice, to_vec};
use rapace_schema::Api;
use rapace_schema::compare::{Outcome, Report, Verdict, compare};
use rapace_schema::postcard::{Codec, Limits};

use crate::harness::as_argument;

/// How many random values a direction is tried on.
const TRIES: u64 = 300;

/// What facet-postcard makes of bytes of another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Read {
    /// It writes the same bytes again, or the beginning of them.
    Whole,
    /// It fails.
    Error,
    /// It writes other bytes.
    Other,
}

fn read<T: Facet<'static>>(bytes: &[u8]) -> Read {
    let again = catch_unwind(AssertUnwindSafe(|| {
        let value: T = from_slice(bytes).ok()?;
        to_vec(&value).ok()
    }));
    match again.ok().flatten() {
        None => Read::Error,
        Some(again) if bytes.starts_with(&again) => Read::Whole,
        Some(_) => Read::Other,
    }
}

/// One direction: the verdict that the report gives plain Rust, and what Rust does.
struct Direction {
    verdict: Verdict,
    examples: Vec<(Verdict, String)>,
    reads: Vec<Read>,
    of_example: fn(&[u8]) -> Read,
}

impl Direction {
    fn of<Reader: Facet<'static>>(writer: &Api, outcomes: &[&Outcome]) -> Self {
        let ty = &writer.services[0].methods[0].arguments[0].ty;
        let (values, codec) = (Values::new(writer), Codec::new(writer, Limits::default()));
        let drawn = (0..TRIES).map(|seed| values.draw(&mut Random(seed), ty, 4));
        // In the order that Rust's maps and sets have.
        let bytes = drawn.map(|value| codec.encode(ty, &codec.canonical(ty, &value).unwrap()).unwrap());
        let examples = outcomes.iter().filter_map(|outcome| outcome.example.as_ref());
        Self {
            verdict: outcomes
                .iter()
                .map(|outcome| outcome.seen.rust)
                .max()
                .unwrap_or_default(),
            examples: examples
                .map(|example| (example.verdict, example.bytes.clone()))
                .collect(),
            reads: bytes.map(|bytes| read::<Reader>(&bytes)).collect(),
            of_example: read::<Reader>,
        }
    }

    fn check(&self, name: &str, expected: &str) {
        assert_eq!(self.verdict.word(), expected, "{name}");
        let worst = self.reads.iter().max().copied();
        match self.verdict {
            Verdict::Same | Verdict::Ok => assert_eq!(worst, Some(Read::Whole), "{name}"),
            Verdict::Loud => {
                assert_eq!(worst, Some(Read::Error), "{name}");
                for (verdict, bytes) in &self.examples {
                    let bytes: Vec<u8> = (0..bytes.len() / 2)
                        .map(|at| u8::from_str_radix(&bytes[2 * at..2 * at + 2], 16).unwrap())
                        .collect();
                    assert_eq!(*verdict, Verdict::Loud, "{name}");
                    assert_eq!((self.of_example)(&bytes), Read::Error, "{name}: {bytes:02x?}");
                }
            }
            // Other values of the same bytes look the same here: 5 of a u32 is -3 of an i32.
            Verdict::Semantic | Verdict::Silent => {}
        }
    }
}

/// Checks what plain Rust makes of a change, forth and back.
fn row<Old: Facet<'static>, New: Facet<'static>>(name: &str, forth: &str, back: &str) {
    let ((old, _), (new, _)) = (as_argument::<Old>().unwrap(), as_argument::<New>().unwrap());
    let report: Report = compare(&old, &new);
    let uses: Vec<_> = report.changes.iter().flat_map(|change| &change.uses).collect();
    let outcomes = |pick: fn(&rapace_schema::compare::Use) -> &Outcome| -> Vec<&Outcome> {
        uses.iter().map(|one| pick(one)).collect()
    };
    Direction::of::<New>(&old, &outcomes(|one| &one.forth)).check(&format!("{name}, forth"), forth);
    Direction::of::<Old>(&new, &outcomes(|one| &one.back)).check(&format!("{name}, back"), back);
}

#[derive(Facet)]
struct Point {
    x: u16,
    y: u16,
}
#[derive(Facet)]
struct Swapped {
    y: u16,
    x: u16,
}
#[derive(Facet)]
struct Point3 {
    x: u16,
    y: u16,
    z: Option<u8>,
}
#[derive(Facet)]
struct Placed {
    name: String,
    at: Point,
}
#[derive(Facet)]
struct Flat {
    name: String,
    x: u16,
    y: u16,
}
#[derive(Facet)]
struct Isbn(String);
#[derive(Facet)]
struct Tree16 {
    n: u16,
    kids: Vec<Tree16>,
}
#[derive(Facet)]
struct Tree32 {
    n: u32,
    kids: Vec<Tree32>,
}

macro_rules! enums {
    ($($name:ident { $($variant:ident $(($($field:ty),*))?),* })*) => {$(
        #[derive(Facet)]
        #[repr(u8)]
        #[allow(dead_code, reason = "values come from bytes")]
        enum $name { $($variant $(($($field),*))?),* }
    )*};
}

enums! {
    One { A }
    Two { A, B }
    Renamed { A, Sound }
    Three { A, B, C }
    Inserted { A, N, B }
    Removed { A, C }
    Reordered { B, A }
    Maybe { None, Some(u32) }
    Fields { A(u8), B }
    More { A(u8), B, C(String) }
    Wider { A(u8, u8), B }
    Boxed { A(Box<u8>), B }
}

#[test]
fn bytes_that_are_the_same() {
    row::<String, Isbn>("newtype added", "same", "same");
    row::<Isbn, String>("newtype removed", "same", "same");
    row::<Point, (u16, u16)>("struct becomes a tuple", "same", "same");
    row::<[u16; 2], Point>("array becomes fields", "same", "same");
    row::<Point, [u16; 2]>("fields become an array", "same", "same");
    row::<Placed, Flat>("fields move out of a struct", "same", "same");
    row::<Flat, Placed>("fields move into a struct", "same", "same");
    row::<u64, usize>("u64 becomes usize", "same", "same");
    row::<isize, i64>("isize becomes i64", "same", "same");
    row::<Box<Point>, Point>("Box removed", "same", "same");
    row::<Fields, Boxed>("Box added", "same", "same");
    row::<bool, Option<()>>("bool becomes Option<()>", "same", "same");
    row::<bool, Two>("bool becomes an enum", "same", "same");
    row::<Option<()>, Two>("Option<()> becomes an enum", "same", "same");
    row::<Option<u32>, Maybe>("Option<T> becomes an enum", "same", "same");
    row::<Two, Renamed>("variant renamed", "same", "same");
    row::<(u8, ()), u8>("a unit removed", "same", "same");
    row::<Vec<(u8, String)>, Vec<(u8, Isbn)>>("newtype in a list", "same", "same");
}

#[test]
fn numbers() {
    row::<u16, u32>("u16 becomes u32", "ok", "loud");
    row::<u32, u64>("u32 becomes u64", "ok", "loud");
    row::<u64, u128>("u64 becomes u128", "ok", "silent");
    row::<u16, u128>("u16 becomes u128", "ok", "silent");
    row::<i16, i32>("i16 becomes i32", "ok", "loud");
    row::<i32, i64>("i32 becomes i64", "ok", "loud");
    row::<i64, i128>("i64 becomes i128", "ok", "silent");
    row::<Vec<Option<u16>>, Vec<Option<u32>>>("widened inside", "ok", "loud");
    row::<BTreeMap<u8, u16>, BTreeMap<u8, u32>>("a map's values widened", "ok", "loud");
    row::<Tree16, Tree32>("a recursive type widened", "ok", "loud");
    row::<(u8, Vec<u8>), (u32, Vec<u8>)>("u8 becomes u32", "silent", "silent");
    row::<u8, u16>("u8 becomes u16 at the end", "loud", "silent");
    row::<i8, i32>("i8 becomes i32", "silent", "silent");
    row::<u8, i8>("u8 becomes i8", "silent", "silent");
    row::<u32, i32>("u32 becomes i32", "silent", "silent");
    row::<i64, u64>("i64 becomes u64", "silent", "silent");
    row::<(u32, Vec<u8>), (f32, Vec<u8>)>("u32 becomes f32", "silent", "silent");
    row::<bool, u8>("bool becomes u8", "ok", "loud");
    row::<bool, u32>("bool becomes u32", "ok", "loud");
    row::<bool, i32>("bool becomes i32", "silent", "silent");
    row::<Three, u8>("unit enum becomes u8", "ok", "loud");
    row::<(Three, String), (u16, String)>("unit enum becomes u16", "ok", "loud");
}

#[test]
fn variants() {
    row::<One, Two>("variant appended", "ok", "loud");
    row::<Fields, More>("variant with a field appended", "ok", "loud");
    row::<Vec<Fields>, Vec<More>>("variant appended inside a list", "ok", "loud");
    row::<bool, Three>("bool becomes an enum of three", "ok", "loud");
    row::<Two, One>("last variant removed", "loud", "ok");
    row::<Two, Inserted>("variant inserted", "silent", "silent");
    row::<Three, Removed>("variant removed inside", "silent", "silent");
    row::<Two, Reordered>("variants reordered", "silent", "silent");
    row::<(Vec<Fields>, Vec<u8>), (Vec<Wider>, Vec<u8>)>("field added to a variant", "silent", "silent");
}

#[test]
fn fields() {
    row::<Point, Swapped>("fields swapped", "semantic", "semantic");
    row::<Vec<Point>, Vec<Swapped>>("fields swapped in a list", "semantic", "semantic");
    row::<Point, Point3>("field added at the end", "loud", "ok");
    row::<(u8, Point), (u8, Point3)>("field added at the end of the payload", "loud", "ok");
    row::<(u32, u32), u32>("item removed at the end", "ok", "loud");
    row::<(u32, u32), (u32, u32, u32)>("item added at the end", "loud", "ok");
    row::<(), u32>("() becomes T", "loud", "ok");
    row::<[u32; 2], [u32; 3]>("array longer at the end", "loud", "ok");
    row::<(u32, Vec<u8>), (Option<u32>, Vec<u8>)>("T becomes Option<T>", "silent", "silent");
    row::<Vec<u32>, [u32; 2]>("Vec becomes array", "silent", "silent");
}

#[test]
fn collections_and_texts() {
    row::<Vec<u32>, BTreeSet<u32>>("Vec becomes a set", "semantic", "ok");
    row::<Vec<(String, u32)>, BTreeMap<String, u32>>("Vec of pairs becomes a map", "semantic", "ok");
    row::<String, Vec<u8>>("String becomes bytes", "ok", "loud");
    row::<char, String>("char becomes String", "ok", "silent");
    row::<(char, u8), (Vec<u8>, u8)>("char becomes bytes", "ok", "silent");
    row::<Vec<u8>, [u8; 4]>("bytes become an array", "silent", "silent");
}
