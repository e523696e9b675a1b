//! The programs in TypeScript that `rapace docs` shows: each must compile.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{Error, Project, Result, output};

/// What is before such a program, and after it.
const FENCES: (&str, &str) = ("```typescript\n", "\n```\n");

/// Writes the programs of an API into a folder, a module each. Returns how many they are.
pub fn write(project: &Project, (name, api): (&str, &Path), folder: &Path) -> Result<usize> {
    let mut docs = Command::new(project.built("rapace"));
    let page = output(docs.args(["docs", "--format", "markdown", "--out", "-"]).arg(api))?;
    let programs = page.split(FENCES.0).skip(1);
    let mut count = 0;
    for program in programs {
        let (program, _) = program
            .split_once(FENCES.1)
            .ok_or_else(|| Error(format!("{name}: a program of `rapace docs` has no end")))?;
        fs::write(folder.join(format!("{name}-{count}.mts")), program)?;
        count += 1;
    }
    Ok(count)
}
