//! Requests are checked before they are read.
//!
//! facet-postcard trusts the bytes that it reads. Of a count of items without bytes it makes them all, for minutes; a length near
//! 2^64 makes it panic; a value that is nested some hundred levels deep ends the process by its stack; inside a value a zero becomes
//! a `NonZero`. A list of some bytes can take gigabytes in memory, where its items are large and mostly absent. It also accepts what no
//! client accepts: bytes after the value, varints that do not fit, a char of several characters.
//!
//! So a host knows the types of each method's arguments, which rapace's registry tells, and walks over the bytes before a handler
//! is called. What every generated client would refuse in an answer is refused here in a request, by the same rules. That takes
//! far less time than reading it, and what passes is read without a panic: on a stack that has room for it, see [`with_stack`].

mod check;
mod refusal;
mod stack;
mod types;

use std::sync::Arc;

use rapace::registry::MethodEntry;
use rapace::{ErrorCode, RpcError};

use self::refusal::Checked;
use self::types::Types;
use crate::limits::Limits;

pub(crate) use self::stack::{fits_a_thread, with_stack};

/// What the request of a method must be, or the answer to a call.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// `Service.method`.
    method: String,
    types: Arc<Types>,
    /// The arguments, each with the place of its type.
    arguments: Vec<(&'static str, usize)>,
}

/// What clients must answer to calls of these methods, in their order: each item of a stream by itself.
pub(crate) fn answers(methods: &[&MethodEntry]) -> Vec<Request> {
    let mut types = Types::default();
    let places: Vec<usize> = methods.iter().map(|method| types.add(method.response_shape)).collect();
    types.finish();
    let types = Arc::new(types);
    let answers = methods.iter().zip(places).map(|(method, place)| Request {
        method: method.full_name.clone(),
        types: types.clone(),
        arguments: vec![("answer", place)],
    });
    answers.collect()
}

/// The requests of these methods, in their order.
pub(crate) fn requests(methods: &[&MethodEntry]) -> Vec<Request> {
    let mut types = Types::default();
    let arguments: Vec<Vec<_>> = methods.iter().map(|method| arguments(&mut types, method)).collect();
    types.finish();
    let types = Arc::new(types);
    let requests = methods.iter().zip(arguments).map(|(method, arguments)| Request {
        method: method.full_name.clone(),
        types: types.clone(),
        arguments,
    });
    requests.collect()
}

/// Several arguments travel as a tuple of them, a lone one as itself.
fn arguments(types: &mut Types, method: &MethodEntry) -> Vec<(&'static str, usize)> {
    let names = method.args.iter();
    let names = names.map(|argument| argument.name.strip_prefix("r#").unwrap_or(argument.name));
    let places = match method.args.len() {
        0 => Vec::new(),
        1 => vec![types.add(method.request_shape)],
        _ => types.items_of(method.request_shape),
    };
    names.zip(places).collect()
}

impl Request {
    /// `Service.method`.
    pub(crate) fn method(&self) -> &str {
        &self.method
    }

    /// Checks the bytes of a request.
    ///
    /// # Errors
    /// When facet-postcard must not read them, `InvalidArgument`: what is wrong where. Nothing of the value is in it.
    pub(crate) fn check(&self, payload: &[u8], limits: &Limits) -> Result<Checked, RpcError> {
        check::check(&self.types, &self.arguments, payload, limits).map_err(|refusal| RpcError::Status {
            code: ErrorCode::InvalidArgument,
            message: format!("{}: {refusal}", self.method),
        })
    }
}

#[cfg(test)]
mod tests;
