//! The soak: one client, thousands of calls of every form, and a proxy that delays, splits and cuts. No answer may be lost, mixed
//! up or left behind.

mod draw;
mod expect;
mod proxy;
mod server;
pub mod serving;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use conformance_draw::Random;
use serde_json::{Value, json};

use self::draw::Told;
use self::expect::{Ended, Expected};
use self::proxy::Proxy;
use crate::message::{Message, shown};
use crate::peer::Transport;
use crate::testee::{Event, Program, Testee};

/// So many commands are unanswered at once.
const AT_ONCE: usize = 64;
/// How long what it counts may take to come to rest.
const SETTLING: Duration = Duration::from_secs(10);
/// How much more memory may be in use in the end than after the first tenth, in bytes: caches and what the collector left.
const MEMORY: u64 = 16 << 20;
/// How many more tasks there may be: those that come and go with the connection's own timers.
const TASKS: u64 = 2;

/// How long, and what it is drawn from.
pub struct Plan {
    /// How many commands.
    pub calls: u64,
    /// The same seed draws the same commands and cuts; what meets what is up to the machine.
    pub seed: u64,
    /// What the proxy forwards.
    pub over: Transport,
    /// How long the testee may say nothing while commands are unanswered: a call may wait for a connection for a while.
    pub patience: Duration,
}

/// Runs it, and prints what came of it. Says whether all is as it should be.
///
/// # Errors
/// When server, proxy or testee cannot be started.
pub fn run(program: &Program, plan: &Plan) -> Result<bool, String> {
    std::panic::set_hook(Box::new(|_| {}));
    let runtime = tokio::runtime::Runtime::new().map_err(|error| error.to_string())?;
    let server = runtime.block_on(server::start(plan.over));
    let server = server.map_err(|error| error.to_string())?;
    let proxy = runtime.block_on(Proxy::start(server, plan.seed));
    let proxy = proxy.map_err(|error| error.to_string())?;
    let start = Instant::now();
    let mut soak = Soak {
        testee: Testee::start(program)?,
        address: format!("{}://{}", plan.over, proxy.address()),
        proxy,
        random: Random(plan.seed),
        running: BTreeMap::new(),
        told: 0,
        ended: Ended::default(),
        patience: plan.patience,
    };
    let done = soak.run(plan.calls);
    let name = &program.name;
    let cuts = soak.proxy.cuts();
    let took = start.elapsed().as_secs_f64();
    println!(
        "{name}: {} commands over {} in {took:.1} s: {}; {cuts} cuts",
        soak.told, plan.over, soak.ended
    );
    runtime.shutdown_background();
    match done {
        Ok(stats) => {
            println!("{name}: {stats}");
            Ok(true)
        }
        Err(problem) => {
            println!("{name}: {}", problem.replace('\n', "\n    "));
            println!(
                "again        cargo run -p conformance -- soak {} --calls {} --seed {} --over {}",
                program.options, plan.calls, plan.seed, plan.over
            );
            Ok(false)
        }
    }
}

struct Soak {
    testee: Testee,
    /// The proxy's.
    address: String,
    proxy: Proxy,
    random: Random,
    /// What is not answered yet, by number.
    running: BTreeMap<u64, Expected>,
    told: u64,
    ended: Ended,
    patience: Duration,
}

impl Soak {
    /// All of it; returns what the testee counted after the first tenth, and in the end.
    fn run(&mut self, calls: u64) -> Result<String, String> {
        self.connect()?;
        self.until(calls / 10)?;
        let before = self.settled(None)?;
        self.connect()?;
        self.until(calls)?;
        let after = self.settled(Some(&before))?;
        Ok(format!("{before} after a tenth, {after} in the end"))
    }

    /// Tells commands until there were so many, and waits for all answers.
    fn until(&mut self, calls: u64) -> Result<(), String> {
        self.proxy.set_calm(false);
        loop {
            while self.told < calls && self.running.len() < AT_ONCE {
                let command = draw::command(&mut self.random, self.told);
                self.tell(command)?;
            }
            if self.running.is_empty() {
                return Ok(());
            }
            self.hear()?;
        }
    }

    /// Tells a command, and now and then that it is cancelled.
    fn tell(&mut self, told: Told) -> Result<(), String> {
        let Told { command, expected } = told;
        let cancelled = expected.can_be_cancelled() && self.random.one_in(8);
        let id = self.say(command)?;
        self.running
            .insert(id, if cancelled { expected.cancelled() } else { expected });
        if cancelled {
            let cancel = self.say(json!({"cancel": id}))?;
            self.running.insert(cancel, Expected::Says(json!({"cancelled": true})));
        }
        Ok(())
    }

