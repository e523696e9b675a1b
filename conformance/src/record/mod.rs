//! Makes the vectors of values: our interpreter proposes, facet-postcard and postcard judge.

mod exchanges;
mod files;
mod frames;
mod least;
mod malformed;
mod mutants;
mod recorder;
mod relay;
mod unfit;
mod valid;

use rapace_schema::Api;

use crate::class::Class;
use crate::vectors::{Case, Vectors};

use self::files::Files;
use self::recorder::Recorder;
use crate::fixtures;

const PROVENANCE: &str = "recorded from facet-postcard 0.32.3, checked with postcard 1.1 through serde";

/// Records vectors and frames: writes a file for each class, or compares. Scenarios are only counted.
///
/// # Errors
/// When Rust and our interpreter do not agree, a file differs, or a class has too few cases.
pub fn run(check: bool) -> Result<(), String> {
    let api = fixtures::api()?;
    let vectors = record(&api)?;
    let recordings = exchanges::record(&api, &vectors)?;
    let mut files = Files::new(&fixtures::folder(), check);
    for class in &vectors {
        let names = class.cases.iter().map(|case| &case.name);
        files.keep(fixtures::VECTORS, class.class, names, &class.to_json())?;
    }
    for class in &recordings {
        let names = class.cases.iter().map(|case| &case.name);
        files.keep(fixtures::FRAMES, class.class, names, &class.to_json())?;
    }
    for class in fixtures::scenarios(&[])? {
        files.count(class.class, class.cases.len());
    }
    files.finish()
}

/// Makes all classes. The same ones each time.
///
/// # Errors
/// When facet-postcard or postcard does not agree with our interpreter about a value that should be valid.
fn record(api: &Api) -> Result<Vec<Vectors>, String> {
    let mut recorder = Recorder::new(api)?;
    let mut classes = vec![
        class(
            Class::Integers,
            "integers",
            "exact both ways",
            recorder.collect(valid::integers)?,
        ),
        class(
            Class::Floats,
            "floats",
            "exact; a NaN stays a NaN",
            recorder.collect(valid::floats)?,
        ),
        class(
            Class::Texts,
            "bool, unit, char, strings, bytes",
            "exact both ways",
            recorder.collect(valid::texts)?,
        ),
        class(
            Class::ComposedTypes,
            "composed types",
            "exact; maps and sets by meaning",
            recorder.collect(valid::composed)?,
        ),
    ];
    let valid: Vec<Case> = classes.iter().flat_map(|class| class.cases.clone()).collect();
    classes.append(&mut wrong(&mut recorder, &valid)?);
    Ok(classes)
}

/// The classes of values and bytes that are refused, and of bytes that only Rust accepts or refuses.
fn wrong(recorder: &mut Recorder<'_>, valid: &[Case]) -> Result<Vec<Vectors>, String> {
    let bad = "refused; the connection lives on";
    Ok(vec![
        class(
            Class::UnfitValues,
            "values that are none of their type",
            "refused before a byte is sent",
            recorder.collect(unfit::values)?,
        ),
        class(
            Class::CutValues,
            "cut values",
            bad,
            recorder.collect(|r| malformed::cuts(r, valid))?,
        ),
        class(
            Class::Varints,
            "varints",
            "accepted up to the longest form of the type, refused beyond",
            recorder.collect(malformed::varints)?,
        ),
        class(Class::Tags, "tags and indexes", bad, recorder.collect(malformed::tags)?),
        class(
            Class::BadText,
            "text that is no text",
            bad,
            recorder.collect(malformed::texts)?,
        ),
        class(
            Class::Lengths,
            "lengths",
            "refused at once, without allocating for them",
            recorder.collect(malformed::lengths)?,
        ),
        class(
            Class::Depth,
            "depth",
            "accepted at the limit of 128, refused beyond, without a crash",
            recorder.collect(malformed::depth)?,
        ),
        class(
            Class::Leftovers,
            "trailing bytes, repeated keys",
            "trailing bytes are refused; the last of equal keys wins",
            recorder.collect(malformed::leftovers)?,
        ),
        class(
            Class::Mutants,
            "mutants",
            "as Rust does, or as listed",
            recorder.collect(|r| {
                mutants::of(r, valid)?;
                mutants::found(r)
            })?,
        ),
    ])
}

fn class(class: Class, title: &str, rule: &str, cases: Vec<Case>) -> Vectors {
    Vectors {
        class,
        title: title.into(),
        rule: rule.into(),
        provenance: PROVENANCE.into(),
        cases,
    }
}
