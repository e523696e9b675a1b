//! Every name of the generated package, computed once. Nothing else derives a name from the API.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use icu_normalizer::ComposingNormalizerBorrowed;
use rapace_gen_core::names::{self, Scope};
use rapace_gen_core::plan::can_notify;
use rapace_schema::{Api, Fields, Method, Service, Style, TypeDef, TypeKind, TypeRef};

use crate::reserved::{AMBIGUOUS, FUNCTIONS, KEYWORDS, STANDARD_LIBRARY, USED_IN_CLASSES, USED_IN_HANDLERS};

/// The names of a whole package.
pub struct Names {
    /// Only looked up: they have no order.
    types: HashMap<String, TypeNames>,
    aliases: BTreeMap<String, String>,
    /// The names of each service, in order.
    pub services: Vec<ServiceNames>,
}

/// The names that belong to one type.
pub struct TypeNames {
    /// The class, alias or new type: `OrderStatus`.
    pub class: String,
    /// What the codec functions are called after: `order_status`.
    pub stem: String,
    /// What converts values that users have in another form than the wire: `JOB_ID`.
    pub adapter: String,
    /// The exception of a call that fails with a value of the type: `JobErrorException`.
    pub exception: String,
    /// The attributes of a struct.
    pub fields: Vec<String>,
    /// The variants of an enum.
    pub variants: Vec<VariantNames>,
}

/// The names that belong to one variant.
pub struct VariantNames {
    /// The variant as a class: `OrderStatusPacked`.
    pub class: String,
    /// The variant as a member of an enumeration: `PACKED`.
    pub member: String,
    /// The exception of a call that fails with the variant: `JobErrorUnknownQueueException`.
    pub exception: String,
    /// Its attributes.
    pub fields: Vec<String>,
}

/// The names that belong to one service.
pub struct ServiceNames {
    /// The module with its client: `catalog`.
    pub module: String,
    /// The client: `CatalogClient`.
    pub client: String,
    /// What the client can do: `CatalogProtocol`.
    pub protocol: String,
    /// The fake of the client: `CatalogFake`.
    pub fake: String,
    /// What implements the service: `CatalogHandler`.
    pub handler: String,
    /// The handler's method that makes one of a client: `forward`.
    pub forward: String,
    /// The methods as handlers have them: `CATALOG`.
    pub served: String,
    /// The names of each method, in order.
    pub methods: Vec<MethodNames>,
}

/// The names that belong to one method.
pub struct MethodNames {
    /// The method of the client: `find`.
    pub method: String,
    /// The method that does not wait for its answer, where that says nothing: `notify_find`.
    pub notify: Option<String>,
    /// What tells the runtime of the method: `CATALOG_FIND`.
    pub constant: String,
    /// The function that encodes its arguments: `catalog_find_request`.
    pub request: String,
    /// The function that reads its arguments: `catalog_find_arguments`.
    pub arguments: String,
    /// Its parameters.
    pub parameters: Vec<String>,
}

impl Names {
    /// The names for `api`.
    pub fn new(api: &Api) -> Self {
        let mut classes = Scope::new(KEYWORDS.into_iter().chain(AMBIGUOUS));
        let mut stems = Scope::default();
        let mut types = HashMap::new();
        let named: Vec<(&TypeDef, String)> = api
            .types
            .iter()
            .map(|def| (def, classes.claim(&class(&def.name))))
            .collect();
        let mut services = service_names(api, &mut classes);
        for (def, class) in named {
            let stem = stems.claim(&snake(&class));
            types.insert(def.name.clone(), type_names(def, class, stem, &mut classes));
        }
        // After all others, so that they rename none of them.
        for (service, names) in api.services.iter().zip(&mut services) {
            names.protocol = classes.claim(&format!("{}Protocol", class(&service.name)));
            names.fake = classes.claim(&format!("{}Fake", class(&service.name)));
        }
        for (service, names) in api.services.iter().zip(&mut services) {
            names.handler = classes.claim(&format!("{}Handler", class(&service.name)));
        }
        let mut aliases = BTreeMap::new();
        for alias in &api.aliases {
            aliases.insert(alias.name.clone(), classes.claim(&class(&alias.name)));
        }
        for name in failing(api) {
            if let Some(names) = types.get_mut(name) {
                names.exception = classes.claim(&format!("{}Exception", names.class));
                for variant in &mut names.variants {
                    variant.exception = classes.claim(&format!("{}Exception", variant.class));
                }
            }
        }
        Self {
            types,
            services,
            aliases,
        }
    }

