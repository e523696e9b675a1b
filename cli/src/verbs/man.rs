//! `rapace man`: the manual pages.

use clap::{Args, Command};

use crate::failure::Failure;
use crate::printer;

/// The flags.
#[derive(Args)]
#[command(after_help = "Example:\n  rapace man gen > ~/.local/share/man/man1/rapace-gen.1")]
pub(crate) struct Man {
    /// Verb whose page is printed [default: the page of the whole command]
    #[arg(value_name = "VERB")]
    verb: Option<String>,
}

impl Man {
    /// Prints the page of the whole command line or of a verb, in the format of man.
    ///
    /// # Errors
    /// When there is no such verb, or stdout cannot be written.
    pub(crate) fn run(self, all: Command) -> Result<(), Failure> {
        let mut page = Vec::new();
        clap_mangen::Man::new(command(all, self.verb.as_deref())?)
            .source(concat!("rapace ", env!("CARGO_PKG_VERSION")))
            .render(&mut page)
            .map_err(|error| error.to_string())?;
        printer::result(&String::from_utf8_lossy(&page))
    }
}

/// The command, or one of its verbs with the whole name.
fn command(mut all: Command, verb: Option<&str>) -> Result<Command, Failure> {
    all.build();
    let Some(verb) = verb else { return Ok(all) };
    let Some(found) = all.find_subcommand(verb) else {
        let verbs: Vec<&str> = all.get_subcommands().map(Command::get_name).collect();
        return Err(Failure::Usage(format!(
            "there is no verb `{verb}`: there are {}",
            verbs.join(", ")
        )));
    };
    Ok(found.clone().version(env!("CARGO_PKG_VERSION")))
}
