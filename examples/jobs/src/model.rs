//! The types that travel.

use std::collections::{BTreeMap, BTreeSet};

use facet::Facet;

/// The id of a job: the bytes of a UUID.
#[derive(Facet, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(
    /// The sixteen bytes.
    pub [u8; 16],
);

/// A moment in milliseconds since 1970, in UTC.
#[derive(Facet, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(
    /// The milliseconds. Moments before 1970 are negative.
    pub i64,
);

/// A length of time in milliseconds.
#[derive(Facet, Debug, Clone, Copy, PartialEq, Eq)]
pub struct Timeout(
    /// The milliseconds.
    pub i64,
);

/// A value, or the reason why there is none. It travels like any other enum; facet has no `Result`.
#[derive(Facet, Debug, Clone, PartialEq)]
#[repr(u8)]
pub enum Outcome<T: 'static, E: 'static> {
    /// The value.
    Ok(T),
    /// The reason why there is none.
    Err(E),
}

/// Why something could not be done with a job.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
#[repr(u8)]
pub enum JobError {
    /// No job has this id.
    UnknownJob(JobId),
    /// No queue has this name.
    UnknownQueue(String),
    /// The queue is paused.
    QueuePaused {
        /// The queue's name.
        queue: String,
        /// Since when.
        since: Timestamp,
    },
    /// The job has ended already.
    Ended,
}

/// Why something could not be done with a queue.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
#[repr(u8)]
pub enum QueueError {
    /// There is a queue of this name.
    Exists(String),
    /// There is no queue of this name.
    Unknown(String),
}

/// What a job is to do.
#[derive(Facet, Debug, Clone, PartialEq)]
#[repr(u8)]
pub enum Payload {
    /// Nothing.
    Noop,
    /// Runs a program.
    Command {
        /// The program.
        program: String,
        /// Its arguments.
        args: Vec<String>,
    },
    /// Sends a request.
    Http(HttpRequest),
    /// Bytes that the worker understands.
    Raw(Vec<u8>),
}

/// A request to a web server.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// The address.
    pub url: String,
    /// The headers.
    pub headers: BTreeMap<String, String>,
    /// The body, if there is one.
    pub body: Option<Vec<u8>>,
}

/// How soon a job is wanted.
#[derive(Facet, Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Priority {
    /// When nothing else waits.
    Low,
    /// In turn.
    Normal,
    /// Before others.
    High,
}

/// When a job is tried again.
#[derive(Facet, Debug, Clone, Copy, PartialEq)]
pub struct Retry {
    /// How often it is tried at most.
    pub attempts: u32,
    /// The pause before the second attempt.
    pub pause: Timeout,
    /// By how much each pause is longer than the one before.
    pub factor: f64,
}

/// A job as it is submitted.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct JobSpec {
    /// What people call it.
    pub name: String,
    /// The queue in which it waits.
    pub queue: String,
    /// What it is to do.
    pub payload: Payload,
    /// How soon it is wanted.
    pub priority: Priority,
    /// When it may start. At once if nothing is said.
    pub run_at: Option<Timestamp>,
    /// How long it may take.
    pub timeout: Option<Timeout>,
    /// When it is tried again. Never if nothing is said.
    pub retry: Option<Retry>,
    /// Labels by which it can be found.
    #[facet(default)]
    pub labels: BTreeMap<String, String>,
    /// The jobs that must have ended before.
    #[facet(default)]
    pub after: BTreeSet<JobId>,
}

/// A job.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// What was submitted.
    pub spec: JobSpec,
    /// When it was submitted.
    pub created: Timestamp,
    /// Where it is now.
    pub state: State,
    /// The sizes of its artifacts in bytes, by name.
    pub artifacts: BTreeMap<String, u64>,
}

/// Where a job is.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
#[repr(u8)]
pub enum State {
    /// It waits in its queue.
    Waiting,
    /// A worker has it.
    Running {
        /// The worker's name.
        worker: String,
        /// Since when.
        since: Timestamp,
    },
    /// It has ended.
    Ended(Finish),
    /// It was cancelled.
    Cancelled {
        /// Why, if somebody said so.
        reason: Option<String>,
    },
}

/// How a job has ended.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
#[repr(u8)]
pub enum Finish {
    /// Well.
    Done,
    /// With an exit code.
    Failed {
        /// The code.
        code: i32,
        /// What it wrote last.
        output: String,
    },
    /// It took too long.
    TimedOut,
}

/// Which jobs are listed.
#[derive(Facet, Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Only those of this queue.
    pub queue: Option<String>,
    /// Only those of this priority and above.
    pub at_least: Option<Priority>,
    /// Only those that have all of these labels.
    #[facet(default)]
    pub labels: BTreeMap<String, String>,
}

/// A part of a longer list.
#[derive(Facet, Debug, Clone, PartialEq)]
pub struct Page<T: 'static> {
    /// The items.
    pub items: Vec<T>,
    /// How many there are in all.
    pub total: u64,
    /// Where the next page starts, if there is one.
    pub next: Option<u64>,
}

/// What has happened to a job.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// The number of the event, from 1 on.
    pub number: u64,
    /// When it happened.
    pub at: Timestamp,
    /// Where the job was from then on.
    pub state: State,
}

/// A queue.
#[derive(Facet, Debug, Clone, PartialEq, Eq)]
pub struct Queue {
    /// Its name.
    pub name: String,
    /// What a worker needs for its jobs.
    pub needs: BTreeSet<String>,
    /// How many of its jobs may run at once.
    pub concurrency: u16,
    /// Since when it is paused, if it is.
    pub paused: Option<Timestamp>,
}
