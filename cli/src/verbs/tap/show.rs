//! Shows what passed.

use std::collections::HashMap;
use std::sync::mpsc::Receiver;

use super::relay::{Happened, What};
use crate::failure::Failure;
use crate::printer;
use crate::traffic::show::Show;
use crate::traffic::{Apis, Direction, Foreign, Link};

/// A connection, and how many of its sides have ended.
struct Open<'a> {
    link: Link<'a>,
    ended: u8,
}

/// Prints until nobody can report anything more.
///
/// # Errors
/// When stdout cannot be written.
pub(super) fn show(receive: &Receiver<Happened>, apis: &Apis<'_>, mut show: Show) -> Result<(), Failure> {
    let mut open: HashMap<u32, Open<'_>> = HashMap::new();
    while let Ok(happened) = receive.recv() {
        let number = happened.connection;
        match happened.what {
            What::Refused(why) => printer::line(&format!("connection {number}: {why}")),
            What::Opened(name) => {
                let link = Link::new(apis, number, name, Foreign::Reported);
                open.insert(number, Open { link, ended: 0 });
            }
            What::Passed(from, bytes) => {
                if let Some(Open { link, .. }) = open.get_mut(&number) {
                    link.feed(from, Some(happened.time), &bytes, &mut show)?;
                }
            }
            What::Ended(from) => ended(&mut open, number, from, &mut show)?,
        }
    }
    Ok(())
}

/// One side has ended.
fn ended(open: &mut HashMap<u32, Open<'_>>, number: u32, from: Direction, show: &mut Show) -> Result<(), Failure> {
    let Some(connection) = open.get_mut(&number) else {
        return Ok(());
    };
    connection.link.finish(from, show)?;
    connection.ended += 1;
    if connection.ended == 2 {
        let frames = connection.link.frames();
        printer::line(&format!("connection {number} ended after {frames} frames"));
        open.remove(&number);
    }
    Ok(())
}
