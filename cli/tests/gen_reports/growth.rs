//! A small description makes a small package, in little time: both grow as the description does, whatever its types.

use std::time::{Duration, Instant};

use rapace_cli::generators::generators;
use rapace_gen_core::plan::samples::{empty, fields, newtype, structure};
use rapace_gen_core::{Generator, Options, Origin};
use rapace_schema::{
    Api, Argument, Digest, Method, MethodKind, Service, Style, TypeDef, TypeKind, TypeRef, Variant, limits, method_id,
    to_json, validate,
};

/// How many sizes of each shape are made.
const SIZES: usize = 10;
/// How much more a byte of the largest description may make than a byte of the smallest, in bytes and in time. What is
/// quadratic makes ten times as much.
const SLACK: f64 = 4.0;
/// What a package of the deepest types without a name may have in bytes, besides what any package has.
const DEEPEST: f64 = 500_000.0;
/// What any generation may take besides: the machine is busy, and a clock of small spans says little.
const PAUSE: Duration = Duration::from_secs(2);

fn named(i: usize) -> TypeRef {
    TypeRef::Named(name(i))
}

fn name(i: usize) -> String {
    format!("T{i}")
}

fn boxed(ty: TypeRef) -> Box<TypeRef> {
    Box::new(ty)
}

/// A description of these types, whose service takes and answers `root`.
fn api(mut types: Vec<TypeDef>, root: TypeRef) -> Api {
    types.sort_by(|a, b| a.name.cmp(&b.name));
    let mut api = empty();
    api.types = types;
    api.services = vec![Service {
        name: "Shapes".into(),
        module: String::new(),
        doc: String::new(),
        deprecated: None,
        methods: vec![Method {
            name: "send".into(),
            wire_name: "Shapes.send".into(),
            id: method_id("Shapes.send"),
            doc: String::new(),
            deprecated: None,
            kind: MethodKind::Unary,
            idempotent: false,
            arguments: vec![Argument {
                name: "value".into(),
                ty: root.clone(),
                ..Argument::default()
            }],
            response: root,
            digest: Digest::default(),
            ..Method::default()
        }],
    }];
    api
}

/// Types of which each is made of the one before, and the first of `first`.
fn chain(n: usize, first: TypeRef, next: impl Fn(usize, TypeRef) -> TypeDef) -> Api {
    let types = (0..n).map(|i| match i {
        0 => next(0, first.clone()),
        i => next(i, named(i - 1)),
    });
    api(types.collect(), named(n - 1))
}

/// Types of which each is made of the one before, and the first of the last.
fn ring(n: usize, next: impl Fn(usize, TypeRef) -> TypeDef) -> Api {
    let types = (0..n).map(|i| next(i, named((i + n - 1) % n)));
    api(types.collect(), named(0))
}

fn record(i: usize, types: impl IntoIterator<Item = TypeRef>) -> TypeDef {
    let fields = types.into_iter().enumerate().map(|(i, ty)| (format!("f{i}"), ty));
    structure(&name(i), Style::Struct, fields)
}

fn enumeration(n: usize, payload: impl Fn(usize) -> Vec<(String, TypeRef)>) -> Api {
    let variants = (0..n).map(|i| Variant {
        name: format!("V{i}"),
        rust_name: None,
        json_name: None,
        index: i as u32,
        doc: String::new(),
        deprecated: None,
        fields: match payload(i) {
            none if none.is_empty() => fields(Style::Unit, none),
            some => fields(Style::Struct, some),
        },
    });
    let mut def = newtype(&name(0), TypeRef::Unit);
    def.kind = TypeKind::Enum {
        variants: variants.collect(),
    };
    api(vec![def], named(0))
}

fn nested(depth: usize, level: impl Fn(TypeRef) -> TypeRef) -> TypeRef {
    (1..depth).fold(TypeRef::U16, |inner, _| level(inner))
}

fn array(item: TypeRef, len: u64) -> TypeRef {
    TypeRef::Array { item: boxed(item), len }
}

fn pair(ty: TypeRef) -> TypeRef {
    TypeRef::Tuple(vec![ty.clone(), ty])
}

