//! Runs generators that are separate programs; see [`rapace_gen_core::plugin`].
//!
//! A plug-in is trusted to run, and not to be right: its time and its output have limits, and its messages reach the terminal
//! as visible text.

use std::io::{ErrorKind, Read, Write};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rapace_gen_core::plugin::{Request, Response};
use rapace_gen_core::text::shown;
use rapace_gen_core::{Files, Options, is_plain};
use rapace_schema::Api;

/// What a generator of another language may take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// How long it may run. By default 60 s: generators of large descriptions take a few, a virtual machine's start included.
    pub time: Duration,
    /// The longest answer, in bytes. By default 256 MiB, four times the longest description.
    pub answer: usize,
    /// The most that is passed on of what it prints for people, in bytes. By default 64 KiB, some hundred lines.
    pub messages: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            time: Duration::from_secs(60),
            answer: 256 << 20,
            messages: 64 << 10,
        }
    }
}

/// How long what a program has written is waited for when it has ended: 1 s. Whatever it started may still hold the pipe.
const AFTER_END: Duration = Duration::from_secs(1);
/// How often it is looked at: every 5 ms, which a quick generator does not notice.
const LOOK: Duration = Duration::from_millis(5);
/// The longest line, and the longest message of an error, in characters.
const LONGEST_LINE: usize = 1000;

/// Asks `rapace-gen-LANGUAGE`, which is looked for on the `PATH`. Each line that it prints on stderr is given to `tell`.
///
/// # Errors
/// A message: `unknown` with the program's name when there is no such program; what the program says; or how it
/// breaks the agreement or a limit.
pub(crate) fn generate(
    language: &str,
    api: &Api,
    options: &Options,
    unknown: String,
    limits: Limits,
    tell: fn(&str),
) -> Result<Files, String> {
    let simple = !language.is_empty()
        && language
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !simple {
        return Err(unknown);
    }
    let program = format!("rapace-gen-{language}");
    let mut command = Command::new(&program);
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    // A new process group, so that the programs that it starts end with it.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    let child = command.spawn().map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("{unknown}, and there is no program `{program}`"),
        _ => format!("{program}: cannot start: {error}"),
    })?;
    let request = serde_json::to_string(&Request::new(api, options)).map_err(|error| error.to_string())?;
    let answer = Running::new(child, request, limits, tell)
        .answer()
        .map_err(|why| format!("{program}: {why}"))?;
    let response = serde_json::from_slice(&answer);
    let no_response = |error: serde_json::Error| {
        let why = shown(&error.to_string(), LONGEST_LINE);
        format!("{program}: its answer is no response: {why}")
    };
    match response.map_err(no_response)? {
        Response::Error(message) => Err(format!("{language}: {}", shown(&message, LONGEST_LINE))),
        Response::Files(texts) => {
            let mut files = Files::new();
            for (path, text) in texts {
                if !is_plain(&path) {
                    let path = shown(&path, LONGEST_LINE);
                    return Err(format!("{program}: \"{path}\" is no path inside a package"));
                }
                files.add(path, text);
            }
            files.check().map_err(|why| format!("{program}: {why}"))?;
            Ok(files)
        }
    }
}

/// A program that has been asked.
struct Running {
    child: Child,
    limits: Limits,
    answer: Pipe,
    messages: Option<JoinHandle<()>>,
}

/// What has come out of a pipe.
struct Pipe {
    bytes: Arc<Mutex<Vec<u8>>>,
    too_long: Arc<AtomicBool>,
    reader: Option<JoinHandle<()>>,
}

