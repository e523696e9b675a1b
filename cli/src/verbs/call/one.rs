//! A method that is called: its arguments as bytes, its answers as JSON.

use std::time::{Duration, Instant};

use rapace_schema::postcard::{Codec, Limits, ValueError};
use rapace_schema::{Api, Method, MethodKind, Service, TypeKind, TypeRef};
use rapace_wire::Metadata;
use rapace_wire::client::{Answer, Carried, Client, Event};
use serde_json::Value;

use super::convert::Converter;
use super::flags::{Call, Int64};
use super::outcome::Fault;
use super::types::{signature, spelled};
use super::words;
use super::{arguments, carried};
use crate::failure::Failure;

/// How long a unary call may take by default, as in all runtimes.
const UNARY_TIMEOUT: Duration = Duration::from_secs(30);

/// A method, and how it is called.
pub(super) struct Calling<'a> {
    pub(super) api: &'a Api,
    pub(super) service: &'a Service,
    pub(super) method: &'a Method,
    codec: Codec<'a>,
    int64: Int64,
    timeout: Option<Duration>,
    metadata: Metadata,
}

impl<'a> Calling<'a> {
    /// # Errors
    /// When the metadata of the flags is not allowed.
    pub(super) fn new(api: &'a Api, service: &'a Service, method: &'a Method, call: &Call) -> Result<Self, Failure> {
        let name = format!("{}.{}", service.name, method.name);
        let usual = match method.kind {
            MethodKind::Unary => Some(UNARY_TIMEOUT),
            MethodKind::ServerStreaming => None,
        };
        Ok(Self {
            api,
            service,
            method,
            codec: Codec::new(api, Limits::default()),
            int64: call.int64,
            timeout: call.timeout.or(usual),
            metadata: carried::metadata(&call.metadata, &name).map_err(Failure::Usage)?,
        })
    }

    /// `Catalog.find`.
    pub(super) fn name(&self) -> String {
        format!("{}.{}", self.service.name, self.method.name)
    }

    /// The payload of a request with these arguments.
    ///
    /// # Errors
    /// With the wrong argument and the reason.
    pub(super) fn arguments(&self, written: &[String], more: Option<Value>) -> Result<Vec<u8>, Failure> {
        self.payload(written, more).map_err(Failure::Usage)
    }

    fn payload(&self, written: &[String], more: Option<Value>) -> Result<Vec<u8>, String> {
        self.encoded(&self.values(written, more)?)
    }

    /// The payload of a request with these values.
    ///
    /// # Errors
    /// With the place of a value that is out of range.
    pub(super) fn encoded(&self, values: &[Value]) -> Result<Vec<u8>, String> {
        let mut payload = Vec::new();
        for (argument, value) in self.method.arguments.iter().zip(values) {
            let bytes = self.codec.encode(&argument.ty, value);
            payload.extend(bytes.map_err(|error| placed(&argument.name, &error))?);
        }
        Ok(payload)
    }

    /// The arguments in their order, in the JSON form of values. Whether numbers are in range is not known.
    ///
    /// # Errors
    /// With the wrong argument and the reason.
    pub(super) fn values(&self, written: &[String], more: Option<Value>) -> Result<Vec<Value>, String> {
        let mut given = arguments::read(written, more)?;
        let names = self.method.arguments.iter().map(|argument| argument.name.as_str());
        if let Some(unknown) = given
            .keys()
            .find(|name| !names.clone().any(|known| known == name.as_str()))
        {
            let name = self.name();
            return Err(match self.method.arguments.is_empty() {
                true => format!("{name} has no arguments, but `{unknown}` is given"),
                false => {
                    let hint = words::hint(unknown, names, "its arguments are");
                    format!("{name} has no argument `{unknown}`{hint}")
                }
            });
        }
        let converter = Converter { api: self.api };
        let mut values = Vec::new();
        for argument in &self.method.arguments {
            let name = &argument.name;
            values.push(match (given.remove(name), &argument.ty) {
                (Some(tree), ty) => converter
                    .convert(ty, &tree)
                    .map_err(|wrong| wrong.within(name).to_string())?,
                (None, TypeRef::Option(_)) => Value::Null,
                (None, ty) => {
                    let expected = spelled(ty);
                    let call = signature(self.method);
                    return Err(format!(
                        "{name}: missing; expected {expected}, as in {}.{call}",
                        self.service.name
                    ));
                }
            });
        }
        Ok(values)
    }

