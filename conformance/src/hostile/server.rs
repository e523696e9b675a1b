//! What is called: the crate's program, and rapace's transport with an echo of bytes for what the crate does not have.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use rapace::rapace_core::{Frame, FrameFlags, INLINE_PAYLOAD_SIZE, MsgDescHot};
use rapace::{Transport, TransportError};
use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, Method, MethodKind, TypeRef};
use serde_json::Value;
use tokio::net::TcpListener;

use super::extend::is_typed;
use crate::testee::PATIENCE;

/// How long a server says nothing after a call that went wrong.
const QUIET: Duration = Duration::from_millis(200);

/// A server that says which methods are called.
pub struct Server {
    /// Where it listens.
    pub address: String,
    said: Receiver<String>,
    program: Option<Child>,
}

impl Server {
    /// Starts the crate's program, which serves its services.
    ///
    /// # Errors
    /// When it does not start.
    pub fn of_program(program: &str) -> Result<Self, String> {
        let failed = |problem: &dyn std::fmt::Display| format!("{program}: {problem}");
        let mut command = Command::new(program);
        command.stdin(Stdio::null()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(|error| failed(&error))?;
        let (sender, said) = mpsc::channel();
        if let Some(out) = child.stdout.take() {
            thread::spawn(move || {
                let lines = BufReader::new(out).lines().map_while(Result::ok);
                lines.for_each(|line| drop(sender.send(line)));
            });
        }
        let address = said.recv_timeout(PATIENCE).map_err(|error| failed(&error))?;
        Ok(Self {
            address,
            said,
            program: Some(child),
        })
    }

    /// Listens for calls of the added services, and answers each with its last argument.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn of_bytes(api: &Api) -> Result<Self, String> {
        let failed = |error: std::io::Error| format!("the echo: {error}");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(failed)?;
        let address = format!("tcp://{}", listener.local_addr().map_err(failed)?);
        let (sender, said) = mpsc::channel();
        let api = api.clone();
        thread::spawn(move || {
            let echo = Echo::new(&api, sender);
            runtime.block_on(async {
                while let Ok((socket, _)) = listener.accept().await {
                    // It ends when the testee leaves.
                    let _ = echo.serve(&Transport::stream(socket)).await;
                }
            });
        });
        Ok(Self {
            address,
            said,
            program: None,
        })
    }

    /// Whether the method of this name is the one that was called next.
    ///
    /// # Errors
    /// When it is another, or none.
    pub fn reached(&self, name: &str) -> Result<(), String> {
        match self.said.recv_timeout(PATIENCE) {
            Ok(said) if said == name => Ok(()),
            Ok(said) => Err(format!("the server was asked for {said}")),
            Err(error) => Err(format!("the server was asked for nothing: {error}")),
        }
    }

    /// Forgets what was called since.
    pub fn forget(&self) {
        while self.said.recv_timeout(QUIET).is_ok() {}
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It serves for ever.
        if let Some(program) = &mut self.program {
            let _ = program.kill();
            let _ = program.wait();
        }
    }
}

/// Answers calls of the added services.
struct Echo<'a> {
    codec: Codec<'a>,
    methods: BTreeMap<u32, (String, &'a Method)>,
    said: Sender<String>,
}

impl<'a> Echo<'a> {
    fn new(api: &'a Api, said: Sender<String>) -> Self {
        let mut methods = BTreeMap::new();
        for service in api.services.iter().filter(|service| !is_typed(service)) {
            let named = |method: &'a Method| (method.id, (format!("{}.{}", service.name, method.name), method));
            methods.extend(service.methods.iter().map(named));
        }
        Self {
            codec: Codec::new(api, Limits::default()),
            methods,
            said,
        }
    }

    async fn serve(&self, transport: &Transport) -> Result<(), TransportError> {
        loop {
            let request = transport.recv_frame().await?;
            let Some((name, method)) = self.methods.get(&request.desc.method_id) else {
                continue;
            };
            if !request.desc.flags.contains(FrameFlags::DATA) {
                continue;
            }
            let arguments = request.payload_bytes();
            let (said, last) = match self.last(method, arguments) {
                Ok(last) => (name.clone(), last),
                Err(error) => (format!("{name}, with {arguments:02x?}: {error}"), &[][..]),
            };
            // Nobody listens any more, or waits for an answer on channel 0.
            if self.said.send(said).is_err() || request.desc.channel_id == 0 {
                continue;
            }
            let send = |flags, payload: &[u8]| transport.send_frame(frame(request.desc.channel_id, flags, payload));
            let end = FrameFlags::DATA | FrameFlags::EOS;
            match Answer::of(method) {
                _ if method.kind == MethodKind::ServerStreaming => {
                    send(FrameFlags::DATA, last).await?;
                    send(FrameFlags::EOS, &[]).await?;
                }
                Answer::Last => send(end, last).await?,
                // A count of one comes before it, or the tag of an option.
                Answer::Some | Answer::List => send(end, &[&[1], last].concat()).await?,
                Answer::Nothing => send(end, &[]).await?,
            }
        }
    }

    /// The last argument's bytes: arguments are written one after another, as a tuple is.
    fn last<'b>(&self, method: &Method, arguments: &'b [u8]) -> Result<&'b [u8], String> {
        let types: Vec<TypeRef> = method.arguments.iter().map(|argument| argument.ty.clone()).collect();
        let (Some(ty), true) = (types.last().cloned(), types.len() > 1) else {
            return Ok(arguments);
        };
        let values = self.codec.decode(&TypeRef::Tuple(types), arguments);
        let values = values.map_err(|error| error.to_string())?;
        let last = values.as_array().and_then(|values| values.last());
        let last = self.codec.encode(&ty, last.unwrap_or(&Value::Null));
        let length = last.map_err(|error| error.to_string())?.len();
        Ok(&arguments[arguments.len() - length..])
    }
}

/// What an answer has of the last argument.
pub enum Answer {
    /// Just that.
    Last,
    /// That it is there, and it.
    Some,
    /// It alone in a list.
    List,
    /// Nothing.
    Nothing,
}

impl Answer {
    /// What a method of this signature answers with.
    pub fn of(method: &Method) -> Self {
        match &method.response {
            response if method.arguments.last().is_some_and(|last| last.ty == *response) => Self::Last,
            TypeRef::Option(_) => Self::Some,
            TypeRef::List(_) => Self::List,
            _ => Self::Nothing,
        }
    }
}

fn frame(channel: u32, flags: FrameFlags, payload: &[u8]) -> Frame {
    let mut desc = MsgDescHot::new();
    desc.channel_id = channel;
    desc.flags = flags;
    match payload.len() <= INLINE_PAYLOAD_SIZE {
        true => Frame::with_inline_payload(desc, payload).unwrap_or_else(|| Frame::new(desc)),
        false => Frame::with_payload(desc, payload.to_vec()),
    }
}
