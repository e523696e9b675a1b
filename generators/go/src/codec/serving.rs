//! What serves a method: the statements that decode its arguments, call the handler and encode what it answers.

use rapace_schema::{MethodKind, TypeRef};

use super::Codecs;
use super::place::Place;
use crate::layout::fits;
use crate::results::Outcome;
use crate::statement::{Errors, Part, Statement, collected, print};

/// The call of the handler, with a line for each argument where it would be too wide.
fn call(name: &str, arguments: &[(String, String, &TypeRef)]) -> String {
    let variables = arguments.iter().map(|(_, variable, _)| variable.as_str());
    let passed: Vec<&str> = std::iter::once("ctx").chain(variables).collect();
    let line = format!("s.handler.{name}({})", passed.join(", "));
    // The widest line that has it.
    match fits(&format!("for item, err := range {line} {{"), 1) {
        true => line,
        // The lines of a method are indented by one tab.
        false => format!("s.handler.{name}(\n\t\t{},\n\t)", passed.join(",\n\t\t")),
    }
}

impl Codecs<'_> {
    /// The lines that serve the method of this name, of the handler `s.handler`, with the request `r`.
    pub(crate) fn serving(
        &self,
        (kind, name): (MethodKind, &str),
        arguments: &[(String, String, &TypeRef)],
        response: &TypeRef,
        outcome: Option<&Outcome>,
    ) -> Vec<String> {
        let mut statements = self.arguments_of_request(arguments);
        let call = call(name, arguments);
        statements.extend(match kind {
            MethodKind::Unary => match outcome {
                Some(outcome) => self.answer_of_request(&format!("{}({call})", outcome.join), response),
                None => self.answer_of_request(&call, response),
            },
            MethodKind::ServerStreaming => self.items_of_request(&call, response, outcome),
        });
        print(&statements, Errors::Named)
    }

    /// Declares a variable for each argument and decodes it.
    fn arguments_of_request(&self, arguments: &[(String, String, &TypeRef)]) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut decodes = false;
        for (name, variable, ty) in arguments {
            statements.push(Statement::Plain(format!("var {variable} {}", self.types.go(ty))));
            let decoded = self.decode(ty, &Place::variable(variable), &Part::Field(name.clone()));
            decodes |= decoded.is_some();
            statements.extend(decoded);
        }
        if decodes {
            statements.insert(0, Statement::plain("d := r.Arguments()"));
        }
        if !arguments.is_empty() {
            statements.push(collected(
                "r.Collects()",
                "r.Collect",
                arguments.iter().map(|(_, variable, _)| variable),
            ));
        }
        statements.push(Statement::check("r.Begin()", &Part::Whole));
        statements
    }

    fn answer_of_request(&self, call: &str, response: &TypeRef) -> Vec<Statement> {
        let Some(encoded) = self.encode(response, &Place::variable("answer"), &Part::Whole) else {
            return match response {
                TypeRef::Unit => vec![Statement::Return(format!("r.Done({call})"))],
                _ => vec![
                    Statement::Plain(format!("_, err = {call}")),
                    Statement::Return("r.Done(err)".into()),
                ],
            };
        };
        let mut statements = vec![
            Statement::Plain(format!("answer, err := {call}")),
            Statement::Declare {
                name: "e",
                call: "r.Answer(err)".into(),
            },
        ];
        statements.extend(crate::statement::returning(vec![encoded]));
        statements
    }

    fn items_of_request(&self, call: &str, response: &TypeRef, outcome: Option<&Outcome>) -> Vec<Statement> {
        let (item, mut body) = match self.encode(response, &Place::variable("item"), &Part::Whole) {
            Some(encoded) => (
                "item",
                vec![
                    Statement::Declare {
                        name: "e",
                        call: "r.Item(err)".into(),
                    },
                    encoded,
                ],
            ),
            None => ("_", vec![Statement::check("r.Done(err)", &Part::Whole)]),
        };
        body.push(Statement::check("r.Send()", &Part::Whole));
        let item = match outcome {
            Some(outcome) => {
                let value = if outcome.value.is_some() { "item, " } else { "" };
                body.insert(
                    0,
                    Statement::Plain(format!("item, err := {}({value}err)", outcome.join)),
                );
                if outcome.value.is_some() { "item" } else { "_" }
            }
            None => item,
        };
        vec![
            Statement::Loop {
                range: format!("{item}, err := range {call}"),
                body,
            },
            Statement::Return("nil".into()),
        ]
    }
}
