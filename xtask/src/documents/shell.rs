//! Commands that a page shows and nobody runs: the flags of our own commands must be known.

use std::process::Command;

use super::blocks::Block;
use crate::project::{Error, Project, Result, output};

/// Checks each line of a block: the shell can read it, and `rapace` and `cargo xtask` know its verbs and flags.
///
/// # Errors
/// When that is not so.
pub fn check(project: &Project, block: &Block) -> Result {
    output(Command::new("sh").args(["-n", "-c", &block.text]))
        .map_err(|error| Error(format!("{}: {error}", block.place)))?;
    let lines = block.text.replace("\\\n", " ");
    for line in lines.lines().map(|line| line.split('#').next().unwrap_or_default()) {
        for command in line.split([';', '|', '&']) {
            let words: Vec<&str> = command.split_whitespace().collect();
            match words.as_slice() {
                ["rapace", verb, rest @ ..] => known(&project.built("rapace"), verb, rest),
                ["cargo", "xtask", verb, rest @ ..] => known(&std::env::current_exe()?, verb, rest),
                _ => Ok(()),
            }
            .map_err(|error| Error(format!("{}: {error}", block.place)))?;
        }
    }
    Ok(())
}

fn known(program: &std::path::Path, verb: &str, words: &[&str]) -> Result {
    let help = output(Command::new(program).args([verb, "--help"]))?;
    let flags: Vec<&str> = help
        .split(|c: char| c.is_whitespace() || c == ',')
        .filter(|word| word.starts_with('-'))
        .collect();
    let unknown = words.iter().find(|word| {
        let flag = word.split('=').next().unwrap_or_default();
        flag.len() > 1 && flag.starts_with('-') && !flags.contains(&flag)
    });
    match unknown {
        None => Ok(()),
        Some(flag) => Err(Error(format!("{verb} has no flag {flag}"))),
    }
}
