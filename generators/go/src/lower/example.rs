//! From a method to a function that calls it, for programs.

use std::collections::BTreeSet;

use rapace_gen_core::names::InnerScope;
use rapace_gen_core::{Call, GenerateError};
use rapace_schema::{Argument, Examples, Method, MethodKind, Service, TypeRef};
use serde_json::Value;

use super::context::Context;
use super::values::{Kind, Values};
use crate::casing::private;
use crate::declared::{MethodNames, ServiceNames};
use crate::layout::{bracketed, joined};

/// What the functions name besides arguments: variables, and packages that a program may import besides that of the API.
const RESERVED: [&str; 13] = [
    "answer",
    "call",
    "client",
    "conn",
    "ctx",
    "err",
    "item",
    "log",
    "math",
    "os",
    "signal",
    "time",
    "websocket",
];

/// A function that makes one call.
pub(crate) struct Example {
    pub(crate) name: String,
    pub(crate) lines: Vec<String>,
    /// What the function needs of the standard library, besides the package of its parameter `ctx`.
    pub(crate) imports: BTreeSet<&'static str>,
}

impl Context<'_> {
    /// A function that makes one call of the service; none for a service without methods.
    pub(super) fn example(&self, service: &Service, names: &ServiceNames, examples: &Examples<'_>) -> Option<Example> {
        let methods = || service.methods.iter().zip(&names.methods);
        let current = methods().find(|(method, _)| method.deprecated.is_none());
        Some(self.call_of(names, current.or_else(|| methods().next())?, examples))
    }

    /// A function that makes one call of this method with an example of each argument.
    pub(super) fn call_of(
        &self,
        names: &ServiceNames,
        (method, own): (&Method, &MethodNames),
        examples: &Examples<'_>,
    ) -> Example {
        let name = format!("call{}", names.interface.trim_end_matches("Client"));
        let mut lines = vec![format!("func {name}(ctx context.Context, conn *rapace.Conn) error {{")];
        let mut passing = Passing::new(self);
        for argument in &method.arguments {
            let example = examples.value(&argument.ty);
            if example.and_then(|value| passing.value(argument, &value)).is_none() {
                passing.left_out(argument);
            }
        }
        let imports = self.body(names, (method, own), passing, &mut lines);
        Example { name, lines, imports }
    }

    /// A function `run` that makes a call with these values and prints the response. `dialled` are the arguments of the dial.
    ///
    /// # Errors
    /// When a value is out of the range of Go's type.
    pub(super) fn call_with(
        &self,
        names: &ServiceNames,
        call: &Call<'_>,
        dialled: &[String],
    ) -> Result<Example, GenerateError> {
        let (method, own) = (call.of(self.api), &names.methods[call.method]);
        let dial = bracketed("conn, err := rapace.Dial(", dialled, ")", 1);
        let mut lines = vec![
            "func run(ctx context.Context) error {".to_owned(),
            format!("\t{}", joined(&dial, 1)),
        ];
        lines.extend(failed("\t"));
        lines.push("\tdefer conn.Close()".into());
        let mut passing = Passing::new(self);
        for (argument, value) in method.arguments.iter().zip(call.arguments) {
            passing
                .value(argument, value)
                .ok_or_else(|| GenerateError::new(format!("{}: Go cannot write {value}", argument.name)))?;
        }
        let (name, imports) = ("run".into(), self.body(names, (method, own), passing, &mut lines));
        Ok(Example { name, lines, imports })
    }

    /// Adds the lines from the client to the end of the function. Returns what the function imports.
    fn body(
        &self,
        names: &ServiceNames,
        (method, own): (&Method, &MethodNames),
        passing: Passing<'_>,
        lines: &mut Vec<String>,
    ) -> BTreeSet<&'static str> {
        lines.push(format!("\tclient := {}.{}(conn)", self.package, names.constructor));
        lines.extend(passing.lines);
        lines.extend(self.called(method, &format!("client.{}(", own.call), &passing.passed));
        lines.push("}".into());
        let mut imports = passing.imports;
        if method.kind == MethodKind::ServerStreaming || !self.is_void(method) {
            imports.insert("fmt");
        }
        imports
    }

    /// Whether the client's method returns nothing but an error.
    fn is_void(&self, method: &Method) -> bool {
        let outcome = self.results.of(&method.response);
        method.response == TypeRef::Unit || outcome.is_some_and(|outcome| outcome.value.is_none())
    }

    fn called(&self, method: &Method, function: &str, passed: &[String]) -> Vec<String> {
        let call = |before: &str, after: &str| joined(&bracketed(&format!("{before}{function}"), passed, after, 1), 1);
        match (method.kind, self.is_void(method)) {
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

/// What is passed to a method, and the statements that declare it.
struct Passing<'c> {
    context: &'c Context<'c>,
    scope: InnerScope<'c>,
    lines: Vec<String>,
    passed: Vec<String>,
    imports: BTreeSet<&'static str>,
}

impl<'c> Passing<'c> {
    fn new(context: &'c Context<'c>) -> Self {
        let mut scope = context.parameters.inner();
        for name in RESERVED.iter().chain([&context.package]) {
            scope.claim(name);
        }
        Self {
            context,
            scope,
            lines: Vec::new(),
            passed: vec!["ctx".to_owned()],
            imports: BTreeSet::new(),
        }
    }

    /// Passes a value: a constant as itself, any other as a variable. None for a value that is no expression.
    fn value(&mut self, argument: &Argument, value: &Value) -> Option<()> {
        let values = Values::new(self.context);
        let expression = values.expression(&argument.ty, value)?;
        self.imports.append(&mut values.imports());
        let passed = match expression.kind {
            Kind::Untyped => expression.written.flat(),
            Kind::Typed | Kind::Variant => {
                let variable = self.scope.claim(&private(&argument.name));
                let statement = expression.written.after(&format!("{variable} := "), 1);
                self.lines.push(format!("\t{statement}"));
                variable
            }
        };
        self.passed.push(passed);
        Some(())
    }

    /// Passes a variable to which the reader assigns a value.
    fn left_out(&mut self, argument: &Argument) {
        let variable = self.scope.claim(&private(&argument.name));
        let go = self.context.go(&argument.ty, argument.alias.as_deref());
        let go = self.context.qualified(&go);
        // gofmt would align the comments of several such lines.
        self.lines.push("\t// Assign your value.".to_owned());
        self.lines.push(format!("\tvar {variable} {go}"));
        self.passed.push(variable);
    }
}

/// Statements that return an error.
fn failed(tabs: &str) -> Vec<String> {
    let lines = ["if err != nil {", "\treturn err", "}"];
    lines.map(|line| format!("{tabs}{line}")).to_vec()
}
