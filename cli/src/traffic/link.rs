//! A connection whose bytes are read as they arrive.

use std::time::Duration;

use super::apis::Apis;
use super::conversation::Conversation;
use super::stream::{Piece, Side};
use super::told::{Connection, Direction, Note, Tell, Told};
use crate::failure::Failure;

/// What is done with connections that turn out not to be of rapace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Foreign {
    /// They are told.
    Told,
    /// They are passed over: other programs have connections too.
    PassedOver,
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

    /// Why it is passed over.
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
    /// Those of `tell`.
    pub(crate) fn feed(
        &mut self,
        from: Direction,
        time: Option<Duration>,
        bytes: &[u8],
        tell: &mut dyn Tell,
    ) -> Result<(), Failure> {
        self.pieces(from, time, tell, |side, piece| side.feed(bytes, piece))
    }

    /// One side sends nothing more.
    ///
    /// # Errors
    /// Those of `tell`.
    pub(crate) fn finish(&mut self, from: Direction, tell: &mut dyn Tell) -> Result<(), Failure> {
        self.pieces(from, None, tell, |side, piece| side.finish(piece))
    }

    /// Bytes of one side are missing.
    ///
    /// # Errors
    /// Those of `tell`.
    pub(crate) fn gap(&mut self, from: Direction, text: String, tell: &mut dyn Tell) -> Result<(), Failure> {
        self.pieces(from, None, tell, |side, piece| side.gap(text, piece))
    }

    /// Tells what a side finds.
    fn pieces(
        &mut self,
        from: Direction,
        time: Option<Duration>,
        tell: &mut dyn Tell,
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
            let told = match piece {
                Piece::Broken {
                    text, at_start: true, ..
                } if *foreign == Foreign::PassedOver && !*announced => {
                    refused.get_or_insert(text);
                    return;
                }
                Piece::Frame(cut) => conversation.frame(from, time, &cut),
                Piece::Note { offset, text } => Told::Note(note(*number, from, offset, text)),
                Piece::Broken { offset, text, .. } => Told::Broken(note(*number, from, offset, text)),
            };
            if !std::mem::replace(announced, true) {
                let connection = Connection {
                    connection: *number,
                    name: name.clone(),
                };
                result = tell.tell(&Told::Connection(connection));
            }
            if result.is_ok() {
                result = tell.tell(&told);
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
