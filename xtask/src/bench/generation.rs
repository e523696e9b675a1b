//! How long `rapace gen` takes for services by the hundred.

use std::path::{Path, PathBuf};
use std::time::Instant;

use rapace_schema::{
    Api, Argument, Field, Fields, IR_VERSION, Method, MethodKind, Producer, Protocol, SCHEMA_URN, Service, Style,
    TypeDef, TypeKind, TypeRef, digest, method_id, to_json,
};

use super::effort::{Build, Effort};
use super::figures::{Figure, Measure};
use crate::languages::LANGUAGES;
use crate::project::{Project, Result, command, output};

/// How many services there are. The development build takes the first.
pub const SERVICES: [usize; 2] = [100, 1_000];
/// Where packages are generated, below the folder of scratch files.
const FOLDER: &str = "bench/generated";
/// How many types come with each service.
const TYPES: usize = 10;
/// How many methods each service has.
const METHODS: usize = 5;

/// Generates for every language in turn. A figure's library is the language, its case the number of services.
pub fn measure(project: &Project, effort: Effort) -> Result<Vec<Figure>> {
    let mut apis: Vec<(usize, PathBuf)> = Vec::new();
    let sizes = match effort.build {
        Build::Release => &SERVICES[..],
        Build::Development => &SERVICES[..1],
    };
    for &services in sizes {
        let path = project.scratch("bench")?.join(format!("{services}-services.json"));
        std::fs::write(&path, to_json(&api(services)))?;
        apis.push((services, path));
    }
    // The folders are removed before and after all measurements: file systems look for room among files that were just removed, which can
    // take longer than the rest.
    let folder = project.scratch(FOLDER)?;
    std::fs::remove_dir_all(&folder)?;
    let mut figures = Vec::new();
    for run in 1..=effort.runs {
        for round in 1..=effort.rounds {
            for (services, api) in &apis {
                for language in LANGUAGES {
                    let out = folder.join(format!("{}-{services}-{run}-{round}", language.name));
                    let measure = Measure {
                        case: services.to_string(),
                        op: "generate".into(),
                        ns: generate(project, effort.build, language.name, &out, api)?,
                    };
                    figures.push(Figure {
                        run,
                        library: language.name.to_owned(),
                        measure,
                    });
                }
            }
        }
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(figures)
}

/// Generates into a new folder; returns nanoseconds.
fn generate(project: &Project, build: Build, language: &str, out: &Path, api: &Path) -> Result<f64> {
    let mut generate = command(build.rapace(project), project.path(""));
    generate.args(["gen", "--lang", language, "--out"]).arg(out).arg(api);
    let start = Instant::now();
    output(&mut generate)?;
    Ok(start.elapsed().as_nanos() as f64)
}

/// So many services, each with types that hold each other.
fn api(services: usize) -> Api {
    let mut api = Api {
        schema: SCHEMA_URN.into(),
        ir_version: IR_VERSION.into(),
        producer: Producer {
            name: "rapace".into(),
            version: env!("CARGO_PKG_VERSION").into(),
        },
        protocol: Protocol::default(),
        name: "many".into(),
        digest: Default::default(),
        services: (0..services).map(service).collect(),
        types: (0..services)
            .flat_map(|service| (0..TYPES).map(move |index| record(service, index)))
            .collect(),
        ..Default::default()
    };
    api.services.sort_by(|a, b| a.name.cmp(&b.name));
    api.types.sort_by(|a, b| a.name.cmp(&b.name));
    digest::seal(&mut api);
    api
}

fn service(number: usize) -> Service {
    let name = format!("Service{number}");
    let methods = (0..METHODS)
        .map(|index| {
            let method = format!("method_{index}");
            let wire_name = format!("{name}.{method}");
            Method {
                name: method,
                id: method_id(&wire_name),
                wire_name,
                doc: "Does what it is there for.".into(),
                deprecated: None,
                kind: MethodKind::Unary,
                idempotent: false,
                arguments: vec![Argument {
                    name: "value".into(),
                    ty: TypeRef::Named(type_name(number, index)),
                    ..Default::default()
                }],
                response: TypeRef::Named(type_name(number, TYPES - 1 - index)),
                digest: Default::default(),
                ..Default::default()
            }
        })
        .collect();
    Service {
        name,
        module: "many".into(),
        doc: "One of many.".into(),
        deprecated: None,
        methods,
    }
}

/// A type; each but the first has a list of the one before it.
fn record(service: usize, index: usize) -> TypeDef {
    let before = match index {
        0 => TypeRef::List(Box::new(TypeRef::F64)),
        _ => TypeRef::List(Box::new(TypeRef::Named(type_name(service, index - 1)))),
    };
    let fields = [
        ("id", TypeRef::U64),
        ("name", TypeRef::String),
        ("note", TypeRef::Option(Box::new(TypeRef::String))),
        ("before", before),
    ];
    let name = type_name(service, index);
    TypeDef {
        rust: name.clone(),
        path: format!("many::{name}"),
        name,
        generic: None,
        doc: "A record among others.".into(),
        deprecated: None,
        digest: Default::default(),
        kind: TypeKind::Struct(Fields {
            style: Style::Struct,
            fields: fields.map(|(name, ty)| field(name, ty)).into(),
        }),
        ..Default::default()
    }
}

fn field(name: &str, ty: TypeRef) -> Field {
    Field {
        name: name.into(),
        rust_name: None,
        json_name: None,
        doc: "What it is called says it.".into(),
        deprecated: None,
        default: false,
        sensitive: false,
        ty,
        ..Default::default()
    }
}

fn type_name(service: usize, index: usize) -> String {
    format!("Record{service}X{index}")
}
