//! Who is measured against whom, and how their programs are run.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::effort::Effort;
use super::figures::Figure;
use super::material::Material;
use super::servers::{Caller, Served, load, stock};
use super::turns::{in_turn, measures};
use crate::project::{Error, Missing, Project, Result, command};
use crate::{go, python, typescript};

/// The libraries of one language.
pub struct Contest {
    /// As `rapace gen --lang` names it.
    pub language: &'static str,
    /// The toolchain that is not there, if so.
    pub missing: fn() -> Option<Missing>,
    /// Installs the peers and builds the program, with our client of the workload.
    pub setup: fn(&Project, &Material) -> Result,
    /// The program, to which its arguments are appended.
    pub program: fn(&Project) -> Command,
    /// Codecs, ours first.
    pub codecs: &'static [&'static str],
    /// Clients, ours first.
    pub clients: &'static [&'static str],
    /// Servers, ours first.
    pub servers: &'static [Served],
    /// The codec, and the client and server, that most programs use, for the project's front page.
    pub headline: (&'static str, &'static str),
}

impl Contest {
    /// What the tables call the servers, ours first.
    pub fn server_names(&self) -> Vec<&'static str> {
        self.servers.iter().map(|served| served.name).collect()
    }
}

/// All of them.
pub const CONTESTS: &[Contest] = &[
    Contest {
        language: "python",
        missing: python::missing,
        setup: python::bench_setup,
        program: python::bench_program,
        codecs: &[
            "rapace",
            "rapace-pure",
            "msgspec",
            "msgspec-nogc",
            "protobuf",
            "protobuf-py",
            "pyfory",
            "betterproto2",
        ],
        clients: &[
            "rapace",
            "rapace-sync",
            "rapace-stock",
            "grpc.aio",
            "grpcio",
            "connectrpc",
            "raw",
        ],
        servers: &[
            load("rapace", "frames"),
            load("rapace-sync", "frames"),
            stock(),
            load("grpc.aio", "grpc"),
            load("grpcio", "grpc"),
            load("connectrpc", "connect"),
            load("raw", "frames"),
        ],
        headline: ("msgspec", "grpc.aio"),
    },
    Contest {
        language: "go",
        missing: go::missing,
        setup: go::bench_setup,
        program: go::bench_program,
        codecs: &["rapace", "vtprotobuf", "protobuf", "hyperpb", "msgp", "mus", "benc"],
        clients: &["rapace", "rapace-stock", "grpc-go", "connect-go", "drpc", "raw"],
        servers: &[
            load("rapace", "frames"),
            stock(),
            load("grpc-go", "grpc"),
            load("connect-go", "grpc"),
            Served {
                library: "drpc",
                name: "drpc",
                caller: Caller::Own,
            },
            load("raw", "frames"),
        ],
        headline: ("vtprotobuf", "grpc-go"),
    },
    Contest {
        language: "typescript",
        missing: typescript::missing,
        setup: typescript::bench_setup,
        program: typescript::bench_program,
        codecs: &[
            "rapace",
            "rapace-typed",
            "protobuf-es",
            "protobufjs",
            "msgpackr",
            "bebop",
        ],
        clients: &["rapace", "rapace-stock", "grpc-js", "connect-node", "capnweb", "raw"],
        servers: &[
            load("rapace", "frames"),
            stock(),
            load("grpc-js", "grpc"),
            load("connect-node", "grpc"),
            load("raw", "frames"),
        ],
        headline: ("protobuf-es", "grpc-js"),
    },
];

/// Runs every codec in turn.
pub fn codecs(project: &Project, contest: &Contest, reference: &Path, effort: Effort, run: u32) -> Result<Vec<Figure>> {
    in_turn(contest.codecs, effort, run, |library| {
        let mut program = (contest.program)(project);
        measures(library, effort, program.args(["codec", library]).arg(reference))
    })
}

/// Runs every client in turn, against one server.
pub fn calls(project: &Project, contest: &Contest, server: &Path, effort: Effort, run: u32) -> Result<Vec<Figure>> {
    let server = Server::start(server)?;
    in_turn(contest.clients, effort, run, |library| {
        let mut program = (contest.program)(project);
        measures(library, effort, program.args(["rpc", library]).envs(&server.addresses))
    })
}

/// The running server of the workload. It stops when this value is dropped.
struct Server {
    child: Child,
    /// `BENCH_RAPACE` and the like, with their addresses.
    addresses: BTreeMap<String, String>,
}

/// How many addresses the server prints.
const ADDRESSES: usize = 4;

impl Server {
    fn start(program: &Path) -> Result<Self> {
        let mut child = command(program, ".")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Error(format!("bench-server: cannot start: {error}")))?;
        let stdout = child.stdout.take();
        let stdout = stdout.ok_or_else(|| Error("bench-server: no stdout".into()))?;
        let mut server = Self {
            child,
            addresses: BTreeMap::new(),
        };
        for line in BufReader::new(stdout).lines().take(ADDRESSES) {
            let line = line?;
            let (name, address) = line
                .split_once(' ')
                .ok_or_else(|| Error(format!("bench-server printed {line:?}, which is no address")))?;
            let variable = format!("BENCH_{}", name.to_uppercase());
            server.addresses.insert(variable, address.to_owned());
        }
        match server.addresses.len() {
            ADDRESSES => Ok(server),
            count => Err(Error(format!("bench-server: {count} addresses instead of {ADDRESSES}"))),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing its stdin ends the server; it may have ended already.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
