//! Plays scenarios over each transport that fits: the raw peer's side, and what the testee says.

mod ending;
mod keys;
mod many;
mod receive;
mod room;
mod send;
mod serving;
mod state;
mod step;
mod unasked;

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, MethodKind, TypeRef};
use serde_json::{Value, json};

use self::state::{State, Stop};
use crate::bounds;
use crate::message::{Message, shown};
use crate::peer::{TRANSPORTS, Transport};
use crate::recorded::End;
use crate::report::Outcome;
use crate::report::Results;
use crate::scenarios::{Request, Scenario, Scenarios, Step};
use crate::testee::{Failure, Program, Testee};
use conformance_oracle::Hex;

/// How long is waited after the first try of a scenario; after each other, twice as long as before it. So a machine that was
/// busy with something else may be done with it.
const PAUSE: Duration = Duration::from_millis(250);

/// Plays the scenarios of these classes.
///
/// # Errors
/// When the testee cannot be started.
pub fn play(api: &Api, classes: &[Scenarios], program: &Program, results: &mut Results<'_>) -> Result<(), String> {
    if !classes.iter().any(|class| results.want_class(class.class)) {
        return Ok(());
    }
    let mut player = Player {
        program,
        codec: Codec::new(api, Limits::default()),
        methods: methods(api),
        testee: Testee::start(program)?,
        transport: Transport::Unix,
        connected: Some(Transport::Unix),
        arguments: arguments(api),
        serving: false,
        hosting: None,
        last_called: 0,
        tells_figures: results.tells_figures(),
        measure: false,
        allocated: None,
        baseline: None,
    };
    for class in classes {
        let bounded = class.class.is_bounded();
        player.serving = class.class.is_served();
        if program.without.contains(&class.class) && !results.names_class(class.class) {
            continue;
        }
        let has = |transport: &Transport| {
            program.over.is_empty() || program.over.contains(transport) || results.names_transport(*transport)
        };
        for transport in TRANSPORTS.into_iter().filter(has).collect::<Vec<_>>() {
            player.transport = transport;
            player.measure = bounded && player.baseline.is_none_or(|baseline| baseline.is_some());
            for scenario in class.cases.iter().filter(|scenario| scenario.fits(transport)) {
                let name = scenario.name_over(transport);
                if !results.want_over(class.class, &name, transport) {
                    continue;
                }
                let outcome = match player.judged(scenario) {
                    Ok(()) => Outcome::Passed,
                    Err(Stop::Problem(problem) | Stop::Late(problem)) => {
                        Outcome::of_problem(problem, &mut player.testee)
                    }
                    Err(Stop::Failure(failure)) => failure.into(),
                };
                if outcome.is_failure() {
                    player.start_anew()?;
                }
                results.push(class.class, &name, outcome);
            }
        }
        if let (true, Some(baseline)) = (bounded, player.baseline) {
            results.measures(baseline.is_some());
        }
    }
    Ok(())
}

/// What is known of a method: its id, its kind, and the type of its answer or items.
type Known<'a> = (u32, MethodKind, &'a TypeRef);

/// By `Service.method`.
fn methods(api: &Api) -> BTreeMap<&str, Known<'_>> {
    let methods = api.services.iter().flat_map(|service| &service.methods);
    methods
        .map(|method| (method.wire_name.as_str(), (method.id, method.kind, &method.response)))
        .collect()
}

/// The types of the arguments, by `Service.method`.
fn arguments(api: &Api) -> BTreeMap<&str, Vec<&TypeRef>> {
    let methods = api.services.iter().flat_map(|service| &service.methods);
    methods
        .map(|method| {
            let types = method.arguments.iter().map(|argument| &argument.ty);
            (method.wire_name.as_str(), types.collect())
        })
        .collect()
}

struct Player<'a> {
    program: &'a Program,
    codec: Codec<'a>,
    methods: BTreeMap<&'a str, Known<'a>>,
    testee: Testee,
    /// What is played over.
    transport: Transport,
    /// The transport of the connection that can be used as it is.
    connected: Option<Transport>,
    arguments: BTreeMap<&'a str, Vec<&'a TypeRef>>,
    /// Whether the testee serves in the class that is played.
    serving: bool,
    /// Where the testee is a host without options, if it is.
    hosting: Option<(Transport, String)>,
    /// The highest number of a handler.
    last_called: u64,
    /// Whether counts and times are printed while scenarios are played.
    tells_figures: bool,
    /// Whether calls are measured.
    measure: bool,
    /// The most that a measured call of the scenario has allocated.
    allocated: Option<u64>,
    /// What a call with a small valid answer allocates, once it is known: nothing when the testee does not measure.
    baseline: Option<Option<u64>>,
}

impl<'a> Player<'a> {
    /// Plays a scenario, again when it was too slow.
    fn judged(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        let mut tries = 1;
        loop {
            let played = match self.measure {
                true => self.bounded(scenario),
                false => self.scenario(scenario),
            };
            if !matches!(played, Err(Stop::Late(_))) || tries == self.program.tries {
                return played;
            }
            thread::sleep(PAUSE * (1 << (tries - 1)));
            self.start_anew().map_err(Failure::Broken)?;
            tries += 1;
        }
    }

    /// Takes another testee: what is left of a scenario that went wrong must not disturb the next.
    fn start_anew(&mut self) -> Result<(), String> {
        self.testee = Testee::start(self.program)?;
        self.connected = Some(Transport::Unix);
        (self.hosting, self.last_called) = (None, 0);
        Ok(())
    }

