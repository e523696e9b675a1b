//! Statements of Go as values, which are printed once.

use crate::docs::literal;
use crate::layout::bracketed;

/// A function of Go.
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) parameters: Vec<String>,
    /// `error`, `(err error)`, or nothing.
    pub(crate) result: &'static str,
    /// How the statements have errors.
    pub(crate) errors: Errors,
    pub(crate) body: Vec<Statement>,
}

/// A statement of Go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Statement {
    /// A declaration, an assignment, a call: a line that cannot fail.
    Plain(String),
    /// A call that can fail, and the return of its error.
    Check(Check),
    /// `name, err := call`, and the return of the error.
    Declare { name: &'static str, call: String },
    /// `if condition { … } else { … }`
    If {
        condition: String,
        then: Vec<Statement>,
        otherwise: Vec<Statement>,
    },
    /// `for range { … }`
    Loop { range: String, body: Vec<Statement> },
    /// `switch subject { … }`, with the labels of its cases.
    Switch {
        subject: String,
        cases: Vec<(String, Vec<Statement>)>,
    },
    /// `return values`, or a bare return of nothing.
    Return(String),
    /// `return function(arguments)`, with a line for each argument where one line would be too wide.
    ReturnCall {
        function: &'static str,
        arguments: Vec<String>,
    },
}

/// A call that can fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Check {
    /// Where the result goes that the call has besides its error, if it has one.
    pub(crate) to: Option<String>,
    pub(crate) call: String,
    /// What of the value the error is about.
    pub(crate) part: Part,
}

/// What of a value a statement handles, for the path of an error.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The value itself.
    Whole,
    /// A field, named as in Rust. Several names in a row have dots between them.
    Field(String),
    /// A field whose content is not shown.
    Sensitive(String),
    /// The item at the index `i`.
    Index,
    /// The entry with this key.
    Key(&'static str),
}

/// How the statements of a function have errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Errors {
    /// Each check declares its own: `if err := …`.
    Declared,
    /// The function's result has the name `err`, and every check assigns to it: `if err = …`.
    Named,
}

impl Function {
    /// The function as lines of Go.
    pub(crate) fn print(&self) -> Vec<String> {
        let result = match self.result {
            "" => String::new(),
            result => format!(" {result}"),
        };
        let head = bracketed(
            &format!("func {}(", self.name),
            &self.parameters,
            &format!("){result} {{"),
            0,
        );
        let mut printer = Printer {
            errors: self.errors,
            lines: head,
            depth: 1,
        };
        printer.statements(&self.body);
        printer.lines.push("}".into());
        printer.lines
    }
}

/// Statements as lines of Go.
pub(crate) fn print(statements: &[Statement], errors: Errors) -> Vec<String> {
    let mut printer = Printer {
        errors,
        lines: Vec::new(),
        depth: 0,
    };
    printer.statements(statements);
    printer.lines
}

impl Statement {
    /// A call whose error is about a part of the value.
    pub(crate) fn check(call: impl Into<String>, part: &Part) -> Self {
        Self::Check(Check {
            to: None,
            call: call.into(),
            part: part.clone(),
        })
    }

    /// An `if` without an `else`.
    pub(crate) fn when(condition: impl Into<String>, then: Vec<Self>) -> Self {
        Self::If {
            condition: condition.into(),
            then,
            otherwise: Vec::new(),
        }
    }

    /// A line that cannot fail.
    pub(crate) fn plain(line: impl Into<String>) -> Self {
        Self::Plain(line.into())
    }
}

/// A loop, or nothing when there is nothing to do in it.
pub(crate) fn looped(range: &str, body: Vec<Statement>) -> Vec<Statement> {
    match body.is_empty() {
        true => Vec::new(),
        false => vec![Statement::Loop {
            range: range.into(),
            body,
        }],
    }
}

/// Passes the variables of arguments to interceptors when they are asked for.
pub(crate) fn collected<'v>(
    condition: &str,
    function: &'static str,
    variables: impl Iterator<Item = &'v String>,
) -> Statement {
    let call = Statement::ReturnCall {
        function,
        arguments: variables.cloned().collect(),
    };
    Statement::when(condition, vec![call])
}

/// The statements with a return at their end: of the last call's error where that call is the last statement.
pub(crate) fn returning(mut statements: Vec<Statement>) -> Vec<Statement> {
    match statements.pop() {
        Some(Statement::Check(Check {
            to,
            call,
            part: Part::Whole,
        })) => match to {
            None => statements.push(Statement::Return(call)),
            Some(to) => {
                statements.push(Statement::Plain(format!("{to}, err = {call}")));
                statements.push(Statement::Return("err".into()));
            }
        },
        Some(last @ Statement::Return(_)) => statements.push(last),
        last => {
            statements.extend(last);
            statements.push(Statement::Return("nil".into()));
        }
    }
    statements
}

