//! From `cargo new` to a first call in each language, as a reader of README does it: its files and its commands, in a folder outside
//! the project. Then the same commands with the larger crate in `examples/jobs`.

use std::collections::BTreeMap;
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use rapace_schema::difference::first_difference;

use crate::documents::{self, Block, Mark, shared};
use crate::languages::LANGUAGES;
use crate::project::{Error, Project, Result, command};
use crate::said::{print, say};

/// The address in README's files, whose port may be taken here.
const ADDRESS: &str = "127.0.0.1:9000";
/// The name of the commands that start the server, that of the commands which call README's own services without generated code, and
/// the folder that `cargo new` makes.
const SERVER: &str = "server";
const COMMAND: &str = "command";
const CRATE: &str = "jobs";

/// Does what README says, twice. Returns a line of figures for each crate.
///
/// # Errors
/// When a command fails, or a language prints something else than what it should.
pub fn test(project: &Project) -> Result<Vec<String>> {
    let blocks: Vec<Block> = documents::all(project)?
        .into_iter()
        .filter(|block| block.place.starts_with("README.md:"))
        .collect();
    let mut files = BTreeMap::new();
    let mut commands = Vec::new();
    let mut expected = None;
    for block in blocks {
        match &block.mark {
            Mark::File(path) => drop(files.insert(path.clone(), block.text)),
            Mark::Run(name) => commands.push((name.clone(), block.text)),
            Mark::Output(_) => expected = Some(block.text),
            _ => {}
        }
    }
    let expected = expected.ok_or_else(|| Error("README.md: no block is the output of a first call".into()))?;
    let small = Reader::new(project, "readme")?.follow(&files, &commands, &expected)?;
    let large = larger(project, files)?;
    commands.retain(|(name, _)| name != COMMAND);
    let expected = fs::read_to_string(project.path("examples/jobs/expected-output.txt"))?;
    let large = Reader::new(project, "examples")?.follow(&large, &commands, &expected)?;
    Ok(vec![
        format!("first use, with README alone: {small}"),
        format!("first use, examples/jobs by README's commands: {large}"),
    ])
}

/// README's files, with those of the larger crate in their place.
fn larger(project: &Project, mut files: BTreeMap<String, String>) -> Result<BTreeMap<String, String>> {
    let mut put = |from: &str, to: &str| -> Result {
        let text = fs::read_to_string(project.path("examples/jobs").join(from))?;
        files.insert(to.to_owned(), text);
        Ok(())
    };
    for file in ["lib.rs", "main.rs", "model.rs", "scheduler.rs", "services.rs"] {
        put(&format!("src/{file}"), &format!("src/{file}"))?;
    }
    put("rapace.toml", "rapace.toml")?;
    put("clients/python/first_call.py", "python/first_call.py")?;
    put("clients/go/main.go", "go/main.go")?;
    put("clients/typescript/first-call.mjs", "typescript/first-call.mjs")?;
    Ok(files)
}

/// The ports of which one is used. They are below those that systems give to connections: other parts of the test make connections
/// while the server is not running.
const PORTS: std::ops::Range<u16> = 20_000..30_000;

/// An address that nobody listens at.
fn free_address() -> Result<SocketAddr> {
    // Tests of several work trees begin at different ports.
    let first = PORTS.start + u16::try_from(std::process::id() % PORTS.len() as u32).unwrap_or(0);
    let free = (first..PORTS.end)
        .chain(PORTS)
        .find_map(|port| TcpListener::bind(("127.0.0.1", port)).ok());
    let free = free.ok_or_else(|| Error(format!("no port of {PORTS:?} is free")))?;
    Ok(free.local_addr()?)
}

/// Somebody who follows README in an empty folder.
struct Reader<'a> {
    project: &'a Project,
    folder: PathBuf,
    address: String,
}

