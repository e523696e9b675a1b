//! The plug-in in each language, called by its Rust host, which it calls back.

use std::fs;
use std::process::Command;

use rapace_schema::difference::first_difference;

use crate::languages::Language;
use crate::project::{Error, Program, Project, Result, output};

/// Runs the host with this language's plug-in, over a Unix socket and over TCP. Returns over how many it printed what it should, and what
/// was wrong with the others.
pub fn test(project: &Project, language: &Language) -> (usize, Vec<String>) {
    let plugin = match (language.plugin)(project) {
        Ok(plugin) => plugin,
        Err(error) => return (0, vec![format!("{}: the plug-in: {error}", language.name)]),
    };
    let mut problems = Vec::new();
    for options in [&[][..], &["--tcp"]] {
        if let Err(error) = printed(project, options, &plugin) {
            problems.push(format!("{}: the plug-in {}: {error}", language.name, options.concat()));
        }
    }
    (2 - problems.len(), problems)
}

fn printed(project: &Project, options: &[&str], plugin: &Program) -> Result {
    let mut host = Command::new(project.built("plugin-host"));
    host.envs(plugin.environment.iter().map(|(name, value)| (name, value)));
    let printed = output(host.args(options).args(&plugin.command))?;
    let expected = fs::read_to_string(project.path("examples/plugin-hello/expected-output.txt"))?;
    match first_difference(&printed, &expected) {
        None => Ok(()),
        Some(difference) => Err(Error(difference.between("the host printed", "expected"))),
    }
}
