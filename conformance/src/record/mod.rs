//! Makes the vectors of values: our interpreter proposes, facet-postcard and postcard judge.

mod exchanges;
mod files;
mod frames;
mod least;
mod malformed;
mod mutants;
mod relay;
mod unfit;
mod valid;

use std::collections::BTreeMap;

use conformance_fixtures::SHAPES;
use conformance_oracle::Verdict;
use rapace_schema::postcard::{Codec, Limits, Reason, ValueError};
use rapace_schema::{Api, TypeRef};
use serde_json::Value;

use crate::class::Class;
use crate::difference;
use crate::oracle::{Oracle, PATIENCE, UNBOUNDED};
use crate::vectors::{Case, Vectors};
use conformance_oracle::Hex;

use self::files::Files;
use crate::fixtures;

const PROVENANCE: &str = "recorded from facet-postcard 0.32.3, checked with postcard 1.1 through serde";

/// Records vectors and frames: writes every class into a file of its own, or compares. Scenarios are only counted.
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

/// The classes of what is wrong, and of what may be.
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

/// Makes cases, and names them.
struct Recorder<'a> {
    api: &'a Api,
    codec: Codec<'a>,
    types: BTreeMap<&'a str, &'a TypeRef>,
    oracle: Oracle,
    cases: Vec<Case>,
}

impl<'a> Recorder<'a> {
    fn new(api: &'a Api) -> Result<Self, String> {
        let service = api.services.iter().find(|service| service.name == "Values");
        let service = service.ok_or("the API has no service Values")?;
        let types = service
            .methods
            .iter()
            .map(|method| (method.name.as_str(), &method.response));
        Ok(Self {
            api,
            codec: Codec::new(api, Limits::default()),
            types: types.collect(),
            oracle: Oracle::of_fixtures()?,
            cases: Vec::new(),
        })
    }

    fn collect(&mut self, make: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<Vec<Case>, String> {
        make(self)?;
        Ok(std::mem::take(&mut self.cases))
    }

    /// The methods, in the order of the fixtures.
    fn methods(&self) -> impl Iterator<Item = &'static str> + use<> {
        SHAPES.iter().map(|shape| shape.method)
    }

    fn ty(&self, method: &str) -> Result<&'a TypeRef, String> {
        self.types
            .get(method)
            .copied()
            .ok_or_else(|| format!("no method {method}"))
    }

    /// A value whose bytes facet-postcard and postcard confirm.
    fn valid(&mut self, method: &str, detail: &str, value: Value) -> Result<(), String> {
        let ty = self.ty(method)?;
        let place = |error: &dyn std::fmt::Display| format!("{method} {detail}: {value}: {error}");
        let value = self.codec.canonical(ty, &value).map_err(|error| place(&error))?;
        let mut bytes = self.codec.encode(ty, &value).map_err(|error| place(&error))?;
        for verdict in [
            self.oracle.judge(method, &bytes, PATIENCE)?,
            self.oracle.judge_by_serde(method, &bytes)?,
        ] {
            let Verdict::Accepted(again) = &verdict else {
                return Err(place(&format!("Rust says {verdict:?}")));
            };
            let meaning = self.meaning(method, &again.0).map_err(|error| place(&error))?;
            if meaning != value {
                return Err(place(&format!("Rust takes it for {meaning}")));
            }
            if again.0 == bytes {
                continue;
            }
            if self.codec.has_one_encoding(ty) {
                return Err(place(&format!("Rust writes {:?}, we write {bytes:?}", again.0)));
            }
            // Sorted ones have Rust's order, which is the same each time; that of hash maps and sets is not.
            if !method.starts_with("hash") {
                bytes.clone_from(&again.0);
            }
        }
        self.push("y", method, detail, Some(bytes), Some(value), None);
        Ok(())
    }

    /// Bytes of any kind: accepted or refused by our rules, and so labelled where Rust differs.
    fn judged(&mut self, method: &str, detail: &str, bytes: &[u8]) -> Result<(), String> {
        let ours = self.meaning(method, bytes);
        let unbounded = matches!(&ours, Err(error) if error.reason == Reason::ZeroSizedItems);
        let patience = if unbounded { UNBOUNDED } else { PATIENCE };
        let rust = self.oracle.judge(method, bytes, patience)?;
        let difference = difference::difference(&ours, &rust, |again| self.meaning(method, again))
            .map_err(|problem| format!("{method} {detail}: {problem}"))?;
        let agrees = difference.is_none();
        let verdict = match (agrees, &ours) {
            (false, _) => "i",
            (true, Ok(_)) => "y",
            (true, Err(_)) => "n",
        };
        let (value, refused) = match ours {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error.reason.into())),
        };
        let case = self.push(verdict, method, detail, Some(bytes.into()), value, refused);
        case.rust = difference;
        Ok(())
    }

    /// A value that must be refused before there are bytes.
    fn unfit(&mut self, method: &str, detail: &str, value: Value) -> Result<(), String> {
        match self.codec.encode(self.ty(method)?, &value) {
            Ok(_) => Err(format!("{method} {detail}: {value} is a value")),
            Err(error) => {
                self.push("n", method, detail, None, Some(value), Some(error.reason.into()));
                Ok(())
            }
        }
    }

    fn meaning(&self, method: &str, bytes: &[u8]) -> Result<Value, ValueError> {
        let Some(ty) = self.types.get(method) else {
            return Ok(Value::Null);
        };
        let value = self.codec.decode(ty, bytes)?;
        self.codec.canonical(ty, &value)
    }

    fn push(
        &mut self,
        verdict: &str,
        method: &str,
        detail: &str,
        bytes: Option<Vec<u8>>,
        value: Option<Value>,
        refused: Option<crate::vectors::Refusal>,
    ) -> &mut Case {
        let same = match (&value, &bytes, self.types.get(method)) {
            (Some(value), Some(bytes), Some(ty)) => difference::is_own(&self.codec, ty, value, bytes),
            _ => false,
        };
        self.cases.push(Case {
            name: format!("{verdict}_{method}_{detail}"),
            method: method.into(),
            decode_only: refused.is_none() && !same,
            bytes: bytes.map(Hex),
            value,
            refused,
            rust: None,
        });
        self.cases.last_mut().expect("just pushed")
    }
}