impl<'a> Reader<'a> {
    fn new(project: &'a Project, name: &str) -> Result<Self> {
        // The same folder each time: cargo builds what is elsewhere anew.
        let mut hasher = DefaultHasher::new();
        project.path("").hash(&mut hasher);
        let folder = std::env::temp_dir()
            .join(format!("rapace-first-use-{:x}", hasher.finish()))
            .join(name);
        if folder.exists() {
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir_all(&folder)?;
        std::os::unix::fs::symlink(project.path(""), folder.join("rapace-tools"))?;
        let free = free_address()?;
        Ok(Self {
            project,
            folder,
            address: free.to_string(),
        })
    }

    /// Writes the files and runs the commands. Returns the time that each language's call took.
    fn follow(
        &self,
        files: &BTreeMap<String, String>,
        commands: &[(String, String)],
        expected: &str,
    ) -> Result<String> {
        let start = Instant::now();
        let (mut server, mut serve) = (None, String::new());
        let mut figures = Vec::new();
        for (name, script) in commands {
            say(&format!("\n== first use: {name}"));
            let begun = Instant::now();
            let script = self.adapted(script)?;
            if name == SERVER {
                server = Some(Server::start(self, &script)?);
                serve = script;
                figures.push(format!("server {:.1} s", begun.elapsed().as_secs_f64()));
                continue;
            }
            let calls = LANGUAGES.iter().any(|language| language.name == name);
            if (calls || name == COMMAND) && server.is_none() {
                server = Some(Server::start(self, &serve)?);
            }
            let printed = self.run(&script)?;
            if calls {
                self.compare(name, &printed, expected)?;
                // Each language meets a server that nobody has called.
                server = None;
            } else if name == "new" {
                self.write(files)?;
            }
            figures.push(format!("{name} {:.1} s", begun.elapsed().as_secs_f64()));
        }
        drop(server);
        let called = commands
            .iter()
            .filter(|(name, _)| LANGUAGES.iter().any(|language| language.name == name))
            .count();
        if called != LANGUAGES.len() {
            return Err(Error(format!("README.md: {called} languages have a first call")));
        }
        fs::remove_dir_all(&self.folder)?;
        Ok(format!(
            "{}, in all {:.1} s",
            figures.join(", "),
            start.elapsed().as_secs_f64()
        ))
    }

    /// Where commands run: in the crate as soon as there is one.
    fn place(&self) -> PathBuf {
        let made = self.folder.join(CRATE);
        if made.exists() { made } else { self.folder.clone() }
    }

    fn write(&self, files: &BTreeMap<String, String>) -> Result {
        let folder = self.place();
        for (path, text) in files {
            let path = folder.join(path);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, text.replace(ADDRESS, &self.address))?;
        }
        // So that the same versions are tested every day. A reader has none, and gets the newest ones.
        fs::copy(self.project.path("Cargo.lock"), folder.join("Cargo.lock"))?;
        Ok(())
    }

    /// The script with the free port, and with `rapace` as it is built already instead of its installation.
    fn adapted(&self, script: &str) -> Result<String> {
        let mut lines = Vec::new();
        for line in script.lines() {
            match line.strip_prefix("cargo install ") {
                Some(rest) => {
                    let path = rest.split_whitespace().last().unwrap_or_default();
                    let manifest = fs::read_to_string(self.place().join(path).join("Cargo.toml"))
                        .map_err(|error| Error(format!("{line}: {error}")))?;
                    if !manifest.contains("name = \"rapace\"") || !rest.contains("--locked") {
                        return Err(Error(format!("{line}: it does not install `rapace` as it was tested")));
                    }
                }
                None => lines.push(line.replace(ADDRESS, &self.address)),
            }
        }
        Ok(lines.join("\n"))
    }

    fn shell(&self, script: &str) -> Command {
        let mut shell = command("sh", self.place());
        let programs = self.project.built("rapace");
        let path = std::env::var("PATH").unwrap_or_default();
        let programs = programs.parent().unwrap_or(Path::new("")).display();
        shell.env("PATH", format!("{programs}:{path}"));
        shared(self.project, &mut shell);
        shell.args(["-eu", "-c", script]);
        shell
    }

    fn run(&self, script: &str) -> Result<String> {
        say(script);
        let done = self.shell(script).stdin(Stdio::null()).output()?;
        let printed = String::from_utf8_lossy(&done.stdout).into_owned();
        print(&printed);
        match done.status.success() {
            true => Ok(printed),
            false => Err(Error(format!(
                "{script}\n{}\n{printed}{}",
                done.status,
                String::from_utf8_lossy(&done.stderr)
            ))),
        }
    }

    /// Whether a language has printed what is expected, after what its installer printed.
    fn compare(&self, name: &str, printed: &str, expected: &str) -> Result {
        let first = expected.lines().next().unwrap_or_default();
        let start = printed.find(&format!("{first}\n")).unwrap_or(0);
        match first_difference(&printed[start..], expected) {
            None => Ok(()),
            Some(difference) => Err(Error(format!(
                "{name}: {}",
                difference.between("it printed", "expected")
            ))),
        }
    }
}

/// The server of the reader's crate. It stops when this value is dropped.
struct Server(Child);

impl Server {
    fn start(reader: &Reader<'_>, script: &str) -> Result<Self> {
        say(script);
        let script = format!("exec {}", script.trim());
        let mut child = reader
            .shell(&script)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdout = child.stdout.take().map(BufReader::new);
        let server = Self(child);
        let line = stdout
            .and_then(|stdout| stdout.lines().next())
            .transpose()?
            .unwrap_or_default();
        match line.ends_with(&reader.address) {
            true => Ok(server),
            false => Err(Error(format!("{script}: its first line is {line:?}"))),
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
