//! Prints what is reported.

mod lines;
mod tree;

use crate::failure::Failure;
use crate::printer;
use crate::traffic::event::{Event, Sink};

/// How much is printed at once: 64 KiB, unless somebody waits for it.
const PIECE: usize = 64 * 1024;

/// How traffic is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    /// A tree for people.
    Tree,
    /// One JSON object per line.
    Lines,
}

/// When it is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum When {
    /// When much has come together, and at the end.
    Together,
    /// At once.
    AtOnce,
}

/// Prints to stdout.
pub(crate) struct Show {
    form: Form,
    when: When,
    text: String,
    tree: tree::Tree,
    /// How many things could not be read.
    bad: u64,
}

impl Show {
    /// Prints in this form.
    pub(crate) fn new(form: Form, when: When) -> Self {
        Self {
            form,
            when,
            text: String::new(),
            tree: tree::Tree::default(),
            bad: 0,
        }
    }

    /// Prints what is left. Returns how many things could not be read.
    ///
    /// # Errors
    /// When stdout cannot be written.
    pub(crate) fn finish(mut self) -> Result<u64, Failure> {
        self.flush()?;
        Ok(self.bad)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        let text = std::mem::take(&mut self.text);
        match text.is_empty() {
            true => Ok(()),
            // Nobody reads stdout any more, which is no failure.
            false if !printer::open_result(&text)? => Err(Failure::PrintedWith(0)),
            false => Ok(()),
        }
    }
}

impl Sink for Show {
    fn report(&mut self, event: &Event) -> Result<(), Failure> {
        self.bad += u64::from(event.is_bad());
        match self.form {
            Form::Tree => self.tree.add(event, &mut self.text),
            Form::Lines => lines::add(event, &mut self.text),
        }
        match self.when == When::AtOnce || self.text.len() >= PIECE {
            true => self.flush(),
            false => Ok(()),
        }
    }
}
