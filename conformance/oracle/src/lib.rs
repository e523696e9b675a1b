//! What Rust itself makes of bytes: facet-postcard and, as a second opinion, postcard through serde. A program that
//! links the types answers questions about them, line by line, in another process.

mod hex;

use std::io;
use std::panic;
use std::thread;

use facet::Facet;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

pub use hex::Hex;

/// What the program says first.
pub const READY: &str = "ready";

/// What Rust makes of bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// They are a value, whose own bytes are these.
    Accepted(Hex),
    /// They are none.
    Refused(String),
    /// It gave up with a panic or ended its process.
    Crashed(String),
    /// It was still busy when the patience ended.
    Busy,
}

/// A question.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Question {
    /// The method that takes and answers the type.
    pub method: String,
    /// What may be a value of it.
    pub bytes: Hex,
    /// Whether postcard is asked, instead of facet-postcard.
    pub serde: bool,
}

/// What facet-postcard and postcard make of bytes of one type.
pub struct Shape {
    /// The method that takes and answers it.
    pub method: &'static str,
    /// Decodes with facet-postcard and encodes again; the error is what it says.
    pub again: fn(&[u8]) -> Result<Vec<u8>, String>,
    /// The same with postcard, through serde.
    pub again_by_serde: fn(&[u8]) -> Result<Vec<u8>, String>,
}

/// The shape of a type.
pub const fn shape<T: Facet<'static> + Serialize + DeserializeOwned>(method: &'static str) -> Shape {
    Shape {
        method,
        again: |bytes| {
            let value: T = facet_postcard::from_slice(bytes).map_err(|error| error.to_string())?;
            facet_postcard::to_vec(&value).map_err(|error| error.to_string())
        },
        again_by_serde: |bytes| {
            let (value, rest): (T, _) = postcard::take_from_bytes(bytes).map_err(|error| error.to_string())?;
            if !rest.is_empty() {
                return Err(format!("{} bytes are left", rest.len()));
            }
            postcard::to_allocvec(&value).map_err(|error| error.to_string())
        },
    }
}

/// facet-postcard is recursive: what is deep for a thread's usual stack is not of interest, what it makes of the bytes is.
const STACK: usize = 256 * 1024 * 1024;

/// Answers questions on standard input until it ends.
///
/// # Errors
/// When a line is no question.
pub fn serve(shapes: &'static [Shape]) -> Result<(), String> {
    let thread = thread::Builder::new().stack_size(STACK).spawn(|| answer_all(shapes));
    let thread = thread.map_err(|error| error.to_string())?;
    thread.join().map_err(|_| "the oracle panicked".to_owned())?
}

fn answer_all(shapes: &[Shape]) -> Result<(), String> {
    // Panics are answers here.
    panic::set_hook(Box::new(|_| {}));
    println!("{READY}");
    for line in io::stdin().lines() {
        let line = line.map_err(|error| error.to_string())?;
        let question: Question = serde_json::from_str(&line).map_err(|error| error.to_string())?;
        let shape = shapes.iter().find(|shape| shape.method == question.method);
        let shape = shape.ok_or_else(|| format!("no method {}", question.method))?;
        let again = if question.serde {
            shape.again_by_serde
        } else {
            shape.again
        };
        let verdict = match panic::catch_unwind(|| again(&question.bytes.0)) {
            Ok(Ok(bytes)) => Verdict::Accepted(Hex(bytes)),
            Ok(Err(error)) => Verdict::Refused(error),
            Err(panic) => Verdict::Crashed(panic_text(panic.as_ref())),
        };
        let answer = serde_json::to_string(&verdict).map_err(|error| error.to_string())?;
        println!("{answer}");
    }
    Ok(())
}

fn panic_text(panic: &(dyn std::any::Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().cloned();
    text.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()))
        .unwrap_or_default()
}
