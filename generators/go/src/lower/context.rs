//! What lowering asks of an API.

use std::collections::BTreeSet;

use rapace_gen_core::names::Scope;

use rapace_schema::Api;

use crate::codec::Codecs;
use crate::declared::Naming;
use crate::results::Results;
use crate::types::Types;

/// What lowering asks of an API.
pub(super) struct Context<'a> {
    pub(super) api: &'a Api,
    /// The package's name.
    pub(super) package: &'a str,
    pub(super) types: &'a Types<'a>,
    pub(super) naming: &'a Naming<'a>,
    pub(super) codecs: &'a Codecs<'a>,
    pub(super) results: &'a Results<'a>,
    /// The types that are errors, or whose variants are.
    pub(super) errors: BTreeSet<&'a str>,
    /// The scope of a method's parameters.
    pub(super) parameters: Scope,
    /// The scope of a method's arguments where it is served.
    pub(super) served_parameters: Scope,
}
