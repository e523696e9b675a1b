//! rapace's own session, connected with a testee that serves, and the testee's handlers.

use std::collections::BTreeMap;
use std::io;
use std::net::{self, Shutdown};
use std::os::unix::net as unix;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};

use conformance_fixtures::{CallsServer, Echo, Said};
use rapace::{RpcError, RpcSession, Transport as Rapace};
use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, Method, TypeRef};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream, UnixStream};
use tokio::runtime::Handle;

use crate::message::{hex, shown};
use crate::peer::Transport;
use crate::testee::{Event, Program, Testee};
use crate::vectors::{Case, Vectors};

/// Why a case fails.
pub type Problem = String;

/// What rapace's own client made of an answer: the values, and the code and the message of its failure.
type Came = (Vec<Value>, Option<(u32, String)>);

/// A session of rapace 0.5.0, and the testee on its other side.
pub(super) struct Caller<'a> {
    pub(super) runtime: Handle,
    codec: Codec<'a>,
    methods: BTreeMap<&'a str, &'a Method>,
    /// The smallest valid vector of each method of `Values`.
    pub(super) samples: Vec<&'a Case>,
    testee: Testee,
    session: Option<Arc<RpcSession>>,
    /// Ends its connection.
    hang_up: Box<dyn Fn()>,
    /// What the testee said that nobody has asked for yet.
    said: Vec<Value>,
}

impl<'a> Caller<'a> {
    pub(super) fn start(
        api: &'a Api,
        classes: &'a [Vectors],
        program: &Program,
        runtime: Handle,
    ) -> Result<Self, String> {
        let methods = api.services.iter().flat_map(|service| &service.methods);
        let valid = classes.iter().filter(|class| class.class.is_of_valid_values());
        let mut samples: BTreeMap<&str, &Case> = BTreeMap::new();
        for case in valid.flat_map(|class| &class.cases) {
            if case.bytes.is_some() && case.name.starts_with("y_") && !case.decode_only {
                samples.entry(case.method.as_str()).or_insert(case);
            }
        }
        let mut testee = Testee::start(program)?;
        testee.hang_up();
        Ok(Self {
            runtime,
            codec: Codec::new(api, Limits::default()),
            methods: methods.map(|method| (method.wire_name.as_str(), method)).collect(),
            samples: samples.into_values().collect(),
            testee,
            session: None,
            hang_up: Box::new(|| {}),
            said: Vec::new(),
        })
    }

    pub(super) fn testee(&mut self) -> &mut Testee {
        &mut self.testee
    }

    /// The session that the case has connected.
    pub(super) fn session(&self) -> Arc<RpcSession> {
        Arc::clone(self.session.as_ref().expect("each case begins with a connection"))
    }

    /// Dials the testee's host with rapace's own transport.
    pub(super) fn dial(&mut self, transport: Transport, options: &Value) -> Result<(), Problem> {
        let address = self.testee.serve_over(transport, options);
        let address = address.map_err(|failure| failure.to_string())?;
        let (_, place) = address.split_once("://").unwrap_or_default();
        let port = place.split('/').next().unwrap_or_default();
        let connected = match transport {
            Transport::Unix => unix::UnixStream::connect(place).and_then(|socket| self.over_unix(socket)),
            Transport::Tcp | Transport::Ws => {
                net::TcpStream::connect(port).and_then(|socket| self.over_tcp(socket, transport, &address))
            }
        };
        let transport = connected.map_err(|error| format!("its host cannot be dialled: {error}"))?;
        self.runs(RpcSession::new(transport));
        Ok(())
    }

