//! The descriptions by which payloads are read.

use std::collections::HashMap;

use rapace_schema::postcard::{Codec, Limits, ValueError};
use rapace_schema::{Api, Method, MethodKind, TypeRef};
use strsim::jaro_winkler;

use super::event::{PayloadEvent, Problem};
use super::shapes;

/// How many parts of one payload are reported with their places.
const PARTS: usize = 4096;
/// How many bytes of a payload that cannot be read are reported.
const BYTES: usize = 4096;
/// How much alike a name must be to be named in place of one that does not exist, from 0 to 1.
const ALIKE: f64 = 0.8;

/// Descriptions of services, each with the name of its file.
pub(crate) struct Apis<'a> {
    all: Vec<(&'a str, Codec<'a>)>,
    by_id: HashMap<u32, Vec<Known>>,
    names: Vec<(String, usize, u32)>,
    types: Vec<&'a Api>,
}

/// A method in one description.
struct Known {
    api: usize,
    name: String,
    streams: bool,
    argument_names: Vec<String>,
    arguments: TypeRef,
    response: TypeRef,
}

/// Which part of a call a payload is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    /// The arguments.
    Request,
    /// The answer, or an item.
    Answer,
}

/// What a payload is read as.
#[derive(Clone, Debug)]
pub(crate) enum PayloadType {
    /// A part of a call of the method with this id.
    Method(u32, Part),
    /// A type of this name.
    Type(String),
}

impl<'a> Apis<'a> {
    /// Of descriptions and the names of their files.
    pub(crate) fn new(apis: &'a [(String, Api)]) -> Self {
        let mut by_id: HashMap<u32, Vec<Known>> = HashMap::new();
        let mut names = Vec::new();
        for (index, (_, api)) in apis.iter().enumerate() {
            for service in &api.services {
                for method in &service.methods {
                    let name = format!("{}.{}", service.name, method.name);
                    names.push((name.clone(), index, method.id));
                    by_id
                        .entry(method.id)
                        .or_default()
                        .push(Known::new(index, name, method));
                }
            }
        }
        Self {
            all: apis
                .iter()
                .map(|(name, api)| (name.as_str(), Codec::new(api, Limits::default())))
                .collect(),
            by_id,
            names,
            types: apis.iter().map(|(_, api)| api).collect(),
        }
    }

    /// True when there is none.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// `Service.method` of an id, and whether it streams.
    pub(super) fn method(&self, id: u32) -> Option<(&str, bool)> {
        let known = self.by_id.get(&id)?.first()?;
        Some((&known.name, known.streams))
    }

    /// The id of `Service.method`, or of `method` where one service alone has it.
    ///
    /// # Errors
    /// A message with the nearest name.
    pub(crate) fn id_of(&self, name: &str) -> Result<u32, String> {
        let is_it = |known: &str| known == name || known.split_once('.').is_some_and(|(_, method)| method == name);
        let mut ids: Vec<u32> = (self.names.iter())
            .filter(|(known, ..)| is_it(known))
            .map(|(.., id)| *id)
            .collect();
        ids.dedup();
        match ids.as_slice() {
            [id] => Ok(*id),
            [] => Err(format!(
                "there is no method `{name}`{}",
                self.nearest(name, self.names.iter().map(|(known, ..)| known.as_str()))
            )),
            _ => Err(format!("several services have a method `{name}`: write Service.{name}")),
        }
    }

    /// Checks that some description has the type.
    ///
    /// # Errors
    /// A message with the nearest name.
    pub(crate) fn check_type(&self, name: &str) -> Result<(), String> {
        let mut known = self
            .types
            .iter()
            .flat_map(|api| &api.types)
            .map(|def| def.name.as_str());
        match known.clone().any(|known| known == name) {
            true => Ok(()),
            false => Err(format!("there is no type `{name}`{}", self.nearest(name, &mut known))),
        }
    }

