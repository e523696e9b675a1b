//! `soak`: which testees, how long and over what.

use std::time::Duration;

use crate::testee::list;
use crate::{peer, soak, testee};

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("whom").args(["langs", "testees"]).required(true).multiple(true))]
pub(super) struct Arguments {
    /// A testee of this repository. May be repeated.
    #[arg(long = "lang", value_name = "NAME")]
    langs: Vec<String>,
    /// Any other testee: a name, and the command that starts it, split at spaces. May be repeated.
    #[arg(long = "testee", value_name = "NAME=COMMAND", value_parser = testee::program)]
    testees: Vec<testee::Program>,
    /// Call the testee, which serves, instead of having it call.
    #[arg(long)]
    serving: bool,
    /// How many commands, or how many served calls.
    #[arg(long, value_name = "NUMBER", default_value_t = 5_000)]
    calls: u64,
    /// How long nothing may happen.
    #[arg(long, value_name = "SECONDS", default_value_t = testee::PATIENCE.as_secs_f64())]
    patience: f64,
    /// The seed of commands and cuts.
    #[arg(long, value_name = "NUMBER", default_value_t = 1)]
    seed: u64,
    /// What the proxy forwards: tcp or ws. May be repeated; defaults to both.
    #[arg(long = "over", value_name = "TRANSPORT", value_enum)]
    over: Vec<peer::Transport>,
}

impl Arguments {
    /// Soaks each testee over each transport that it has, one after another.
    pub(super) fn run(self) -> Result<bool, String> {
        let mut programs = Vec::new();
        for name in &self.langs {
            programs.push(list::program(name, None, None)?);
        }
        programs.extend(self.testees);
        let over = match self.over.as_slice() {
            [] => vec![peer::Transport::Tcp, peer::Transport::Ws],
            named => named.to_vec(),
        };
        let patience = Duration::try_from_secs_f64(self.patience);
        let patience = patience.map_err(|error| format!("{} seconds: {error}", self.patience))?;
        let mut good = true;
        for program in &programs {
            let has = |over: &&peer::Transport| program.over.is_empty() || program.over.contains(over);
            for &over in over.iter().filter(has) {
                let plan = soak::Plan {
                    calls: self.calls,
                    seed: self.seed,
                    over,
                    patience,
                };
                good &= match self.serving {
                    true => soak::serving::run(program, &plan)?,
                    false => soak::run(program, &plan)?,
                };
            }
        }
        Ok(good)
    }
}