    /// What an alias is called.
    ///
    /// # Panics
    /// When the API has no such alias, which validation excludes.
    pub fn of_alias(&self, name: &str) -> &str {
        self.aliases
            .get(name)
            .unwrap_or_else(|| panic!("no alias {name}: the API was not validated"))
    }

    /// The names of the type that the API calls `name`.
    ///
    /// # Panics
    /// When the API has no such type, which validation excludes.
    pub fn of(&self, name: &str) -> &TypeNames {
        self.types
            .get(name)
            .unwrap_or_else(|| panic!("no type {name}: the API was not validated"))
    }
}

/// The names of all services but those that come after the names of all types.
fn service_names(api: &Api, classes: &mut Scope) -> Vec<ServiceNames> {
    let own = ["handlers", "protocols", "rapace", "sync", "testing", "types"];
    let mut modules = Scope::new(KEYWORDS.into_iter().chain(own).chain(FUNCTIONS));
    // A method that is called like a type would hide that from the annotations of its class. Only scripts without upper and
    // lower case have such names: `名前`.
    let of_types = classes.clone();
    let mut constants = Scope::default();
    let mut served = Scope::new(AMBIGUOUS);
    let mut requests = Scope::default();
    let services = api.services.iter().map(|service| {
        let mut members = of_types.inner();
        for name in USED_IN_CLASSES.into_iter().chain(USED_IN_HANDLERS) {
            members.claim(name);
        }
        let methods = service.methods.iter();
        let names: Vec<String> = methods
            .map(|method| members.claim(&lower(&method.name, "method")))
            .collect();
        let methods = service.methods.iter().zip(names).map(|(method, name)| {
            let whole = whole(service, method);
            MethodNames {
                notify: can_notify(method).then(|| members.claim(&format!("notify_{name}"))),
                method: name,
                constant: constants.claim(&screaming(&whole)),
                request: requests.claim(&format!("{}_request", snake(&whole))),
                arguments: requests.claim(&format!("{}_arguments", snake(&whole))),
                parameters: parameters(method),
            }
        });
        let methods: Vec<MethodNames> = methods.collect();
        ServiceNames {
            module: modules.claim(&module(&service.name)),
            client: classes.claim(&format!("{}Client", class(&service.name))),
            // After all methods, so that it renames none of them.
            forward: members.claim("forward"),
            served: served.claim(&member(&service.name)),
            methods,
            protocol: String::new(),
            fake: String::new(),
            handler: String::new(),
        }
    });
    services.collect()
}

/// The types that calls fail with: those inside the failures of results, or the result itself where that has no name.
fn failing(api: &Api) -> BTreeSet<&str> {
    let results = api.types.iter().filter(|def| def.result.is_some());
    results.map(|def| error_type(def).unwrap_or(&def.name)).collect()
}

/// The named type inside the failure of a result.
pub fn error_type(def: &TypeDef) -> Option<&str> {
    let (TypeKind::Enum { variants }, Some(result)) = (&def.kind, &def.result) else {
        return None;
    };
    let failure = variants.iter().find(|variant| variant.name == result.err)?;
    match failure.fields.newtype() {
        Some(TypeRef::Named(name)) => Some(name),
        _ => None,
    }
}

