//! How a testee is started.

use std::time::Duration;

use crate::class::Class;
use crate::peer::Transport;

/// How long a testee may do nothing before it counts as hung.
pub const PATIENCE: Duration = Duration::from_secs(30);
/// How long it may take to start: some compile first.
pub const START: Duration = Duration::from_secs(120);
/// How often a scenario is played that ends as it should, but too late: a machine may be busy with something else.
pub const TRIES: u32 = 5;
/// How a testee is started, and called in reports.
#[derive(Debug, Clone)]
pub struct Program {
    /// As reports call it.
    pub name: String,
    /// The program and its arguments.
    pub command: Vec<String>,
    /// What its environment has besides the runner's own.
    pub environment: Vec<(String, String)>,
    /// The options of `run` that name it.
    pub options: String,
    /// The transports that it has, where it has not all.
    pub over: Vec<Transport>,
    /// The classes of what it does not have yet; they are run when they are asked for.
    pub without: Vec<Class>,
    /// How long it may do nothing.
    pub patience: Duration,
    /// How long it may take to start.
    pub start: Duration,
    /// How often a scenario is played that ends as it should, but too late.
    pub tries: u32,
}

/// `NAME=COMMAND`, the command's words apart by spaces.
///
/// # Errors
/// When there is no name or no command.
pub fn program(text: &str) -> Result<Program, String> {
    let (name, command) = text.split_once('=').ok_or("expected NAME=COMMAND")?;
    let command: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    if name.is_empty() || command.is_empty() {
        return Err("expected NAME=COMMAND".into());
    }
    Ok(Program {
        name: name.into(),
        command,
        environment: Vec::new(),
        options: format!("--testee '{text}'"),
        over: Vec::new(),
        without: Vec::new(),
        patience: PATIENCE,
        start: START,
        tries: TRIES,
    })
}
