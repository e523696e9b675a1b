//! A testee that serves: as a host that the raw peer dials, or on a connection that it dials.

use serde_json::{Value, json};

use super::Testee;
use super::event::{Event, Failure};
use crate::message::shown;
use crate::peer::{Transport, any_address, dial};

impl Testee {
    /// Has it serve as a host on this transport, with these options, if any. Returns where it listens.
    ///
    /// # Errors
    /// When it does not.
    pub fn serve_over(&mut self, transport: Transport, options: &Value) -> Result<String, Failure> {
        let mut command = json!({"serve": any_address(transport)});
        if !options.is_null() {
            command["options"] = options.clone();
        }
        self.listening(command).map_err(|failure| {
            // Nothing is known of a testee that does not serve at all.
            let told = |how: String| format!("it does not serve: {how}");
            match failure {
                Failure::Crashed(how) => Failure::Crashed(told(how)),
                Failure::Hung(how) => Failure::Hung(told(how)),
                Failure::Broken(how) => Failure::Broken(told(how)),
            }
        })
    }

    /// Waits until it says where it listens.
    fn listening(&mut self, command: Value) -> Result<String, Failure> {
        let id = self.tell(command)?;
        loop {
            let Event::Said(said) = self.next()? else { continue };
            match said["listening"].as_str() {
                Some(address) if said["id"] == json!(id) => return Ok(address.into()),
                // Handlers of an earlier host are cancelled in that time.
                _ if said.get("id").is_none() => {}
                _ => {
                    let said = shown(&said.to_string());
                    return Err(self.broken(&format!(
                        "expected {{\"id\": {id}, \"listening\": ADDRESS}}, came {said}"
                    )));
                }
            }
        }
    }

    /// Dials its host; returns the connection's number.
    ///
    /// # Errors
    /// When nobody listens there.
    pub fn dial(&mut self, transport: Transport, address: &str) -> Result<u32, Failure> {
        let dialled = dial(transport, address).map_err(|error| match self.crash() {
            Some(crash) => crash,
            None => self.broken(&format!("its host at {address} cannot be dialled: {error}")),
        })?;
        self.open(dialled)
    }

    /// Has it dial the raw peer and serve on that connection.
    ///
    /// # Errors
    /// When it does not.
    pub fn connect_serving(&mut self, transport: Transport, options: &Value) -> Result<(), Failure> {
        self.connect_as(transport, json!({"serve": true}), options)
    }

    /// Ends the raw peer's connections, of which nothing more is heard.
    pub fn hang_up(&mut self) {
        for connection in self.connections.values() {
            connection.close();
        }
        self.connections.clear();
    }
}