/// The names that belong to a type of this class, whose variants are `classes` too.
fn type_names(def: &TypeDef, class: String, stem: String, classes: &mut Scope) -> TypeNames {
    let (fields, variants) = match &def.kind {
        TypeKind::Struct(fields) => (field_names(fields), Vec::new()),
        TypeKind::Enum { variants } => {
            let mut members = Scope::new(AMBIGUOUS);
            let variants = variants.iter().map(|variant| VariantNames {
                class: classes.claim(&normal(&format!("{class}{}", pascal(&variant.name)))),
                exception: String::new(),
                member: members.claim(&member(&variant.name)),
                fields: field_names(&variant.fields),
            });
            (Vec::new(), variants.collect())
        }
    };
    TypeNames {
        adapter: screaming(&stem),
        exception: String::new(),
        class,
        stem,
        fields,
        variants,
    }
}

/// The name of a package as Python imports it, from the name of an API.
pub fn package(name: &str) -> String {
    // Letters of ASCII alone, as indexes of packages want it.
    let ascii = normal(name).replace(|letter: char| !letter.is_ascii_alphanumeric(), "_");
    let name = names::file_stem(&lower(&ascii, "package")).to_owned();
    let name = match name.starts_with(|first: char| first.is_ascii_digit()) {
        true => format!("package_{name}"),
        false => name,
    };
    // A package of one of these names would hide, or be hidden by, what everyone imports.
    let library = matches!(name.as_str(), "opentelemetry" | "rapace" | "websockets");
    let taken = library || KEYWORDS.contains(&name.as_str()) || STANDARD_LIBRARY.contains(&name.as_str());
    if taken { format!("{name}_client") } else { name }
}

/// True for what `import` takes as a single name.
pub fn is_importable(name: &str) -> bool {
    let mut chars = name.chars();
    let first = chars.next().is_some_and(|c| c == '_' || c.is_ascii_alphabetic());
    first && chars.all(|c| c == '_' || c.is_ascii_alphanumeric()) && !KEYWORDS.contains(&name)
}

