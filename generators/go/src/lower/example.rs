//! From a service to the function that README shows: one call.

use std::collections::BTreeSet;

use rapace_gen_core::{Call, GenerateError};
use rapace_schema::{Method, MethodKind, Service, TypeRef};

use super::context::Context;
use super::values::{Kind, Values};
use crate::casing::private;
use crate::declared::{MethodNames, ServiceNames};
use crate::layout::{bracketed, joined};

/// What the functions name besides arguments.
const LOCALS: [&str; 10] = [
    "answer", "call", "client", "conn", "ctx", "err", "item", "log", "os", "signal",
];

/// The packages that a program may import besides that of the API.
const PACKAGES: [&str; 3] = ["math", "time", "websocket"];

impl Context<'_> {
    /// A function that makes one call of the service, as lines, and its name; none for a service without methods.
    pub(super) fn example(&self, service: &Service, names: &ServiceNames) -> Option<(String, Vec<String>)> {
        let methods = || service.methods.iter().zip(&names.methods);
        let current = methods().find(|(method, _)| method.deprecated.is_none());
        Some(self.call_of(names, current.or_else(|| methods().next())?))
    }

    /// A function that makes one call of this method, as lines, and its name.
    pub(super) fn call_of(
        &self,
        names: &ServiceNames,
        (method, own): (&Method, &MethodNames),
    ) -> (String, Vec<String>) {
        let mut scope = self.parameters.inner();
        for local in LOCALS.iter().chain([&self.package]) {
            scope.claim(local);
        }
        let name = format!("call{}", names.interface.trim_end_matches("Client"));
        let mut lines = vec![
            format!("func {name}(ctx context.Context, conn *rapace.Conn) error {{"),
            format!("\tclient := {}.{}(conn)", self.package, names.constructor),
        ];
        let mut passed = vec!["ctx".to_owned()];
        for argument in &method.arguments {
            let variable = scope.claim(&private(&argument.name));
            let go = self.qualified(&self.go(&argument.ty, argument.alias.as_deref()));
            lines.push(format!("\tvar {variable} {go} // your value"));
            passed.push(variable);
        }
        lines.extend(self.called(method, &format!("client.{}(", own.call), &passed));
        lines.push("}".into());
        (name, lines)
    }

    /// A function `run` that makes a call with these values and prints what comes back, as lines, and what it imports of the
    /// standard library. `dialled` are the arguments of the dial.
    ///
    /// # Errors
    /// When a value is out of the range of Go's type.
    pub(super) fn call_with(
        &self,
        names: &ServiceNames,
        call: &Call<'_>,
        dialled: &[String],
    ) -> Result<(Vec<String>, BTreeSet<&'static str>), GenerateError> {
        let (method, own) = (call.of(self.api), &names.methods[call.method]);
        let mut scope = self.parameters.inner();
        for local in LOCALS.iter().chain(&PACKAGES).chain([&self.package]) {
            scope.claim(local);
        }
        let mut lines = vec![
            "func run(ctx context.Context) error {".to_owned(),
            format!(
                "\t{}",
                joined(&bracketed("conn, err := rapace.Dial(", dialled, ")", 1), 1)
            ),
        ];
        lines.extend(failed("\t"));
        lines.push("\tdefer conn.Close()".into());
        lines.push(format!("\tclient := {}.{}(conn)", self.package, names.constructor));
        let values = Values::new(self);
        let mut passed = vec!["ctx".to_owned()];
        for (argument, value) in method.arguments.iter().zip(call.arguments) {
            let expression = values.expression(&argument.ty, value);
            let expression =
                expression.ok_or_else(|| GenerateError::new(format!("{}: Go cannot write {value}", argument.name)))?;
            passed.push(match expression.kind {
                Kind::Untyped => expression.text,
                Kind::Typed | Kind::Variant => {
                    let variable = scope.claim(&private(&argument.name));
                    lines.push(format!("\t{variable} := {}", expression.text));
                    variable
                }
            });
        }
        lines.extend(self.called(method, &format!("client.{}(", own.call), &passed));
        lines.push("}".into());
        Ok((lines, values.imports()))
    }

    fn called(&self, method: &Method, function: &str, passed: &[String]) -> Vec<String> {
        let outcome = self.results.of(&method.response);
        let is_void = method.response == TypeRef::Unit || outcome.is_some_and(|outcome| outcome.value.is_none());
        let call = |before: &str, after: &str| joined(&bracketed(&format!("{before}{function}"), passed, after, 1), 1);
        match (method.kind, is_void) {
            (MethodKind::ServerStreaming, _) => [
                vec![format!("\t{}", call("for item, err := range ", ") {"))],
                failed("\t\t"),
                self.printed(&method.response, "item", "\t\t"),
                vec!["\t}".into(), "\treturn nil".into()],
            ]
            .concat(),
            (MethodKind::Unary, true) => vec![format!("\t{}", call("return ", ")"))],
            (MethodKind::Unary, false) => [
                vec![format!("\t{}", call("answer, err := ", ")"))],
                failed("\t"),
                self.printed(&method.response, "answer", "\t"),
                vec!["\treturn nil".into()],
            ]
            .concat(),
        }
    }

    /// Statements that print a variable: what it points to, where it is a pointer.
    fn printed(&self, ty: &TypeRef, variable: &str, tabs: &str) -> Vec<String> {
        let is_pointer = match ty {
            TypeRef::Option(item) => !self.types.is_sum(item) && !self.types.is_option_struct(item),
            _ => false,
        };
        let lines = match is_pointer {
            true => vec![
                format!("if {variable} == nil {{"),
                "\tfmt.Println(\"none\")".to_owned(),
                "} else {".to_owned(),
                format!("\tfmt.Println(*{variable})"),
                "}".to_owned(),
            ],
            false => vec![format!("fmt.Println({variable})")],
        };
        lines.into_iter().map(|line| format!("{tabs}{line}")).collect()
    }

    /// A type as another package writes it: what the package declares begins with an upper-case letter.
    pub(super) fn qualified(&self, go: &str) -> String {
        let mut text = String::new();
        let mut before = ' ';
        for c in go.chars() {
            let begins = !before.is_alphanumeric() && !matches!(before, '_' | '.');
            if begins && c.is_uppercase() {
                text.push_str(self.package);
                text.push('.');
            }
            text.push(c);
            before = c;
        }
        text
    }
}

/// Statements that return an error.
fn failed(tabs: &str) -> Vec<String> {
    let lines = ["if err != nil {", "\treturn err", "}"];
    lines.map(|line| format!("{tabs}{line}")).to_vec()
}
