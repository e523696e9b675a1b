//! The programs that `rapace docs` shows: each must compile.

use std::path::Path;
use std::process::Command;

use crate::project::{Error, Project, Result, output};

/// The programs of an API in a language, which is named as the page names it.
pub fn of(project: &Project, language: &str, api: &Path) -> Result<Vec<String>> {
    let mut docs = Command::new(project.built("rapace"));
    let page = output(docs.args(["docs", "--format", "markdown", "--out", "-"]).arg(api))?;
    let fence = format!("```{language}\n");
    let programs = page
        .split(&fence)
        .skip(1)
        .map(|program| match program.split_once("\n```\n") {
            Some((program, _)) => Ok(format!("{program}\n")),
            None => Err(Error(format!(
                "{}: a program of `rapace docs` has no end",
                api.display()
            ))),
        });
    programs.collect()
}
