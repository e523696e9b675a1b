//! What tasks and their programs say: at once, or kept until the work is done, where other work is done beside it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

thread_local! {
    static PLACE: RefCell<Place> = const { RefCell::new(Place(None)) };
}

/// Where what is said goes: to this program's own output, or into what is kept.
#[derive(Clone, Default)]
pub struct Place(Option<Kept>);

#[derive(Clone, Default)]
struct Kept(Arc<Mutex<Vec<u8>>>);

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Place {
    /// That of this thread.
    pub fn here() -> Self {
        PLACE.with_borrow(Clone::clone)
    }

    /// Whether what is said is kept.
    pub fn keeps(&self) -> bool {
        self.0.is_some()
    }

    /// What to write to: this output, unless it is kept.
    pub fn or(&self, output: impl Write + Send + 'static) -> Box<dyn Write + Send> {
        match &self.0 {
            Some(kept) => Box::new(kept.clone()),
            None => Box::new(output),
        }
    }

    /// Does work in this thread of which all that is said goes here.
    pub fn within<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = PLACE.replace(self.clone());
        let done = work();
        PLACE.set(before);
        done
    }
}

/// Says a line, on stderr where it is not kept.
pub fn say(line: &str) {
    write(io::stderr(), &format!("{line}\n"));
}

/// Prints a result, on stdout where it is not kept.
pub fn print(text: &str) {
    write(io::stdout(), text);
}

/// Nobody is left to tell of output that cannot be written.
fn write(output: impl Write + Send + 'static, text: &str) {
    let mut output = Place::here().or(output);
    let _ = output.write_all(text.as_bytes());
    let _ = output.flush();
}

/// Does work, and says in one piece what was said meanwhile, also when the work panics.
pub fn in_one_piece<T>(work: impl FnOnce() -> T) -> T {
    struct Piece(Place, Kept);
    impl Drop for Piece {
        fn drop(&mut self) {
            let kept = std::mem::take(&mut *self.1.0.lock().unwrap_or_else(PoisonError::into_inner));
            let _ = self.0.or(io::stderr()).write_all(&kept);
        }
    }
    let piece = Piece(Place::here(), Kept::default());
    Place(Some(piece.1.clone())).within(work)
}

#[cfg(test)]
mod tests {
    use std::process::Command;
    use std::sync::Barrier;

    use super::*;
    use crate::project::run;
    use crate::side_by_side::side_by_side;

    /// What is said within.
    fn heard(work: impl FnOnce()) -> String {
        let kept = Kept::default();
        Place(Some(kept.clone())).within(work);
        let heard = kept.0.lock().expect("no panic").clone();
        String::from_utf8(heard).expect("UTF-8")
    }

    #[test]
    fn work_that_is_done_side_by_side_speaks_in_pieces() {
        let turns = Barrier::new(2);
        let text = heard(|| {
            let done = side_by_side(&["one", "two"], 2, |name, _| {
                in_one_piece(|| {
                    say(&format!("{name} begins"));
                    turns.wait();
                    run(Command::new("echo").arg(name))?;
                    turns.wait();
                    print(&format!("{name} ends\n"));
                    Ok(())
                })
            });
            done.expect("nothing fails");
        });
        let piece = |name| format!("{name} begins\n    $ echo {name}\n{name}\n{name} ends\n");
        let (one, two) = (piece("one"), piece("two"));
        assert!(text == format!("{one}{two}") || text == format!("{two}{one}"), "{text}");
    }

    #[test]
    fn what_was_said_before_a_panic_is_not_lost() {
        let text = heard(|| {
            let done = side_by_side(&[()], 1, |(), _| {
                in_one_piece(|| {
                    say("it begins");
                    panic!("on purpose")
                })
            });
            assert!(done.is_err());
        });
        assert_eq!(text, "it begins\n");
    }
}
