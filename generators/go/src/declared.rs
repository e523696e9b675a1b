//! The names of everything that a package declares, each computed once. A name that is wanted twice gets an underscore, see
//! [`Scope::claim`].

use std::collections::BTreeMap;

use rapace_gen_core::names::{self, FileScope, Scope, snake};
use rapace_gen_core::plan::{can_notify, is_unit_enum};
use rapace_schema::{Api, Fields, Service, Style, TypeKind, Variant};

use crate::casing::{exported, private};
use crate::failures::errors;
use crate::foreign::{wire_name, wire_of};
use crate::known::{is_presented, is_uuid};
use crate::reserved::private_scope;

/// The names of a package.
pub(crate) struct Naming<'a> {
    variants: BTreeMap<&'a str, Vec<String>>,
    /// The fields of a struct, or of each variant of an enum.
    fields: BTreeMap<&'a str, Vec<Vec<String>>>,
    /// The functions that read the JSON form of enums with data: `UnmarshalFailureJSON`.
    unmarshal: BTreeMap<&'a str, String>,
    /// The functions that make presented types of those on the wire, and the opposite.
    conversions: BTreeMap<&'a str, [String; 2]>,
    /// The functions that read UUIDs.
    parsers: BTreeMap<&'a str, String>,
    /// The names of the API's aliases in Go.
    aliases: BTreeMap<&'a str, String>,
    /// The services in their order.
    pub(crate) services: Vec<ServiceNames>,
}

/// The names of a service's client.
#[derive(Clone)]
pub(crate) struct ServiceNames {
    /// The interface: `CatalogClient`.
    pub(crate) interface: String,
    /// Its constructor: `NewCatalogClient`.
    pub(crate) constructor: String,
    /// The struct that implements it: `catalogClient`.
    pub(crate) implementation: String,
    /// The fake for tests: `FakeCatalogClient`.
    pub(crate) fake: String,
    /// The fake's file.
    pub(crate) fake_file: String,
    /// The interface of a handler: `CatalogHandler`.
    pub(crate) handler: String,
    /// The handler that implements nothing: `UnimplementedCatalog`.
    pub(crate) unimplemented: String,
    /// The function that makes a service of a handler: `ServeCatalog`.
    pub(crate) serve: String,
    /// The struct that serves a handler: `catalogService`.
    pub(crate) served: String,
    /// The handler's file.
    pub(crate) handler_file: String,
    /// The file, which ends in `_client.go` so that no name makes it a test or a file for one system.
    pub(crate) file: String,
    /// The methods.
    pub(crate) methods: Vec<MethodNames>,
}

/// The names of a method.
#[derive(Clone)]
pub(crate) struct MethodNames {
    /// In the interface: `Find`.
    pub(crate) call: String,
    /// Beside it, the method that does not wait, where there is one: `NotifyFind`.
    pub(crate) notify: Option<String>,
    /// The variable that describes it to the runtime: `catalogFind`.
    pub(crate) variable: String,
    /// The field of the fake: `FindFunc`, and `NotifyFindFunc`.
    pub(crate) field: String,
    pub(crate) notify_field: Option<String>,
}

/// Methods of the standard library's interfaces that have no context: `go vet` wants them to be as they are there.
const STANDARD_METHODS: [&str; 11] = [
    "GobDecode",
    "GobEncode",
    "MarshalJSON",
    "MarshalXML",
    "ReadByte",
    "ReadRune",
    "UnmarshalJSON",
    "UnmarshalXML",
    "UnreadByte",
    "UnreadRune",
    "WriteByte",
];

/// The Go name of each type; the first claims of the package's scope, so that types have the names that Rust gave them.
pub(crate) fn type_names<'a>(api: &'a Api, scope: &mut Scope) -> BTreeMap<&'a str, String> {
    let names = api.types.iter().map(|def| {
        let wanted = match wire_of(&def.name) {
            Some(of) => wire_name(of),
            None => exported(&def.name),
        };
        (def.name.as_str(), scope.claim(&wanted))
    });
    names.collect()
}