    /// Has the testee dial a session that serves `Calls`, as the host of a plug-in does: it opens odd channels, the testee even ones.
    pub(super) fn accept(&mut self) -> Result<(), Problem> {
        let listener = self.runtime.block_on(TcpListener::bind("127.0.0.1:0"));
        let listener = listener.map_err(|error| error.to_string())?;
        let address = listener.local_addr().map_err(|error| error.to_string())?;
        let command = json!({"connect": format!("tcp://{address}"), "serve": true, "options": {"first_channel": 2}});
        let id = self.tell(command)?;
        let (socket, _) = self
            .runtime
            .block_on(listener.accept())
            .map_err(|error| error.to_string())?;
        let socket = socket.into_std().map_err(|error| error.to_string())?;
        let transport = self.over_tcp(socket, Transport::Tcp, "");
        let transport = transport.map_err(|error| error.to_string())?;
        let session = RpcSession::new(transport.clone());
        session.set_dispatcher(CallsServer::new(Echo).into_session_dispatcher(transport));
        self.runs(session);
        self.answered(id, "connected")
    }

    fn over_unix(&mut self, socket: unix::UnixStream) -> io::Result<Rapace> {
        let own = socket.try_clone()?;
        self.hang_up = Box::new(move || drop(own.shutdown(Shutdown::Both)));
        socket.set_nonblocking(true)?;
        let _runtime = self.runtime.enter();
        Ok(Rapace::stream(UnixStream::from_std(socket)?))
    }

    fn over_tcp(&mut self, socket: net::TcpStream, transport: Transport, address: &str) -> io::Result<Rapace> {
        let own = socket.try_clone()?;
        self.hang_up = Box::new(move || drop(own.shutdown(Shutdown::Both)));
        socket.set_nonblocking(true)?;
        socket.set_nodelay(true)?;
        let _runtime = self.runtime.enter();
        let socket = TcpStream::from_std(socket)?;
        if transport == Transport::Tcp {
            return Ok(Rapace::stream(socket));
        }
        let opened = self.runtime.block_on(tokio_tungstenite::client_async(address, socket));
        Ok(Rapace::websocket(opened.map_err(io::Error::other)?.0))
    }

    /// Ends the connection. A session that is closed only reads no more.
    pub(super) fn hang_up(&self) {
        (self.hang_up)();
    }

    fn runs(&mut self, session: RpcSession) {
        let session = Arc::new(session);
        self.runtime.spawn(Arc::clone(&session).run());
        self.session = Some(session);
    }

    /// Ends the session. Nothing may be left that the testee said.
    pub(super) fn leave(&mut self) -> Result<(), Problem> {
        self.hang_up();
        self.session = None;
        match self.said.pop() {
            Some(said) => Err(format!("nobody asked for {said}")),
            None => Ok(()),
        }
    }

    /// The bytes of arguments.
    pub(super) fn arguments(&self, method: &str, arguments: &Value) -> Result<Vec<u8>, Problem> {
        let known = self.methods.get(method).ok_or_else(|| format!("no method {method}"))?;
        let mut bytes = Vec::new();
        for (argument, value) in known.arguments.iter().zip(arguments.as_array().into_iter().flatten()) {
            let mut encoded = self
                .codec
                .encode(&argument.ty, value)
                .map_err(|error| error.to_string())?;
            bytes.append(&mut encoded);
        }
        Ok(bytes)
    }

    /// Calls a method with rapace's own client.
    pub(super) fn call(&self, method: &str, arguments: &Value) -> Result<Receiver<Said>, Problem> {
        let bytes = self.arguments(method, arguments)?;
        let call = conformance_fixtures::call(self.session(), method, bytes);
        let call = call.ok_or_else(|| format!("no method {method}"))?;
        let (sender, said) = channel();
        self.runtime.spawn(async move { sender.send(call.await) });
        Ok(said)
    }