    fn say(&mut self, command: Value) -> Result<u64, String> {
        self.told += 1;
        self.testee.tell(command).map_err(|failure| failure.to_string())
    }

    /// Waits for an answer, and checks it.
    fn hear(&mut self) -> Result<(), String> {
        let said = loop {
            match self
                .testee
                .next_within(self.patience)
                .map_err(|failure| failure.to_string())?
            {
                Some(Event::Said(said)) => break said,
                // The raw peer's connection, which it has left.
                Some(_) => {}
                None => {
                    let ids: Vec<String> = self.running.keys().take(10).map(u64::to_string).collect();
                    let message = Message::new(format_args!("nothing was said for {} s", self.patience.as_secs()));
                    let waits = format_args!("{} answers, to commands {} …", self.running.len(), ids.join(", "));
                    return Err(message.line("missing", waits).into());
                }
            }
        };
        let expected = said["id"].as_u64().and_then(|id| self.running.remove(&id));
        let Some(expected) = expected else {
            let said = shown(&said.to_string());
            return Err(Message::new("an answer to no command, or a second one")
                .line("came", said)
                .into());
        };
        let more = expected.judge(&said, &mut self.ended).map_err(|problem| {
            let message = Message::new(problem).line("expected", format_args!("{expected:?}"));
            String::from(message.line("came", shown(&said.to_string())))
        })?;
        if let Some(stream) = more {
            let Told { command, expected } = draw::on_stream(&mut self.random, stream);
            let id = self.say(command)?;
            self.running.insert(id, expected);
        }
        Ok(())
    }

    /// Connects it anew, through a proxy that cuts nothing until it has.
    fn connect(&mut self) -> Result<(), String> {
        self.proxy.set_calm(true);
        let options = json!({"reconnect": {"initial_ms": 5, "max_ms": 50}});
        let id = self.testee.tell(json!({"connect": self.address, "options": options}));
        let id = id.map_err(|failure| failure.to_string())?;
        self.running.insert(id, Expected::Says(json!({"connected": true})));
        self.hear()
    }

    /// What it counts on a fresh connection, once it is no more than before.
    fn settled(&mut self, before: Option<&Stats>) -> Result<Stats, String> {
        self.connect()?;
        let start = Instant::now();
        loop {
            let stats = self.stats()?;
            let settled = stats.in_flight == 0 && before.is_none_or(|before| stats.is_no_more_than(before));
            // The first count is the measure: it is taken once connections that were left are gone.
            let early = before.is_none() && start.elapsed() < SETTLING / 10;
            if settled && !early {
                return Ok(stats);
            }
            if start.elapsed() > SETTLING {
                let message = Message::new("something is left behind");
                let before = before.map_or_else(String::new, Stats::to_string);
                return Err(message.line("before", before).line("came", stats).into());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
    }

    fn stats(&mut self) -> Result<Stats, String> {
        let id = self
            .testee
            .tell(json!({"stats": true}))
            .map_err(|failure| failure.to_string())?;
        loop {
            match self
                .testee
                .next_within(self.patience)
                .map_err(|failure| failure.to_string())?
            {
                Some(Event::Said(said)) if said["id"] == json!(id) => return Ok(Stats::of(&said["stats"])),
                Some(Event::Said(said)) => return Err(format!("an answer to no command: {said}")),
                Some(_) => {}
                None => return Err("no answer to stats".into()),
            }
        }
    }
}

/// What the testee counts.
struct Stats {
    in_flight: u64,
    tasks: u64,
    handles: u64,
    memory: u64,
}

impl Stats {
    fn of(stats: &Value) -> Self {
        let count = |name: &str| stats[name].as_u64().unwrap_or_default();
        Self {
            in_flight: count("in_flight"),
            tasks: count("tasks"),
            handles: count("handles"),
            memory: count("memory"),
        }
    }

    fn is_no_more_than(&self, before: &Self) -> bool {
        self.tasks <= before.tasks + TASKS && self.handles <= before.handles && self.memory <= before.memory + MEMORY
    }
}

impl std::fmt::Display for Stats {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self {
            in_flight,
            tasks,
            handles,
            memory,
        } = self;
        let memory = memory / 1024;
        write!(
            f,
            "{in_flight} in flight, {tasks} tasks, {handles} handles, {memory} KiB"
        )
    }
}
