//! What is called: the crate's program, and rapace's transport with an echo of bytes for what the crate does not have.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread;
use std::time::Duration;

use rapace::rapace_core::{Frame, FrameFlags, INLINE_PAYLOAD_SIZE, MsgDescHot};
use rapace::{Transport, TransportError};
use rapace_schema::{Api, Method, MethodKind, TypeRef};
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

    /// Listens for calls of the added services. Arguments are written one after another, as a tuple is: so their bytes are
    /// those of the answer, with a count before them where that is an option, a list or a set.
    ///
    /// # Errors
    /// When it cannot listen.
    pub fn of_bytes(api: &Api) -> Result<Self, String> {
        let mut methods = BTreeMap::new();
        for service in api.services.iter().filter(|service| !is_typed(service)) {
            for method in &service.methods {
                let name = format!("{}.{}", service.name, method.name);
                methods.insert(method.id, (name, Answer::of(method)));
            }
        }
        let failed = |error: std::io::Error| format!("the echo: {error}");
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(failed)?;
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).map_err(failed)?;
        let address = format!("tcp://{}", listener.local_addr().map_err(failed)?);
        let (sender, said) = mpsc::channel();
        thread::spawn(move || {
            runtime.block_on(async {
                while let Ok((socket, _)) = listener.accept().await {
                    // It ends when the testee leaves.
                    let _ = connection(&Transport::stream(socket), &methods, &sender).await;
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

    /// Forgets what was called meanwhile.
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

/// What the answer has of the arguments.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Answer {
    Arguments,
    One,
    Nothing,
    Stream,
}

impl Answer {
    fn of(method: &Method) -> Self {
        match &method.response {
            _ if method.kind == MethodKind::ServerStreaming => Self::Stream,
            TypeRef::Unit => Self::Nothing,
            TypeRef::Option(_) | TypeRef::List(_) | TypeRef::Set(_) => Self::One,
            _ => Self::Arguments,
        }
    }
}

async fn connection(
    transport: &Transport,
    methods: &BTreeMap<u32, (String, Answer)>,
    said: &Sender<String>,
) -> Result<(), TransportError> {
    loop {
        let request = transport.recv_frame().await?;
        let Some((name, answer)) = methods.get(&request.desc.method_id) else {
            continue;
        };
        if !request.desc.flags.contains(FrameFlags::DATA) || said.send(name.clone()).is_err() {
            continue;
        }
        let channel = request.desc.channel_id;
        // Nobody waits for an answer on channel 0.
        if channel == 0 {
            continue;
        }
        let arguments = request.payload_bytes();
        let end = FrameFlags::DATA | FrameFlags::EOS;
        match answer {
            Answer::Arguments => transport.send_frame(frame(channel, end, arguments)).await?,
            Answer::One => {
                transport
                    .send_frame(frame(channel, end, &[&[1], arguments].concat()))
                    .await?
            }
            Answer::Nothing => transport.send_frame(frame(channel, end, &[])).await?,
            Answer::Stream => {
                transport
                    .send_frame(frame(channel, FrameFlags::DATA, arguments))
                    .await?;
                transport.send_frame(frame(channel, FrameFlags::EOS, &[])).await?;
            }
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
