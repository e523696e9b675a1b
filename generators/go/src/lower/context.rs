//! What lowering asks of an API.

use rapace_gen_core::names::Scope;

use crate::codec::Codecs;
use crate::declared::Naming;
use crate::types::Types;

/// What lowering asks of an API.
pub(super) struct Context<'a> {
    pub(super) types: &'a Types<'a>,
    pub(super) naming: &'a Naming<'a>,
    pub(super) codecs: &'a Codecs<'a>,
    /// The scope of a method's parameters.
    pub(super) parameters: Scope,
    /// The scope of a method's arguments where it is served.
    pub(super) served_parameters: Scope,
}
