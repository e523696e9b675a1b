//! Warnings of what works and surprises, where a description shows it.

use std::collections::BTreeSet;

use rapace_schema::{Api, Argument, MethodKind, Service, TypeDef, TypeRef};

use crate::diagnostic::{Diagnostic, Level};
use crate::inputs::Inputs;
use crate::nearest::did_you_mean;
use crate::parts::{of_type, signature, source};

/// The argument whose name rapace's macro uses itself, for a u32, in the function that decodes arguments and answers.
const CHANNEL: &str = "channel_id";

/// The warnings for a description and for what its authors said in `rapace.toml`.
pub(crate) fn warnings(api: &Api, inputs: &Inputs<'_>) -> Vec<Diagnostic> {
    let several = (api.services.len() > 1).then(|| Diagnostic {
        why: format!(
            "{} services: rapace's plain `serve()` answers for one of them per connection",
            api.services.len()
        ),
        at: api.services.iter().find_map(|service| source(service, inputs.services)?.at.clone()),
        cure: "serve those that one program offers through a session, or on one listener with rapace-host; those of the other \
               side of a connection need nothing"
            .into(),
        ..Diagnostic::warning("several-services")
    });
    let services = api.services.iter();
    recursive(api, inputs)
        .into_iter()
        .chain(several)
        .chain(services.clone().filter_map(|service| blocked(service, inputs)))
        .chain(services.flat_map(|service| misdirected(service, inputs)))
        .chain(unused_names(api, inputs))
        .collect()
}

/// One warning for each circle of types.
fn recursive(api: &Api, inputs: &Inputs<'_>) -> Vec<Diagnostic> {
    let groups = rapace_schema::groups(api);
    let circles = groups.iter().filter_map(|group| match group {
        [first, others @ ..] if groups.is_recursive(&first.name) => Some((first, others)),
        _ => None,
    });
    let warning = |(first, others): (&&TypeDef, &[&TypeDef])| {
        let through: Vec<String> = others.iter().map(|def| format!("`{}`", def.rust)).collect();
        let how = match through.as_slice() {
            [] => "is recursive".to_owned(),
            through => format!("is recursive through {}", through.join(", ")),
        };
        Diagnostic {
            rust_type: first.rust.clone(),
            why: format!(
                "{how}: clients refuse values nested deeper than 128, and some 500 levels end a Rust server that reads them"
            ),
            at: of_type(first, inputs),
            cure: "bound the depth, or send a flat list with the parents' places".into(),
            ..Diagnostic::warning("recursive-type")
        }
    };
    circles.map(warning).collect()
}

/// A plain `serve()` answers one call after another, and a stream is one call for as long as it is open.
fn blocked(service: &Service, inputs: &Inputs<'_>) -> Option<Diagnostic> {
    let streams = |kind: MethodKind| kind == MethodKind::ServerStreaming;
    let stream = service.methods.iter().find(|method| streams(method.kind))?;
    (service.methods.len() > 1).then(|| Diagnostic {
        service: service.name.clone(),
        method: stream.name.clone(),
        why: "streams, and the service has other methods: on rapace's plain `serve()` an open stream keeps all other calls of \
              its connection waiting"
            .into(),
        at: signature(service, stream, inputs).and_then(|signature| signature.at.clone()),
        cure: "serve it with rapace-host or through a session, or open a connection for each stream".into(),
        ..Diagnostic::warning("stream-blocks")
    })
}

fn misdirected(service: &Service, inputs: &Inputs<'_>) -> Vec<Diagnostic> {
    let hides = |argument: &Argument| (argument.name.as_str(), &argument.ty) == (CHANNEL, &TypeRef::U32);
    let methods = service.methods.iter();
    let found = methods.filter_map(|method| Some((method, method.arguments.iter().position(hides)?)));
    let warnings = found.map(|(method, index)| Diagnostic {
        service: service.name.clone(),
        method: method.name.clone(),
        place: format!("argument {CHANNEL}"),
        why: "hides what rapace's macro calls the channel: the answer goes to the channel of this number".into(),
        at: signature(service, method, inputs).and_then(|signature| signature.arguments[index].at.clone()),
        cure: "call it something else".into(),
        ..Diagnostic::warning("hidden-channel")
    });
    warnings.collect()
}

fn unused_names(api: &Api, inputs: &Inputs<'_>) -> impl Iterator<Item = Diagnostic> {
    let unused = inputs
        .names
        .keys()
        .filter(|path| !api.types.iter().any(|def| def.path == **path));
    unused.map(|path| Diagnostic {
        place: crate::config::FILE.into(),
        why: format!("no exported type has the path {path:?}"),
        at: inputs.places.of(&["names", path]),
        cure: did_you_mean(
            path,
            api.types.iter().map(|def| def.path.as_str()),
            "take the path from \"path\" in the exported JSON",
        ),
        ..Diagnostic::warning("unused-name")
    })
}

/// An error for each name under `idempotent` that no method has.
pub(crate) fn unknown_idempotent(api: &Api, inputs: &Inputs<'_>) -> Vec<Diagnostic> {
    let methods = api.services.iter().flat_map(|service| {
        let methods = service.methods.iter();
        methods.map(|method| idempotent_name(&service.name, &method.name))
    });
    let known: BTreeSet<String> = methods.collect();
    let unknown = inputs.idempotent.difference(&known).map(|name| Diagnostic {
        level: if inputs.partial { Level::Warning } else { Level::Error },
        place: format!("{}, `idempotent`", crate::config::FILE),
        why: format!("no exported method is called {name:?}"),
        at: inputs.places.of(&["idempotent", name]),
        cure: did_you_mean(name, known.iter().map(String::as_str), "write it as `Service.method`"),
        ..Diagnostic::error("unused-key")
    });
    unknown.collect()
}

/// What `rapace.toml` calls a method.
pub(crate) fn idempotent_name(service: &str, method: &str) -> String {
    format!("{service}.{method}")
}
