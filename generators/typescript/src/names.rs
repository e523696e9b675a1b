//! Every name of the generated package, computed once.
//!
//! Names at the top of modules are unique in the whole package: any module may import any of them as it is.

use std::collections::{BTreeMap, HashMap};

use rapace_gen_core::names::{FileScope, InnerScope, Scope, camel, file_stem, snake};
use rapace_gen_core::plan::{can_notify, is_unit_enum};
use rapace_gen_core::text::doc::Doc;
use rapace_schema::{Api, Fields, Method, Service, Style, TypeDef, TypeKind};

use crate::choices::Choices;
use crate::foreign::{ForeignNames, Imported, foreign_names};
use crate::outcome::{Failure, LANGUAGE, failures};
use crate::surface::{RUNTIME, RUNTIME_TYPES};

/// Words that no identifier may be, and globals that one should not hide (Biome: noShadowRestrictedNames).
#[rustfmt::skip]
const RESERVED: &[&str] = &[
    "arguments", "await", "break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do",
    "else", "enum", "eval", "export", "extends", "false", "finally", "for", "function", "if", "implements", "import",
    "in", "instanceof", "interface", "let", "new", "null", "package", "private", "protected", "public", "return",
    "static", "super", "switch", "this", "throw", "true", "try", "typeof", "undefined", "var", "void", "while", "with",
    "yield",
    "AggregateError", "Array", "ArrayBuffer", "AsyncIterable", "Atomics", "BigInt", "BigInt64Array",
    "BigUint64Array", "Boolean", "DataView", "Date", "Error", "EvalError", "FinalizationRegistry", "Float16Array",
    "Float32Array", "Float64Array", "Function", "Infinity", "Int16Array", "Int32Array", "Int8Array",
    "Intl", "Iterator", "JSON", "Map", "Math", "NaN", "Number", "Object", "Promise", "Proxy", "RangeError",
    "ReferenceError", "Reflect", "RegExp", "Set", "SharedArrayBuffer", "String", "Symbol",
    "SyntaxError", "TypeError", "URIError", "Uint16Array", "Uint32Array", "Uint8Array", "Uint8ClampedArray", "WeakMap",
    "WeakRef", "WeakSet",
    "constructor", "decodeURI", "decodeURIComponent", "encodeURI", "encodeURIComponent", "escape", "globalThis",
    "hasOwnProperty", "isFinite", "isNaN", "isPrototypeOf", "parseFloat", "parseInt", "propertyIsEnumerable",
    "toLocaleString", "toString", "unescape", "valueOf",
];

/// Words that only the name of a type may not be.
#[rustfmt::skip]
const TYPE_WORDS: &[&str] = &[
    "abstract", "any", "as", "asserts", "async", "bigint", "boolean", "declare", "infer", "is", "keyof", "module",
    "namespace", "never", "number", "object", "readonly", "string", "symbol", "type", "unique", "unknown",
];

/// Properties that JavaScript looks for on objects by itself: `then` makes a promise of one, `toString` is called to
/// print it.
const RESERVED_PROPERTIES: &[&str] = &[
    "__proto__",
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "then",
    "toJSON",
    "toLocaleString",
    "toString",
    "valueOf",
];

/// The property that tells the variants of an enum with data apart.
pub(crate) const KIND: &str = "kind";

/// Where a name at the top of a module comes from.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Origin {
    /// A type of the runtime, and its name there.
    RuntimeType(&'static str),
    /// A value of the runtime, and its name there.
    RuntimeValue(&'static str),
    /// A type of the API.
    Type,
    /// A class of errors.
    Failure,
    /// A type of the user's, or a function for it.
    Foreign,
    /// A function or table of the module with the codecs.
    Codec,
}

/// The names of one type.
#[derive(Clone, Debug, Default)]
pub(crate) struct TypeNames {
    /// The type itself.
    pub(crate) name: String,
    /// The function that writes it, `encodeBook`.
    pub(crate) encode: String,
    /// The function that reads it, `decodeBook`.
    pub(crate) decode: String,
    /// Its JSON form, `bookForm`, and the two functions for it, `bookToJson` and `bookFromJson`.
    pub(crate) form: String,
    /// See `form`.
    pub(crate) to_json: String,
    /// See `form`.
    pub(crate) from_json: String,
    /// The constant with the names of an enum without data, `currencyNames`.
    pub(crate) table: String,
    /// The interface of each variant of an enum with data.
    pub(crate) variants: Vec<String>,
    /// What the function takes that makes one, where it may have fields with defaults: `BookInit`.
    pub(crate) init: Option<String>,
    /// What users have in its place.
    pub(crate) foreign: Option<ForeignNames>,
}

/// The names of one service.
#[derive(Clone, Debug)]
pub(crate) struct ServiceNames {
    /// The constant that describes it.
    pub(crate) name: String,
    /// The interface of its clients.
    pub(crate) client: String,
    /// The interface of its handlers.
    pub(crate) handler: String,
    /// Its module below `services/` and `handlers/`, without extension.
    pub(crate) module: String,
    /// Its methods in order.
    pub(crate) methods: Vec<MethodNames>,
}

/// The names of one method.
#[derive(Clone, Debug)]
pub(crate) struct MethodNames {
    /// The function of the client.
    pub(crate) property: String,
    /// The constant that describes the method.
    pub(crate) constant: String,
    /// Its arguments in order.
    pub(crate) arguments: Vec<String>,
    /// The argument with the options of the call.
    pub(crate) options: String,
    /// The last argument of a handler's function: the call.
    pub(crate) call: String,
    /// The function that makes the call without waiting for an answer, and the constant that describes it, where there is
    /// nothing in the answer.
    pub(crate) notification: Option<(String, String)>,
}

/// All names.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    types: HashMap<String, TypeNames>,
    /// The services in order.
    pub(crate) services: Vec<ServiceNames>,
    /// The constant with the JSON forms of methods.
    pub(crate) method_forms: String,
    /// The classes of errors by the names of outcomes.
    pub(crate) failures: BTreeMap<String, Failure>,
    aliases: BTreeMap<String, String>,
    runtime: HashMap<&'static str, String>,
    origins: HashMap<String, Origin>,
    /// See [`Names::foreign`].
    foreign: BTreeMap<String, Imported>,
    scope: Scope,
}

