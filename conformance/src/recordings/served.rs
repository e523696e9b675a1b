//! Recordings as scenarios of a testee that serves: it gets what Rust's own client sent, its handlers do what Rust's own handlers
//! did, and its frames must be those of a session in Rust.

use serde_json::{Value, json};

use super::model::{Exchange, Form, Recording, Recordings};
use crate::class::Class;
use crate::peer::Transport;
use crate::recorded::End;
use crate::scenarios::{Scenario, Scenarios, Sending, Sent, Step};
use crate::serving::Way;

/// How the messages of handlers that panicked begin. A failure of another language has other words.
const PANIC: &str = "panic in dispatcher";

/// The code that is no error's: a language may have no error of it.
const OK: u32 = 0;

/// Adds the scenarios of all recordings to the class about served calls.
///
/// # Errors
/// When there is no such class.
pub fn add_served(recordings: &[Recordings], classes: &mut [Scenarios]) -> Result<(), String> {
    let class = classes.iter_mut().find(|class| class.class == Class::ServedCalls);
    let class = class.ok_or("there are recordings, but no scenarios of served calls")?;
    for recordings in recordings {
        for recording in &recordings.cases {
            if let Some(steps) = steps(recording) {
                let name = format!("y_recorded_{}_{}", recordings.class.name(), recording.name);
                // Their bytes are the same over every transport.
                let over = vec![Transport::Tcp];
                class.cases.push(Scenario {
                    over,
                    ..Scenario::new(name, steps)
                });
            }
        }
    }
    Ok(())
}

/// Nothing, where no client sent the request, or a handler in Rust did what no other does.
fn steps(recording: &Recording) -> Option<Vec<Step>> {
    let (mut asking, mut answering, mut steps) = (Vec::new(), Vec::new(), Vec::new());
    for (number, call) in recording.calls.iter().enumerate() {
        let handler = format!("h{number}");
        let request = call.request.clone()?;
        asking.push(Step::Send(Sending {
            frames: vec![Sent::Recorded {
                call: None,
                frame: request,
            }],
            pauses: Vec::new(),
        }));
        asking.push(Step::Called {
            name: handler.clone(),
            method: call.method.clone(),
            arguments: Some(call.arguments.clone()),
        });
        answering.append(&mut handled(call, &handler)?);
        if !recording.side_by_side {
            steps.append(&mut asking);
            steps.append(&mut answering);
        }
    }
    steps.append(&mut asking);
    steps.append(&mut answering);
    steps.extend([Step::Lives, Step::NoRequests]);
    Some(steps)
}

/// What the handler does, and the frames that leave.
fn handled(call: &Exchange, handler: &str) -> Option<Vec<Step>> {
    let answer = call.answers.iter().find(|answer| answer.by.contains(&Way::Session))?;
    let mut steps = Vec::new();
    let mut told = |command: Value, done: &str| {
        let name = format!("{handler} {done}");
        steps.push(Step::Tell {
            name: name.clone(),
            command,
        });
        steps.push(Step::ends(&name, End::Says(json!({done: true}))));
    };
    let at = format!("@{handler}");
    let items = |items: &[Value], told: &mut dyn FnMut(Value, &str)| {
        for item in items {
            told(json!({"item": at, "value": item}), "sent");
        }
    };
    match (&answer.ends, call.form) {
        (None, Form::Notify) if call.method == "Calls.panic" => told(json!({"raise": at, "message": "ouch"}), "raised"),
        (None, Form::Notify) => {
            let value = call.arguments.get(1).cloned().unwrap_or_default();
            told(json!({"answer": at, "value": value}), "answered");
        }
        (Some(End::Value(value)), Form::Call) => told(json!({"answer": at, "value": value}), "answered"),
        (Some(End::Items(values)), Form::Stream) => {
            items(values, &mut told);
            told(json!({"end": at}), "ended");
        }
        (
            Some(End::Error {
                items: values,
                code: Some(code),
                message: Some(message),
                ..
            }),
            _,
        ) if !message.starts_with(PANIC) && *code != OK => {
            items(values.as_deref().unwrap_or_default(), &mut told);
            told(json!({"fail": at, "code": code, "message": message}), "failed");
        }
        _ => return None,
    }
    steps.extend(answer.frames.iter().cloned().map(Step::ReceiveFrame));
    Some(steps)
}
