//! What every language asks of a method.

use rapace_schema::{Method, MethodKind, TypeRef};

/// True for a method whose answer says nothing but that the call is over, so that a client can send the request and not wait.
pub fn can_notify(method: &Method) -> bool {
    method.kind == MethodKind::Unary && method.response == TypeRef::Unit
}
