//! Recordings as scenarios: the testee makes the calls that Rust's own client made, and is answered as Rust's own servers
//! answered.

use rapace_wire::frame::{DATA, EOS};

use super::model::{Answer, Exchange, Form, Recording, Recordings};
use crate::recorded::End;
use crate::scenarios::{Request, Scenario, Scenarios, Sending, Sent, Step};
use crate::serving::Way;
use conformance_oracle::Hex;

/// Adds the scenarios of all recordings to those of their classes.
///
/// # Errors
/// When there is no such class.
pub fn add(recordings: &[Recordings], classes: &mut [Scenarios]) -> Result<(), String> {
    for recordings in recordings {
        let class = classes.iter_mut().find(|class| class.class == recordings.class);
        let class = class.ok_or_else(|| {
            format!(
                "there are recordings of class {}, but no scenarios",
                recordings.class.name()
            )
        })?;
        class.cases.extend(scenarios(recordings));
    }
    Ok(())
}

/// The scenarios of a class's recordings. Answers that are alike however it was served are played once.
fn scenarios(recordings: &Recordings) -> Vec<Scenario> {
    let mut scenarios = Vec::new();
    for recording in &recordings.cases {
        for ways in ways(recording) {
            let by = match ways.as_slice() {
                [way] => format!("{way}_"),
                _ => String::new(),
            };
            if let Some(steps) = steps(recording, ways[0]) {
                scenarios.push(Scenario::new(format!("y_recorded_{by}{}", recording.name), steps));
            }
        }
    }
    scenarios
}

/// The ways of serving, those together that answered all calls alike.
fn ways(recording: &Recording) -> Vec<Vec<Way>> {
    let apart = recording.calls.iter().any(|call| call.answers.len() > 1);
    let all = [Way::Serve, Way::Session];
    let served = |way: &Way| recording.calls.iter().all(|call| answer(call, *way).is_some());
    if apart {
        all.into_iter().filter(served).map(|way| vec![way]).collect()
    } else {
        let all: Vec<Way> = all.into_iter().filter(served).collect();
        if all.is_empty() { Vec::new() } else { vec![all] }
    }
}

fn answer(call: &Exchange, way: Way) -> Option<&Answer> {
    call.answers.iter().find(|answer| answer.by.contains(&way))
}

/// Nothing, where nothing came back that could be played.
fn steps(recording: &Recording, way: Way) -> Option<Vec<Step>> {
    let (mut asking, mut answering) = (Vec::new(), Vec::new());
    let mut steps = Vec::new();
    for (number, call) in recording.calls.iter().enumerate() {
        let answer = answer(call, way)?;
        let name = format!("c{number}");
        let (asked, answered) = match call.form {
            Form::Notify => notified(&name, answer)?,
            Form::Call | Form::Stream => called(&name, call, answer)?,
        };
        asking.extend(asked);
        answering.extend(answered);
        if !recording.side_by_side {
            steps.append(&mut asking);
            steps.append(&mut answering);
        }
    }
    steps.append(&mut asking);
    steps.append(&mut answering);
    if !matches!(steps.last(), Some(Step::Closes)) {
        steps.push(Step::Lives);
    }
    Some(steps)
}

/// What is asked, and how it is answered.
type Sides = (Vec<Step>, Vec<Step>);

fn called(name: &str, call: &Exchange, answer: &Answer) -> Option<Sides> {
    let ends = answer.ends.clone()?;
    let request = Request {
        name: name.into(),
        method: call.method.clone(),
        arguments: call.arguments.clone(),
        timeout_ms: None,
    };
    let told = if call.form == Form::Stream {
        Step::Stream(request)
    } else {
        Step::Call(request)
    };
    let received = match &call.request {
        Some(frame) => Step::ReceiveRecorded {
            call: name.into(),
            frame: frame.clone(),
        },
        // What was forged is not what a client sends: its own request has to be right, and no more.
        None => Step::ReceiveAny { call: name.into() },
    };
    let frames = answer.frames.iter().map(|frame| Sent::Recorded {
        call: Some(name.into()),
        frame: frame.clone(),
    });
    let mut answered = vec![Step::Send(Sending {
        frames: frames.collect(),
        pauses: Vec::new(),
    })];
    answered.extend(answer.closes.then_some(Step::Close));
    answered.push(Step::ends(name, ends));
    answered.extend(answer.closes.then_some(Step::Closes));
    Some((vec![told, received], answered))
}

/// Nobody waits on the channel of what answers a notification: it must be no other call's answer.
fn notified(name: &str, answer: &Answer) -> Option<Sides> {
    if answer.frames.is_empty() {
        return None;
    }
    let request = Request {
        name: name.into(),
        method: "Calls.answer".into(),
        arguments: Vec::new(),
        timeout_ms: None,
    };
    let stray = answer.frames.iter().map(|frame| Sent::Recorded {
        call: None,
        frame: frame.clone(),
    });
    let own = Sent::Frame {
        call: Some(name.into()),
        channel: None,
        method: None,
        flags: DATA | EOS,
        payload: Hex(vec![42]),
        descriptor: Vec::new(),
        fragments: Vec::new(),
        between: None,
    };
    let asked = vec![Step::Call(request), Step::ReceiveAny { call: name.into() }];
    let answered = vec![
        Step::Send(Sending {
            frames: stray.chain([own]).collect(),
            pauses: Vec::new(),
        }),
        Step::ends(name, End::Value(42.into())),
    ];
    Some((asked, answered))
}
