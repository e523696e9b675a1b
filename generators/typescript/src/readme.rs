//! `README.md`: how to install the package, how to connect, and one call per service, with the API's own names.

use std::collections::BTreeSet;

use rapace_gen_core::plan::is_spelled;
use rapace_gen_core::text::doc::{Doc, concat, indent};
use rapace_gen_core::{Call, GenerateError};
use rapace_schema::{Api, Examples, Method, MethodKind, Service, TypeRef};

use crate::codec::payload;
use crate::comments::{lines, literal};
use crate::form::Form;
use crate::layout::{self, BIOME};
use crate::names::{KIND, MethodNames, Names, ServiceNames, properties};
use crate::types::Types;
use crate::values::Values;

/// What a program names besides arguments.
const RESERVED: [&str; 5] = ["client", "connect", "connection", "createClient", "item"];

/// Where programs connect to.
const ADDRESS: &str = "tcp://127.0.0.1:9000";

/// How deep a sample of a value may be.
const DEPTH: usize = 6;

/// Where users import from.
pub(crate) struct Imports<'a> {
    /// The package.
    pub(crate) package: &'a str,
    /// The package that has `node`, `web` and `rapace`: itself, or the runtime's.
    pub(crate) runtime: &'a str,
    /// The package's description.
    pub(crate) description: &'a str,
    /// True when the package has to be compiled first.
    pub(crate) compiled: bool,
}

/// The text of `README.md`.
pub(crate) fn readme(api: &Api, types: &Types<'_>, names: &Names, imports: &Imports<'_>) -> String {
    let Imports {
        package,
        runtime,
        description,
        compiled,
    } = imports;
    let description = lines(description).join(" ");
    let build = match compiled {
        true => "Compile it first: run `npm install` and `npm run build` in its folder.\n\n",
        false => "",
    };
    let mut text = format!(
        "# {package}\n\n{description}\n\n`rapace gen` made this package from the Rust services of `{}`. Do not edit it.\n\n\
         ## Install\n\n{build}From a registry, or from this package's folder:\n\n```sh\nnpm install {package}\nnpm install \
         ../path/to/this/folder\n```\n\nThe package consists of ES modules and works on Node 20 or later, Deno, Bun, and in browsers and \
         workers.\nWebSockets on Node need the package `ws` (`npm install ws`), or `connect(url, {{ WebSocket }})` with a class of yours.\n",
        api.name
    );
    let services: Vec<_> = api.services.iter().zip(&names.services).collect();
    if services.is_empty() {
        return text;
    }
    text.push_str(&format!(
        "\n## Connect and call\n\n`{runtime}/node` connects over TCP, TLS, Unix sockets and WebSocket; `{runtime}/web` is for pages and \
         workers.\nAn open connection keeps Node alive: close it, or hold it with `await using` where the language has that.\n"
    ));
    for (service, own) in services {
        if let Some(call) = call(service, own, types) {
            text.push_str(&format!("\n```ts\n{}```\n", program(&own.name, imports, &call)));
        }
    }
    text.push_str(&format!(
        "\nErrors are one family: `isRapaceError(error)` of `{runtime}/node`, then `error.kind` and `error.code`.\n"
    ));
    let classes: BTreeSet<&str> = names.failures.values().map(|failure| failure.class.as_str()).collect();
    if !classes.is_empty() {
        let classes: Vec<String> = classes.into_iter().map(|class| format!("`{class}`")).collect();
        text.push_str(&format!(
            "Errors that methods declare are classes of this package, whose property `error` says why: {}.\n",
            classes.join(", ")
        ));
    }
    text
}

/// A program that makes a call of the service of this name.
fn program(service: &str, imports: &Imports<'_>, call: &str) -> String {
    text(service, imports, ADDRESS, Used::default(), call)
}

/// Functions that a program uses.
#[derive(Default)]
struct Used {
    /// Those of the package.
    package: BTreeSet<String>,
    /// Those of its module `json`.
    json: BTreeSet<String>,
}

impl Used {
    /// What a value uses, too.
    fn add(&mut self, value: &Doc, names: &Names) {
        value.for_each_symbol(|name| {
            let module = match names.reads_json(name) {
                true => &mut self.json,
                false => &mut self.package,
            };
            module.insert(name.to_owned());
        });
    }
}

