//! The `rapace` command. See the library `rapace_cli`.

use std::process::ExitCode;

fn main() -> ExitCode {
    rapace_cli::run()
}
