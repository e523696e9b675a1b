//! Servers in each language, called by a program that is the same for all servers of a protocol.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use serde::Deserialize;

use super::contest::Contest;
use super::effort::Effort;
use super::figures::{Figure, Measure};
use super::servers::{Caller, Served};
use super::turns::in_turn;
use crate::project::{Error, Project, Result, command, output};

/// What is called, and how many calls are in flight.
const CASES: [&str; 2] = ["small", "blob"];
const OPS: [&str; 2] = ["sequential", IN_FLIGHT];
const IN_FLIGHT: &str = "in_flight_64";

/// Starts every server in turn and calls it: the time of a call as its caller sees it, and the server's processor time.
pub fn served(project: &Project, contest: &Contest, load: &Path, effort: Effort, run: u32) -> Result<Vec<Figure>> {
    let names: Vec<&'static str> = contest.servers.iter().map(|served| served.name).collect();
    in_turn(&names, effort, run, |name| {
        let Some(served) = contest.servers.iter().find(|served| served.name == name) else {
            return Err(Error(format!("there is no server {name}")));
        };
        let mut server = Server::start((contest.program)(project), served.library)?;
        let called = |address: &str, case, op| {
            let mut caller = caller(project, contest, load, served);
            caller.arg(address).args([case, op]);
            output(caller.arg(effort.seconds.to_string()))
        };
        let mut measures = Vec::new();
        for case in CASES {
            // Compilers that run with the program have done their work then.
            called(&server.address, case, IN_FLIGHT)?;
            for op in OPS {
                let before = server.report()?;
                let printed = called(&server.address, case, op)?;
                let after = server.report()?;
                measures.push(read(name, printed.trim())?);
                if op == IN_FLIGHT {
                    measures.push(Measure {
                        case: case.into(),
                        op: "served_cpu".into(),
                        ns: after.since(&before)?,
                    });
                }
            }
        }
        Ok(measures)
    })
}

/// The program that calls a server.
fn caller(project: &Project, contest: &Contest, load: &Path, served: &Served) -> Command {
    match served.caller {
        Caller::Load(protocol) => {
            let mut load = command(load, project.path(""));
            load.arg(protocol);
            load
        }
        Caller::Own => {
            let mut program = (contest.program)(project);
            program.args(["load", served.library]);
            program
        }
    }
}

fn read<'a, T: Deserialize<'a>>(name: &str, line: &'a str) -> Result<T> {
    serde_json::from_str(line).map_err(|error| Error(format!("{name} printed {line:?}, which is no figure: {error}")))
}

/// What a server has done up to now.
#[derive(Deserialize)]
struct Report {
    calls: u64,
    cpu_ns: u64,
}

impl Report {
    /// The processor time of each call since then, in nanoseconds.
    fn since(&self, before: &Self) -> Result<f64> {
        match self.calls - before.calls {
            0 => Err(Error("a server has counted no calls".into())),
            calls => Ok((self.cpu_ns - before.cpu_ns) as f64 / calls as f64),
        }
    }
}

/// A server that runs. It ends when this value is dropped.
struct Server {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    address: String,
}

impl Server {
    fn start(mut program: Command, library: &str) -> Result<Self> {
        let wrong = |what: &str| Error(format!("the server {library}: {what}"));
        let mut child = program
            .args(["serve", library])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| wrong(&format!("cannot start: {error}")))?;
        let input = child.stdin.take();
        let output = child.stdout.take().ok_or_else(|| wrong("no standard output"))?;
        let mut server = Self {
            child,
            input,
            output: BufReader::new(output),
            address: String::new(),
        };
        server.address = server.line()?;
        Ok(server)
    }

    /// Asks for the calls and the processor time up to now.
    fn report(&mut self) -> Result<Report> {
        if let Some(input) = &mut self.input {
            input.write_all(b"\n")?;
        }
        read("a server", &self.line()?)
    }

    fn line(&mut self) -> Result<String> {
        let mut line = String::new();
        match self.output.read_line(&mut line)? {
            0 => Err(Error("a server ended".into())),
            _ => Ok(line.trim_end().to_owned()),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Closing its standard input ends the server; it may have ended already.
        drop(self.input.take());
        let _ = self.child.wait();
    }
}
