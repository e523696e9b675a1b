//! Every text of a description, in every place: it is refused, or it is text in the package and nothing else.

use std::panic::resume_unwind;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use rapace_cli::generators::generators;
use rapace_gen_core::{Files, Options, Origin, Runtime};
use rapace_schema::{Api, ReadError, TypeKind, method_id, read, text::is_hidden, to_json};

use crate::tokens::{Language, without_texts};

const PAYLOADS: &str = include_str!("../../../generators/hostile/payloads.json");
const BOOKSHOP: &str = include_str!("../../../examples/bookshop/api.json");

/// A place that holds a text, by its name.
type Place = (&'static str, fn(&mut Api, &str));

#[rustfmt::skip]
const PLACES: &[Place] = &[
    ("schema", |api, text| api.schema = text.into()),
    ("ir_version", |api, text| api.ir_version = format!("1.{text}")),
    ("producer.name", |api, text| api.producer.name = text.into()),
    ("producer.version", |api, text| api.producer.version = text.into()),
    ("protocol.rpc", |api, text| api.protocol.rpc = text.into()),
    ("name", |api, text| api.name = text.into()),
    ("digest", |api, text| api.digest.wire = text.into()),
    ("service.name", |api, text| api.services[0].name = text.into()),
    ("service.module", |api, text| api.services[0].module = text.into()),
    ("service.doc", |api, text| api.services[0].doc = text.into()),
    ("service.deprecated", |api, text| api.services[0].deprecated = Some(text.into())),
    ("method.name", |api, text| api.services[0].methods[0].name = text.into()),
    ("method.wire_name", |api, text| {
        let method = &mut api.services[0].methods[0];
        method.wire_name = text.into();
        method.id = method_id(text);
    }),
    ("method.wire_name behind a dot", |api, text| {
        let method = &mut api.services[0].methods[0];
        method.wire_name = format!("Catalog.{text}");
        method.id = method_id(&method.wire_name);
    }),
    ("method.doc", |api, text| each_method(api, |doc, _| *doc = text.into())),
    ("method.deprecated", |api, text| each_method(api, |_, note| *note = Some(text.into()))),
    ("argument.name", |api, text| {
        let mut methods = api.services[0].methods.iter_mut();
        methods.find_map(|method| method.arguments.first_mut()).expect("there is one").name = text.into();
    }),
    ("type.name", |api, text| api.types[0].name = text.into()),
    ("type.rust", |api, text| api.types.iter_mut().for_each(|def| {
        def.rust = text.into();
        def.doc.clear();
    })),
    ("type.path", |api, text| api.types[0].path = text.into()),
    ("type.doc", |api, text| api.types.iter_mut().for_each(|def| def.doc = text.into())),
    ("type.deprecated", |api, text| api.types.iter_mut().for_each(|def| def.deprecated = Some(text.into()))),
    ("field.name", |api, text| each_field(api, |name, _, _| *name = text.into())),
    ("field.doc", |api, text| each_field(api, |_, doc, _| *doc = text.into())),
    ("field.deprecated", |api, text| each_field(api, |_, _, note| *note = Some(text.into()))),
    ("variant.name", |api, text| each_variant(api, |name, _, _| *name = text.into())),
    ("variant.doc", |api, text| each_variant(api, |_, doc, _| *doc = text.into())),
    ("variant.deprecated", |api, text| each_variant(api, |_, _, note| *note = Some(text.into()))),
];

fn each_method(api: &mut Api, set: impl Fn(&mut String, &mut Option<String>)) {
    for method in api.services.iter_mut().flat_map(|service| &mut service.methods) {
        set(&mut method.doc, &mut method.deprecated);
    }
}

fn each_field(api: &mut Api, set: impl Fn(&mut String, &mut String, &mut Option<String>)) {
    for def in &mut api.types {
        let all: Vec<_> = match &mut def.kind {
            TypeKind::Struct(fields) => vec![fields],
            TypeKind::Enum { variants } => variants.iter_mut().map(|variant| &mut variant.fields).collect(),
        };
        for field in all.into_iter().flat_map(|fields| &mut fields.fields) {
            set(&mut field.name, &mut field.doc, &mut field.deprecated);
        }
    }
}

fn each_variant(api: &mut Api, set: impl Fn(&mut String, &mut String, &mut Option<String>)) {
    for def in &mut api.types {
        if let TypeKind::Enum { variants } = &mut def.kind {
            for variant in variants {
                set(&mut variant.name, &mut variant.doc, &mut variant.deprecated);
            }
        }
    }
}

/// The description with a text at a place, or nothing when it is refused.
fn with(place: &Place, text: &str) -> Option<Api> {
    let mut api = read(BOOKSHOP).expect("the bookshop is sound");
    place.1(&mut api, text);
    match read(&to_json(&api)) {
        Ok(api) => Some(api),
        Err(error @ (ReadError::Unsound(_) | ReadError::Protocol(_) | ReadError::NotAnApi(_))) => {
            let message = error.to_string();
            assert!(
                !message.contains(|c: char| is_hidden(c) && c != '\n'),
                "{}: {message:?}",
                place.0
            );
            assert!(message.len() < 20_000, "{}: {} bytes", place.0, message.len());
            None
        }
        Err(other) => panic!("{}: {other}", place.0),
    }
}

fn language_of(path: &str) -> Option<Language> {
    match path.rsplit_once('.')?.1 {
        "py" => Some(Language::Python),
        "go" => Some(Language::Go),
        "ts" | "js" => Some(Language::TypeScript),
        _ => None,
    }
}

/// What is code in the package: everything but comments and what is in strings.
fn code(files: &Files) -> Vec<(String, String)> {
    let own = files.iter().filter(|(_, file)| file.origin == Origin::Generated);
    own.map(|(path, file)| {
        let code = match language_of(path) {
            Some(language) => without_texts(&file.text, language),
            None => file.text.clone(),
        };
        (path.to_owned(), code)
    })
    .collect()
}

/// Without the runtime's sources, which no text reaches.
fn options(language: &str) -> Options {
    Options {
        runtime: Runtime::Package((language == "go").then(|| "example.com/rapace".to_owned())),
        ..Options::default()
    }
}

/// Puts every text in a place, and compares each package with that of harmless words. Returns how many were compared.
fn compared(place: &Place, payloads: &[String]) -> usize {
    let mut generated = 0;
    // Words, in as many paragraphs as a payload may have.
    let harmless = with(place, "Words.");
    let plain: Vec<Option<Vec<(String, String)>>> = (generators().iter())
        .map(|generator| {
            Some(code(
                &generator
                    .generate(harmless.as_ref()?, &options(generator.language()))
                    .ok()?,
            ))
        })
        .collect();
    for payload in payloads {
        let Some(api) = with(place, payload) else { continue };
        for (generator, plain) in generators().iter().zip(&plain) {
            let who = format!("{}: {payload:?} as {}", generator.language(), place.0);
            let files = generator.generate(&api, &options(generator.language()));
            let files = files.unwrap_or_else(|error| panic!("{who}: {error}"));
            for (path, file) in files.iter().filter(|(_, file)| file.origin == Origin::Generated) {
                let hidden = file.text.chars().find(|c| is_hidden(*c) && *c != '\n');
                assert_eq!(hidden, None, "{who}: hidden in {path}");
            }
            let plain = plain
                .as_ref()
                .unwrap_or_else(|| panic!("{who}: `Words.` is refused there"));
            assert_eq!(code(&files), *plain, "{who}");
            generated += 1;
        }
    }
    generated
}

#[test]
fn no_text_is_more_than_a_text() {
    let payloads: Vec<String> = serde_json::from_str(PAYLOADS).expect("it is a list of texts");
    assert!(payloads.len() >= 62 && PLACES.len() >= 23);
    let next = AtomicUsize::new(0);
    let compare = || {
        std::iter::from_fn(|| PLACES.get(next.fetch_add(1, Ordering::Relaxed)))
            .map(|place| compared(place, &payloads))
            .sum::<usize>()
    };
    let generated: usize = thread::scope(|scope| {
        let workers = thread::available_parallelism().map_or(1, usize::from);
        let begun: Vec<_> = (0..workers).map(|_| scope.spawn(compare)).collect();
        let ended = begun.into_iter().map(|worker| worker.join());
        ended
            .map(|compared| compared.unwrap_or_else(|panic| resume_unwind(panic)))
            .sum()
    });
    assert!(generated > 2_000, "only {generated} packages were compared");
}

#[test]
fn a_name_of_a_megabyte_is_refused_in_a_line() {
    let name = "x".repeat(1 << 20);
    for place in PLACES.iter().filter(|place| place.0.ends_with("name")) {
        let mut api = read(BOOKSHOP).expect("the bookshop is sound");
        place.1(&mut api, &name);
        let message = read(&to_json(&api)).expect_err("it is too long").to_string();
        assert!(
            message.len() < 20_000 && message.contains("and the limit is"),
            "{}: {}",
            place.0,
            message.len()
        );
    }
}