impl Running {
    fn new(mut child: Child, request: String, limits: Limits, tell: fn(&str)) -> Self {
        // A separate thread: a program that answers before it has read everything must not wait for us, nor we for it. One
        // that ends without reading is judged by what it says, not by the broken pipe.
        if let Some(mut stdin) = child.stdin.take() {
            thread::spawn(move || {
                let _ = stdin.write_all(request.as_bytes());
            });
        }
        let messages = child.stderr.take();
        let messages = messages.map(|stderr| thread::spawn(move || pass_on(stderr, limits.messages, tell)));
        let answer = Pipe::of(child.stdout.take(), limits.answer);
        Self {
            child,
            limits,
            answer,
            messages,
        }
    }

    fn answer(mut self) -> Result<Vec<u8>, String> {
        let ended = self.wait();
        // It may have ended with children, which are not to outlive it.
        self.end();
        let status = ended?;
        let deadline = Instant::now() + AFTER_END;
        let readers = [self.answer.reader.take(), self.messages.take()];
        for reader in readers.into_iter().flatten() {
            while !reader.is_finished() && Instant::now() < deadline {
                thread::sleep(LOOK);
            }
        }
        if self.answer.too_long.load(Ordering::Relaxed) {
            return Err(self.too_long());
        }
        if !status.success() {
            return Err(status.to_string());
        }
        let mut bytes = self.answer.bytes.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(std::mem::take(&mut bytes))
    }

    fn wait(&mut self) -> Result<ExitStatus, String> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().map_err(|error| error.to_string())? {
                return Ok(status);
            }
            if self.answer.too_long.load(Ordering::Relaxed) {
                return Err(self.too_long());
            }
            if start.elapsed() > self.limits.time {
                let seconds = self.limits.time.as_secs_f64();
                return Err(format!(
                    "has not answered within {seconds} s, which is the limit, and was ended"
                ));
            }
            thread::sleep(LOOK);
        }
    }

    fn too_long(&self) -> String {
        format!("its answer exceeds the limit of {} bytes", self.limits.answer)
    }

    /// Ends the program, and what it started.
    fn end(&mut self) {
        #[cfg(unix)]
        if let Some(group) = i32::try_from(self.child.id())
            .ok()
            .and_then(rustix::process::Pid::from_raw)
        {
            let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Pipe {
    fn of(pipe: Option<impl Read + Send + 'static>, longest: usize) -> Self {
        let (bytes, too_long) = (Arc::new(Mutex::new(Vec::new())), Arc::new(AtomicBool::new(false)));
        let (into, over) = (Arc::clone(&bytes), Arc::clone(&too_long));
        let reader = pipe.map(|mut pipe| {
            thread::spawn(move || {
                let mut chunk = vec![0; 64 << 10];
                while let Ok(count @ 1..) = pipe.read(&mut chunk) {
                    let mut bytes = into.lock().unwrap_or_else(PoisonError::into_inner);
                    if bytes.len() + count > longest {
                        over.store(true, Ordering::Relaxed);
                        return;
                    }
                    bytes.extend_from_slice(&chunk[..count]);
                }
            })
        });
        Self {
            bytes,
            too_long,
            reader,
        }
    }
}

/// Passes lines on as text, up to so many bytes; what comes then is read and left out.
fn pass_on(mut pipe: impl Read, most: usize, tell: fn(&str)) {
    let (mut line, mut passed) = (Vec::new(), 0);
    let mut chunk = vec![0; 4 << 10];
    while let Ok(count @ 1..) = pipe.read(&mut chunk) {
        for &byte in &chunk[..count] {
            if passed > most {
                break;
            }
            passed += 1;
            match byte {
                b'\n' => tell_line(&mut line, tell),
                byte => line.push(byte),
            }
            if passed > most {
                tell_line(&mut line, tell);
                tell(&format!("(what follows is left out: the limit is {most} bytes)"));
            }
        }
    }
    if !line.is_empty() {
        tell_line(&mut line, tell);
    }
}

fn tell_line(line: &mut Vec<u8>, tell: fn(&str)) {
    let text = String::from_utf8_lossy(line);
    tell(&shown(text.trim_end_matches('\r'), LONGEST_LINE));
    line.clear();
}
