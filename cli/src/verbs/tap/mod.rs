//! `rapace tap`: relays connections, and shows what passes.

mod listener;
mod relay;
mod show;

use std::sync::mpsc;

use clap::Args;
use rapace_wire::Address;

use self::listener::Listener;
use super::descriptions::Descriptions;
use crate::failure::Failure;
use crate::printer;
use crate::traffic::Apis;
use crate::traffic::show::{Form, Show, When};

/// How many pieces of what has passed may wait to be shown: then the peers wait too. A piece has at most 64 KiB.
const WAITING: usize = 256;

/// The flags.
#[derive(Args)]
#[command(after_help = "\
Examples:
  rapace tap --api api.json tcp://127.0.0.1:9001 tcp://127.0.0.1:9000
  rapace tap unix:///run/tap unix:///run/shop
Let clients dial LISTEN. Bytes are relayed unchanged. Ends on Ctrl-C.
Exit status: 2 wrong usage, 3 LISTEN cannot be listened on.")]
pub(crate) struct Tap {
    /// Address for clients: tcp://HOST:PORT, ws://HOST:PORT or unix:///PATH
    #[arg(value_name = "LISTEN")]
    listen: Address,
    /// The address of the server
    #[arg(value_name = "UPSTREAM")]
    upstream: Address,
    #[command(flatten)]
    descriptions: Descriptions,
    /// Print a JSON object per line
    #[arg(long)]
    json: bool,
}

impl Tap {
    /// Relays until the process is ended.
    ///
    /// # Errors
    /// When nothing can be listened on, or stdout cannot be written.
    pub(crate) fn run(self) -> Result<(), Failure> {
        for address in [&self.listen, &self.upstream] {
            if address.is_secure() {
                let why = format!("{address}: TLS cannot be decoded; tap an unencrypted connection");
                return Err(Failure::Usage(why));
            }
        }
        let descriptions = self.descriptions.read()?;
        let apis = Apis::new(&descriptions);
        let listener =
            Listener::bind(&self.listen).map_err(|error| no_connection(format!("{}: {error}", self.listen)))?;
        let (send, receive) = mpsc::sync_channel(WAITING);
        printer::line(&format!(
            "listening on {}, relaying to {}",
            listener.address(),
            self.upstream
        ));
        std::thread::spawn(move || relay::accept(&listener, &self.upstream, &send));
        let form = if self.json { Form::Lines } else { Form::Tree };
        show::show(&receive, &apis, Show::new(form, When::AtOnce))
    }
}

fn no_connection(message: String) -> Failure {
    Failure::Exit {
        status: Failure::NO_CONNECTION,
        json: false,
        message,
    }
}
