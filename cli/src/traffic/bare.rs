//! A payload without its frame.

use super::apis::{Apis, PayloadType};
use super::told::{PayloadTold, Told};

/// Reads a payload that has no frame.
pub(crate) fn bare(apis: &Apis<'_>, ty: &PayloadType, name: Option<String>, read_as: &str, bytes: &[u8]) -> Told {
    Told::Payload(PayloadTold {
        name,
        read_as: Some(read_as.to_owned()),
        ..apis.read(ty, bytes, 0)
    })
}
