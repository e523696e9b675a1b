//! The flags of `rapace call`.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};
use clap_complete::engine::ArgValueCompleter;

use crate::candidates;
use crate::generators::languages;

/// What `--help` prints: with a line for each flag and more for its values it would not fit a screen.
const HELP: &str = "\
Call a method of a running server, or describe what can be called

Usage: rapace call ADDRESS SERVICE.METHOD [NAME=VALUE | @FILE | -]...
       rapace call --list | --describe NAME | --template SERVICE.METHOD

  ADDRESS            tcp://HOST:PORT, tls://HOST:PORT, ws://HOST:PORT/PATH,
                     wss://HOST:PORT/PATH or unix:///PATH
  NAME=VALUE         JSON or text, or $VARIABLE; a part: order.lines.0.isbn=text
  @FILE, -           A JSON object with arguments by name, of a file or of stdin

  --api FILE         The api.json [default: that of the nearest rapace.toml]
  --each FILE        A call per line of a file or stdin (-), each a JSON object
  --repeat COUNT     Make the call so often and print how long it takes
  --parallel COUNT   Calls at once, of --each and --repeat [default: 1]
  --timeout SECONDS  Limit of a call [default: 30, of a stream none]
  --time             Print on stderr how long it took
  --as LANGUAGE      Make no call: print it as code of python, go or typescript
  --int64 FORM       64-bit integers as `number`, or as `string` [default]
  --format FORM      `json`: values and errors on one line [default: `human`]
  --metadata NAME=VALUE, --token TEXT    Sent with each call, and on connecting
  --ca, --cert, --key FILE, --server-name NAME    PEM files and name, for TLS

Example: rapace call tcp://127.0.0.1:9000 Catalog.search text=rust limit=10
Exit status: 2 wrong argument, 3 no connection, 4 the call failed
";

/// The flags.
#[derive(Args)]
#[command(override_help = HELP)]
pub(crate) struct Call {
    /// tcp://HOST:PORT, tls://…, ws://HOST:PORT/PATH, wss://… or unix:///PATH
    #[arg(value_name = "ADDRESS")]
    pub(super) address: Option<String>,
    /// The method, as in Catalog.find
    #[arg(value_name = "SERVICE.METHOD", add = ArgValueCompleter::new(candidates::methods))]
    pub(super) method: Option<String>,
    /// NAME=VALUE (JSON or text; $VAR; order.lines.0.isbn=…), @FILE or - with a JSON object
    #[arg(value_name = "ARGUMENT", add = ArgValueCompleter::new(candidates::arguments))]
    pub(super) arguments: Vec<String>,
    /// The api.json; by default that of the nearest rapace.toml
    #[arg(long, value_name = "FILE")]
    pub(super) api: Option<PathBuf>,
    /// List all methods
    #[arg(long)]
    pub(super) list: bool,
    /// Describe a service, a method or a type
    #[arg(long, value_name = "NAME", add = ArgValueCompleter::new(candidates::names))]
    pub(super) describe: Option<String>,
    /// Print a JSON object with all arguments of a method, to be edited
    #[arg(long, value_name = "METHOD", add = ArgValueCompleter::new(candidates::methods))]
    pub(super) template: Option<String>,
    /// Make a call per line of this file, or of stdin (-): each a JSON object
    #[arg(long, value_name = "FILE", conflicts_with = "repeat")]
    pub(super) each: Option<String>,
    /// Make the call so often and print how long it takes
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) repeat: Option<u32>,
    /// Calls at once, of --each and --repeat
    #[arg(long, value_name = "COUNT", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub(super) parallel: u16,
    /// Print on stderr how long it took
    #[arg(long)]
    pub(super) time: bool,
    /// Seconds for the call [default: 30, streams: no limit]
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) timeout: Option<Duration>,
    /// Make no call: print a program in this language that makes it
    #[arg(long = "as", value_name = "LANGUAGE", conflicts_with_all = ["each", "repeat"])]
    #[arg(value_parser = PossibleValuesParser::new(languages()))]
    pub(super) code: Option<String>,
    /// Print 64-bit integers as JSON strings or as numbers
    #[arg(long, value_enum, default_value = "string")]
    pub(super) int64: Int64,
    /// Print for people, or one JSON value a line
    #[arg(long, value_enum, default_value = "human")]
    pub(super) format: Form,
    /// Metadata that each call carries; the value may be $VARIABLE, and is base64 for names that end in -bin
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) metadata: Vec<String>,
    /// Token that the server gets when the client connects; it may be $VARIABLE
    #[arg(long, value_name = "TEXT")]
    pub(super) token: Option<String>,
    /// PEM file of the authorities that vouch for the server
    #[arg(long, value_name = "FILE")]
    pub(super) ca: Option<PathBuf>,
    /// PEM file of the client's certificate
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(super) cert: Option<PathBuf>,
    /// PEM file of its key
    #[arg(long, value_name = "FILE", requires = "cert")]
    pub(super) key: Option<PathBuf>,
    /// The name that the server's certificate is for
    #[arg(long, value_name = "NAME")]
    pub(super) server_name: Option<String>,
}

/// How integers of 64 bits are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Int64 {
    /// A string with the decimal number, as everywhere in the form of JSON.
    String,
    /// A number.
    Number,
}

/// How results and errors are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Form {
    /// A unary answer on several lines.
    Human,
    /// One line each, errors too.
    Json,
}

fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "it is not a number of seconds".to_owned())?;
    let duration = Duration::try_from_secs_f64(seconds).map_err(|error| error.to_string())?;
    match duration.is_zero() {
        true => Err("it must be more than 0".into()),
        false => Ok(duration),
    }
}

#[cfg(test)]
mod tests {
    use clap::{Args, Command};

    use super::{Call, HELP};

    #[test]
    fn the_help_names_every_flag_and_fits_a_screen() {
        let command = Call::augment_args(Command::new("call"));
        for flag in command.get_arguments().filter_map(|argument| argument.get_long()) {
            assert!(HELP.contains(&format!("--{flag}")), "{flag}");
        }
        assert!(HELP.lines().count() <= 24);
        assert!(HELP.lines().all(|line| line.chars().count() <= 80));
    }
}
