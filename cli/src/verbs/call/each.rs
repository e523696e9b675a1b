//! A call per line of a file, several at once; results in the order of the lines.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;

use rapace_wire::client::Client;
use serde_json::Value;

use super::flags::Call;
use super::one::Calling;
use super::outcome::Fault;
use super::run::{connect, shown};
use crate::failure::Failure;
use crate::printer;

/// What the threads share.
struct Shared {
    lines: Mutex<Lines>,
    printed: Mutex<Printed>,
    changed: Condvar,
}

struct Lines {
    reader: Box<dyn BufRead + Send>,
    next: usize,
}

/// What was printed, and what waits for lines before it.
#[derive(Default)]
struct Printed {
    next: usize,
    waiting: BTreeMap<usize, (String, Option<Failure>)>,
    /// The first failure.
    failed: Option<u8>,
    /// Nothing more is wanted.
    over: bool,
}

/// Makes the calls.
pub(super) fn run(calling: &Calling<'_>, flags: &Call, address: &str) -> Result<(), Failure> {
    let name = flags.each.as_deref().unwrap_or("-");
    let reader: Box<dyn BufRead + Send> = match name {
        "-" => Box::new(BufReader::new(io::stdin())),
        path => {
            let file = File::open(path).map_err(|error| Failure::Usage(format!("{path}: {error}")))?;
            Box::new(BufReader::new(file))
        }
    };
    let client = connect(flags, address)?;
    let shared = Shared {
        lines: Mutex::new(Lines { reader, next: 0 }),
        printed: Mutex::default(),
        changed: Condvar::new(),
    };
    let threads = usize::from(flags.parallel);
    thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| work(&shared, calling, flags, (&client, address), threads));
        }
    });
    match lock(&shared.printed).failed {
        None => Ok(()),
        Some(status) => Err(Failure::PrintedWith(status)),
    }
}

fn work(shared: &Shared, calling: &Calling<'_>, flags: &Call, (client, address): (&Client, &str), threads: usize) {
    while let Some((index, line)) = next_line(shared) {
        // Results that wait are at most as many as threads.
        let mut printed = lock(&shared.printed);
        while index >= printed.next + threads && !printed.over {
            printed = shared.changed.wait(printed).unwrap_or_else(PoisonError::into_inner);
        }
        if printed.over {
            return;
        }
        drop(printed);
        let mut text = String::new();
        let result = line
            .and_then(|line| one(calling, flags, (client, address), &line, &mut text))
            .err();
        done(shared, index, text, result);
    }
}

/// The next line that is not empty, and its number among them.
fn next_line(shared: &Shared) -> Option<(usize, Result<String, Failure>)> {
    let mut lines = lock(&shared.lines);
    let mut line = String::new();
    while line.trim().is_empty() {
        line.clear();
        match lines.reader.read_line(&mut line) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(error) => {
                lines.reader = Box::new(io::empty());
                lines.next += 1;
                return Some((lines.next - 1, Err(Failure::Message(error.to_string()))));
            }
        }
    }
    lines.next += 1;
    Some((lines.next - 1, Ok(line)))
}

fn one(
    calling: &Calling<'_>,
    flags: &Call,
    (client, address): (&Client, &str),
    line: &str,
    text: &mut String,
) -> Result<(), Failure> {
    let value: Value = serde_json::from_str(line).map_err(|error| Failure::Usage(format!("not JSON: {error}")))?;
    let payload = calling.arguments(&flags.arguments, Some(value))?;
    let made = calling.make(client, &payload, |value| {
        text.push_str(&value.to_string());
        text.push('\n');
        Ok(true)
    });
    made.map_err(|fault: Fault| fault.failure(&calling.name(), &shown(address), flags.format))
}

/// Prints a result when it is its turn, and those that waited for it.
fn done(shared: &Shared, index: usize, text: String, failure: Option<Failure>) {
    let mut printed = lock(&shared.printed);
    printed.waiting.insert(index, (text, failure));
    loop {
        let next = printed.next;
        let Some((text, failure)) = printed.waiting.remove(&next) else {
            break;
        };
        printed.next += 1;
        match printer::open_result(&text) {
            Ok(open) => printed.over |= !open,
            Err(failure) => {
                printer::failure(&failure, "");
                printed.failed.get_or_insert(failure.status());
                printed.over = true;
            }
        }
        if let Some(failure) = failure.filter(|_| !printed.over) {
            printer::failure(&failure, &format!("line {}", next + 1));
            printed.failed.get_or_insert(failure.status());
            // Without a connection the other lines fail too.
            printed.over |= failure.status() == Failure::NO_CONNECTION;
        }
    }
    shared.changed.notify_all();
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
