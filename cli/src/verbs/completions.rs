//! `rapace completions`: what a shell needs to complete the command's arguments.

use clap::{Args, Command};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::printer;

/// The flags.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rapace completions bash > ~/.local/share/bash-completion/completions/rapace\n  \
    rapace completions zsh > ~/.zfunc/_rapace        # a folder in $fpath\n  \
    rapace completions fish > ~/.config/fish/completions/rapace.fish\n  \
    rapace completions powershell >> $PROFILE")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL")]
    shell: Shell,
}

impl Completions {
    /// Prints those of the whole command line.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn run(self, mut command: Command) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut command, "rapace", &mut script);
        printer::result(&String::from_utf8_lossy(&script))
    }
}
