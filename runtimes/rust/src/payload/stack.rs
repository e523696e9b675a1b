//! Room for values that are nested deep.

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::dispatched::Dispatch;

/// What reading or writing one value inside another takes of the stack, in bytes, and half as much again at least. facet-postcard
/// takes 64 KiB without optimisation and less than 2 KiB with it.
pub(super) const PER_VALUE: usize = if cfg!(debug_assertions) { 96 * 1024 } else { 8 * 1024 };
/// What handlers and all that is below them may take besides.
const SPARE: usize = 256 * 1024;
/// Values that take no more than this are read on the stack that there is: threads have at least ten times as much.
const USUAL: usize = 128 * 1024;

/// What an answer to a call of ours may take, on the stack of the thread that its handler runs on.
const ANSWER: usize = 1536 * 1024;

/// Whether a thread's own stack has room for reading so many values inside each other.
pub(crate) fn fits_a_thread(inside: u32) -> bool {
    inside as usize * PER_VALUE <= ANSWER
}

/// Runs a call whose request has so many values inside each other, on a stack that has room for them. A thread's own has 2 MiB:
/// enough for 30 of them without optimisation.
pub(crate) fn with_stack(call: Dispatch, inside: u32) -> Dispatch {
    let needed = inside as usize * PER_VALUE;
    match needed <= USUAL {
        true => call,
        false => Box::pin(Deep { call, needed }),
    }
}

struct Deep {
    call: Dispatch,
    needed: usize,
}

impl Future for Deep {
    type Output = <Dispatch as Future>::Output;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let size = self.needed + SPARE;
        stacker::maybe_grow(size, size, || self.call.as_mut().poll(cx))
    }
}
