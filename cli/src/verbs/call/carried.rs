//! What travels besides arguments: the metadata of calls, and the hello with a token.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rapace_wire::Metadata;
use rapace_wire::metadata::{CLIENT, HELLO, MAX_METADATA_BYTES, MetadataError, RESERVED, TIMEOUT, TOKEN};

use super::arguments::expanded;

/// Keys that end so have bytes, which are written in base64.
const BYTES: &str = "-bin";

/// The metadata of the calls of a method, from `NAME=VALUE` and `NAME=$VARIABLE`.
///
/// # Errors
/// A message: a key is not allowed, a value has the wrong form, or there is too much.
pub(super) fn metadata(written: &[String], method: &str) -> Result<Metadata, String> {
    let mut metadata = Metadata::default();
    for entry in written {
        let Some((key, value)) = entry.split_once('=') else {
            return Err("--metadata: write NAME=VALUE".to_owned());
        };
        if key == TIMEOUT || key.starts_with(RESERVED) {
            return Err(format!("metadata {key:?} of {method}: the key is reserved"));
        }
        let value = expanded(value)?;
        let value = match key.ends_with(BYTES) {
            true => STANDARD
                .decode(value)
                .map_err(|_| format!("metadata {key:?} of {method}: the value is not base64"))?,
            false => value.into_bytes(),
        };
        metadata.insert(key, value).map_err(|error| error.of(method))?;
    }
    checked(metadata, method)
}

/// The hello with a token, which may be `$VARIABLE`.
///
/// # Errors
/// A message: the variable is not set, or the token is too long.
pub(super) fn hello(token: Option<&str>) -> Result<Option<Metadata>, String> {
    let Some(token) = token else { return Ok(None) };
    let mut hello = Metadata::default();
    for (key, value) in [
        (CLIENT, concat!("rapace-cli/", env!("CARGO_PKG_VERSION")).to_owned()),
        (HELLO, "1".to_owned()),
        (TOKEN, expanded(token)?),
    ] {
        hello.insert(key, value).map_err(|error| error.of("the hello"))?;
    }
    checked(hello, "the hello").map(Some)
}

fn checked(metadata: Metadata, whose: &str) -> Result<Metadata, String> {
    Metadata::read(metadata.iter(), MAX_METADATA_BYTES).map_err(|error: MetadataError| error.of(whose))
}