    fn nearest<'n>(&self, name: &str, known: impl Iterator<Item = &'n str>) -> String {
        let rated = known.map(|known| (jaro_winkler(known, name), known));
        let best = rated
            .max_by(|a, b| a.0.total_cmp(&b.0))
            .filter(|(rate, _)| *rate >= ALIKE);
        best.map_or_else(String::new, |(_, known)| format!(": did you mean `{known}`?"))
    }

    /// Reads a payload with every description that knows what it is. `offset` is that of its first byte.
    pub(super) fn read(&self, ty: &PayloadType, bytes: &[u8], offset: u64) -> PayloadEvent {
        let mut event = PayloadEvent {
            payload_offset: Some(offset),
            ..PayloadEvent::default()
        };
        for (api, names, ty) in self.ways(ty) {
            let (name, codec) = &self.all[api];
            let several = self.all.len() > 1;
            let (value, parts) = codec.decode_parts(&ty, bytes, PARTS);
            let shape = |path: String| shapes::named_path(path, names);
            match value {
                Ok(value) if event.value.is_none() => {
                    event.value = Some(shapes::named(value, names));
                    event.api = several.then(|| (*name).to_owned());
                    event.parts = shapes::named_parts(parts, names);
                }
                Ok(_) => {}
                Err(error) => {
                    if event.value.is_none() && event.parts.is_empty() {
                        event.parts = shapes::named_parts(parts, names);
                    }
                    event
                        .problems
                        .push(problem(error, several.then_some(*name), offset, shape));
                }
            }
        }
        match event.value {
            Some(_) => event.problems.iter_mut().for_each(|problem| problem.harmless = true),
            None => event.payload = (!bytes.is_empty()).then(|| hex(bytes)),
        }
        event
    }

    /// The descriptions that know a payload: their indexes, the names of the arguments, the type.
    fn ways<'s>(&'s self, ty: &'s PayloadType) -> Vec<(usize, Option<&'s [String]>, TypeRef)> {
        match ty {
            PayloadType::Method(id, part) => {
                let known = self.by_id.get(id).into_iter().flatten();
                let way = |known: &'s Known| match part {
                    Part::Request => (
                        known.api,
                        Some(known.argument_names.as_slice()),
                        known.arguments.clone(),
                    ),
                    Part::Answer => (known.api, None, known.response.clone()),
                };
                known.map(way).collect()
            }
            PayloadType::Type(name) => {
                let has = |api: &Api| api.types.iter().any(|def| def.name == *name);
                let apis = self.types.iter().enumerate().filter(|(_, api)| has(api));
                apis.map(|(index, _)| (index, None, TypeRef::Named(name.clone())))
                    .collect()
            }
        }
    }
}

impl Known {
    fn new(api: usize, name: String, method: &Method) -> Self {
        Self {
            api,
            name,
            streams: method.kind == MethodKind::ServerStreaming,
            argument_names: method.arguments.iter().map(|argument| argument.name.clone()).collect(),
            arguments: TypeRef::Tuple(method.arguments.iter().map(|argument| argument.ty.clone()).collect()),
            response: method.response.clone(),
        }
    }
}

/// A refusal, at its place among all bytes.
fn problem(error: ValueError, api: Option<&str>, offset: u64, path: impl Fn(String) -> String) -> Problem {
    Problem {
        api: api.map(str::to_owned),
        offset: error.offset.map(|within| offset + within as u64),
        path: path(error.path),
        reason: Some(snake(&format!("{:?}", error.reason))),
        text: error.what,
        harmless: false,
    }
}

/// `UnexpectedEnd` as tools read it: `unexpected_end`.
fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Bytes in hex; of many the first.
pub(super) fn hex(bytes: &[u8]) -> String {
    let mut text: String = bytes.iter().take(BYTES).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > BYTES {
        text += &format!("… ({} bytes)", bytes.len());
    }
    text
}