/// True for what indexes of packages take as a name.
pub fn is_distribution(name: &str) -> bool {
    let is_end = |end: Option<char>| end.is_some_and(|c| c.is_ascii_alphanumeric());
    is_end(name.chars().next())
        && is_end(name.chars().next_back())
        && name
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// The identifier as Python sees it: `K1ª` is `K1a`.
fn normal(name: &str) -> String {
    ComposingNormalizerBorrowed::new_nfkc().normalize(name).into_owned()
}

/// The casings as Python sees them: a letter in another case may be several, of which Python makes one.
pub fn snake(name: &str) -> String {
    normal(&names::snake(&normal(name)))
}

fn screaming(name: &str) -> String {
    normal(&names::screaming(&normal(name)))
}

fn pascal(name: &str) -> String {
    normal(&names::pascal(&normal(name)))
}

/// What the name of a method and its service begin a name with that other modules use: not with an underscore.
fn whole(service: &Service, method: &Method) -> String {
    let name = format!("{}_{}", service.name, method.name);
    match snake(&name).starts_with(char::is_alphabetic) {
        true => name,
        false => format!("method_{name}"),
    }
}

/// The name of a module: letters of ASCII alone, as linters want it.
fn module(name: &str) -> String {
    let ascii = normal(name).replace(|letter: char| !letter.is_ascii(), "_");
    names::file_stem(&lower(&ascii, "service")).to_owned()
}

/// `snake_case` that does not begin with an underscore, which would make it private.
fn lower(name: &str, fallback: &str) -> String {
    let name = snake(name);
    match name.strip_prefix('_') {
        Some(_) => format!("{fallback}_{}", name.trim_start_matches('_'))
            .trim_end_matches('_')
            .to_owned(),
        None => name,
    }
}

/// A name as it came when it looks like a class, otherwise in upper camel case and never private.
fn class(name: &str) -> String {
    let name = &normal(name);
    let starts_well = |name: &str| {
        name.chars()
            .next()
            .is_some_and(|c| c.is_alphabetic() && !c.is_lowercase())
    };
    if starts_well(name) {
        return name.to_owned();
    }
    let name = pascal(name);
    if starts_well(&name) {
        name
    } else {
        // Once more: a mark at its beginning joins the letter that is now before it.
        normal(&format!("Type{}", name.trim_start_matches('_')))
    }
}

fn member(name: &str) -> String {
    let name = screaming(name);
    if name.starts_with('_') {
        format!("VARIANT{name}")
    } else {
        name
    }
}

fn field_names(fields: &Fields) -> Vec<String> {
    let mut scope = Scope::new(
        KEYWORDS
            .into_iter()
            .chain(AMBIGUOUS)
            .chain(USED_IN_CLASSES)
            // A class has `mro` from `type`, which dataclasses would take for the field's default.
            .chain(["mro", "self"]),
    );
    let wanted = |name: &str| match (fields.style, fields.fields.len()) {
        (Style::Tuple, 1) => "value".to_owned(),
        (Style::Tuple, _) => format!("field_{name}"),
        _ => lower(name, "field"),
    };
    fields
        .fields
        .iter()
        .map(|field| scope.claim(&wanted(&field.name)))
        .collect()
}

fn parameters(method: &Method) -> Vec<String> {
    // Fakes answer through `codegen`.
    let mut scope = Scope::new(
        KEYWORDS
            .into_iter()
            .chain(AMBIGUOUS)
            .chain(["codegen", "self", "timeout", "metadata"]),
    );
    let names = method.arguments.iter();
    names
        .map(|argument| scope.claim(&lower(&argument.name, "argument")))
        .collect()
}

#[cfg(test)]
mod tests {
    use rapace_schema::{Field, Fields, Style, TypeRef};

    use super::{Names, class, field_names, module, package, pascal};

    #[test]
    fn identifiers_are_those_that_python_sees() {
        assert_eq!((class("K1ª"), class("größe")), ("K1a".into(), "Größe".into()));
        assert_eq!(class("_\u{302}x"), "Typ\u{ea}x");
        assert_eq!((module("GRÖSSE"), module("Orders")), ("gr_sse".into(), "orders".into()));
        assert_eq!(module("名前"), "service");
        // Upper case is a letter and marks, which Python makes one letter of.
        assert_eq!(pascal("ΐ_ǰ_ŉ"), "Ϊ\u{301}J\u{30c}ʼn");
        for (name, expected) in [
            ("7up", "package_7up"),
            ("/", "package"),
            ("..", "package"),
            ("grö-ße", "gr_e"),
            ("a\\b", "a_b"),
        ] {
            assert_eq!(package(name), expected);
        }
    }

    /// Two names that Python takes for one: the second is another then.
    #[test]
    fn names_that_python_sees_alike_are_told_apart() {
        let fields = fields(&["ﬁ", "fi", "K", "k", "ｉｆ", "x\u{302}", "x̂_", "ŷ", "y\u{302}"]);
        assert_eq!(
            field_names(&fields),
            ["fi", "fi_", "k", "k_", "if_", "x\u{302}", "x\u{302}_", "ŷ", "ŷ_"]
        );
    }

    fn fields(names: &[&str]) -> Fields {
        let field = |name: &str| Field {
            name: name.into(),
            rust_name: None,
            json_name: None,
            doc: String::new(),
            deprecated: None,
            default: false,
            sensitive: false,
            ty: TypeRef::U8,
            ..Field::default()
        };
        Fields {
            style: Style::Struct,
            fields: names.iter().copied().map(field).collect(),
        }
    }

    #[test]
    fn fields_are_not_what_classes_have_already_nor_like_digits() {
        let fields = fields(&["mro", "l", "self", "class", "plain"]);
        assert_eq!(field_names(&fields), ["mro_", "l_", "self_", "class_", "plain"]);
    }

    #[test]
    fn a_method_hides_no_type_from_annotations() {
        let mut api = rapace_gen_core::golden::cases()
            .remove("structs")
            .expect("the case is there");
        api.types[0].name = "名前".into();
        api.services[0].methods[0].name = "名前".into();
        let names = Names::new(&api);
        assert_eq!(names.of("名前").class, "名前");
        assert_eq!(names.services[0].methods[0].method, "名前_");
    }
}