impl Names {
    /// True for a function that reads the JSON form of a type.
    pub(crate) fn reads_json(&self, function: &str) -> bool {
        // Few names are worth the search.
        function.contains("FromJson") && self.types.values().any(|names| names.from_json == function)
    }

    /// Computes all names of `api`. Its types come first and keep theirs, unless JavaScript itself has that name.
    pub(crate) fn new(api: &Api, choices: Choices) -> Self {
        let mut scope = Scope::new(RESERVED.iter().copied());
        let mut types: BTreeMap<String, TypeNames> = BTreeMap::new();
        for def in &api.types {
            let suffix = if TYPE_WORDS.contains(&def.name.as_str()) {
                "_"
            } else {
                ""
            };
            let names = TypeNames {
                name: scope.claim(&format!("{}{suffix}", def.name)),
                ..TypeNames::default()
            };
            types.insert(def.name.clone(), names);
        }
        let aliases = api
            .aliases
            .iter()
            .map(|alias| (alias.name.clone(), scope.claim(&alias.name)));
        let aliases: BTreeMap<String, String> = aliases.collect();
        let mut clients = Vec::new();
        for service in &api.services {
            let clash = scope.contains(&service.name);
            let name = scope.claim(&if clash {
                format!("{}Service", service.name)
            } else {
                service.name.clone()
            });
            clients.push((name, scope.claim(&format!("{}Client", service.name))));
        }
        for def in &api.types {
            let names = types.entry(def.name.clone()).or_default();
            if let TypeKind::Enum { variants } = &def.kind {
                if is_unit_enum(variants) {
                    names.table = scope.claim(&format!("{}Names", camel(&names.name)));
                } else {
                    let wanted = variants.iter().map(|variant| format!("{}{}", names.name, variant.name));
                    names.variants = wanted.map(|wanted| scope.claim(&wanted)).collect();
                }
            }
            names.encode = scope.claim(&format!("encode{}", names.name));
            names.decode = scope.claim(&format!("decode{}", names.name));
        }
        let runtime: BTreeMap<&str, String> = RUNTIME.iter().map(|&name| (name, scope.claim(name))).collect();
        let failures = failures(api, choices, &mut scope);
        for def in &api.types {
            types.entry(def.name.clone()).or_default().foreign = foreign_names(def, &mut scope);
        }
        let mut modules = FileScope::default();
        let services = api.services.iter().zip(clients);
        let services = services
            .map(|(service, (name, client))| ServiceNames {
                name,
                client,
                handler: scope.claim(&format!("{}Handler", service.name)),
                module: modules.claim(file_stem(&snake(&service.name))),
                methods: methods(service, &scope),
            })
            .collect();
        for names in types.values_mut() {
            let stem = camel(&names.name);
            names.form = scope.claim(&format!("{stem}Form"));
            names.to_json = scope.claim(&format!("{stem}ToJson"));
            names.from_json = scope.claim(&format!("{stem}FromJson"));
        }
        for def in api.types.iter().filter(|def| has_defaults(def)) {
            let names = types.entry(def.name.clone()).or_default();
            names.init = Some(scope.claim(&format!("{}Init", names.name)));
        }
        let foreign = types.values().filter_map(|names| names.foreign.as_ref());
        let foreign: BTreeMap<String, Imported> = (foreign.flat_map(|names| &names.imported))
            .map(|imported| (imported.local.clone(), imported.clone()))
            .collect();
        let mut origins = origins(&types, &foreign, &runtime);
        origins.extend(aliases.values().map(|alias| (alias.clone(), Origin::Type)));
        origins.extend(
            failures
                .values()
                .map(|failure| (failure.class.clone(), Origin::Failure)),
        );
        Self {
            method_forms: scope.claim("methodForms"),
            origins,
            foreign,
            aliases,
            failures,
            types: types.into_iter().collect(),
            services,
            runtime: runtime.into_iter().collect(),
            scope,
        }
    }