impl Part {
    /// The error to return.
    fn error(&self) -> String {
        match self {
            Part::Whole => "err".into(),
            Part::Field(name) => format!("rapace.InField(err, {})", literal(name)),
            Part::Sensitive(name) => format!("rapace.InSensitive(err, {})", literal(name)),
            Part::Index => "rapace.InIndex(err, i)".into(),
            Part::Key(key) => format!("rapace.InKey(err, {key})"),
        }
    }
}

/// The most tabs that templates put before the statements of a method.
const OUTER: usize = 2;

struct Printer {
    errors: Errors,
    lines: Vec<String>,
    depth: usize,
}

impl Printer {
    fn line(&mut self, text: &str) {
        self.lines.push(format!("{}{text}", "\t".repeat(self.depth)));
    }

    fn statements(&mut self, statements: &[Statement]) {
        for statement in statements {
            self.statement(statement);
        }
    }

    fn statement(&mut self, statement: &Statement) {
        match statement {
            Statement::Plain(line) => self.line(line),
            Statement::Check(check) => {
                let assignment = match (self.errors, &check.to) {
                    (Errors::Declared, None) => format!("err := {}", check.call),
                    (Errors::Named, None) => format!("err = {}", check.call),
                    (_, Some(to)) => format!("{to}, err = {}", check.call),
                };
                self.line(&format!("if {assignment}; err != nil {{"));
                self.inside(&[Statement::Return(check.part.error())]);
                self.line("}");
            }
            Statement::Declare { name, call } => {
                self.line(&format!("{name}, err := {call}"));
                self.line("if err != nil {");
                self.inside(&[Statement::Return("err".into())]);
                self.line("}");
            }
            Statement::If {
                condition,
                then,
                otherwise,
            } => {
                self.line(&format!("if {condition} {{"));
                self.inside(then);
                if !otherwise.is_empty() {
                    self.line("} else {");
                    self.inside(otherwise);
                }
                self.line("}");
            }
            Statement::Loop { range, body } => {
                self.line(&format!("for {range} {{"));
                self.inside(body);
                self.line("}");
            }
            Statement::Switch { subject, cases } => {
                let subject = if subject.is_empty() { "" } else { &format!("{subject} ") };
                self.line(&format!("switch {subject}{{"));
                for (label, body) in cases {
                    self.line(&format!("{label}:"));
                    self.inside(body);
                }
                self.line("}");
            }
            Statement::Return(values) if values.is_empty() => self.line("return"),
            Statement::Return(values) => self.line(&format!("return {values}")),
            Statement::ReturnCall { function, arguments } => {
                let before = format!("return {function}(");
                bracketed(&before, arguments, ")", self.depth + OUTER)
                    .iter()
                    .for_each(|line| self.line(line));
            }
        }
    }

    fn inside(&mut self, statements: &[Statement]) {
        self.depth += 1;
        self.statements(statements);
        self.depth -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{Check, Errors, Part, Statement, print, returning};

    fn checked(to: Option<&str>, part: Part) -> Statement {
        Statement::Check(Check {
            to: to.map(str::to_owned),
            call: "call()".into(),
            part,
        })
    }

    #[test]
    fn errors_are_declared_or_have_a_name() {
        let body = [
            checked(None, Part::Index),
            checked(Some("v.X"), Part::Field("x".into())),
        ];
        let lines = |errors| print(&body, errors).join("\n");
        let (index, field) = (
            "\treturn rapace.InIndex(err, i)\n}",
            "\treturn rapace.InField(err, \"x\")\n}",
        );
        assert_eq!(
            lines(Errors::Named),
            format!("if err = call(); err != nil {{\n{index}\nif v.X, err = call(); err != nil {{\n{field}")
        );
        assert!(lines(Errors::Declared).starts_with("if err := call(); err != nil {"));
    }

    #[test]
    fn the_last_error_is_returned_itself() {
        let returned = |last: Statement| print(&returning(vec![last]), Errors::Named).join("\n");
        assert_eq!(returned(checked(None, Part::Whole)), "return call()");
        assert_eq!(
            returned(checked(Some("*v"), Part::Whole)),
            "*v, err = call()\nreturn err"
        );
        assert_eq!(returned(Statement::plain("e.Leave()")), "e.Leave()\nreturn nil");
        assert_eq!(returned(Statement::Return("err".into())), "return err");
        assert!(returned(checked(None, Part::Index)).ends_with("}\nreturn nil"));
        assert_eq!(print(&returning(Vec::new()), Errors::Named), ["return nil"]);
    }

    #[test]
    fn wide_calls_have_a_line_for_each_argument() {
        let lines = |count| {
            let call = Statement::ReturnCall {
                function: "e.Collect",
                arguments: vec!["isbn".to_owned(); count],
            };
            print(&[Statement::when("x", vec![call])], Errors::Named)
        };
        assert_eq!(lines(2)[1], "\treturn e.Collect(isbn, isbn)");
        assert_eq!(lines(40)[1..3], ["\treturn e.Collect(", "\t\tisbn,"]);
    }
}
