//! A connection whose bytes are read as they arrive.

use std::time::Duration;

use super::apis::Apis;
use super::conversation::Conversation;
use super::event::{Connection, Direction, Event, Note, Sink};
use super::stream::{Piece, Side};
use crate::failure::Failure;

/// What is done with connections that turn out not to be of rapace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// They are reported.
    Reported,
    /// They are skipped: other programs have connections too.
    Skipped,
}

/// A connection, both directions of it.
pub(crate) struct Link<'a> {
    number: u32,
    name: String,
    foreign: Foreign,
    sides: [Side; 2],
    conversation: Conversation<'a>,
    announced: bool,
    /// Why it is not of rapace.
    refused: Option<String>,
}

impl<'a> Link<'a> {
    /// A connection with this number in the output.
    pub(crate) fn new(apis: &'a Apis<'a>, number: u32, name: String, foreign: Foreign) -> Self {
        Self {
            number,
            name,
            foreign,
            sides: [Side::new(), Side::new()],
            conversation: Conversation::new(apis, number),
            announced: false,
            refused: None,
        }
    }

    /// Its name.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// Why it is skipped.
    pub(crate) fn refused(&self) -> Option<&str> {
        self.refused.as_deref().filter(|_| !self.announced)
    }

    /// How many frames both sides sent.
    pub(crate) fn frames(&self) -> u64 {
        self.sides.iter().map(Side::frames).sum()
    }

    /// True when nothing more of what one side alone sends can be read.
    pub(crate) fn is_over(&self) -> bool {
        self.sides[0].is_over()
    }

    /// Adds bytes that one side sent.
    ///
    /// # Errors
    /// Those of `sink`.
    pub(crate) fn feed(
        &mut self,
        from: Direction,
        time: Option<Duration>,
        bytes: &[u8],
        sink: &mut dyn Sink,
    ) -> Result<(), Failure> {
        self.pieces(from, time, sink, |side, piece| side.feed(bytes, piece))
    }

    /// One side sends nothing more.
    ///
    /// # Errors
    /// Those of `sink`.
    pub(crate) fn finish(&mut self, from: Direction, sink: &mut dyn Sink) -> Result<(), Failure> {
        self.pieces(from, None, sink, |side, piece| side.finish(piece))
    }

    /// Bytes of one side are missing.
    ///
    /// # Errors
    /// Those of `sink`.
    pub(crate) fn gap(&mut self, from: Direction, text: String, sink: &mut dyn Sink) -> Result<(), Failure> {
        self.pieces(from, None, sink, |side, piece| side.gap(text, piece))
    }

    /// Reports what a side finds.
    fn pieces(
        &mut self,
        from: Direction,
        time: Option<Duration>,
        sink: &mut dyn Sink,
        act: impl FnOnce(&mut Side, &mut dyn FnMut(Piece)),
    ) -> Result<(), Failure> {
        let Self {
            number,
            name,
            foreign,
            sides,
            conversation,
            announced,
            refused,
        } = self;
        let side = &mut sides[usize::from(from == Direction::Server)];
        let mut result = Ok(());
        act(side, &mut |piece| {
            if result.is_err() {
                return;
            }
            let event = match piece {
                Piece::Broken {
                    text, at_start: true, ..
                } if *foreign == Foreign::Skipped && !*announced => {
                    refused.get_or_insert(text);
                    return;
                }
                Piece::Frame(cut) => conversation.frame(from, time, &cut),
                Piece::Note { offset, text } => Event::Note(note(*number, from, offset, text)),
                Piece::Broken { offset, text, .. } => Event::Broken(note(*number, from, offset, text)),
            };
            if !std::mem::replace(announced, true) {
                let connection = Connection {
                    connection: *number,
                    name: name.clone(),
                };
                result = sink.report(&Event::Connection(connection));
            }
            if result.is_ok() {
                result = sink.report(&event);
            }
        });
        result
    }
}

fn note(connection: u32, from: Direction, offset: u64, text: String) -> Note {
    Note {
        connection,
        from,
        offset,
        text,
    }
}