/// The text of a program that uses these functions.
fn text(service: &str, imports: &Imports<'_>, address: &str, mut used: Used, call: &str) -> String {
    let Imports { package, runtime, .. } = imports;
    let address = literal(address);
    // A service may have the name of what the program needs besides.
    let (service, imported) = match RESERVED.contains(&service) {
        true => (format!("{service}_"), format!("{service} as {service}_")),
        false => (service.to_owned(), service.to_owned()),
    };
    used.package.insert(imported);
    let [of_package, of_json] = [used.package, used.json].map(|names| Vec::from_iter(names).join(", "));
    let json = match of_json.is_empty() {
        true => String::new(),
        false => format!("import {{ {of_json} }} from \"{package}/json\";\n"),
    };
    format!(
        "import {{ {of_package} }} from \"{package}\";\n{json}import {{ connect, createClient }} from \"{runtime}/node\";\n\nconst \
         connection = await connect({address});\nconst client = createClient({service}, connection);\n{call}\nawait \
         connection.close();\n"
    )
}

/// A program that makes a call with these values.
///
/// # Errors
/// When a value cannot be written.
pub(crate) fn with_values(
    api: &Api,
    types: &Types<'_>,
    names: &Names,
    imports: &Imports<'_>,
    call: &Call<'_>,
) -> Result<String, GenerateError> {
    let (method, service) = (call.of(api), &names.services[call.service]);
    let values = Values { types, names };
    let (mut used, mut arguments) = (Used::default(), Vec::new());
    for (argument, value) in method.arguments.iter().zip(call.arguments) {
        let expression = values.expression(&argument.ty, value);
        let expression = expression
            .ok_or_else(|| GenerateError::new(format!("{}: TypeScript cannot write {value}", argument.name)))?;
        used.add(&expression, names);
        arguments.push(expression);
    }
    let made = made(method, &service.methods[call.method], arguments);
    Ok(text(&service.name, imports, call.address, used, &BIOME.print(&made, 0)))
}

/// The statement of a call with these arguments.
fn made(method: &Method, own: &MethodNames, arguments: Vec<Doc>) -> Doc {
    let head = format!("client.{}", own.property);
    let call = match <[Doc; 1]>::try_from(arguments) {
        // The only argument breaks inside its own brackets.
        Ok([only]) => concat([head.into(), "(".into(), only, ")".into()]),
        Err(arguments) => layout::call(head, arguments),
    };
    match (&method.kind, &method.response) {
        (MethodKind::ServerStreaming, _) => concat([
            "for await (const item of ".into(),
            call,
            ") {".into(),
            indent([Doc::HardLine, "console.log(item);".into()]),
            Doc::HardLine,
            "}".into(),
        ]),
        (_, TypeRef::Unit) => concat(["await ".into(), call, ";".into()]),
        _ => concat(["console.log(await ".into(), call, ");".into()]),
    }
}

/// A program for each method of each service, with an example of each argument.
pub(crate) fn calls(api: &Api, types: &Types<'_>, names: &Names, imports: &Imports<'_>) -> Vec<Vec<String>> {
    let (examples, values) = (Examples::of(api), Values { types, names });
    let of_service = |(service, own): (&Service, &ServiceNames)| {
        let methods = service.methods.iter().zip(&own.methods);
        let calls = methods.map(|(method, of_method)| {
            let (mut used, mut lines) = (Used::default(), String::new());
            let arguments = method.arguments.iter().zip(&of_method.arguments).enumerate();
            let arguments = arguments.map(|(i, (argument, name))| {
                let example = examples.value(&argument.ty);
                let Some(value) = example.and_then(|example| values.expression(&argument.ty, &example)) else {
                    let (line, local) = left_out(i, name, of_method);
                    lines.push_str(&line);
                    return local.into();
                };
                used.add(&value, names);
                value
            });
            let call = made(method, of_method, arguments.collect());
            text(&own.name, imports, ADDRESS, used, &(lines + &BIOME.print(&call, 0)))
        });
        calls.collect()
    };
    api.services.iter().zip(&names.services).map(of_service).collect()
}

/// The declaration of an argument whose every value is too long for an example, and its name.
fn left_out(position: usize, name: &str, method: &MethodNames) -> (String, String) {
    let local = match RESERVED.contains(&name) {
        true => format!("{name}_"),
        false => name.to_owned(),
    };
    let ty = format!("Parameters<typeof client.{}>[{position}]", method.property);
    (format!("declare const {local}: {ty}; // your value\n"), local)
}

/// The shortest call of a service that can be written down.
fn call(service: &Service, own: &ServiceNames, types: &Types<'_>) -> Option<String> {
    let sampler = Sampler { types };
    let calls = service.methods.iter().zip(&own.methods);
    let calls = calls.filter_map(|(method, own)| sampler.call(method, own));
    calls.min_by_key(String::len)
}

/// Writes values as samples.
struct Sampler<'a> {
    types: &'a Types<'a>,
}

