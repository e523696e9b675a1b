//! Tells when the sources of a project change.
//!
//! `places` says which folders hold sources. They are watched one by one and not with all that is in them: the folders of builds
//! are large, and packages that are written here must not look like changes.

mod places;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::time::Duration;

use notify::event::ModifyKind;
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher};

pub(crate) use places::Places;

/// How long it must be quiet after a change: 50 ms. Editors and version control write several files one after another.
const QUIET: Duration = Duration::from_millis(50);

/// A watch over folders.
pub(crate) struct Watch {
    watcher: RecommendedWatcher,
    events: Receiver<notify::Result<Event>>,
    watched: BTreeSet<PathBuf>,
}

impl Watch {
    /// A watch over nothing yet.
    ///
    /// # Errors
    /// A message: the system has no watch left.
    pub(crate) fn new() -> Result<Self, String> {
        let (sender, events) = mpsc::channel();
        let watcher = notify::recommended_watcher(sender).map_err(|error| format!("cannot watch: {error}"))?;
        Ok(Self {
            watcher,
            events,
            watched: BTreeSet::new(),
        })
    }

    /// Watches these folders from now on, and no others. One that has gone is passed over.
    ///
    /// # Errors
    /// A message: the system refuses, as when there are more folders than it watches.
    pub(crate) fn follow(&mut self, places: &Places) -> Result<(), String> {
        let folders = places.folders()?;
        for gone in self.watched.difference(&folders) {
            let _ = self.watcher.unwatch(gone);
        }
        // A folder that was made anew has the name of the old one, and needs another watch.
        for folder in &folders {
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Err(error) if folder.is_dir() => return Err(format!("cannot watch {}: {error}", folder.display())),
                _ => {}
            }
        }
        self.watched = folders;
        Ok(())
    }

    /// Waits until sources have changed and then rested. Returns one that has changed.
    ///
    /// # Errors
    /// A message: the system tells of no more changes.
    pub(crate) fn wait(&self, places: &Places) -> Result<PathBuf, String> {
        let ended = || "the system has ended the watch".to_owned();
        let mut changed = None;
        loop {
            let event = match &changed {
                None => self.events.recv().map_err(|_| ended())?,
                Some(path) => match self.events.recv_timeout(QUIET) {
                    Ok(event) => event,
                    Err(RecvTimeoutError::Timeout) => return Ok(PathBuf::clone(path)),
                    Err(RecvTimeoutError::Disconnected) => return Err(ended()),
                },
            };
            // What cannot be told, as after too many changes at once, is a change.
            let found = match event {
                Ok(event) if event.need_rescan() => Some(PathBuf::from(".")),
                Ok(event) => source(&event, places).map(Path::to_owned),
                Err(_) => Some(PathBuf::from(".")),
            };
            changed = found.or(changed);
        }
    }
}

/// The source that an event is about.
fn source<'e>(event: &'e Event, places: &Places) -> Option<&'e Path> {
    let says = match event.kind {
        EventKind::Create(_) | EventKind::Remove(_) | EventKind::Any => true,
        EventKind::Modify(kind) => !matches!(kind, ModifyKind::Metadata(_)),
        EventKind::Access(_) | EventKind::Other => false,
    };
    let mut paths = event.paths.iter().map(PathBuf::as_path);
    if says {
        paths.find(|path| places.is_change(path))
    } else {
        None
    }
}
