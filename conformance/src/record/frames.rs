//! Records frames: what Rust's own client sends, what Rust's own servers answer, and what the client makes of that.

use std::sync::Arc;
use std::time::Duration;

use conformance_fixtures::{Said, call};
use futures::future::join_all;
use rapace::{RpcError, RpcSession, parse_error_payload};
use rapace_schema::postcard::{Codec, Limits};
use rapace_schema::{Api, Method, TypeRef};
use rapace_wire::frame::{DATA, EOS, ERROR, Frame};
use serde_json::Value;
use tokio::runtime::Runtime;

use super::relay::{LAST, Passed, provoke, relay};
use crate::recorded::{End, Recorded};
use crate::recordings::{Answer, Exchange, Form, Recording};
use crate::serving::Way;

/// How long a recording may take: nothing in it waits.
const PATIENCE: Duration = Duration::from_secs(30);

/// A call that is to be made.
#[derive(Clone)]
pub(super) struct Call {
    pub(super) form: Form,
    /// `Service.method`.
    pub(super) method: String,
    pub(super) arguments: Vec<Value>,
}

/// Makes recordings, on one thread, so that what is ready is done in the same order each time.
pub(super) struct Frames<'a> {
    api: &'a Api,
    codec: Codec<'a>,
    runtime: Runtime,
    recordings: Vec<Recording>,
}

