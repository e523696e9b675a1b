//! Local variables of functions.

use std::collections::BTreeMap;

use rapace_gen_core::names::Scope;

use crate::layout::{bracketed, items};
use crate::reserved::KEYWORDS;

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

/// The local variables of one function: called after fields or parameters, unless the name means something else there.
pub(super) struct Locals {
    scope: Scope,
    /// The variables by their wanted name and type: variants share those that have both in common.
    typed: BTreeMap<(String, String), String>,
}

impl Locals {
    /// The variables of a function that writes a request, of which `limits` is the first parameter.
    pub(super) fn of_request() -> Self {
        Self::with(["bytes", "codegen", "limits", "object"])
    }

    /// The variables of a function that reads.
    pub(super) fn of_reader() -> Self {
        #[rustfmt::skip]
        const USED: [&str; 10] = [
            "FLAGS", "codegen", "data", "depth", "f32_at", "f64_at", "new", "pos", "types", "variant",
        ];
        Self::with(KEYWORDS.into_iter().chain(USED))
    }

    fn with(used: impl IntoIterator<Item = &'static str>) -> Self {
        Self {
            scope: Scope::new(used),
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
        const FUNCTIONS: [&str; 5] = ["decode_", "encode_", "exact_", "pack_", "unpack_"];
        let is_function = FUNCTIONS.iter().any(|prefix| name.starts_with(prefix));
        let wanted = if is_function {
            format!("the_{name}")
        } else {
            name.to_owned()
        };
        self.scope.claim(&wanted)
    }
}