impl<'a> Naming<'a> {
    /// The names for an API whose types have these names, taken from the scope of exported names, and the scope of
    /// private ones.
    pub(crate) fn new(api: &'a Api, types: &BTreeMap<&'a str, String>, scope: &mut Scope) -> (Self, Scope) {
        let mut naming = Self {
            variants: BTreeMap::new(),
            fields: BTreeMap::new(),
            unmarshal: BTreeMap::new(),
            conversions: BTreeMap::new(),
            parsers: BTreeMap::new(),
            aliases: BTreeMap::new(),
            services: Vec::new(),
        };
        let errors = errors(api);
        for def in &api.types {
            let name = def.name.as_str();
            let field_names = |fields: &Fields| field_names(fields, errors.contains(name));
            let (variants, fields) = match &def.kind {
                TypeKind::Struct(fields) => (Vec::new(), vec![field_names(fields)]),
                TypeKind::Enum { variants } => {
                    let claim = |variant: &Variant| scope.claim(&format!("{}{}", types[name], exported(&variant.name)));
                    let fields = variants.iter().map(|variant| field_names(&variant.fields));
                    (variants.iter().map(claim).collect(), fields.collect())
                }
            };
            naming.variants.insert(name, variants);
            naming.fields.insert(name, fields);
        }
        let (mut privates, mut files) = (private_scope(), FileScope::default());
        for def in api.types.iter().filter(|def| wire_of(&def.name).is_some()) {
            privates.claim(&types[def.name.as_str()]);
        }
        for service in &api.services {
            let names = ServiceNames::new(service, scope, &mut privates, &mut files);
            naming.services.push(names);
        }
        // After all others, whose names they do not change.
        for names in &mut naming.services {
            names.fake = scope.claim(&format!("Fake{}", names.interface));
        }
        for (names, service) in naming.services.iter_mut().zip(&api.services) {
            let name = exported(&service.name);
            names.handler = scope.claim(&format!("{name}Handler"));
            names.unimplemented = scope.claim(&format!("Unimplemented{name}"));
            names.serve = scope.claim(&format!("Serve{name}"));
            names.served = privates.claim(&format!("{}Service", private(&service.name)));
            names.handler_file = files.claim(&format!("{}_handler", file_stem(&service.name))) + ".go";
        }
        for def in &api.types {
            if let TypeKind::Enum { variants } = &def.kind
                && !is_unit_enum(variants)
            {
                let name = scope.claim(&format!("Unmarshal{}JSON", types[def.name.as_str()]));
                naming.unmarshal.insert(&def.name, name);
            }
        }
        for def in &api.types {
            let go = &types[def.name.as_str()];
            if is_presented(def).is_some() {
                let names = ["From", "To"].map(|way| privates.claim(&format!("{}{way}Wire", private(go))));
                naming.conversions.insert(&def.name, names);
            }
            if is_uuid(def) {
                naming.parsers.insert(&def.name, scope.claim(&format!("Parse{go}")));
            }
        }
        for alias in &api.aliases {
            naming.aliases.insert(&alias.name, scope.claim(&exported(&alias.name)));
        }
        (naming, privates)
    }

    /// The constant or the struct for the variant of an enum.
    pub(crate) fn variant(&self, name: &str, index: usize) -> &str {
        &self.variants[name][index]
    }

    /// The functions that make a presented type of that on the wire, and the opposite.
    pub(crate) fn conversions(&self, name: &str) -> &[String; 2] {
        &self.conversions[name]
    }

    /// The function that reads a UUID, for a type that is one.
    pub(crate) fn parser(&self, name: &str) -> Option<&str> {
        self.parsers.get(name).map(String::as_str)
    }

    /// An alias of the API.
    pub(crate) fn alias(&self, name: &str) -> Option<&str> {
        self.aliases.get(name).map(String::as_str)
    }

    /// The function that reads the JSON form of an enum with data.
    pub(crate) fn unmarshal(&self, name: &str) -> &str {
        &self.unmarshal[name]
    }

    /// The names of the fields of a struct or of a variant.
    pub(crate) fn fields(&self, name: &str, variant: Option<usize>) -> &[String] {
        &self.fields[name][variant.unwrap_or(0)]
    }
}

impl ServiceNames {
    fn new(service: &Service, scope: &mut Scope, privates: &mut Scope, files: &mut FileScope) -> Self {
        let interface = scope.claim(&format!("{}Client", exported(&service.name)));
        let prefix = private(&service.name);
        // The methods of an interface are a scope of their own. Those of the service itself come first.
        let mut own = Scope::new(STANDARD_METHODS);
        let calls: Vec<String> = (service.methods.iter())
            .map(|method| own.claim(&exported(&method.name)))
            .collect();
        let mut notify = Vec::new();
        for (method, call) in service.methods.iter().zip(&calls) {
            notify.push(can_notify(method).then(|| own.claim(&format!("Notify{call}"))));
        }
        let methods = (service.methods.iter().zip(calls).zip(notify)).map(|((method, call), notify)| MethodNames {
            variable: privates.claim(&format!("{prefix}{}", exported(&method.name))),
            field: own.claim(&format!("{call}Func")),
            notify_field: notify.as_ref().map(|name| own.claim(&format!("{name}Func"))),
            call,
            notify,
        });
        let methods = methods.collect();
        Self {
            constructor: scope.claim(&format!("New{interface}")),
            implementation: privates.claim(&format!("{prefix}Client")),
            file: files.claim(&format!("{}_client", file_stem(&service.name))) + ".go",
            fake_file: files.claim(&format!("{}_fake", file_stem(&service.name))) + ".go",
            fake: String::new(),
            handler: String::new(),
            unimplemented: String::new(),
            serve: String::new(),
            served: String::new(),
            handler_file: String::new(),
            interface,
            methods,
        }
    }
}

/// A file whose name begins with an underscore would not be compiled.
fn file_stem(service: &str) -> String {
    let stem = snake(service);
    match stem.trim_start_matches('_') {
        "" => "x".into(),
        stem => names::file_stem(stem).into(),
    }
}

/// Fields are named as in Rust; those without a name `Value` when there is one, otherwise `Field0`, `Field1`, …
/// A type that is an error has a method of that name.
pub(crate) fn field_names(fields: &Fields, is_error: bool) -> Vec<String> {
    if fields.newtype().is_some() {
        return vec!["Value".into()];
    }
    // The methods of structs; the last is one whose printing leaves out sensitive fields.
    let sensitive = fields.fields.iter().any(|field| field.sensitive);
    let methods = ["MarshalJSON", "UnmarshalJSON"].into_iter();
    let methods = methods.chain(is_error.then_some("Error"));
    let mut scope = Scope::new(methods.chain(sensitive.then_some("Format")));
    let names = fields.fields.iter().map(|field| match fields.style {
        Style::Tuple => format!("Field{}", field.name),
        _ => scope.claim(&exported(&field.name)),
    });
    names.collect()
}