impl Sampler<'_> {
    fn call(&self, method: &Method, own: &MethodNames) -> Option<String> {
        let arguments = method.arguments.iter().map(|argument| self.value(&argument.ty, DEPTH));
        Some(called(method, own, arguments.collect::<Option<Vec<String>>>()?))
    }

    /// A value of the type as an expression, unless it is too deep.
    fn value(&self, ty: &TypeRef, depth: usize) -> Option<String> {
        let depth = depth.checked_sub(1)?;
        if let Some(wide) = self.types.wide_integer(ty) {
            return Some(match wide.written {
                "bigint" => "1n".to_owned(),
                "string" => "\"1\"".to_owned(),
                _ => "1".to_owned(),
            });
        }
        Some(match ty {
            TypeRef::Unit | TypeRef::Option(_) => "undefined".to_owned(),
            TypeRef::Bool => "true".to_owned(),
            TypeRef::F32 | TypeRef::F64 => "1.5".to_owned(),
            TypeRef::Char => "\"a\"".to_owned(),
            TypeRef::String => "\"text\"".to_owned(),
            bytes if self.types.is_bytes(bytes) => "new Uint8Array()".to_owned(),
            TypeRef::Array { item, len } if **item == TypeRef::U8 => format!("new Uint8Array({len})"),
            TypeRef::Array { item, len } if is_spelled(item, *len) => {
                let item = self.value(item, depth)?;
                format!("[{}]", vec![item; usize::try_from(*len).ok()?].join(", "))
            }
            TypeRef::Array { .. } => return None,
            TypeRef::List(item) => match self.types.typed_array(item) {
                Some(typed) => format!("new {}()", typed.class),
                None => "[]".to_owned(),
            },
            TypeRef::Set(item) if self.types.is_key(item) => "new Set()".to_owned(),
            TypeRef::Map { key, .. } if self.types.is_key(key) => "new Map()".to_owned(),
            TypeRef::Set(_) | TypeRef::Map { .. } => "[]".to_owned(),
            TypeRef::Tuple(items) => self.tuple(items.iter(), depth)?,
            TypeRef::Named(name) => self.named(name, depth)?,
            _ => "1".to_owned(),
        })
    }

    fn named(&self, name: &str, depth: usize) -> Option<String> {
        if self.types.foreign(name).is_some() {
            return None;
        }
        Some(match self.types.form(name) {
            Form::Empty => "undefined".to_owned(),
            // Its own type or function would have to be imported.
            Form::Brand(_) | Form::Text(_) => return None,
            Form::Date(..) => "new Date(0)".to_owned(),
            Form::Alias(inner) => self.value(inner, depth)?,
            Form::Boxed(inner) => format!("{{ value: {} }}", self.value(inner, depth)?),
            Form::Tuple(fields) => self.tuple(fields.fields.iter().map(|field| &field.ty), depth)?,
            Form::Record(fields) => {
                let fields = fields.fields.iter().zip(properties(fields, &[]));
                let fields = fields.filter(|(field, _)| !self.types.admits_undefined(&field.ty));
                let fields =
                    fields.map(|(field, property)| Some(format!("{property}: {}", self.value(&field.ty, depth)?)));
                braced(fields.collect::<Option<_>>()?)
            }
            Form::Plain(variants) => literal(&variants.first()?.name),
            Form::Union(variants) => {
                let variants = variants.iter().filter_map(|variant| {
                    let kind = format!("{KIND}: {}", literal(&variant.name));
                    let fields = payload(variant);
                    let fields = fields.map(|(property, ty)| Some(format!("{property}: {}", self.value(&ty, depth)?)));
                    let members = std::iter::once(Some(kind)).chain(fields);
                    Some(braced(members.collect::<Option<_>>()?))
                });
                variants.min_by_key(String::len)?
            }
        })
    }

    fn tuple<'t>(&self, items: impl Iterator<Item = &'t TypeRef>, depth: usize) -> Option<String> {
        let items = items.map(|item| self.value(item, depth));
        Some(format!("[{}]", items.collect::<Option<Vec<_>>>()?.join(", ")))
    }
}

/// The statement of a call with these arguments.
fn called(method: &Method, own: &MethodNames, arguments: Vec<String>) -> String {
    let call = format!("client.{}({})", own.property, arguments.join(", "));
    match (&method.kind, &method.response) {
        (MethodKind::ServerStreaming, _) => {
            format!("for await (const item of {call}) {{\n\tconsole.log(item);\n}}")
        }
        (_, TypeRef::Unit) => format!("await {call};"),
        _ => format!("console.log(await {call});"),
    }
}

fn braced(members: Vec<String>) -> String {
    match members.is_empty() {
        true => "{}".to_owned(),
        false => format!("{{ {} }}", members.join(", ")),
    }
}