    /// The names of a type, which is there.
    pub(crate) fn of(&self, name: &str) -> &TypeNames {
        &self.types[name]
    }

    /// The name of an alias, which is there.
    pub(crate) fn alias_name(&self, name: &str) -> &str {
        &self.aliases[name]
    }

    /// The same as a symbol.
    pub(crate) fn alias(&self, name: &str) -> Doc {
        Doc::Symbol(self.alias_name(name).to_owned())
    }

    /// What is imported of users' modules: names by the symbols that they are here.
    pub(crate) fn foreign(&self, symbol: &str) -> Option<&Imported> {
        self.foreign.get(symbol)
    }

    /// The local name of one of the runtime's.
    pub(crate) fn runtime(&self, name: &'static str) -> &str {
        &self.runtime[name]
    }

    /// The symbol of one of the runtime's names.
    pub(crate) fn runtime_symbol(&self, name: &'static str) -> Doc {
        Doc::Symbol(self.runtime(name).to_owned())
    }

    /// Where a symbol comes from.
    pub(crate) fn origin(&self, symbol: &str) -> Origin {
        self.origins.get(symbol).copied().unwrap_or(Origin::Codec)
    }

    /// How to import a name of the runtime: `unary`, or `Service as Service_` when a type has that name.
    pub(crate) fn runtime_import(&self, name: &'static str) -> String {
        match self.runtime(name) {
            local if local == name => name.to_owned(),
            local => format!("{name} as {local}"),
        }
    }

    /// A scope for the names of a module's own functions.
    pub(crate) fn scope(&self) -> InnerScope<'_> {
        self.scope.inner()
    }
}

/// Where the names of types and of the runtime come from. All others are those of codecs.
fn origins(
    types: &BTreeMap<String, TypeNames>,
    foreign: &BTreeMap<String, Imported>,
    runtime: &BTreeMap<&'static str, String>,
) -> HashMap<String, Origin> {
    let of_runtime = runtime.iter().map(|(&name, local)| {
        let origin = match RUNTIME_TYPES.contains(&name) {
            true => Origin::RuntimeType(name),
            false => Origin::RuntimeValue(name),
        };
        (local.clone(), origin)
    });
    let of_types = types.values().map(|names| (names.name.clone(), Origin::Type));
    let foreign = foreign.keys().map(|local| (local.clone(), Origin::Foreign));
    of_runtime.chain(of_types).chain(foreign).collect()
}

fn methods(service: &Service, package: &Scope) -> Vec<MethodNames> {
    // In an interface `new(…)` is no method.
    let mut properties = Scope::new(RESERVED_PROPERTIES.iter().copied().chain(["new"]));
    let mut constants = package.inner();
    let mut methods: Vec<MethodNames> = service
        .methods
        .iter()
        .map(|method| {
            let property = properties.claim(&camel(&method.name));
            let constant = constants.claim(&property);
            let (arguments, options, call) = arguments(method, package);
            MethodNames {
                property,
                constant,
                arguments,
                options,
                call,
                notification: None,
            }
        })
        .collect();
    // Last: methods of the service keep their names.
    for (method, names) in service.methods.iter().zip(&mut methods) {
        if can_notify(method) {
            let property = properties.claim(&camel(&format!("notify_{}", method.name)));
            let constant = constants.claim(&property);
            names.notification = Some((property, constant));
        }
    }
    methods
}

/// Names of the arguments, of the options that follow them, and of the call that follows them in a handler. `w` is the writer in
/// the function that encodes them.
fn arguments(method: &Method, package: &Scope) -> (Vec<String>, String, String) {
    let mut scope = package.inner();
    scope.claim("w");
    let arguments = method.arguments.iter();
    let arguments = arguments.map(|argument| scope.claim(&camel(&argument.name))).collect();
    let options = scope.claim("options");
    (arguments, options, scope.claim("call"))
}

/// True for a struct with a field that may have a default.
fn has_defaults(def: &TypeDef) -> bool {
    match &def.kind {
        TypeKind::Struct(fields) if fields.style == Style::Struct && !def.foreign.contains_key(LANGUAGE) => {
            fields.fields.iter().any(|field| field.default_value.is_some())
        }
        _ => false,
    }
}

/// Names of the properties that fields become, in order; `taken` is there already.
pub(crate) fn properties(fields: &Fields, taken: &[&str]) -> Vec<String> {
    let mut scope = Scope::new(RESERVED_PROPERTIES.iter().chain(taken).copied());
    let fields = fields.fields.iter();
    fields.map(|field| scope.claim(&camel(&field.name))).collect()
}