impl<'a> Frames<'a> {
    pub(super) fn new(api: &'a Api) -> Result<Self, String> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        Ok(Self {
            api,
            codec: Codec::new(api, Limits::default()),
            runtime: runtime.map_err(|error| error.to_string())?,
            recordings: Vec::new(),
        })
    }

    /// What was recorded since it was last asked.
    pub(super) fn take(&mut self) -> Vec<Recording> {
        std::mem::take(&mut self.recordings)
    }

    /// Records calls by Rust's own client, each after the answer to the one before.
    pub(super) fn calls(&mut self, name: &str, calls: &[Call]) -> Result<(), String> {
        self.record(name, calls, false)
    }

    /// Records calls that are made at once.
    pub(super) fn side_by_side(&mut self, name: &str, calls: &[Call]) -> Result<(), String> {
        self.record(name, calls, true)
    }

    fn record(&mut self, name: &str, calls: &[Call], side_by_side: bool) -> Result<(), String> {
        let place = |error: String| format!("{name}: {error}");
        let mut exchanges = Vec::new();
        for way in [Way::Serve, Way::Session] {
            let served = self.served(calls, side_by_side, way).map_err(place)?;
            if exchanges.is_empty() {
                exchanges = served;
                continue;
            }
            for (one, mut other) in exchanges.iter_mut().zip(served) {
                if one.request != other.request {
                    return Err(place("Rust's own client sends another request the second time".into()));
                }
                merge(&mut one.answers, other.answers.remove(0));
            }
        }
        self.recordings.push(Recording {
            name: name.into(),
            side_by_side,
            calls: exchanges,
        });
        Ok(())
    }

    /// The calls as one way of serving answers them.
    fn served(&self, calls: &[Call], side_by_side: bool, way: Way) -> Result<Vec<Exchange>, String> {
        let service = service(&calls[0].method);
        let mut asked = Vec::new();
        for call in calls {
            asked.push((call.form, self.method(&call.method)?, self.payload(call)?));
        }
        let told: Vec<(Form, String, u32, Vec<u8>)> = asked
            .iter()
            .map(|(form, method, payload)| (*form, method.wire_name.clone(), method.id, payload.clone()))
            .collect();
        let last = self.last(service)?;
        let client = |session: Arc<RpcSession>| async move {
            let made = told.into_iter().map(|call| make(session.clone(), call));
            if side_by_side {
                return join_all(made).await;
            }
            let mut said = Vec::new();
            for call in made {
                said.push(call.await);
            }
            said
        };
        let passed = self.runtime.block_on(async {
            let passed = tokio::time::timeout(PATIENCE, relay(way, service, &last, client)).await;
            passed
                .map_err(|_| "it does not end".to_owned())?
                .map_err(|error| error.to_string())
        })?;
        self.exchanges(calls, &asked, way, passed)
    }

    fn exchanges(
        &self,
        calls: &[Call],
        asked: &[(Form, &Method, Vec<u8>)],
        way: Way,
        passed: Passed<Vec<Option<Said>>>,
    ) -> Result<Vec<Exchange>, String> {
        if passed.requests.len() != calls.len() {
            return Err(format!("{} calls made {} requests", calls.len(), passed.requests.len()));
        }
        let mut said = passed.said.unwrap_or_default().into_iter();
        let mut exchanges = Vec::new();
        for ((call, (_, method, payload)), request) in calls.iter().zip(asked).zip(passed.requests) {
            if request.payload != *payload {
                return Err(format!("Rust writes {:02x?}, we write {payload:02x?}", request.payload));
            }
            let of_call = passed
                .answers
                .iter()
                .filter(|frame| frame.channel() == request.channel());
            let ends = match said.next() {
                Some(Some(said)) => Some(self.meaning(call.form, &method.response, said)?),
                // Of a notification nobody hears.
                Some(None) => None,
                None => Some(lost()),
            };
            exchanges.push(Exchange {
                form: call.form,
                method: call.method.clone(),
                arguments: call.arguments.clone(),
                request: Some(Recorded(request.clone())),
                forged: None,
                answers: vec![Answer {
                    by: vec![way],
                    frames: of_call.cloned().map(Recorded).collect(),
                    closes: passed.closed,
                    ends,
                }],
            });
        }
        Ok(exchanges)
    }

    /// Records what answers a frame that no client sends. The call is one that may be answered so.
    pub(super) fn forged(&mut self, name: &str, call: &Call, forged: &Frame) -> Result<(), String> {
        let place = |error: String| format!("{name}: {error}");
        let service = service(&call.method);
        let response = &self.method(&call.method)?.response;
        let last = self.last(service)?;
        let mut answers = Vec::new();
        for way in [Way::Serve, Way::Session] {
            let answered = self.runtime.block_on(provoke(way, service, &last, forged));
            let (frames, closes) = answered.map_err(|error| place(error.to_string()))?;
            let ends = if closes {
                Some(lost())
            } else {
                self.meaning_of_frames(call.form, response, &frames).map_err(place)?
            };
            let answer = Answer {
                by: vec![way],
                frames: frames.into_iter().map(Recorded).collect(),
                closes,
                ends,
            };
            merge(&mut answers, answer);
        }
        self.recordings.push(Recording {
            name: name.into(),
            side_by_side: false,
            calls: vec![Exchange {
                form: call.form,
                method: call.method.clone(),
                arguments: call.arguments.clone(),
                request: None,
                forged: Some(Recorded(forged.clone())),
                answers,
            }],
        });
        Ok(())
    }

    /// What the frames mean where no client of Rust's waits for them; nothing when there are none.
    fn meaning_of_frames(&self, form: Form, response: &TypeRef, frames: &[Frame]) -> Result<Option<End>, String> {
        let Some(last) = frames.last() else { return Ok(None) };
        let failed = (last.flags() & ERROR != 0).then(|| parse_error_payload(&last.payload));
        let items = frames.iter().filter(|frame| frame.flags() & DATA != 0);
        let values = items.map(|frame| frame.payload.clone()).collect();
        self.meaning(form, response, Said { values, failed }).map(Some)
    }

    fn meaning(&self, form: Form, response: &TypeRef, said: Said) -> Result<End, String> {
        let mut items = Vec::new();
        for bytes in said.values {
            let value = self.codec.decode(response, &bytes);
            items.push(value.map_err(|error| format!("Rust's answer {bytes:02x?}: {error}"))?);
        }
        Ok(match (said.failed, form) {
            (None, Form::Stream) => End::Items(items),
            (None, _) => End::Value(items.pop().unwrap_or_default()),
            (Some(RpcError::Status { code, message }), form) => End::Error {
                items: (form == Form::Stream).then_some(items),
                kinds: vec!["status".into()],
                code: Some(code as u32),
                message: Some(message),
                remote: None,
            },
            (Some(other), _) => return Err(format!("Rust's own client fails: {other}")),
        })
    }

    /// The method `Service.method`.
    pub(super) fn method(&self, name: &str) -> Result<&'a Method, String> {
        let mut methods = self.api.services.iter().flat_map(|service| &service.methods);
        let method = methods.find(|method| method.wire_name == name);
        method.ok_or_else(|| format!("no method {name}"))
    }

    /// The arguments' bytes.
    pub(super) fn payload(&self, call: &Call) -> Result<Vec<u8>, String> {
        let method = self.method(&call.method)?;
        let mut payload = Vec::new();
        for (argument, value) in method.arguments.iter().zip(&call.arguments) {
            let bytes = self.codec.encode(&argument.ty, value);
            payload.extend(bytes.map_err(|error| format!("{}: {error}", call.method))?);
        }
        Ok(payload)
    }

    /// A request of this service that is answered at once.
    fn last(&self, service: &str) -> Result<Frame, String> {
        let (method, payload) = match service {
            "Values" => ("Values.u8", &[0][..]),
            _ => ("Calls.answer", &[][..]),
        };
        Ok(Frame::of(LAST, DATA | EOS, payload).calling(self.method(method)?.id))
    }
}

/// The call as Rust's own client makes it; what it hears of it, unless it is a notification.
async fn make(session: Arc<RpcSession>, (form, name, id, payload): (Form, String, u32, Vec<u8>)) -> Option<Said> {
    if form == Form::Notify {
        let failed = session.notify(id, payload).await.err();
        return failed.map(|error| Said {
            values: Vec::new(),
            failed: Some(error),
        });
    }
    Some(call(session, &name, payload).expect("a method of the fixtures").await)
}

/// Adds an answer; to that of the other way of serving where they are alike.
fn merge(answers: &mut Vec<Answer>, answer: Answer) {
    let alike = |other: &&mut Answer| {
        other.frames == answer.frames && other.closes == answer.closes && other.ends == answer.ends
    };
    match answers.iter_mut().find(alike) {
        Some(other) => other.by.extend(answer.by),
        None => answers.push(answer),
    }
}

/// Rust's own client would wait for 30 seconds; ours says so at once.
fn lost() -> End {
    End::Error {
        items: None,
        kinds: vec!["connection".into()],
        code: None,
        message: None,
        remote: None,
    }
}

fn service(method: &str) -> &str {
    method.split('.').next().unwrap_or_default()
}
