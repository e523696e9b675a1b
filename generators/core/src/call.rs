//! A call that a generator writes as a program.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rapace_schema::{Api, Method};
use serde_json::Value;

/// A call of one method with values.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// The address of the server: `tcp://127.0.0.1:9000`.
    pub address: &'a str,
    /// The position of the service in [`Api::services`].
    pub service: usize,
    /// The position of the method in its service.
    pub method: usize,
    /// The arguments in the order of the method, in the JSON form of values. They must be values of their types.
    pub arguments: &'a [Value],
}

impl Call<'_> {
    /// The method in its API.
    pub fn of<'api>(&self, api: &'api Api) -> &'api Method {
        &api.services[self.service].methods[self.method]
    }

    /// True when the connection carries WebSocket messages.
    pub fn is_web(&self) -> bool {
        ["ws://", "wss://"]
            .iter()
            .any(|scheme| self.address.starts_with(scheme))
    }
}

/// The bytes that a value of bytes has in the JSON form.
pub fn base64_bytes(value: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(value.as_str()?).ok()
}