    /// Plays a scenario in which no more may be allocated than for a small valid answer.
    fn bounded(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        let Some(baseline) = self.baseline()? else {
            self.measure = false;
            return self.scenario(scenario);
        };
        let allocated = bounds::best_of(Some(bounds::memory(baseline)), || {
            self.scenario(scenario)?;
            Ok::<_, Stop>(self.allocated)
        })?;
        allocated.map_or(Ok(()), |allocated| {
            let of = "a small valid answer, or of losing the connection";
            bounds::check_memory(allocated, baseline, of).map_err(Stop::Problem)
        })
    }

    fn baseline(&mut self) -> Result<Option<u64>, Stop> {
        if let Some(known) = self.baseline {
            return Ok(known);
        }
        let lost = vec![
            Step::Call(answer("a")),
            Step::Receive {
                call: "a".into(),
                payload: Hex(Vec::new()),
            },
            Step::Close,
            Step::ends("a", End::lost(None)),
            Step::Closes,
        ];
        let mut most = None;
        for steps in [vec![Step::Lives], lost] {
            let scenario = Scenario::new("baseline", steps);
            // The first may make what the others use.
            self.scenario(&scenario)?;
            self.scenario(&scenario)?;
            most = most.max(self.allocated);
        }
        self.baseline = Some(most);
        Ok(most)
    }

    fn scenario(&mut self, scenario: &Scenario) -> Result<(), Stop> {
        self.allocated = None;
        if self.serving {
            let mut state = self.begin_serving(scenario)?;
            self.steps(scenario, &mut state)?;
            return self.end_serving(scenario, &state);
        }
        // Counts are those of a connection: a fresh one is needed, on which nothing has happened.
        let special = !scenario.options.is_null() || scenario.unconnected || scenario.settles();
        if scenario.unconnected {
            self.leave()?;
        } else if special || self.connected != Some(self.transport) {
            self.connected = None;
            self.testee.connect_over(self.transport, &scenario.options)?;
        }
        self.connected = None;
        let mut state = State {
            pooled: scenario.options.get("pool").is_some(),
            ..State::default()
        };
        self.steps(scenario, &mut state)?;
        if special {
            self.leave()?;
        }
        if special || state.closed {
            self.testee.connect_over(self.transport, &Value::Null)?;
        }
        self.connected = Some(self.transport);
        Ok(())
    }

    /// Takes the steps, after which nothing may be left that the testee said.
    fn steps(&mut self, scenario: &Scenario, state: &mut State) -> Result<(), Stop> {
        if scenario.settles() {
            if self.serving {
                // A host may take a connection later than its peer has it.
                self.still_serves(state)?;
            }
            state.counted = Some(self.stats(state)?);
        }
        let steps = scenario.steps.len();
        for (index, step) in scenario.steps.iter().enumerate() {
            let number = index + 1;
            let place = || {
                let step = serde_json::to_string(step).unwrap_or_default();
                format!("{number} of {steps}: {}", shown(&step))
            };
            self.step(state, step).map_err(|stop| stop.at(&place()))?;
        }
        match state.said.values().next() {
            Some(said) => Err(Stop::Problem(format!("nobody asked for {said}"))),
            None => Ok(()),
        }
    }

    /// Has the testee close what it has, and waits for it.
    fn leave(&mut self) -> Result<(), Stop> {
        self.connected = None;
        let mut state = State::default();
        let id = self.testee.tell(json!({"close": true}))?;
        while !state.said.contains_key(&id) {
            self.observe(&mut state)?;
        }
        self.testee.listen(self.transport)?;
        while self.testee.take_connection().is_some() {}
        Ok(())
    }

    fn known(&self, method: &str) -> Result<Known<'a>, Stop> {
        let known = self.methods.get(method).copied();
        known.ok_or_else(|| Stop::Problem(format!("no method {method}")))
    }
}

impl Scenario {
    /// Whether it is about this transport.
    pub fn fits(&self, transport: Transport) -> bool {
        self.over.is_empty() || self.over.contains(&transport)
    }

    /// The case that it is over this transport: `y_tcp_…`.
    pub fn name_over(&self, transport: Transport) -> String {
        match self.name.split_once('_') {
            Some((verdict, name)) => format!("{verdict}_{transport}_{name}"),
            None => format!("{transport}_{}", self.name),
        }
    }

    /// Whether a step compares what the testee counts with what it counted at the begin.
    fn settles(&self) -> bool {
        let compares = |step: &Step| matches!(step, Step::Settles { .. } | Step::Dropped(_));
        self.steps.iter().any(compares)
    }
}

/// The simplest call.
fn answer(name: &str) -> Request {
    Request {
        name: name.into(),
        method: "Calls.answer".into(),
        arguments: Vec::new(),
        timeout_ms: None,
    }
}

impl Stop {
    /// With the step in which it happened.
    fn at(self, place: &str) -> Self {
        let told = |how: String| Message::new(how).line("step", place).into();
        match self {
            Self::Problem(problem) => Self::Problem(told(problem)),
            Self::Late(problem) => Self::Late(told(problem)),
            Self::Failure(Failure::Hung(how)) => Self::Failure(Failure::Hung(told(how))),
            Self::Failure(Failure::Broken(how)) => Self::Failure(Failure::Broken(told(how))),
            Self::Failure(Failure::Crashed(how)) => Self::Failure(Failure::Crashed(told(how))),
        }
    }
}
