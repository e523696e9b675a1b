//! From the API to what the templates print: every decision is made here.

use rapace_gen_core::in_parallel;
use rapace_gen_core::text::doc::Doc;
use rapace_schema::{Api, Service};

use crate::codec::{Asked, Codecs, Unnamed};
use crate::codecs::lower_codecs;
use crate::declare::lower_types;
use crate::failures::lower_failures;
use crate::handler::lower_handler;
use crate::imports::{RuntimePaths, natural};
use crate::json::lower_json;
use crate::layout::{BIOME, braces};
use crate::names::{Names, ServiceNames};
use crate::readme::{Imports, readme};
use crate::service::lower_service;
use crate::types::Types;
use crate::view;

/// The modules of a package, ready to be printed.
pub(crate) struct Modules {
    /// Text of the `export` lines of the index.
    pub(crate) exports: Vec<String>,
    /// `src/errors.ts`
    pub(crate) failures: Option<view::CodecsModule>,
    /// `src/types.ts`
    pub(crate) types: view::TypesModule,
    /// `src/codecs.ts`
    pub(crate) codecs: view::CodecsModule,
    /// Those in `src/services/`, by file name without extension.
    pub(crate) services: Vec<(String, view::ServiceModule)>,
    /// Those in `src/handlers/`, likewise.
    pub(crate) handlers: Vec<(String, view::HandlerModule)>,
    /// Text of the `export` lines of `src/handlers.ts`.
    pub(crate) handler_exports: Vec<String>,
    /// `src/json.ts`
    pub(crate) json: view::JsonModule,
    /// `README.md`
    pub(crate) readme: String,
}

/// How many services, or types, are lowered together. Each takes microseconds.
const TOGETHER: usize = 32;

/// Decides everything.
pub(crate) fn lower(
    api: &Api,
    types: &Types<'_>,
    names: &Names,
    runtime: &RuntimePaths,
    imports: &Imports<'_>,
) -> Modules {
    let unnamed = Unnamed::new(api, types, names);
    let (services, handlers, asked) = lower_services(api, types, names, &unnamed, runtime);
    let declared = lower_types(api, types, names, runtime);
    let failures = lower_failures(types, names, runtime);
    Modules {
        exports: exports(names, failures.is_some(), &declared),
        failures,
        handler_exports: service_exports(names, "handlers", |service| &service.handler),
        handlers,
        json: lower_json(api, types, names, runtime),
        readme: readme(api, types, names, imports),
        types: declared,
        codecs: lower_codecs(asked, types, names, &unnamed, runtime),
        services,
    }
}

/// Modules by their file names without extension.
type Named<M> = Vec<(String, M)>;

/// The modules of services and of their handlers, and the codecs that these need.
fn lower_services(
    api: &Api,
    types: &Types<'_>,
    names: &Names,
    unnamed: &Unnamed,
    runtime: &RuntimePaths,
) -> (Named<view::ServiceModule>, Named<view::HandlerModule>, Asked) {
    let all: Vec<(&Service, &ServiceNames)> = api.services.iter().zip(&names.services).collect();
    let parts: Vec<_> = all.chunks(TOGETHER).collect();
    let lowered = in_parallel(&parts, |part| {
        let mut codecs = Codecs::new(types, names, unnamed);
        let modules = part.iter().map(|(service, own)| {
            let client = lower_service(service, own, types, names, &mut codecs, runtime);
            let handler = lower_handler(service, own, types, names, &mut codecs, runtime);
            ((own.module.clone(), client), (own.module.clone(), handler))
        });
        let modules: (Named<_>, Named<_>) = modules.unzip();
        (modules, codecs.asked())
    });
    let (modules, asked): (Vec<_>, Vec<_>) = lowered.into_iter().unzip();
    let (services, handlers): (Vec<_>, Vec<_>) = modules.into_iter().unzip();
    (
        services.into_iter().flatten().collect(),
        handlers.into_iter().flatten().collect(),
        asked.into_iter().collect(),
    )
}

fn exports(names: &Names, failures: bool, types: &view::TypesModule) -> Vec<String> {
    let services = service_exports(names, "services", |service| &service.client);
    let failures = failures.then(|| "export * from \"./errors.js\";".to_owned());
    let kind = if types.makes { "" } else { "type " };
    let types = (!types.declarations.is_empty()).then(|| format!("export {kind}* from \"./types.js\";"));
    let exports: Vec<String> = failures.into_iter().chain(services).chain(types).collect();
    if exports.is_empty() {
        // Without any, the file would be no module.
        return vec!["export {};".to_owned()];
    }
    exports
}

/// The lines that export each service, and the interface that `of` returns, from the modules in `folder`.
fn service_exports(names: &Names, folder: &str, of: impl Fn(&ServiceNames) -> &String) -> Vec<String> {
    let mut services: Vec<&ServiceNames> = names.services.iter().collect();
    services.sort_by_cached_key(|service| natural(&service.module));
    let services = services.into_iter().map(|service| {
        let mut both = vec![(&service.name, ""), (of(service), "type ")];
        both.sort_by_cached_key(|(name, _)| natural(name));
        let both = both
            .into_iter()
            .map(|(name, prefix)| Doc::from(format!("{prefix}{name}")));
        let close = format!("}} from \"./{folder}/{}.js\";", service.module);
        BIOME.print(&braces("export {", both.collect(), close), 0)
    });
    services.collect()
}
