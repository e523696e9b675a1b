//! From the API to what the templates print: every decision is made here.

use std::collections::BTreeSet;

use rapace_schema::Api;

use crate::choices::Choices;
use crate::codec::{Codecs, Finished};
use crate::declare::lower_types;
use crate::imports::{Import, braces, natural, statements};
use crate::layout::Doc;
use crate::names::{Names, ServiceNames};
use crate::service::lower_service;
use crate::types::Types;
use crate::view;

/// Where modules find the runtime.
pub(crate) struct RuntimePaths {
    /// Its `codegen` surface, as modules in `src/` import it.
    pub(crate) from_root: String,
    /// The same for modules in `src/services/`.
    pub(crate) from_services: String,
}

/// The modules of a package, ready to be printed.
pub(crate) struct Modules {
    /// Text of the `export` lines of the index.
    pub(crate) exports: Vec<String>,
    /// `src/types.ts`
    pub(crate) types: view::TypesModule,
    /// `src/codecs.ts`
    pub(crate) codecs: view::CodecsModule,
    /// Those in `src/services/`, by file name without extension.
    pub(crate) services: Vec<(String, view::ServiceModule)>,
}

/// Decides everything.
pub(crate) fn lower(api: &Api, choices: Choices, runtime: &RuntimePaths) -> Modules {
    let types = Types::new(api, choices);
    let names = Names::new(api);
    let mut codecs = Codecs::new(&types, names.clone());
    let services = api.services.iter().zip(&names.services);
    let services = services
        .map(|(service, own)| {
            let lowered = lower_service(service, own, &types, &names, &mut codecs, runtime);
            (own.module.clone(), lowered)
        })
        .collect();
    let Finished {
        tables,
        codecs: functions,
        types: imports,
        values,
    } = codecs.finish();
    Modules {
        exports: exports(&names, !api.types.is_empty()),
        types: lower_types(api, &types, &names, runtime),
        codecs: view::CodecsModule {
            imports: split_imports(imports, values, &names, runtime),
            tables,
            codecs: functions,
        },
        services,
    }
}

fn exports(names: &Names, types: bool) -> Vec<String> {
    let mut services: Vec<&ServiceNames> = names.services.iter().collect();
    services.sort_by(|a, b| natural(&a.module, &b.module));
    let services = services.into_iter().map(|service| {
        let mut both = vec![(&service.name, ""), (&service.client, "type ")];
        both.sort_by(|(a, _), (b, _)| natural(a, b));
        let both = both
            .into_iter()
            .map(|(name, prefix)| Doc::from(format!("{prefix}{name}")));
        braces(
            "export {",
            both.collect(),
            &format!("}} from \"./services/{}.js\";", service.module),
        )
    });
    let types = types.then(|| "export type * from \"./types.js\";".to_owned());
    let exports: Vec<String> = services.chain(types).collect();
    if exports.is_empty() {
        // Without any, the file would be no module.
        return vec!["export {};".to_owned()];
    }
    exports
}

/// Splits the types that the codecs import into what comes from the runtime and what are types of the API. The values
/// are the runtime's.
fn split_imports(
    imports: BTreeSet<String>,
    values: BTreeSet<String>,
    names: &Names,
    runtime: &RuntimePaths,
) -> Vec<String> {
    let (from_runtime, from_types): (Vec<String>, Vec<String>) = imports
        .into_iter()
        .partition(|import| names.of_runtime(import).is_some());
    statements(vec![
        Import {
            from: runtime.from_root.clone(),
            types: runtime_imports(from_runtime, names),
            values: runtime_imports(values, names),
        },
        Import {
            from: "./types.js".to_owned(),
            types: from_types,
            values: Vec::new(),
        },
    ])
}

/// How to import these names, those among them that are the runtime's.
pub(crate) fn runtime_imports(locals: impl IntoIterator<Item = String>, names: &Names) -> Vec<String> {
    let locals = locals.into_iter();
    let names_of_runtime = locals.filter_map(|local| names.of_runtime(&local));
    names_of_runtime.map(|name| names.runtime_import(name)).collect()
}
