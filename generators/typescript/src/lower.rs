//! From the API to what the templates print: every decision is made here.

use std::panic::resume_unwind;
use std::thread;

use rapace_gen_core::text::doc::Doc;
use rapace_schema::Api;

use crate::choices::Choices;
use crate::codec::{Codecs, Finished};
use crate::declare::lower_types;
use crate::failures::lower_failures;
use crate::handler::lower_handler;
use crate::imports::{Module, Printer, RuntimePaths, natural};
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

/// Decides everything.
pub(crate) fn lower(api: &Api, choices: Choices, runtime: &RuntimePaths, imports: &Imports<'_>) -> Modules {
    let types = Types::new(api, choices);
    let names = Names::new(api, choices);
    thread::scope(|scope| {
        // A third of the work each, which is a second for a thousand services.
        let services = scope.spawn(|| lower_services(api, &types, &names, runtime));
        let json = scope.spawn(|| lower_json(api, &types, &names, runtime));
        let declared = lower_types(api, &types, &names, runtime);
        let failures = lower_failures(&types, &names, runtime);
        let readme = readme(api, &types, &names, imports);
        let services = services.join().unwrap_or_else(|panic| resume_unwind(panic));
        Modules {
            exports: exports(&names, failures.is_some(), &declared),
            failures,
            handler_exports: service_exports(&names, "handlers", |service| &service.handler),
            handlers: services.handlers,
            json: json.join().unwrap_or_else(|panic| resume_unwind(panic)),
            readme,
            types: declared,
            codecs: services.codecs,
            services: services.services,
        }
    })
}

/// The modules that share the codecs.
struct Services {
    services: Vec<(String, view::ServiceModule)>,
    handlers: Vec<(String, view::HandlerModule)>,
    codecs: view::CodecsModule,
}

fn lower_services(api: &Api, types: &Types<'_>, names: &Names, runtime: &RuntimePaths) -> Services {
    let mut codecs = Codecs::new(types, names);
    let services = api.services.iter().zip(&names.services);
    let services = services
        .map(|(service, own)| {
            let lowered = lower_service(service, own, types, names, &mut codecs, runtime);
            (own.module.clone(), lowered)
        })
        .collect();
    let handlers = api.services.iter().zip(&names.services);
    let handlers = handlers
        .map(|(service, own)| {
            let lowered = lower_handler(service, own, types, names, &mut codecs, runtime);
            (own.module.clone(), lowered)
        })
        .collect();
    Services {
        services,
        handlers,
        codecs: lower_codecs(codecs.finish(), names, runtime),
    }
}

fn lower_codecs(finished: Finished, names: &Names, runtime: &RuntimePaths) -> view::CodecsModule {
    let mut printer = Printer::default();
    let declarations = finished.tables.iter().chain(&finished.functions);
    let declarations = declarations.map(|declaration| printer.print(declaration, 0)).collect();
    view::CodecsModule {
        imports: printer.imports(Module::Codecs, names, runtime),
        declarations,
    }
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
