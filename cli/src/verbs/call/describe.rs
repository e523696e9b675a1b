//! What can be called: services, methods and types in words.

use rapace_schema::{Api, Fields, Method, Service, Style, TypeDef, TypeKind, TypeRef};
use serde_json::json;

use super::flags::Form;
use super::one::method_of;
use super::types::{signature, spelled};
use crate::failure::Failure;

/// All methods, a line each.
pub(super) fn list(api: &Api, form: Form) -> String {
    let all = api
        .services
        .iter()
        .flat_map(|service| service.methods.iter().map(move |method| (service, method)));
    let lines = all.map(|(service, method)| match form {
        Form::Human => format!("{}.{}\n", service.name, signature(method)),
        Form::Json => {
            let name = format!("{}.{}", service.name, method.name);
            format!(
                "{}\n",
                json!({"method": name, "signature": signature(method), "doc": method.doc})
            )
        }
    });
    lines.collect()
}

/// A service, a method with the types that it needs, or a type.
///
/// # Errors
/// When there is nothing of this name.
pub(super) fn described(api: &Api, name: &str) -> Result<String, Failure> {
    if let Some(service) = api.services.iter().find(|service| service.name == name) {
        return Ok(of_service(service));
    }
    if let Some(def) = api.types.iter().find(|def| def.name == name) {
        return Ok(of_type(def));
    }
    let (service, method) = method_of(api, name)?;
    Ok(of_method(api, service, method))
}

fn of_service(service: &Service) -> String {
    let methods = service.methods.iter();
    let methods = methods.map(|method| format!("{}    {}\n", doc(&method.doc, "    "), signature(method)));
    format!(
        "{}service {}\n{}",
        doc(&service.doc, ""),
        service.name,
        methods.collect::<String>()
    )
}

fn of_method(api: &Api, service: &Service, method: &Method) -> String {
    let mut names = Vec::new();
    let used = method.arguments.iter().map(|argument| &argument.ty);
    for ty in used.chain([&method.response]) {
        reach(api, ty, &mut names);
    }
    let mut text = format!("{}{}.{}\n", doc(&method.doc, ""), service.name, signature(method));
    if let Some(note) = &method.deprecated {
        text += &format!("deprecated: {note}\n");
    }
    if method.idempotent {
        text += "idempotent: calling twice is as calling once\n";
    }
    for def in api.types.iter().filter(|def| names.contains(&def.name.as_str())) {
        text += "\n";
        text += &of_type(def);
    }
    text
}

/// The names of the types that a type needs.
fn reach<'a>(api: &'a Api, ty: &'a TypeRef, names: &mut Vec<&'a str>) {
    let mut left = Vec::new();
    ty.for_each_name(&mut |name| left.push(name));
    while let Some(name) = left.pop() {
        if names.contains(&name) {
            continue;
        }
        names.push(name);
        let def = api.types.iter().find(|def| def.name == name);
        for field in def.into_iter().flat_map(TypeDef::field_types) {
            field.for_each_name(&mut |name| left.push(name));
        }
    }
}

fn of_type(def: &TypeDef) -> String {
    match &def.kind {
        TypeKind::Struct(fields) => format!(
            "{}struct {}{}\n",
            doc(&def.doc, ""),
            def.name,
            of_fields(fields, "    ")
        ),
        TypeKind::Enum { variants } => {
            let mut text = format!("{}enum {}\n", doc(&def.doc, ""), def.name);
            for variant in variants {
                let fields = of_fields(&variant.fields, "        ");
                text += &format!("{}    {}{fields}\n", doc(&variant.doc, "    "), variant.name);
            }
            text
        }
    }
}

fn of_fields(fields: &Fields, indent: &str) -> String {
    match fields.style {
        Style::Unit => String::new(),
        Style::Tuple => {
            let types: Vec<String> = fields.fields.iter().map(|field| spelled(&field.ty)).collect();
            format!("({})", types.join(", "))
        }
        Style::Struct => {
            let fields = fields.fields.iter();
            let lines = fields.map(|field| {
                format!(
                    "\n{}{indent}{}: {}",
                    doc(&field.doc, indent),
                    field.name,
                    spelled(&field.ty)
                )
            });
            lines.collect()
        }
    }
}

fn doc(text: &str, indent: &str) -> String {
    text.lines().map(|line| format!("{indent}// {line}\n")).collect()
}
