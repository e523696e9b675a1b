//! What is fuzzed: the clients that were generated for one API, and what is right for it.

use std::collections::{BTreeMap, BTreeSet};

use conformance_draw::{Random, Values};
use conformance_oracle::Verdict;
use rapace_schema::postcard::{Codec, Limits, Reason, ValueError};
use rapace_schema::{Api, Method, TypeRef};
use serde_json::Value;

use super::input::Input;
use super::kinds::Kinds;
use crate::difference;
use crate::oracle::{Oracle, PATIENCE, UNBOUNDED, question};
use crate::vectors::Case;
use conformance_oracle::Hex;

/// The service whose methods send back what they are sent.
const SERVICE: &str = "Values";

/// The methods that take and answer one value of a type.
pub fn methods(api: &Api) -> impl Iterator<Item = &Method> {
    let service = api.services.iter().find(|service| service.name == SERVICE);
    service.into_iter().flat_map(|service| &service.methods)
}

/// Says what is right about inputs.
pub struct Judge<'a> {
    codec: Codec<'a>,
    types: BTreeMap<&'a str, &'a TypeRef>,
    /// Methods whose types count items without bytes.
    unbounded: BTreeSet<&'a str>,
    /// Methods whose types have sets or maps in keys.
    collections_in_keys: BTreeSet<&'a str>,
    /// A small value for each method, to call it with where only the answer matters.
    samples: BTreeMap<&'a str, Value>,
    oracle: Oracle,
}

/// An input with what is right about it, or how Rust differs from our rules without a reason; nothing, when clients may
/// differ about it.
pub type Judged = Result<Option<Case>, String>;

impl<'a> Judge<'a> {
    /// For this API, whose types the oracle knows.
    pub fn new(api: &'a Api, oracle: Oracle) -> Self {
        let values = Values::new(api);
        let types: BTreeMap<&str, &TypeRef> = methods(api)
            .map(|method| (method.name.as_str(), &method.response))
            .collect();
        let samples = types
            .iter()
            .map(|(method, ty)| (*method, values.draw(&mut Random(0), ty, 0)));
        let codec = Codec::new(api, Limits::default());
        let kinds = Kinds::new(api, &codec);
        let of = |kind: &dyn Fn(&TypeRef) -> bool| -> BTreeSet<&str> {
            let of = types.iter().filter(|(_, ty)| kind(ty));
            of.map(|(method, _)| *method).collect()
        };
        let unbounded = of(&|ty| kinds.counts_nothing(ty));
        let collections_in_keys = of(&|ty| kinds.has_collections_in_keys(ty));
        Self {
            collections_in_keys,
            unbounded,
            samples: samples.collect(),
            codec,
            types,
            oracle,
        }
    }

    /// The type that a method takes and answers.
    ///
    /// # Errors
    /// When there is no such method.
    pub fn ty(&self, method: &str) -> Result<&'a TypeRef, String> {
        let ty = self.types.get(method).copied();
        ty.ok_or_else(|| format!("no method {method}"))
    }

    /// What a method is called with, where only the answer matters.
    pub fn sample(&self, method: &str) -> &Value {
        self.samples.get(method).unwrap_or(&Value::Null)
    }

    /// What is right about these.
    ///
    /// # Errors
    /// When the oracle does not answer, or a method is unknown.
    pub fn judge(&mut self, inputs: &[Input]) -> Result<Vec<Judged>, String> {
        let mut ours = Vec::with_capacity(inputs.len());
        let mut questions = Vec::new();
        for input in inputs {
            let meaning = self.meaning(self.ty(&input.method)?, &input.bytes);
            // Rust accepts these, which may take it hours.
            let asked = !matches!(&meaning, Err(error) if error.reason == Reason::ZeroSizedItems);
            if asked {
                let unbounded = meaning.is_err() && self.unbounded.contains(input.method.as_str());
                let patience = if unbounded { UNBOUNDED } else { PATIENCE };
                questions.push((question(&input.method, &input.bytes, false), patience));
                questions.push((question(&input.method, &input.bytes, true), patience));
            }
            ours.push((meaning, asked));
        }
        let mut verdicts = self.oracle.ask_all(&questions)?.into_iter();
        let mut judged = Vec::with_capacity(inputs.len());
        for (input, (ours, asked)) in inputs.iter().zip(ours) {
            let said = match asked {
                true => verdicts.next().zip(verdicts.next()),
                false => None,
            };
            judged.push(self.case(input, ours, said));
        }
        Ok(judged)
    }

    fn case(&self, input: &Input, ours: Result<Value, ValueError>, verdicts: Option<(Verdict, Verdict)>) -> Judged {
        let ty = self.ty(&input.method)?;
        let meaning = |again: &[u8]| self.meaning(ty, again);
        let mut rust = None;
        if let Some((facet, postcard)) = verdicts {
            let of = |name: &'static str| move |problem| format!("{name}: {problem}");
            rust = difference::difference(&ours, &facet, meaning).map_err(of("facet-postcard"))?;
            difference::second_opinion(&ours, &postcard, meaning).map_err(of("postcard"))?;
        }
        let (value, refused) = match ours {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error.reason.into())),
        };
        let own = value
            .as_ref()
            .is_some_and(|value| difference::is_own(&self.codec, ty, value, &input.bytes));
        let decode_only = refused.is_none() && !own;
        if decode_only && self.collections_in_keys.contains(input.method.as_str()) {
            return Ok(None);
        }
        Ok(Some(Case {
            name: String::new(),
            method: input.method.clone(),
            bytes: Some(Hex(input.bytes.clone())),
            decode_only,
            value,
            refused,
            rust,
        }))
    }

    fn meaning(&self, ty: &TypeRef, bytes: &[u8]) -> Result<Value, ValueError> {
        self.codec.canonical(ty, &self.codec.decode(ty, bytes)?)
    }
}
