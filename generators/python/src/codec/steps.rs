//! The bodies of functions: steps that note where they are, and local variables.

use std::collections::BTreeMap;

use rapace_gen_core::names::Scope;

use crate::layout::{bracketed, items};
use crate::names::KEYWORDS;

/// What a function does at one place of a value.
pub(super) struct Step {
    /// The place as Python source: `"title"` or `2`.
    pub(super) place: String,
    /// The statements.
    pub(super) lines: Vec<String>,
}

/// Steps that write.
pub(super) fn encode_steps(steps: Vec<Step>) -> Vec<String> {
    sequence(steps, "Encode")
}

/// Steps that read.
pub(super) fn decode_steps(steps: Vec<Step>) -> Vec<String> {
    sequence(steps, "Decode")
}

/// The steps one after another. An error that passes learns at which of them it happened.
fn sequence(steps: Vec<Step>, kind: &str) -> Vec<String> {
    match steps.as_slice() {
        [] => Vec::new(),
        [only] => guarded(only.lines.clone(), kind, &only.place),
        [first, rest @ ..] => {
            let mut inner = first.lines.clone();
            for step in rest {
                inner.push(format!("at = {}", step.place));
                inner.extend(step.lines.iter().cloned());
            }
            // Past 64 places pyright no longer follows the values of a variable without a type.
            let kind_of_place = match steps.len() {
                0..=64 => "",
                _ if first.place.starts_with('"') => ": str",
                _ => ": int",
            };
            let mut lines = vec![format!("at{kind_of_place} = {}", first.place)];
            lines.extend(guarded(inner, kind, "at"));
            lines
        }
    }
}

/// Statements whose errors learn the place, an expression.
pub(super) fn guarded(inner: Vec<String>, kind: &str, place: &str) -> Vec<String> {
    let mut lines = vec!["try:".to_owned()];
    lines.extend(indented(1, inner));
    lines.push(format!("except codegen.{kind}Error as error:"));
    lines.push(format!("    error.within({place})"));
    lines.push("    raise".into());
    lines
}

/// The line of a function that takes a tuple apart: `expect` looks whether it is one of so many items.
pub(super) fn taken_apart(locals: &[String], expect: &str) -> String {
    let targets = match locals {
        [] => String::new(),
        [only] => format!("({only},) = "),
        several => format!("{} = ", several.join(", ")),
    };
    let arguments = items(&["value".into(), locals.len().to_string()]);
    bracketed(4, &format!("{targets}{expect}("), &arguments, ")")
}

/// Lines, and lines of lines, so many levels further in.
pub(super) fn indented(levels: usize, lines: Vec<String>) -> Vec<String> {
    let margin = "    ".repeat(levels);
    lines
        .into_iter()
        .flat_map(|line| {
            line.split('\n')
                .map(|line| format!("{margin}{line}"))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// The local variables of one function: called after fields or parameters, unless the name means something else there.
pub(super) struct Locals {
    scope: Scope,
    /// The variables by their wanted name and type: variants share those that have both in common.
    typed: BTreeMap<(String, String), String>,
}

impl Locals {
    /// The variables of a function that has none yet.
    pub(super) fn new() -> Self {
        const USED: [&str; 9] = [
            "at",
            "codegen",
            "error",
            "isinstance",
            "object",
            "r",
            "types",
            "variant",
            "w",
        ];
        Self {
            scope: Scope::new(USED),
            typed: BTreeMap::new(),
        }
    }

    /// The variables of a function that writes a request, which has a parameter of its own.
    pub(super) fn of_request() -> Self {
        let mut locals = Self::new();
        locals.scope.claim("limits");
        locals.scope.claim("bytes");
        locals
    }

    /// The variables of a quick function.
    pub(super) fn quick() -> Self {
        #[rustfmt::skip]
        const USED: [&str; 10] = [
            "FLAGS", "codegen", "data", "depth", "f32_at", "f64_at", "new", "pos", "types", "variant",
        ];
        Self {
            scope: Scope::new(KEYWORDS.into_iter().chain(USED)),
            typed: BTreeMap::new(),
        }
    }

    /// Variables for these names.
    pub(super) fn claim(&mut self, names: &[String]) -> Vec<String> {
        names.iter().map(|name| self.claim_one(name)).collect()
    }

    /// Variables for these names, whose values are of these types.
    pub(super) fn claim_typed(&mut self, names: &[String], types: Vec<String>) -> Vec<String> {
        let keys = names.iter().cloned().zip(types);
        keys.map(|key| match self.typed.get(&key) {
            Some(local) => local.clone(),
            None => {
                let local = self.claim_one(&key.0);
                self.typed.insert(key, local.clone());
                local
            }
        })
        .collect()
    }

    fn claim_one(&mut self, name: &str) -> String {
        #[rustfmt::skip]
        const FUNCTIONS: [&str; 9] = [
            "decode_", "encode_", "exact_", "expect_", "pack_", "read_", "unpack_", "write_", "wrong_",
        ];
        let is_function = FUNCTIONS.iter().any(|prefix| name.starts_with(prefix));
        let wanted = if is_function {
            format!("the_{name}")
        } else {
            name.to_owned()
        };
        self.scope.claim(&wanted)
    }
}
