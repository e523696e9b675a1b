//! What a check says of a request.

use std::fmt;

/// A request that can be read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Checked {
    /// How many values are inside each other where it is deepest.
    pub(crate) inside: u32,
    /// What its values take in memory, in bytes.
    pub(crate) decoded: u64,
}

/// Why a request is refused.
#[derive(Debug)]
pub(super) struct Refusal {
    what: String,
    /// In the payload.
    offset: usize,
    /// The way to the value, the last step first.
    path: Vec<Step>,
}

/// A step of the way to a value.
#[derive(Debug)]
pub(super) enum Step {
    Name(&'static str),
    Index(usize),
}

impl fmt::Display for Refusal {
    /// `order.lines.3.count: varint does not fit 16 bits (at byte 77)`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, step) in self.path.iter().rev().enumerate() {
            let dot = if number == 0 { "" } else { "." };
            match step {
                Step::Name(name) => write!(f, "{dot}{name}")?,
                Step::Index(index) => write!(f, "{dot}{index}")?,
            }
        }
        let colon = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{colon}{} (at byte {})", self.what, self.offset)
    }
}

pub(super) fn refusal(offset: usize, what: String) -> Box<Refusal> {
    let path = Vec::new();
    Box::new(Refusal { what, offset, path })
}

impl Refusal {
    /// The same of a value around this one.
    pub(super) fn below(mut self: Box<Self>, step: Step) -> Box<Self> {
        self.path.push(step);
        self
    }
}
