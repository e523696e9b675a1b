//! `rapace completions`: what a shell needs to complete the command's arguments.

use clap::Args;
use clap::builder::PossibleValuesParser;

use crate::failure::Failure;
use crate::printer;
use crate::shells;

/// The flags.
#[derive(Args)]
#[command(after_help = "Examples:\n  \
    rapace completions bash > ~/.local/share/bash-completion/completions/rapace\n  \
    rapace completions zsh > ~/.zfunc/_rapace        # a folder in $fpath\n  \
    rapace completions fish > ~/.config/fish/completions/rapace.fish\n  \
    rapace completions powershell >> $PROFILE\n\n\
    Services, methods and types of the nearest rapace.toml, or of --api, are completed too.")]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_name = "SHELL", value_parser = PossibleValuesParser::new(shells::names()))]
    shell: String,
}

impl Completions {
    /// Prints the script of a shell.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let script = shells::script(&self.shell).map_err(|error| error.to_string())?;
        printer::result(&String::from_utf8_lossy(&script.unwrap_or_default()))
    }
}
