//! How a call failed, for people and for programs.

use std::time::Duration;

use rapace_wire::Status;
use rapace_wire::client::{ConnectError, Lost};
use serde_json::json;

use super::flags::Form;
use crate::failure::Failure;

/// How a call failed.
#[derive(Debug)]
pub(super) enum Fault {
    /// There is no connection.
    Connect(ConnectError),
    /// The connection ended before there was an answer.
    Lost(Lost),
    /// The connection ended after so many items.
    LostAfter(u64, Lost),
    /// The server says why.
    Status(Status),
    /// The answer, or this item, is not a value of its type.
    Answer { item: Option<u64>, why: String },
    /// More items wait than are kept.
    Overflow,
    /// It took too long.
    TimedOut(Duration),
    /// Ctrl-C.
    Interrupted,
    /// What has arrived cannot be printed.
    Output(Failure),
}

impl Fault {
    /// What is printed, and the exit status. `place` is the method or the address that it is about.
    pub(super) fn failure(self, method: &str, address: &str, form: Form) -> Failure {
        let (status, place, code, message) = match self {
            Self::Output(failure) => return failure,
            Self::Connect(error @ ConnectError::TlsFiles(_)) => {
                (Failure::WRONG_USAGE, address, None, error.to_string())
            }
            Self::Connect(error) => (Failure::NO_CONNECTION, address, None, error.to_string()),
            Self::Lost(lost) => (Failure::NO_CONNECTION, address, None, advised(&lost, address)),
            Self::LostAfter(items, lost) => {
                let message = format!("{} after {items} item{}", lost, if items == 1 { "" } else { "s" });
                (Failure::NO_CONNECTION, address, None, message)
            }
            Self::Status(status) => {
                let code = (status.code, status.name().unwrap_or("unknown"));
                (Failure::CALL_FAILED, method, Some(code), status.to_string())
            }
            Self::Answer { item, why } => {
                let what = item.map_or_else(|| "the answer".into(), |item| format!("item {item}"));
                let message = format!("{what} does not fit the api.json: {why}; the server may be another version");
                (Failure::CALL_FAILED, method, None, message)
            }
            Self::Overflow => {
                let code = (7, "ResourceExhausted");
                let message = "ResourceExhausted: more than 64 MiB of items wait to be printed".into();
                (Failure::CALL_FAILED, method, Some(code), message)
            }
            Self::TimedOut(after) => {
                let message = format!(
                    "DeadlineExceeded: no answer within {} s (--timeout)",
                    after.as_secs_f64()
                );
                (Failure::CALL_FAILED, method, Some((2, "DeadlineExceeded")), message)
            }
            Self::Interrupted => {
                let message = "Cancelled: interrupted".into();
                (Failure::CALL_FAILED, method, Some((1, "Cancelled")), message)
            }
        };
        let message = format!("{place}: {message}");
        let message = match form {
            Form::Human => message,
            Form::Json => {
                return Failure::Exit {
                    status,
                    json: true,
                    message: match code {
                        Some((code, name)) => json!({"error": message, "status": status, "code": code, "name": name}),
                        None => json!({"error": message, "status": status}),
                    }
                    .to_string(),
                };
            }
        };
        Failure::Exit {
            status,
            json: false,
            message,
        }
    }
}

/// What to write instead, where the server speaks something else.
fn advised(lost: &Lost, address: &str) -> String {
    let rest = address.split_once("://").map_or("", |(_, rest)| rest);
    match lost {
        Lost::Http => format!("{lost}; a WebSocket is ws://{rest}"),
        Lost::Tls => format!("{lost}; write tls://{rest}"),
        lost => lost.to_string(),
    }
}
