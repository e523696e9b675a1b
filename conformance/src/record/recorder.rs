//! Makes cases: our interpreter proposes, facet-postcard and postcard judge.

use std::collections::BTreeMap;

use conformance_fixtures::SHAPES;
use conformance_oracle::{Hex, Verdict};
use rapace_schema::postcard::{Codec, Limits, Reason, ValueError};
use rapace_schema::{Api, TypeRef};
use serde_json::Value;

use crate::difference;
use crate::oracle::{Oracle, PATIENCE, UNBOUNDED};
use crate::vectors::Case;

/// Makes cases, and names them.
pub(super) struct Recorder<'a> {
    pub(super) api: &'a Api,
    pub(super) codec: Codec<'a>,
    types: BTreeMap<&'a str, &'a TypeRef>,
    oracle: Oracle,
    cases: Vec<Case>,
}

impl<'a> Recorder<'a> {
    /// One without cases.
    pub(super) fn new(api: &'a Api) -> Result<Self, String> {
        let service = api.services.iter().find(|service| service.name == "Values");
        let service = service.ok_or("the API has no service Values")?;
        let types = service
            .methods
            .iter()
            .map(|method| (method.name.as_str(), &method.response));
        Ok(Self {
            api,
            codec: Codec::new(api, Limits::default()),
            types: types.collect(),
            oracle: Oracle::of_fixtures()?,
            cases: Vec::new(),
        })
    }

    /// The cases that `make` adds.
    pub(super) fn collect(&mut self, make: impl FnOnce(&mut Self) -> Result<(), String>) -> Result<Vec<Case>, String> {
        make(self)?;
        Ok(std::mem::take(&mut self.cases))
    }

    /// The methods, in the order of the fixtures.
    pub(super) fn methods(&self) -> impl Iterator<Item = &'static str> + use<> {
        SHAPES.iter().map(|shape| shape.method)
    }

    /// The type of a method's answer.
    pub(super) fn ty(&self, method: &str) -> Result<&'a TypeRef, String> {
        self.types
            .get(method)
            .copied()
            .ok_or_else(|| format!("no method {method}"))
    }

    /// A value whose bytes facet-postcard and postcard confirm.
    pub(super) fn valid(&mut self, method: &str, detail: &str, value: Value) -> Result<(), String> {
        let ty = self.ty(method)?;
        let place = |error: &dyn std::fmt::Display| format!("{method} {detail}: {value}: {error}");
        let value = self.codec.canonical(ty, &value).map_err(|error| place(&error))?;
        let mut bytes = self.codec.encode(ty, &value).map_err(|error| place(&error))?;
        for verdict in [
            self.oracle.judge(method, &bytes, PATIENCE)?,
            self.oracle.judge_by_serde(method, &bytes)?,
        ] {
            let Verdict::Accepted(again) = &verdict else {
                return Err(place(&format!("Rust says {verdict:?}")));
            };
            let meaning = self.meaning(method, &again.0).map_err(|error| place(&error))?;
            if meaning != value {
                return Err(place(&format!("Rust takes it for {meaning}")));
            }
            if again.0 == bytes {
                continue;
            }
            if self.codec.has_one_encoding(ty) {
                return Err(place(&format!("Rust writes {:?}, we write {bytes:?}", again.0)));
            }
            // Sorted ones have Rust's order, which is the same each time; that of hash maps and sets is not.
            if !method.starts_with("hash") {
                bytes.clone_from(&again.0);
            }
        }
        self.push("y", method, detail, Some(bytes), Some(value), None);
        Ok(())
    }

    /// Bytes of any kind: accepted or refused by our rules, and so labelled where Rust differs.
    pub(super) fn judged(&mut self, method: &str, detail: &str, bytes: &[u8]) -> Result<(), String> {
        let ours = self.meaning(method, bytes);
        let unbounded = matches!(&ours, Err(error) if error.reason == Reason::ZeroSizedItems);
        let patience = if unbounded { UNBOUNDED } else { PATIENCE };
        let rust = self.oracle.judge(method, bytes, patience)?;
        let difference = difference::difference(&ours, &rust, |again| self.meaning(method, again))
            .map_err(|problem| format!("{method} {detail}: {problem}"))?;
        let agrees = difference.is_none();
        let verdict = match (agrees, &ours) {
            (false, _) => "i",
            (true, Ok(_)) => "y",
            (true, Err(_)) => "n",
        };
        let (value, refused) = match ours {
            Ok(value) => (Some(value), None),
            Err(error) => (None, Some(error.reason.into())),
        };
        let case = self.push(verdict, method, detail, Some(bytes.into()), value, refused);
        case.rust = difference;
        Ok(())
    }

    /// A value that must be refused before there are bytes.
    pub(super) fn unfit(&mut self, method: &str, detail: &str, value: Value) -> Result<(), String> {
        match self.codec.encode(self.ty(method)?, &value) {
            Ok(_) => Err(format!("{method} {detail}: {value} is a value")),
            Err(error) => {
                self.push("n", method, detail, None, Some(value), Some(error.reason.into()));
                Ok(())
            }
        }
    }

    fn meaning(&self, method: &str, bytes: &[u8]) -> Result<Value, ValueError> {
        let Some(ty) = self.types.get(method) else {
            return Ok(Value::Null);
        };
        let value = self.codec.decode(ty, bytes)?;
        self.codec.canonical(ty, &value)
    }

    fn push(
        &mut self,
        verdict: &str,
        method: &str,
        detail: &str,
        bytes: Option<Vec<u8>>,
        value: Option<Value>,
        refused: Option<crate::vectors::Refusal>,
    ) -> &mut Case {
        let same = match (&value, &bytes, self.types.get(method)) {
            (Some(value), Some(bytes), Some(ty)) => difference::is_own(&self.codec, ty, value, bytes),
            _ => false,
        };
        self.cases.push(Case {
            name: format!("{verdict}_{method}_{detail}"),
            method: method.into(),
            decode_only: refused.is_none() && !same,
            bytes: bytes.map(Hex),
            value,
            refused,
            rust: None,
        });
        self.cases.last_mut().expect("just pushed")
    }
}
