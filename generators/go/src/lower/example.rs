//! From a service to the function that README shows: one call.

use rapace_schema::{Method, MethodKind, Service, TypeRef};

use super::context::Context;
use crate::casing::private;
use crate::declared::{MethodNames, ServiceNames};
use crate::layout::{bracketed, joined};

/// What the functions name besides arguments.
const LOCALS: [&str; 10] = [
    "answer", "call", "client", "conn", "ctx", "err", "item", "log", "os", "signal",
];

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

    fn called(&self, method: &Method, function: &str, passed: &[String]) -> Vec<String> {
        let outcome = self.results.of(&method.response);
        let is_void = method.response == TypeRef::Unit || outcome.is_some_and(|outcome| outcome.value.is_none());
        let call = |before: &str, after: &str| joined(&bracketed(&format!("{before}{function}"), passed, after, 1), 1);
        let failed = |tabs: &str| {
            ["if err != nil {", "\treturn err", "}"]
                .map(|line| format!("{tabs}{line}"))
                .to_vec()
        };
        match (method.kind, is_void) {
            (MethodKind::ServerStreaming, _) => [
                vec![format!("\t{}", call("for item, err := range ", ") {"))],
                failed("\t\t"),
                ["\t\tfmt.Println(item)", "\t}", "\treturn nil"]
                    .map(String::from)
                    .to_vec(),
            ]
            .concat(),
            (MethodKind::Unary, true) => vec![format!("\t{}", call("return ", ")"))],
            (MethodKind::Unary, false) => [
                vec![format!("\t{}", call("answer, err := ", ")"))],
                failed("\t"),
                vec!["\tfmt.Println(answer)".into(), "\treturn nil".into()],
            ]
            .concat(),
        }
    }

    /// A type as another package writes it: what the package declares begins with an upper-case letter.
    fn qualified(&self, go: &str) -> String {
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
