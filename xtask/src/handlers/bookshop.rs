//! The bookshop in each language, called by Rust's reference client over every transport.

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rapace_schema::difference::first_difference;

use crate::languages::Language;
use crate::project::{Error, Program, Project, Result, output};

/// Where a server can listen, and whether it needs a certificate.
const TRANSPORTS: [(&str, bool); 5] = [
    ("tcp://127.0.0.1:0", false),
    ("unix://", false),
    ("ws://127.0.0.1:0/rpc", false),
    ("tls://127.0.0.1:0", true),
    ("wss://127.0.0.1:0/rpc", true),
];

/// Runs Rust's reference client against this language's server. Returns over how many transports it printed what it should, and what was
/// wrong with the others.
pub fn test(project: &Project, language: &Language) -> (usize, Vec<String>) {
    let mut problems = Vec::new();
    let mut good = 0;
    let server = match (language.server)(project) {
        Ok(server) => server,
        Err(error) => return (0, vec![format!("{}: the bookshop's server: {error}", language.name)]),
    };
    for (address, secure) in TRANSPORTS {
        match printed(project, &server, address, secure) {
            Ok(()) => good += 1,
            Err(error) => problems.push(format!("{}: the bookshop at {address}: {error}", language.name)),
        }
    }
    (good, problems)
}

/// Runs Rust's reference client against this language's server over TCP. Returns how many lines it printed.
///
/// # Errors
/// When it prints something else than what it should.
pub fn serve_once(project: &Project, language: &Language) -> Result<usize> {
    let server = Server::start(&(language.server)(project)?, "tcp://127.0.0.1:0", &[])?;
    let printed = output(Command::new(project.built("bookshop-client")).arg(&server.address))?;
    same(project, &printed)?;
    Ok(printed.lines().count())
}

/// A new server for each transport, because the client's orders change the shop.
fn printed(project: &Project, server: &Program, address: &str, secure: bool) -> Result {
    let mut client = Command::new(project.built("bookshop-client"));
    let mut options = Vec::new();
    let (certificate, key) = certify(project)?;
    if secure {
        options = ["--certificate".into(), text(&certificate), "--key".into(), text(&key)].to_vec();
    }
    let socket = std::env::temp_dir().join(format!("bookshop-{}.sock", std::process::id()));
    let address = match address {
        "unix://" => format!("unix://{}", socket.display()),
        other => other.to_owned(),
    };
    let server = Server::start(server, &address, &options)?;
    client.arg(&server.address);
    if secure {
        client.arg(certificate);
    }
    same(project, &output(&mut client)?)
}

/// Whether the client has printed what it should.
fn same(project: &Project, printed: &str) -> Result {
    let expected = fs::read_to_string(project.path("examples/bookshop/expected-output.txt"))?;
    match first_difference(printed, &expected) {
        None => Ok(()),
        Some(difference) => Err(Error(difference.between("the client printed", "expected"))),
    }
}

/// A running server. It stops when this value is dropped.
struct Server {
    child: Child,
    address: String,
}

impl Server {
    fn start(program: &Program, address: &str, options: &[String]) -> Result<Self> {
        let (name, arguments) = program.command.split_first().ok_or_else(|| Error("no server".into()))?;
        let mut server = Command::new(name);
        server.envs(program.environment.iter().map(|(name, value)| (name, value)));
        server.args(arguments).args(["--listen", address]).args(options);
        server
            .arg("--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let mut child = server.spawn().map_err(|error| Error(format!("{name}: {error}")))?;
        let stdout = child.stdout.take().map(BufReader::new);
        let line = stdout.and_then(|stdout| stdout.lines().next()).transpose()?;
        let mut server = Self {
            child,
            address: String::new(),
        };
        let line = line.ok_or_else(|| Error("it ended before it listened".into()))?;
        let address = line.strip_prefix("listening on ");
        server.address = address
            .ok_or_else(|| Error(format!("its first line is {line:?}")))?
            .to_owned();
        Ok(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing its stdin ends the server; it may have ended already.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A certificate for this machine that no authority has signed, and its key: the files that they are in.
fn certify(project: &Project) -> Result<(PathBuf, PathBuf)> {
    let folder = project.scratch("handlers")?;
    let (certificate, key) = (folder.join("certificate.pem"), folder.join("key.pem"));
    if !key.exists() {
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]);
        let made = made.map_err(|error| Error(format!("cannot make a certificate: {error}")))?;
        fs::write(&certificate, made.cert.pem())?;
        fs::write(&key, made.signing_key.serialize_pem())?;
    }
    Ok((certificate, key))
}

fn text(path: &std::path::Path) -> String {
    path.display().to_string()
}