    /// What rapace's own client made of the answer: the values, and the code and the message of its failure.
    pub(super) fn came(&self, said: &Receiver<Said>, method: &str) -> Result<Came, Problem> {
        let patience = self.testee.patience();
        let said = said.recv_timeout(patience);
        let said = said.map_err(|_| format!("rapace's own client got no answer to {method}"))?;
        let ty = self.methods.get(method).map_or(&TypeRef::Unit, |known| &known.response);
        let values = said.values.iter().map(|bytes| self.codec.decode(ty, bytes));
        let values: Result<Vec<Value>, _> = values.collect();
        let failed = said.failed.map(|error| match error {
            RpcError::Status { code, message } => (code as u32, message),
            other => (u32::MAX, other.to_string()),
        });
        Ok((values.map_err(|error| error.to_string())?, failed))
    }

    /// The same, which must be these.
    pub(super) fn ends(
        &self,
        said: &Receiver<Said>,
        method: &str,
        values: &[Value],
        failed: Option<(u32, &str)>,
    ) -> Result<(), Problem> {
        let (came, why) = self.came(said, method)?;
        let same = why.as_ref().map(|(code, message)| (*code, message.as_str())) == failed;
        match came == values && same {
            true => Ok(()),
            false => Err(format!(
                "rapace's own client got {} and {why:?} from {method}, not {} and {failed:?}",
                shown(&json!(came).to_string()),
                shown(&json!(values).to_string())
            )),
        }
    }

    /// The same bytes as those of a vector, or others of the same meaning.
    pub(super) fn same(&self, said: &Receiver<Said>, case: &Case) -> Result<(), Problem> {
        let method = format!("Values.{}", case.method);
        let (came, failed) = self.came(said, &method)?;
        let ty = self
            .methods
            .get(method.as_str())
            .map_or(&TypeRef::Unit, |known| &known.response);
        let canonical = |value: &Value| self.codec.canonical(ty, value).ok();
        match came.as_slice() {
            [value] if failed.is_none() && canonical(value) == case.value => Ok(()),
            _ => Err(format!(
                "{method} of {} came back as {came:?} and {failed:?}",
                hex(case.bytes.as_ref().map_or(&[][..], |bytes| &bytes.0))
            )),
        }
    }

    pub(super) fn tell(&mut self, command: Value) -> Result<u64, Problem> {
        self.testee.tell(command).map_err(|failure| failure.to_string())
    }

    /// Waits for what the testee says.
    fn hear(&mut self, wanted: impl Fn(&Value) -> bool) -> Result<Value, Problem> {
        loop {
            if let Some(at) = self.said.iter().position(&wanted) {
                return Ok(self.said.remove(at));
            }
            let event = self.testee.next().map_err(|failure| {
                let said: Vec<String> = self.said.iter().map(Value::to_string).collect();
                format!("{failure}\nsaid         {}", shown(&said.join(", ")))
            })?;
            if let Event::Said(said) = event {
                self.said.push(said);
            }
        }
    }

    /// Waits for a handler of this method with these arguments; returns its number.
    pub(super) fn called(&mut self, method: &str, arguments: &Value) -> Result<Value, Problem> {
        let said = self
            .hear(|said| said.get("called").is_some() && said["method"] == method && said["arguments"] == *arguments)?;
        Ok(said["called"].clone())
    }

    /// Waits until cancellation has reached a handler.
    pub(super) fn cancelled(&mut self, handler: &Value) -> Result<(), Problem> {
        let own = |said: &Value| said.get("id").is_none() && said.get("cancelled") == Some(handler);
        self.hear(own).map(drop)
    }

    /// Waits until a command is answered so; returns the answer.
    pub(super) fn answer_to(&mut self, id: u64) -> Result<Value, Problem> {
        self.hear(|said| said["id"] == json!(id))
    }

    fn answered(&mut self, id: u64, done: &str) -> Result<(), Problem> {
        let said = self.answer_to(id)?;
        match said[done] == true {
            true => Ok(()),
            false => Err(format!("it said {said}, not that it {done}")),
        }
    }

    /// Has a handler do something, which must be answered so.
    pub(super) fn does(&mut self, command: Value, done: &str) -> Result<(), Problem> {
        let id = self.tell(command)?;
        self.answered(id, done)
    }
}
