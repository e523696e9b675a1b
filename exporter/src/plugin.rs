//! Runs generators that are programs of their own; see [`rapace_gen_core::plugin`].

use std::io::{ErrorKind, Write};
use std::process::{Command, Stdio};

use rapace_gen_core::plugin::{Request, Response};
use rapace_gen_core::{Files, Options, is_plain};
use rapace_schema::Api;

/// Asks `rapace-gen-LANGUAGE`, which is looked for on the `PATH`. What it prints on stderr is passed through.
///
/// # Errors
/// A message: `unknown` with the program's name when there is no such program; what the program says; or how it
/// breaks the agreement.
pub(crate) fn generate(language: &str, api: &Api, options: &Options, unknown: String) -> Result<Files, String> {
    let simple = !language.is_empty()
        && language
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_');
    if !simple {
        return Err(unknown);
    }
    let program = format!("rapace-gen-{language}");
    let child = Command::new(&program)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn();
    let mut child = child.map_err(|error| match error.kind() {
        ErrorKind::NotFound => format!("{unknown}, and there is no program `{program}`"),
        _ => format!("{program}: cannot start: {error}"),
    })?;
    let request = serde_json::to_string(&Request::new(api, options)).map_err(|error| error.to_string())?;
    // A thread of its own: a program that answers before it has read everything must not wait for us, nor we for it.
    let stdin = child.stdin.take();
    let sender = std::thread::spawn(move || stdin.map(|mut stdin| stdin.write_all(request.as_bytes())));
    let output = child
        .wait_with_output()
        .map_err(|error| format!("{program}: {error}"))?;
    // A program that ends without reading is judged by what it says, not by the broken pipe.
    let _ = sender.join();
    if !output.status.success() {
        return Err(format!("{program}: {}", output.status));
    }
    let response = serde_json::from_slice(&output.stdout);
    match response.map_err(|error| format!("{program}: its answer is no response: {error}"))? {
        Response::Error(message) => Err(format!("{language}: {message}")),
        Response::Files(texts) => {
            let mut files = Files::new();
            for (path, text) in texts {
                if !is_plain(&path) {
                    return Err(format!("{program}: {path:?} is no path inside a package"));
                }
                files.add(path, text);
            }
            Ok(files)
        }
    }
}