    /// Makes the call. Each value is passed on as it arrives; whether more are wanted comes back.
    ///
    /// # Errors
    /// When the call fails or the connection ends.
    pub(super) fn make(
        &self,
        client: &Client,
        payload: &[u8],
        mut tell: impl FnMut(Value) -> Result<bool, Failure>,
    ) -> Result<(), Fault> {
        let kind = match self.method.kind {
            MethodKind::Unary => Answer::Unary,
            MethodKind::ServerStreaming => Answer::Stream,
        };
        let deadline = self.timeout.and_then(|timeout| Instant::now().checked_add(timeout));
        let carried = Carried {
            service: &self.service.name,
            method: &self.method.name,
            metadata: Some(&self.metadata),
        };
        let call = client.call_with(self.method.id, kind, payload, &carried);
        let mut call = call.map_err(Fault::Lost)?;
        let mut items = 0_u64;
        loop {
            match call.next(deadline) {
                Event::Value(bytes) => {
                    let value = self.codec.decode(&self.method.response, &bytes);
                    let mut value = value.map_err(|error| Fault::Answer {
                        item: (kind == Answer::Stream).then_some(items),
                        why: error.to_string(),
                    })?;
                    if self.int64 == Int64::Number {
                        self.with_numbers(&self.method.response, &mut value);
                    }
                    items += 1;
                    if !tell(value).map_err(Fault::Output)? || kind == Answer::Unary {
                        return Ok(());
                    }
                }
                Event::End => return Ok(()),
                Event::Failed(status) => return Err(Fault::Status(status)),
                Event::Overflow => return Err(Fault::Overflow),
                Event::Lost(lost) if items > 0 => return Err(Fault::LostAfter(items, lost)),
                Event::Lost(lost) => return Err(Fault::Lost(lost)),
                Event::TimedOut => return Err(Fault::TimedOut(self.timeout.unwrap_or_default())),
                Event::Interrupted => return Err(Fault::Interrupted),
            }
        }
    }

    /// Turns 64-bit integers in strings into numbers.
    fn with_numbers(&self, ty: &TypeRef, value: &mut Value) {
        match (ty, value) {
            (TypeRef::U64 | TypeRef::Usize | TypeRef::I64 | TypeRef::Isize, value) => {
                if let Some(number) = value.as_str().and_then(|text| text.parse::<serde_json::Number>().ok()) {
                    *value = Value::Number(number);
                }
            }
            (TypeRef::Option(item), Value::Object(entries)) => {
                entries.values_mut().for_each(|value| self.with_numbers(item, value));
            }
            (TypeRef::List(item) | TypeRef::Set(item) | TypeRef::Array { item, .. }, Value::Array(items)) => {
                items.iter_mut().for_each(|value| self.with_numbers(item, value));
            }
            (TypeRef::Map { key, value: inside }, Value::Array(entries)) => {
                for entry in entries {
                    if let Some([k, v]) = entry.as_array_mut().map(Vec::as_mut_slice) {
                        self.with_numbers(key, k);
                        self.with_numbers(inside, v);
                    }
                }
            }
            (TypeRef::Tuple(types), Value::Array(items)) => {
                types
                    .iter()
                    .zip(items)
                    .for_each(|(ty, value)| self.with_numbers(ty, value));
            }
            (TypeRef::Named(name), value) => {
                let def = self.api.types.iter().find(|def| def.name == *name);
                match (def.map(|def| &def.kind), value) {
                    (Some(TypeKind::Struct(fields)), value) => self.fields_with_numbers(fields, value),
                    (Some(TypeKind::Enum { variants }), Value::Object(entries)) => {
                        for (chosen, inside) in entries {
                            if let Some(variant) = variants.iter().find(|variant| variant.name == *chosen) {
                                self.fields_with_numbers(&variant.fields, inside);
                            }
                        }
                    }
                    _ => {}
                }
            }
            _ => {}
        }
    }

    fn fields_with_numbers(&self, fields: &rapace_schema::Fields, value: &mut Value) {
        match (fields.newtype(), value) {
            (Some(inner), value) => self.with_numbers(inner, value),
            (None, Value::Object(entries)) => {
                for field in &fields.fields {
                    if let Some(value) = entries.get_mut(&field.name) {
                        self.with_numbers(&field.ty, value);
                    }
                }
            }
            (None, Value::Array(items)) => {
                let both = fields.fields.iter().zip(items);
                both.for_each(|(field, value)| self.with_numbers(&field.ty, value));
            }
            _ => {}
        }
    }
}

/// `limit: 4294967296 is not an integer from 0 to 4294967295`.
fn placed(argument: &str, error: &ValueError) -> String {
    match error.path.is_empty() {
        true => format!("{argument}: {}", error.what),
        false => format!("{argument}.{}: {}", error.path, error.what),
    }
}

/// The method with this name, `Service.method`.
///
/// # Errors
/// With the nearest name.
pub(super) fn method_of<'a>(api: &'a Api, name: &str) -> Result<(&'a Service, &'a Method), Failure> {
    let (first, second) = name.split_once('.').unwrap_or((name, ""));
    let service = api.services.iter().find(|service| service.name == first);
    let method = |service: &'a Service| service.methods.iter().find(|method| method.name == second);
    if let Some((service, method)) = service.and_then(|service| method(service).map(|method| (service, method))) {
        return Ok((service, method));
    }
    let all: Vec<String> = api
        .services
        .iter()
        .flat_map(|service| {
            let methods = service.methods.iter();
            methods.map(move |method| format!("{}.{}", service.name, method.name))
        })
        .collect();
    let hint = words::hint(name, all.iter().map(String::as_str), "methods are");
    Err(Failure::Usage(format!("there is no method `{name}`{hint}")))
}
