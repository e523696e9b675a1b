//! A testee for a few methods, right or wrong in one way: `wrong-testee DEFECT`. The suite's own tests run it, to see what
//! the suite says of it.

mod codec;
mod connection;

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};

use crate::codec::Codec;
use crate::connection::Connection;

/// How long the slow one takes to refuse.
const SLOW: Duration = Duration::from_millis(60);
/// How long the late one takes to say that the connection was lost.
const LATE: Duration = Duration::from_millis(300);

fn main() {
    let defect: &'static str = std::env::args().nth(1).unwrap_or_default().leak();
    if defect != "silent" {
        say(&json!({"ready": "wrong"}));
    }
    let mut connection = None;
    for line in std::io::stdin().lock().lines().map_while(Result::ok) {
        let command: Value = serde_json::from_str(&line).expect("the runner writes JSON");
        if let Some(address) = command["connect"].as_str() {
            if defect == "deaf" {
                continue;
            }
            connection = Some(Arc::new(Connection::new(address, defect)));
            say(&json!({"id": command["id"], "connected": true}));
        } else if let Some(method) = command["call"].as_str() {
            let connection = connection.as_ref().expect("the runner connects first");
            call(connection, defect, method, &command);
        }
    }
}

/// Sends the request at once, and says what comes of it whenever that is.
fn call(connection: &Arc<Connection>, defect: &'static str, method: &str, command: &Value) {
    let codec = Codec { defect };
    let id = command["id"].clone();
    let (_, name) = method.split_once('.').expect("a service and a method");
    let name = name.to_owned();
    match defect {
        "crashes" => {
            eprintln!("the store is corrupt\n  at page 7 of 12");
            std::process::exit(3);
        }
        "garbage" => {
            println!("DEBUG: calling {method}");
            let _ = std::io::stdout().flush();
        }
        "hangs" => return,
        _ => {}
    }
    let payload = match name.as_str() {
        "answer" => Vec::new(),
        name => match codec.encode(name, &command["arguments"][0]) {
            Ok(payload) => payload,
            Err(why) => {
                say(&json!({"id": id, "error": {"kind": "encode", "message": why, "path": "value"}}));
                return;
            }
        },
    };
    if defect == "drops" {
        connection.close();
        return;
    }
    let answer = connection.request(method, &payload);
    let measured = command["measure"] == true;
    std::thread::spawn(move || {
        let Ok(payload) = answer.recv() else {
            if defect == "late" {
                std::thread::sleep(LATE);
            }
            say(&json!({"id": id, "error": {"kind": "connection", "message": "the connection was lost"}}));
            return;
        };
        let id = match defect {
            "confused" => json!(id.as_u64().unwrap_or_default() + 100),
            _ => id,
        };
        let decoded = codec.decode(&name, &payload);
        if defect == "slow" && decoded.is_err() {
            std::thread::sleep(SLOW);
        }
        let mut said = match decoded {
            Ok(value) => json!({"id": id, "value": value}),
            Err(_) if defect == "vague" => json!({"id": id, "error": {"kind": "decode", "message": "invalid data"}}),
            Err((offset, why)) => {
                json!({"id": id, "error": {"kind": "decode", "message": why, "offset": offset, "path": "value"}})
            }
        };
        if measured && defect != "unmeasured" {
            said["allocated"] = codec.allocated(&name, &payload).into();
        }
        say(&said);
    });
}

fn say(line: &Value) {
    println!("{line}");
    let _ = std::io::stdout().flush();
}
