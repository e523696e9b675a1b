//! The host, on nothing but rapace 0.5.0: it starts a plug-in, calls it, and answers when it is called back.
//!
//! What it prints is in `expected-output.txt`, whatever language the plug-in is written in.

use std::collections::BTreeSet;
use std::error::Error;
use std::process::ExitStatus;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use clap::Parser;
use futures::StreamExt;
use futures::future::join_all;
use plugin_hello::{Host, HostServer, PluginClient};
use rapace::{RpcError, RpcSession, Transport};
use rustix::process::{Pid, Signal, kill_process};
use tokio::net::{TcpListener, UnixListener};
use tokio::process::{Child, Command};
use tokio::time::timeout;

const LETTER: &str =
    "Dear {{name}},\nyour parcel from {{city}} has arrived.\n{{city}} sends its regards, and {{weather}}.";
const UNKNOWN: &str = "This line has the name {{name}}.\nThis line has the colour {{colour}}.\nNobody reads this line.";
/// How many calls run at once.
const AT_ONCE: usize = 100;
/// How long a plug-in may take to dial, and how long to end.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a plug-in, calls it, and answers when it is called back.
#[derive(Parser)]
#[command(name = "plugin-host", version)]
struct Arguments {
    /// Listen on a TCP port of 127.0.0.1 instead of a Unix socket
    #[arg(long)]
    tcp: bool,
    /// The plug-in's program and its arguments. The host's address is added as the last one
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true)]
    plugin: Vec<String>,
}

/// The values, and what the plug-in has asked for.
#[derive(Clone, Default)]
struct Values {
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Host for Values {
    async fn value(&self, key: String) -> Option<String> {
        let value = match key.as_str() {
            "greeting" => "Good evening",
            "name" => "Ada",
            "city" => "Gdańsk",
            "weather" => "{{sunshine}}",
            _ => "",
        };
        if let Ok(mut asked) = self.asked.lock() {
            asked.insert(key);
        }
        (!value.is_empty()).then(|| value.to_owned())
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments = Arguments::parse();
    let folder = tempfile::tempdir()?;
    let (transport, mut plugin) = match arguments.tcp {
        true => {
            let listener = TcpListener::bind("127.0.0.1:0").await?;
            let plugin = start(&arguments.plugin, &format!("tcp://{}", listener.local_addr()?))?;
            let (socket, _) = timeout(PATIENCE, listener.accept()).await??;
            // rapace writes a frame in three pieces; Nagle's algorithm would hold back the second.
            socket.set_nodelay(true)?;
            (Transport::stream(socket), plugin)
        }
        false => {
            let path = folder.path().join("host.sock");
            let listener = UnixListener::bind(&path)?;
            let plugin = start(&arguments.plugin, &format!("unix://{}", path.display()))?;
            let (socket, _) = timeout(PATIENCE, listener.accept()).await??;
            (Transport::stream(socket), plugin)
        }
    };

    let values = Values::default();
    // `RpcSession::new` numbers its channels 1, 3, 5 and so on, which is a host's part in rapace's convention.
    let session = Arc::new(RpcSession::new(transport));
    session.set_dispatcher(HostServer::new(values.clone()).into_session_dispatcher(session.transport().clone()));
    tokio::spawn(session.clone().run());
    let called = call(&PluginClient::new(session.clone())).await;
    session.close();
    let ended = end(&mut plugin).await;
    called?;
    ended?;
    let asked: Vec<String> = values
        .asked
        .lock()
        .map_or_else(|_| Vec::new(), |asked| asked.iter().cloned().collect());
    println!("the plug-in asked for {}", asked.join(", "));
    Ok(())
}

/// Starts the plug-in with the host's address as its last argument.
fn start(command: &[String], address: &str) -> Result<Child, Box<dyn Error>> {
    let (program, arguments) = command.split_first().ok_or("no plug-in")?;
    let started = Command::new(program)
        .args(arguments)
        .arg(address)
        .kill_on_drop(true)
        .spawn();
    Ok(started.map_err(|error| format!("{program}: {error}"))?)
}

/// Every kind of call, then many at once.
async fn call(plugin: &PluginClient) -> Result<(), RpcError> {
    println!("greet: {}", plugin.greet("Ada".to_owned()).await?);
    for template in [LETTER, UNKNOWN] {
        let mut lines = plugin.render(template.to_owned()).await?;
        while let Some(line) = lines.next().await {
            match line {
                Ok(line) => println!("render: {line}"),
                Err(RpcError::Status { code, message }) => println!("render: {code:?}: {message}"),
                Err(error) => return Err(error),
            }
        }
    }
    let greetings = join_all((0..AT_ONCE).map(|n| plugin.greet(n.to_string()))).await;
    let right = |(n, greeting): &(usize, Result<String, RpcError>)| {
        greeting
            .as_ref()
            .is_ok_and(|greeting| *greeting == format!("Good evening, {n}!"))
    };
    let right = greetings.into_iter().enumerate().filter(right).count();
    println!("{AT_ONCE} greetings at once: {right} right");
    Ok(())
}

/// Asks the plug-in to end, as its connection has.
async fn end(plugin: &mut Child) -> Result<ExitStatus, Box<dyn Error>> {
    let id = plugin
        .id()
        .and_then(|id| i32::try_from(id).ok())
        .and_then(Pid::from_raw);
    if let Some(id) = id {
        // It may have ended already, by itself.
        let _ = kill_process(id, Signal::TERM);
    }
    Ok(timeout(PATIENCE, plugin.wait())
        .await
        .map_err(|_| "the plug-in does not end on SIGTERM")??)
}
