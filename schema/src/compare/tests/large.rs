//! APIs in which thousands of types change at once. What is bounded is counted, never timed.

use crate::compare::budget::MOST_PARTS;
use crate::compare::{Verdict, counted};
use crate::fixtures::{api, enumeration, service, structure};
use crate::model::{Api, TypeDef, TypeRef};

/// Types that all have this in them, and a method for each.
type Shape = fn(types: usize, leaf: &TypeRef) -> Vec<TypeDef>;

fn named(index: usize) -> TypeRef {
    TypeRef::Named(name(index))
}

fn name(index: usize) -> String {
    format!("T{index}")
}

fn list(item: TypeRef) -> TypeRef {
    TypeRef::List(Box::new(item))
}

/// A type each, of what an index gives.
fn structs(types: usize, leaf: &TypeRef, more: impl Fn(usize) -> Vec<(&'static str, TypeRef)>) -> Vec<TypeDef> {
    let all = (0..types).map(|index| {
        let mut fields = more(index);
        fields.insert(0, ("leaf", leaf.clone()));
        structure(&name(index), &fields)
    });
    all.collect()
}

fn apart(types: usize, leaf: &TypeRef) -> Vec<TypeDef> {
    structs(types, leaf, |_| vec![("text", TypeRef::String)])
}

fn lists_of_lists(types: usize, leaf: &TypeRef) -> Vec<TypeDef> {
    structs(types, leaf, |index| match index {
        0 => Vec::new(),
        _ => vec![("next", list(named(index - 1)))],
    })
}

fn one_in_another(types: usize, leaf: &TypeRef) -> Vec<TypeDef> {
    structs(types, leaf, |index| match index {
        0 => Vec::new(),
        _ => vec![("next", named(index - 1)), ("end", TypeRef::Bool)],
    })
}

fn shared(types: usize, leaf: &TypeRef) -> Vec<TypeDef> {
    structs(types, leaf, |index| match index {
        0 => Vec::new(),
        _ => vec![
            ("half", named(index / 2)),
            ("third", TypeRef::Option(Box::new(named(index / 3)))),
            ("before", list(named(index - 1))),
        ],
    })
}

/// Circles of 20 types.
fn circles(types: usize, leaf: &TypeRef) -> Vec<TypeDef> {
    structs(types, leaf, |index| {
        vec![("next", list(named(index / 20 * 20 + (index + 1) % 20)))]
    })
}

fn enums(types: usize, leaf: &TypeRef) -> Vec<TypeDef> {
    let all = (0..types).map(|index| {
        let next = [("0", list(named(index.saturating_sub(1))))];
        enumeration(
            &name(index),
            &[("Leaf", &[("0", leaf.clone())]), ("Next", &next), ("End", &[])],
        )
    });
    all.collect()
}

fn described(types: Vec<TypeDef>) -> Api {
    let methods: Vec<(String, TypeRef)> = (0..types.len())
        .map(|index| (format!("m{index}"), named(index)))
        .collect();
    let arguments: Vec<[TypeRef; 1]> = methods.iter().map(|(_, ty)| [ty.clone()]).collect();
    let methods: Vec<(&str, &[TypeRef], TypeRef)> = (methods.iter().zip(&arguments))
        .map(|((name, ty), arguments)| (name.as_str(), arguments.as_slice(), ty.clone()))
        .collect();
    let mut api = api(types);
    api.services = vec![service("S", &methods)];
    let problems = crate::validate(&api);
    assert!(problems.is_empty(), "{problems:?}");
    api
}

/// How many parts the values have that are tried: enough for some of the changes.
const FEW_PARTS: u64 = 5_000;

/// How many types are tried. More: RAPACE_TYPES=10000.
fn types() -> usize {
    let wanted = std::env::var("RAPACE_TYPES").ok();
    wanted.and_then(|wanted| wanted.parse().ok()).unwrap_or(120)
}

/// Compares an API of so many types with one in which all of them are others. `forth` is the worst verdict.
fn check(name: &str, shape: Shape, [old, new]: [TypeRef; 2], forth: Verdict) {
    let types = types();
    let [old, new] = [old, new].map(|leaf| described(shape(types, &leaf)));
    let (start, wanted) = (std::time::Instant::now(), std::env::var_os("RAPACE_TYPES"));
    let parts = if wanted.is_some() { MOST_PARTS } else { FEW_PARTS };
    let (report, work) = counted(&old, &new, parts);
    println!(
        "{name}: {} changes of {types} types, {work:?}, {} ms",
        report.changes.len(),
        start.elapsed().as_millis()
    );
    let worst = report.changes.iter().map(|change| change.forth.worst()).max();
    assert!(
        worst == Some(forth) || worst >= Some(Verdict::Loud) && forth > Verdict::Loud,
        "{name}: {worst:?}"
    );
    let named = report
        .changes
        .iter()
        .filter(|change| change.place.contains('T'))
        .count();
    assert_eq!(named, types, "{name}");
    assert!(work.steps < 300 * types, "{name}: {work:?}");
    assert!(work.parts <= 2 * parts, "{name}: {work:?}");
}

#[test]
fn the_work_grows_with_the_types_and_not_faster() {
    let wider = || [TypeRef::U16, TypeRef::U32];
    let misread = || [TypeRef::U32, TypeRef::I32];
    let lost = || [TypeRef::U8, TypeRef::U32];
    check("apart", apart, wider(), Verdict::Ok);
    check("apart, misread", apart, misread(), Verdict::Silent);
    check("apart, lost", apart, lost(), Verdict::Silent);
    check("lists of lists", lists_of_lists, wider(), Verdict::Ok);
    check("one in another", one_in_another, misread(), Verdict::Silent);
    check("one in another, lost", one_in_another, lost(), Verdict::Silent);
    check("shared", shared, wider(), Verdict::Ok);
    check("shared, lost", shared, lost(), Verdict::Silent);
    check("enums", enums, wider(), Verdict::Ok);
    check("circles", circles, misread(), Verdict::Silent);
}
