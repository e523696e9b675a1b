//! Go's tools in a module: its command, its formatter and the linter.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::project::{Error, Project, Result, command, output, run};

/// The module of the runtime.
pub const RUNTIME: &str = "runtimes/go";
/// The module that pins the linter.
const TOOLS: &str = "runtimes/go/tools";

/// Checks the format of a module, and what vet and staticcheck say of it.
pub fn check(project: &Project, module: &Path) -> Result {
    check_format(module)?;
    run(go(module).args(["vet", "./..."]))?;
    run(command(staticcheck(project)?, module).arg("./..."))
}

/// Checks the format of all files in a folder.
pub fn check_format(folder: &Path) -> Result {
    let unformatted = output(command("gofmt", folder).args(["-l", "."]))?;
    if unformatted.is_empty() {
        Ok(())
    } else {
        let files = unformatted.lines().collect::<Vec<_>>().join(", ");
        Err(Error(format!(
            "gofmt would change these in {}: {files}",
            folder.display()
        )))
    }
}

/// Builds the pinned linter; Go's own cache makes that quick when it is there.
pub fn build_linter(project: &Project) -> Result {
    let linter = staticcheck(project)?;
    run(go(&project.path(TOOLS))
        .args(["build", "-o"])
        .arg(linter)
        .arg("honnef.co/go/tools/cmd/staticcheck"))
}

/// The linter's place.
fn staticcheck(project: &Project) -> Result<PathBuf> {
    Ok(project.scratch("go")?.join("staticcheck"))
}

/// The go command in a module, with the toolchain that is there: none is downloaded.
pub fn go(module: &Path) -> Command {
    let mut command = command("go", module);
    command.env("GOTOOLCHAIN", "local").env("GOWORK", "off");
    command
}
