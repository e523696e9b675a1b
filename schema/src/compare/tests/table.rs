//! What becomes of values when an API changes, change by change.

use super::report;
use crate::compare::{Part, Seen};

/// A change, and the verdicts on it: *forth* and *back*, each `verdict` or `verdict/verdict of plain Rust`.
type Row = (&'static str, &'static str, &'static str, &'static str, &'static str);

#[rustfmt::skip]
const ROWS: &[Row] = &[
    // Names and what is not on the wire.
    ("argument renamed", "qty: u32", "count: u32", "same", "same"),
    ("field renamed", "o: Order{qty: u32, id: u64}", "o: Order{count: u32, id: u64}", "same", "same"),
    ("type renamed", "o: Order{qty: u32}", "o: Purchase{qty: u32}", "same", "same"),
    ("variant renamed", "f: enum F{Paper, Audio}", "f: enum F{Paper, Sound}", "same", "same"),
    ("newtype added", "isbn: String", "isbn: Isbn(String)", "same", "same"),
    ("newtype removed", "o: O{isbn: Isbn(String), n: u8}", "o: O{isbn: String, n: u8}", "same", "same"),
    ("newtype of bytes", "h: Vec<u8>", "h: Vec<Byte(u8)>", "same", "same"),
    ("arguments become a struct", "a: u32, b: String", "o: O{a: u32, b: String}", "same", "same"),
    ("a struct becomes arguments", "o: O{a: u32, b: String}", "a: u32, b: String", "same", "same"),
    ("fields move into a struct", "o: O{a: u8, x: f32, y: f32}", "o: O{a: u8, at: At{x: f32, y: f32}}", "same", "same"),
    ("fields move out of a struct", "o: O{a: u8, at: At{x: f32, y: f32}}", "o: O{a: u8, x: f32, y: f32}", "same", "same"),
    ("an array becomes fields", "p: [f32; 3]", "p: P{x: f32, y: f32, z: f32}", "same", "same"),
    ("fields become an array", "p: P{x: u16, y: u16}", "p: [u16; 2]", "same", "same"),
    ("a tuple becomes a struct", "p: (u16, String)", "p: P{x: u16, y: String}", "same", "same"),
    ("usize becomes u64", "n: usize", "n: u64", "same", "same"),
    ("isize becomes i64", "n: isize", "n: i64", "same", "same"),
    ("a unit is added", "a: u32", "a: u32, b: ()", "same", "same"),
    ("a field without bytes leaves a tuple", "t: Vec<T([u8; 0], u32, f32)>", "t: Vec<T(u32, f32)>", "same", "same"),
    ("a unit goes inside of a tuple", "t: T(u32, (), u32)", "t: T(u32, u32)", "same", "same"),
    // Fields that trade places.
    ("arguments swapped", "from: u32, to: u32", "to: u32, from: u32", "semantic", "semantic"),
    ("fields swapped", "p: P{x: f32, y: f32}", "p: P{y: f32, x: f32}", "semantic", "semantic"),
    ("fields swapped in a list", "p: Vec<P{x: f32, y: f32}>", "p: Vec<P{y: f32, x: f32}>", "semantic", "semantic"),
    ("structs swapped", "r: R{from: P{x: u8, y: u8}, to: P}", "r: R{to: P{x: u8, y: u8}, from: P}", "semantic", "semantic"),
    ("an array and an item swapped", "a: [P{x: u8, y: u8}; 2], b: P", "b: P{x: u8, y: u8}, a: [P; 2]", "semantic", "semantic"),
    ("arguments become a struct of the first one's name", "a: u32, b: u32", "a: O{a: u32, b: u32}", "same", "same"),
    ("moved into a struct, and swapped", "x: u8, y: u8", "p: P{y: u8, x: u8}", "semantic", "semantic"),
    ("a variant's fields swapped", "e: enum E{A{x: u8, y: u8}}", "e: enum E{A{y: u8, x: u8}}", "semantic", "semantic"),
    // Fields that come and go.
    ("fields reordered", "o: O{a: u32, b: String}", "o: O{b: String, a: u32}", "silent loud", "silent loud"),
    ("field added inside", "o: O{a: u32, b: Vec<u8>}", "o: O{a: u32, n: u32, b: Vec<u8>}", "silent loud", "silent loud"),
    ("field removed inside", "o: O{a: u32, b: u32, c: u32}", "o: O{a: u32, c: u32}", "loud loud/semantic", "loud"),
    ("field added to a list's item", "o: Vec<O{a: u32}>", "o: Vec<O{a: u32, b: u32}>", "silent loud", "silent loud"),
    ("field added to an item in the middle", "o: Vec<O{a: u32}>, t: Vec<u32>", "o: Vec<O{a: u32, b: u32}>, t: Vec<u32>", "silent", "silent"),
    ("T becomes Option<T>", "a: u32, b: u32", "a: Option<u32>, b: u32", "silent", "silent"),
    ("T becomes Option<T>, bytes follow", "a: u32, b: Vec<u8>", "a: Option<u32>, b: Vec<u8>", "silent", "silent"),
    ("Vec becomes array", "a: Vec<u32>", "a: [u32; 2]", "silent", "silent"),
    ("bytes become array", "a: Vec<u8>", "a: [u8; 16]", "silent loud", "silent loud"),
    ("array longer", "a: [u32; 2], b: String", "a: [u32; 3], b: String", "silent loud", "silent loud"),
    ("array longer at the end", "a: [u32; 2]", "a: [u32; 3]", "loud", "loud/ok"),
    ("argument added at the end", "a: u32", "a: u32, b: u32", "loud", "loud/ok"),
    ("argument removed at the end", "a: u32, b: u32", "a: u32", "loud/ok", "loud"),
    ("field added at the end of the payload", "n: u8, o: O{a: u32}", "n: u8, o: O{a: u32, b: Option<u8>}", "loud", "loud/ok"),
    ("() becomes T", "", "a: u32", "loud", "loud/ok"),
    // Numbers.
    ("u16 becomes u32", "n: u16", "n: u32", "ok", "loud"),
    ("u32 becomes u64", "n: u32", "n: u64", "ok", "loud"),
    ("u64 becomes u128", "n: u64", "n: u128", "ok", "loud/silent"),
    ("i16 becomes i32", "n: i16", "n: i32", "ok", "loud"),
    ("i32 becomes i64", "n: i32, t: String", "n: i64, t: String", "ok", "loud"),
    ("i64 becomes i128", "n: i64", "n: i128", "ok", "loud/silent"),
    ("widened inside a list", "n: Vec<Option<u16>>", "n: Vec<Option<u64>>", "ok", "loud"),
    ("u8 becomes u32", "n: u8, t: Vec<u8>", "n: u32, t: Vec<u8>", "silent", "silent"),
    ("u8 becomes u16 at the end", "n: u8", "n: u16", "loud", "loud/silent"),
    ("i8 becomes i32", "n: i8", "n: i32", "silent", "silent"),
    ("u8 becomes i8", "n: u8", "n: i8", "silent", "silent"),
    ("u32 becomes i32", "n: u32", "n: i32", "silent", "silent"),
    ("i64 becomes u64", "n: i64", "n: u64", "silent", "silent"),
    ("f32 becomes f64", "n: f32, s: String, t: Vec<f32>", "n: f64, s: String, t: Vec<f32>", "silent loud", "silent loud"),
    ("u32 becomes f32", "n: u32, t: Vec<u8>", "n: f32, t: Vec<u8>", "silent", "silent"),
    ("f64 becomes u64", "n: f64", "n: u64", "silent loud", "silent loud"),
    // Tags.
    ("bool becomes Option<()>", "b: bool", "b: Option<()>", "same", "same"),
    ("bool becomes an enum", "b: bool", "b: enum B{No, Yes}", "same", "same"),
    ("Option<()> becomes an enum", "b: Option<()>", "b: enum B{No, Yes}", "same", "same"),
    ("Option<T> becomes an enum", "b: Option<u32>", "b: enum B{None, Some(u32)}", "same", "same"),
    ("bool becomes u8", "b: bool", "b: u8", "ok", "loud"),
    ("bool becomes u32", "b: bool", "b: u32", "ok", "loud"),
    ("unit enum becomes u8", "b: enum E{A, B, C}", "b: u8", "ok", "loud"),
    ("unit enum becomes u16", "b: enum E{A, B, C}, s: String", "b: u16, s: String", "ok", "loud"),
    ("bool becomes i32", "b: bool", "b: i32", "silent", "silent"),
    ("variant appended", "f: enum F{Paper}", "f: enum F{Paper, Audio}", "ok", "loud"),
    ("variant with fields appended", "f: Vec<enum F{A(u8)}>", "f: Vec<enum F{A(u8), B{x: String}}>", "ok", "loud"),
    ("bool becomes an enum of three", "b: bool", "b: enum B{No, Yes, Maybe}", "ok", "loud"),
    ("last variant removed", "f: enum F{Paper, Audio}", "f: enum F{Paper}", "loud", "ok"),
    ("variant inserted", "f: enum F{A, B}", "f: enum F{A, N, B}", "silent", "silent"),
    ("variant removed inside", "f: enum F{A, B, C}", "f: enum F{A, C}", "silent", "silent"),
    ("variants reordered", "f: enum F{A, B}", "f: enum F{B, A}", "silent", "silent"),
    ("field added to a variant", "f: Vec<enum F{A(u8)}>", "f: Vec<enum F{A(u8, u8)}>", "silent loud", "silent loud"),
    ("struct becomes an enum of one variant", "o: O{a: u32, b: u32}", "o: enum O{V{a: u32, b: u32}}", "silent loud", "silent loud"),
    // Collections and texts.
    ("Vec becomes a set", "t: Vec<u32>", "t: Set<u32>", "semantic", "ok"),
    ("Vec of pairs becomes a map", "t: Vec<(String, u32)>", "t: Map<String, u32>", "semantic", "ok"),
    ("a set of pairs becomes a map", "t: Set<(String, u32)>", "t: Map<String, u32>", "semantic", "ok"),
    ("a map's values widened", "t: Map<String, u16>", "t: Map<String, u32>", "ok", "loud"),
    ("String becomes bytes", "s: String", "s: Vec<u8>", "ok", "loud"),
    ("char becomes String", "c: char", "c: String", "ok", "loud/silent"),
    ("char becomes bytes", "c: char, n: u8", "c: Vec<u8>, n: u8", "ok", "loud/silent"),
    ("String becomes a list of numbers", "s: String", "s: Vec<u32>", "silent loud", "silent loud"),
    // Kinds of methods.
    ("an answer becomes a stream", "n: u32 -> u32", "n: u32 -> stream u32", "loud", "loud"),
    ("a stream becomes an answer", "n: u32 -> stream String", "n: u32 -> String", "loud", "loud"),
    ("a stream of another type", "n: u32 -> u32", "n: u32 -> stream String", "loud", "loud"),
    ("an answer becomes a stream, and an argument is wider", "n: u16 -> u32", "n: u32 -> stream u32", "loud", "loud"),
    ("a recursive type widened", "t: Tree{n: u16, kids: Vec<Tree>}", "t: Tree{n: u32, kids: Vec<Tree>}", "ok", "loud"),
];

fn words(seen: Seen) -> String {
    match seen.verdict == seen.rust {
        true => seen.verdict.word().to_owned(),
        false => format!("{}/{}", seen.verdict.word(), seen.rust.word()),
    }
}

/// The verdicts of a report that every reader shares, or the worst of both.
fn check(row: &Row) -> Result<(), String> {
    let (name, old, new, forth, back) = *row;
    let report = report(old, new);
    let worst = |pick: fn(&crate::compare::Change) -> Seen| {
        let changes = report.changes.iter().map(pick);
        changes.fold(Seen::default(), Seen::worse)
    };
    for (direction, expected, seen) in [("forth", forth, worst(|c| c.forth)), ("back", back, worst(|c| c.back))] {
        let is_expected = expected.split(' ').any(|expected| match expected.contains('/') {
            true => expected == words(seen),
            false => expected == seen.worst().word(),
        });
        if !is_expected {
            let changes: Vec<String> = report.changes.iter().map(|change| format!("{change:#?}")).collect();
            return Err(format!(
                "{name}, {direction}: {} instead of {expected}\n{}",
                words(seen),
                changes.join("\n")
            ));
        }
    }
    Ok(())
}

#[test]
fn every_change_fares_as_the_table_says() {
    let wrong: Vec<String> = ROWS.iter().filter_map(|row| check(row).err()).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        ROWS.len(),
        wrong.join("\n")
    );
    println!("figure: breaking: {} rows of the table, in both directions", ROWS.len());
}

#[test]
fn the_other_way_round_the_verdicts_change_places() {
    for (name, old, new, ..) in ROWS {
        let (one, other) = (report(old, new), report(new, old));
        let verdicts = |report: &crate::compare::Report, pick: fn(&crate::compare::Change) -> Seen| {
            report.changes.iter().map(pick).fold(Seen::default(), Seen::worse)
        };
        assert_eq!(verdicts(&one, |c| c.forth), verdicts(&other, |c| c.back), "{name}");
        assert_eq!(verdicts(&one, |c| c.back), verdicts(&other, |c| c.forth), "{name}");
    }
}

#[test]
fn what_fails_or_is_misread_is_shown_by_a_value() {
    for (name, old, new, ..) in ROWS {
        for change in report(old, new).changes {
            for one in change.uses.iter().filter(|one| one.part != Part::Call) {
                for outcome in [&one.forth, &one.back] {
                    let shown = outcome.example.is_some() || outcome.seen.verdict.is_safe();
                    assert!(shown, "{name}: {one:#?}");
                }
            }
        }
    }
}
