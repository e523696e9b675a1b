//! Enums that are the outcome of a call: methods return the value, or an error that is the failure.

use std::collections::BTreeMap;

use rapace_gen_core::names::Scope;
use rapace_schema::{Api, TypeDef, TypeRef};

use crate::declared::Naming;
use crate::failures::{failure_of, variants};
use crate::types::{Form, Types};

/// The outcomes that methods answer with, by the names of their types.
pub(crate) struct Results<'a> {
    outcomes: BTreeMap<&'a str, Outcome>,
}

/// An outcome, in the words of Go.
pub(crate) struct Outcome {
    /// Type of the value, `JobID`; nothing when there is none.
    pub(crate) value: Option<String>,
    /// The function that takes an outcome apart: `splitOutcome`.
    pub(crate) split: String,
    /// The function that puts a value and an error together: `joinOutcome`.
    pub(crate) join: String,
    /// Type of the errors that are failures, for documentation: `JobError`.
    pub(crate) failure: String,
    /// Both functions as lines.
    functions: Vec<Vec<String>>,
}

impl<'a> Results<'a> {
    /// The outcomes that methods of an API answer with. The names of functions are taken from `scope`.
    pub(crate) fn new(types: &Types<'a>, naming: &Naming<'a>, api: &'a Api, scope: &mut Scope) -> Self {
        let mut outcomes = BTreeMap::new();
        let methods = api.services.iter().flat_map(|service| &service.methods);
        for method in methods {
            let TypeRef::Named(name) = &method.response else {
                continue;
            };
            if outcomes.contains_key(name.as_str()) {
                continue;
            }
            if let Some(outcome) = outcome(types, naming, api, types.def(name), scope) {
                outcomes.insert(name.as_str(), outcome);
            }
        }
        Self { outcomes }
    }

    /// The outcome that a type is, if it is one.
    pub(crate) fn of(&self, ty: &TypeRef) -> Option<&Outcome> {
        match ty {
            TypeRef::Named(name) => self.outcomes.get(name.as_str()),
            _ => None,
        }
    }

    /// The functions as lines of Go.
    pub(crate) fn functions(&self) -> Vec<Vec<String>> {
        let functions = self.outcomes.values().flat_map(|outcome| &outcome.functions);
        functions.cloned().collect()
    }
}

/// What the functions of an outcome mention.
struct Words<'w> {
    /// The outcome's type, and its variants of success and of failure.
    go: &'w str,
    ok: &'w str,
    err: &'w str,
    /// Type of the value; nothing when there is none.
    value: Option<&'w str>,
    /// Type of the errors that are failures, and whether the variant holds them, or is one itself.
    failure: &'w str,
    holds_failure: bool,
    /// Whether the outcome is an interface, or else a number.
    is_sum: bool,
}

fn outcome(types: &Types, naming: &Naming, api: &Api, def: &TypeDef, scope: &mut Scope) -> Option<Outcome> {
    let [(ok, ok_fields), (err, _)] = variants(def)?;
    let go = types.name(&def.name);
    let (ok, err) = (naming.variant(&def.name, ok), naming.variant(&def.name, err));
    let is_sum = types.form(&def.name) == Form::Sum;
    let value = ok_fields.newtype().filter(|ty| **ty != TypeRef::Unit);
    let value = value.map(|ty| types.go(ty));
    let own = failure_of(api, def);
    let failure = match own {
        Some(name) => types.name(name).to_owned(),
        None if is_sum => err.to_owned(),
        None => go.to_owned(),
    };
    let (split, join) = (scope.claim(&format!("split{go}")), scope.claim(&format!("join{go}")));
    let words = Words {
        go,
        ok,
        err,
        value: value.as_deref(),
        failure: &failure,
        holds_failure: own.is_some(),
        is_sum,
    };
    let made = match (ok_fields.fields.len(), is_sum) {
        (0, false) => ok.to_owned(),
        _ if value.is_some() => format!("{ok}{{value}}"),
        _ => format!("{ok}{{}}"),
    };
    let functions = vec![words.splitting(&split), words.joining(&join, &made)];
    Some(Outcome {
        value,
        split,
        join,
        failure,
        functions,
    })
}

impl Words<'_> {
    /// The function of this name that takes an outcome apart.
    fn splitting(&self, name: &str) -> Vec<String> {
        let Self { go, ok, err, .. } = self;
        let test = match self.is_sum {
            true => format!("failed, is := v.({err}); is"),
            false => format!("failed := v; failed == {err}"),
        };
        let failed = if self.holds_failure { "failed.Value" } else { "failed" };
        let taken = match self.value {
            Some(_) => format!("v.({ok}).Value"),
            None => "value".to_owned(),
        };
        let value = self.value.unwrap_or("struct{}");
        vec![
            format!("func {name}(v {go}) (value {value}, err error) {{"),
            format!("\tif {test} {{"),
            format!("\t\treturn value, {failed}"),
            "\t}".into(),
            format!("\treturn {taken}, nil"),
            "}".into(),
        ]
    }

    /// The function of this name that puts a value and an error together, of which the outcome of a value is `made`.
    fn joining(&self, name: &str, made: &str) -> Vec<String> {
        let Self { go, err, failure, .. } = self;
        let value = self.value.map(|value| format!("value {value}, ")).unwrap_or_default();
        let none = if self.is_sum { "nil" } else { "0" };
        let failed = match self.holds_failure {
            true => format!("{err}{{failure}}"),
            false => "failure".to_owned(),
        };
        vec![
            format!("func {name}({value}err error) ({go}, error) {{"),
            "\tif err == nil {".into(),
            format!("\t\treturn {made}, nil"),
            "\t}".into(),
            format!("\tfailure, is := rapace.ErrorAs[{failure}](err)"),
            "\tif !is {".into(),
            format!("\t\treturn {none}, err"),
            "\t}".into(),
            format!("\treturn {failed}, nil"),
            "}".into(),
        ]
    }
}
