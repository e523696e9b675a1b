//! A payload without its frame.

use super::apis::{Apis, PayloadType};
use super::event::{Event, PayloadEvent};

/// Reads a payload that has no frame.
pub(crate) fn bare(apis: &Apis<'_>, ty: &PayloadType, name: Option<String>, read_as: &str, bytes: &[u8]) -> Event {
    Event::Payload(PayloadEvent {
        name,
        read_as: Some(read_as.to_owned()),
        ..apis.read(ty, bytes, 0)
    })
}
