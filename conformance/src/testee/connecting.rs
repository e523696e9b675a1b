//! Where a testee connects, and the raw peer's ends of its connections.

use std::time::{Duration, Instant};

use rapace_wire::Arrival;
use serde_json::{Value, json};

use super::Testee;
use super::event::{Event, Failure, Happened};
use crate::message::shown;
use crate::peer::{Accepted, Connection, Transport};

impl Testee {
    /// Connects it, anew if it was, over a Unix socket.
    ///
    /// # Errors
    /// When it does not.
    pub fn connect(&mut self) -> Result<(), Failure> {
        self.connect_over(Transport::Unix, &Value::Null)
    }

    /// Connects it, anew if it was, over this transport and with these options, if any.
    ///
    /// # Errors
    /// When it does not.
    pub fn connect_over(&mut self, transport: Transport, options: &Value) -> Result<(), Failure> {
        self.connect_as(transport, json!({}), options)
    }

    /// Connects it with a command that has these further entries.
    ///
    /// # Errors
    /// When it does not.
    pub(super) fn connect_as(
        &mut self,
        transport: Transport,
        mut command: Value,
        options: &Value,
    ) -> Result<(), Failure> {
        self.connections.clear();
        // An earlier connection may come back in that time. It must not be taken for the one that is asked for.
        self.peer.leave(transport);
        command["connect"] = self.address(transport)?.into();
        if !options.is_null() {
            command["options"] = options.clone();
        }
        let id = self.tell(command)?;
        self.accept(transport)?;
        let mut states = Vec::new();
        loop {
            return match self.next()? {
                Event::Said(value) if value.get("connected").is_some() && value["id"] == json!(id) => {
                    self.early.extend(states);
                    Ok(())
                }
                // Handlers of an earlier connection are cancelled in that time.
                Event::Said(value) if value.get("id").is_none() && value.get("cancelled").is_some() => continue,
                Event::Said(value) if value.get("state").is_some() => {
                    states.push((0, Event::Said(value)));
                    continue;
                }
                Event::Said(value) => {
                    Err(self.broken(&format!("expected {{\"id\": {id}, \"connected\": true}}, came {value}")))
                }
                Event::Sent(_) => Err(self.broken("it sent a frame before it said that it is connected")),
                Event::Control { .. } => continue,
                Event::Wrong(what) => Err(self.broken(&format!("it sent what it must not: {what}"))),
                Event::Closed(how) => Err(self.broken(&format!("it connected, and lost the connection: {how}"))),
            };
        }
    }

    /// Where the raw peer can be reached over this transport.
    ///
    /// # Errors
    /// When it cannot listen there.
    pub fn address(&mut self, transport: Transport) -> Result<String, Failure> {
        self.peer.listen(transport).map_err(|error| self.broken(&error))
    }

    /// Listens on this transport again, where it did not.
    ///
    /// # Errors
    /// When it cannot.
    pub fn listen(&mut self, transport: Transport) -> Result<(), Failure> {
        self.address(transport).map(drop)
    }

    /// Where the raw peer can or could be reached over this transport.
    ///
    /// # Errors
    /// When it never listened there, and cannot.
    pub fn address_of(&mut self, transport: Transport) -> Result<String, Failure> {
        match self.peer.address(transport) {
            Some(address) => Ok(address),
            None => self.address(transport),
        }
    }

    /// Refuses connections over this transport from now on, until it listens again.
    pub fn refuse(&mut self, transport: Transport) {
        self.peer.refuse(transport);
    }

    /// Waits for it to connect, and returns the connection's number.
    ///
    /// # Errors
    /// When it does not.
    pub fn accept(&mut self, transport: Transport) -> Result<u32, Failure> {
        match self.accept_within(transport, self.patience)? {
            Some(number) => Ok(number),
            None => Err(self.hung(self.patience, "it did not connect")),
        }
    }

    /// Whether it connects in this time; the connection's number if it does.
    ///
    /// # Errors
    /// When it ends, or says that it does not connect.
    pub fn accept_within(&mut self, transport: Transport, patience: Duration) -> Result<Option<u32>, Failure> {
        let start = Instant::now();
        loop {
            match self.peer.accept(transport) {
                Ok(Some(accepted)) => return self.open(accepted).map(Some),
                Ok(None) if start.elapsed() >= patience => return Ok(None),
                Ok(None) => {}
                Err(error) => return Err(self.broken(&error.to_string())),
            }
            // It may say that it has, or why it does not; or end.
            match self.poll(Duration::from_millis(1))? {
                Some(Event::Said(value)) if value.get("error").is_some() && self.connections.is_empty() => {
                    let said = shown(&value.to_string());
                    return Err(self.broken(&format!("it does not connect, and said {said}")));
                }
                event => self.early.extend(event.map(|event| (self.heard_on, event))),
            }
        }
    }

    /// Takes the connections that it has made since; says whether there were any.
    ///
    /// # Errors
    /// When one cannot be taken.
    pub fn take_up(&mut self, transport: Transport) -> Result<bool, Failure> {
        let mut any = false;
        while let Some(accepted) = self
            .peer
            .accept(transport)
            .map_err(|error| self.broken(&error.to_string()))?
        {
            self.open(accepted)?;
            any = true;
        }
        Ok(any)
    }

    pub(super) fn open(&mut self, accepted: Accepted) -> Result<u32, Failure> {
        self.last_connection += 1;
        let number = self.last_connection;
        let sent = self.sender.clone();
        let tell = move |arrival| {
            let event = match arrival {
                Arrival::Frame(frame) => Event::Sent(frame),
                Arrival::Control { opcode, payload } => Event::Control { opcode, payload },
                Arrival::Wrong(what) => Event::Wrong(what),
                Arrival::Ended => Event::Closed("the testee closed it".into()),
                Arrival::Lost(error) => Event::Closed(error.to_string()),
            };
            sent.send(Happened::On(number, event)).is_ok()
        };
        let connection = Connection::open(accepted, tell).map_err(|error| self.broken(&error))?;
        self.connections.insert(number, connection);
        Ok(number)
    }
}
