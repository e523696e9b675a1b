//! Asks the exporter about a type, and facet-postcard.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};

use conformance_draw::{Random, Values};
use facet::Facet;
use rapace::facet_postcard::{from_slice, to_vec};
use rapace::registry::{ArgInfo, ServiceRegistry};
use rapace_exporter::config::Places;
use rapace_exporter::diagnostic::{Diagnostic, Level};
use rapace_exporter::inputs::Inputs;
use rapace_exporter::lower::lower;
use rapace_exporter::shape::{Register, collect};
use rapace_exporter::source::services::ServiceSource;
use rapace_exporter::source::types::TypeSources;
use rapace_schema::postcard::{Codec, Limits, ValueError};
use rapace_schema::{Api, TypeRef};
use serde_json::Value;

/// How many random values a type is tried on.
const TRIES: u64 = 300;
/// How deep random values of recursive types are.
const DEPTH: u32 = 6;

/// A verdict: the description with its warnings, or what stands in the way.
pub type Verdict = Result<(Api, Vec<Diagnostic>), Vec<Diagnostic>>;

/// The exporter's verdict on a type that Rust has to read.
pub fn as_argument<T: Facet<'static>>() -> Verdict {
    fn register<T: Facet<'static>>(registry: &mut ServiceRegistry) {
        let mut service = registry.register_service("Rows", "");
        let value = ArgInfo {
            name: "value",
            type_name: "",
        };
        service.add_method("row", "", vec![value], T::SHAPE, <()>::SHAPE);
        service.finish();
    }
    verdict(register::<T>)
}

/// The exporter's verdict on a type that Rust has to write.
pub fn as_response<T: Facet<'static>>() -> Verdict {
    fn register<T: Facet<'static>>(registry: &mut ServiceRegistry) {
        let mut service = registry.register_service("Rows", "");
        service.add_method("row", "", Vec::new(), <()>::SHAPE, T::SHAPE);
        service.finish();
    }
    verdict(register::<T>)
}

fn verdict(register: Register) -> Verdict {
    let service = ServiceSource {
        module: vec!["rows".into()],
        name: "Rows".into(),
        ..ServiceSource::default()
    };
    let inputs = Inputs {
        name: "rows",
        about: &rapace_schema::Package::default(),
        services: &[service],
        types: &TypeSources::default(),
        names: &BTreeMap::new(),
        kept: &BTreeMap::new(),
        results: &BTreeMap::new(),
        presented: &BTreeMap::new(),
        open_enums: false,
        open: &BTreeMap::new(),
        partial: false,
        places: &Places::default(),
        idempotent: &BTreeSet::new(),
    };
    lower(&inputs, &collect(&[register]))
}

/// The errors of a verdict, one per line.
pub fn errors(verdict: Verdict) -> String {
    let diagnostics = verdict.expect_err("it was accepted");
    let errors = diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Error);
    errors.map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

fn response_of(api: &Api) -> &TypeRef {
    &api.services[0].methods[0].response
}

/// Both verdicts say yes, and random bytes that the description allows go through Rust and come back with the same
/// meaning. Integers are at least `least`.
pub fn travels_from<T: Facet<'static>>(least: u128) {
    let name = T::SHAPE.to_string();
    as_argument::<T>().unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let (api, _) = as_response::<T>().unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let ty = response_of(&api);
    let mut values = Values::new(&api);
    values.least = least;
    let codec = Codec::new(&api, Limits::default());
    for seed in 0..TRIES {
        let value = values.draw(&mut Random(seed), ty, DEPTH);
        let bytes = codec.encode(ty, &value).unwrap();
        let decoded: T = from_slice(&bytes).unwrap_or_else(|e| panic!("{name}, seed {seed}: {e:?} in {bytes:02x?}"));
        let encoded = to_vec(&decoded).unwrap_or_else(|e| panic!("{name}, seed {seed}: {e:?}"));
        let (sent, again) = (meaning(&codec, ty, &bytes), meaning(&codec, ty, &encoded));
        assert_eq!(again, sent, "{name}, seed {seed}: {bytes:02x?} became {encoded:02x?}");
    }
}

/// What bytes mean, orders left out that mean nothing.
fn meaning(codec: &Codec<'_>, ty: &TypeRef, bytes: &[u8]) -> Result<Value, ValueError> {
    codec.canonical(ty, &codec.decode(ty, bytes)?)
}

/// [`travels_from`] 0.
pub fn travels<T: Facet<'static>>() {
    travels_from::<T>(0);
}

/// Whether Rust reads random bytes that the description of `T` as a response allows.
pub fn reads<T: Facet<'static>>(api: &Api, ty: &TypeRef) -> bool {
    let (values, codec) = (Values::new(api), Codec::new(api, Limits::default()));
    (0..TRIES).all(|seed| {
        let value = values.draw(&mut Random(seed), ty, DEPTH);
        let bytes = codec.encode(ty, &value).unwrap();
        succeeds(|| from_slice::<T>(&bytes).ok())
    })
}

/// Refused as an argument, allowed as a response, and rightly so: Rust writes what the description says, and does not
/// read it.
pub fn one_way<T: Facet<'static>>(values: &[T]) -> String {
    let name = T::SHAPE.to_string();
    let (api, warnings) = as_response::<T>().unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let ty = response_of(&api);
    let codec = Codec::new(&api, Limits::default());
    for value in values {
        let bytes = to_vec(value).unwrap();
        let read = codec.decode(ty, &bytes);
        assert!(read.is_ok(), "{name}: {bytes:02x?} is not {ty:?}: {read:?}");
        assert!(
            !succeeds(|| from_slice::<T>(&bytes).ok()),
            "{name}: Rust reads {bytes:02x?}"
        );
    }
    let warnings: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    format!("{}\n{}", errors(as_argument::<T>()), warnings.join("\n"))
}

/// Refused as a response, allowed as an argument, and rightly so: Rust reads what the description says, and writes
/// `values` otherwise.
pub fn only_read<T: Facet<'static>>(values: &[T]) -> String {
    let name = T::SHAPE.to_string();
    let (api, _) = as_argument::<T>().unwrap_or_else(|problems| panic!("{name}: {problems:?}"));
    let ty = &api.services[0].methods[0].arguments[0].ty;
    assert!(reads::<T>(&api, ty), "{name}: Rust does not read it");
    assert!(
        values.iter().any(|value| !carried(value)),
        "{name}: Rust writes what it reads"
    );
    errors(as_response::<T>())
}

/// Refused in both directions, and rightly so: no value comes through.
pub fn refused<T: Facet<'static>>(value: T) -> String {
    let name = T::SHAPE.to_string();
    assert!(!carried(&value), "{name}: facet-postcard carries it");
    let (argument, response) = (errors(as_argument::<T>()), errors(as_response::<T>()));
    format!("{argument}\n{response}")
}

/// Whether a value comes through facet-postcard and is written the same again.
pub fn carried<T: Facet<'static>>(value: &T) -> bool {
    succeeds(|| {
        let bytes = to_vec(value).ok()?;
        let decoded: T = from_slice(&bytes).ok()?;
        (to_vec(&decoded).ok()? == bytes).then_some(())
    })
}

fn succeeds<R>(run: impl FnOnce() -> Option<R>) -> bool {
    catch_unwind(AssertUnwindSafe(run)).is_ok_and(|result| result.is_some())
}