/// A shape by its name: the description of a size, and the largest size.
type Shape = (&'static str, fn(usize) -> Api, usize);

#[rustfmt::skip]
const SHAPES: &[Shape] = &[
    ("arrays in arrays", |n| api(vec![], nested(n, |ty| array(ty, 2))), 30),
    ("arrays of eight in arrays", |n| api(vec![], nested(n, |ty| array(ty, 8))), 30),
    ("lists in lists", |n| api(vec![], nested(n, |ty| TypeRef::List(boxed(ty)))), 30),
    ("options in options", |n| api(vec![], nested(n, |ty| TypeRef::Option(boxed(ty)))), 30),
    ("structs of the one before", |n| chain(n, TypeRef::U8, |i, ty| record(i, [ty])), 1_000),
    ("structs of the one before twice", |n| chain(n, TypeRef::U8, |i, ty| record(i, [ty.clone(), ty])), 1_000),
    ("units twice", |n| chain(n, TypeRef::Unit, |i, ty| record(i, [ty.clone(), ty])), 1_000),
    ("newtypes of newtypes", |n| chain(n, TypeRef::String, |i, ty| newtype(&name(i), ty)), 1_000),
    ("newtypes of options", |n| chain(n, TypeRef::U8, |i, ty| newtype(&name(i), TypeRef::Option(boxed(ty)))), 1_000),
    ("newtypes of pairs", |n| chain(n, TypeRef::U8, |i, ty| newtype(&name(i), pair(ty))), 1_000),
    ("newtypes of arrays", |n| chain(n, TypeRef::U8, |i, ty| newtype(&name(i), array(ty, 2))), 1_000),
    ("keys of keys", |n| chain(n, TypeRef::U8, |i, ty| newtype(&name(i), TypeRef::Set(boxed(ty)))), 1_000),
    ("a ring of lists", |n| ring(n, |i, ty| record(i, [TypeRef::List(boxed(ty))])), 1_000),
    ("a ring of options", |n| ring(n, |i, ty| record(i, [TypeRef::Option(boxed(ty))])), 1_000),
    ("a ring of newtypes", |n| ring(n, |i, ty| newtype(&name(i), TypeRef::Option(boxed(ty)))), 1_000),
    ("a ring with one way out", |n| ring(n, |i, ty| match i {
        0 => record(0, [TypeRef::Option(boxed(ty)), TypeRef::Bytes]),
        i => record(i, [ty]),
    }), 1_000),
    ("a wide enum", |n| enumeration(n, |_| vec![]), 2_000),
    ("a wide enum of data", |n| enumeration(n, |i| vec![("x".into(), match i % 3 {
        0 => TypeRef::U8,
        1 => TypeRef::String,
        _ => TypeRef::Bytes,
    })]), 2_000),
    ("a wide struct", |n| api(vec![record(0, (0..n).map(|_| TypeRef::U32))], named(0)), 2_000),
    ("a long tuple struct", |n| {
        let fields = (0..n).map(|i| (i.to_string(), TypeRef::U32));
        api(vec![structure(&name(0), Style::Tuple, fields)], named(0))
    }, 2_000),
    ("names that collide", |n| {
        let types = (0..n).map(|i| structure(&format!("A{}", "_".repeat(i)), Style::Unit, []));
        api(types.collect(), TypeRef::Named("A".into()))
    }, 300),
];

/// What a generator makes of a description: its bytes without the runtime's, and how long that takes.
fn made(generator: &dyn Generator, api: &Api) -> (f64, Duration) {
    let start = Instant::now();
    let files = generator.generate(api, &Options::default());
    let taken = start.elapsed();
    let files = files.unwrap_or_else(|error| panic!("{}: {error}", generator.language()));
    let own = files.iter().filter(|(_, file)| file.origin == Origin::Generated);
    (own.map(|(_, file)| file.text.len()).sum::<usize>() as f64, taken)
}

#[test]
fn bytes_and_time_grow_as_the_description_does() {
    for (shape, describe, largest) in SHAPES {
        let sizes: Vec<usize> = (1..=SIZES).map(|step| largest * step / SIZES).collect();
        let apis: Vec<Api> = sizes.iter().map(|size| describe(*size)).collect();
        for (api, size) in apis.iter().zip(&sizes) {
            assert_eq!(validate(api), [], "{shape} of {size}");
        }
        for generator in generators() {
            // What a package has of any description does not count.
            let (least, _) = made(generator.as_ref(), &api(vec![], TypeRef::Unit));
            let made: Vec<(f64, Duration)> = apis.iter().map(|api| made(generator.as_ref(), api)).collect();
            let of = |i: usize| (to_json(&apis[i]).len() as f64, (made[i].0 - least).max(1.0), made[i].1);
            let (first, last) = (of(0), of(SIZES - 1));
            let who = format!("{}, {shape} of {largest}", generator.language());
            let growth = (last.1 / last.0) / (first.1 / first.0);
            // Types without a name are written at each level, indented there: their depth has a limit, and so has this.
            match *largest < limits::TYPE_DEPTH {
                true => assert!(last.1 < DEEPEST, "{who}: {} bytes", last.1),
                false => assert!(growth < SLACK, "{who}: a byte of it makes {growth:.1} times as many"),
            }
            let allowed = first.2.mul_f64(SLACK * last.0 / first.0) + PAUSE;
            assert!(
                last.2 < allowed,
                "{who}: took {:?}, and {allowed:?} would be in proportion",
                last.2
            );
        }
    }
}

/// A walk that calls itself would overflow a thread's stack.
#[test]
fn chains_and_rings_of_ten_thousand_types_are_generated() {
    const N: usize = 10_000;
    for api in [
        chain(N, TypeRef::U8, |i, ty| record(i, [ty])),
        chain(N, TypeRef::U8, |i, ty| newtype(&name(i), ty)),
        ring(N, |i, ty| record(i, [TypeRef::Option(boxed(ty))])),
    ] {
        assert_eq!(validate(&api), []);
        for generator in generators() {
            assert!(made(generator.as_ref(), &api).0 > 0.0);
        }
    }
}

#[test]
fn what_is_deeper_or_longer_than_a_limit_is_refused_before_any_language_sees_it() {
    let deep = api(vec![], nested(limits::TYPE_DEPTH + 1, |ty| TypeRef::List(boxed(ty))));
    let long = api(vec![], TypeRef::Tuple(vec![TypeRef::U8; limits::TUPLE_ITEMS + 1]));
    for (api, expected) in [
        (
            deep,
            "its type is more than 32 deep, which is the limit: name a part of it as a struct",
        ),
        (long, "13 items of a tuple, and the limit is 12"),
    ] {
        let problems: Vec<String> = validate(&api).iter().map(ToString::to_string).collect();
        let expected = ["argument value", "response"].map(|place| format!("method Shapes.send, {place}: {expected}"));
        assert_eq!(problems, expected);
    }
}
