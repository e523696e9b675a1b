//! What rapace's generated dispatchers are.

use std::pin::Pin;

use rapace::RpcError;
use rapace::rapace_core::Frame;

/// What a request is answered with, as rapace's generated dispatchers return it.
pub type Dispatch = Pin<Box<dyn Future<Output = Result<Frame, RpcError>> + Send + 'static>>;

/// The dispatcher of a service on one connection.
pub(crate) type BoxedDispatch = Box<dyn Fn(Frame) -> Dispatch + Send + Sync>;
