//! The services. What implements them is elsewhere, so that clients in Rust need this module and the types alone.

use std::collections::{BTreeMap, BTreeSet};

use rapace::Streaming;

use crate::model::*;

/// Submits jobs and follows them.
#[rapace::service]
pub trait Jobs {
    /// Submits a job. Its queue must exist and must not be paused.
    async fn submit(&self, spec: JobSpec) -> Outcome<JobId, JobError>;
    /// The job that has this id, if there is one.
    async fn get(&self, id: JobId) -> Option<Job>;
    /// Lists jobs, the oldest first, from an offset on.
    async fn list(&self, filter: Filter, offset: usize, limit: usize) -> Page<Job>;
    /// Cancels a job that has not ended.
    async fn cancel(&self, id: JobId, reason: Option<String>) -> Outcome<Job, JobError>;
    /// Sends what has happened to a job so far, in order.
    async fn watch(&self, id: JobId) -> Streaming<Event>;
    /// Adds an artifact to a job, and says how many bytes its artifacts have.
    async fn put_artifact(&self, id: JobId, name: String, data: Vec<u8>) -> Outcome<u64, JobError>;
    /// The artifact of this name.
    async fn artifact(&self, id: JobId, name: String) -> Option<Vec<u8>>;
    /// How many jobs are in each state.
    async fn stats(&self) -> BTreeMap<String, u64>;
    /// Submits a job with default settings.
    #[deprecated = "use `submit`"]
    async fn enqueue(&self, queue: String, name: String) -> Outcome<JobId, JobError>;
}

/// Creates queues and controls them.
#[rapace::service]
pub trait Queues {
    /// Creates a queue. Its name must be new.
    async fn create(&self, queue: Queue) -> Outcome<Queue, QueueError>;
    /// The queue that has this name, if there is one.
    async fn get(&self, name: String) -> Option<Queue>;
    /// All queues by name.
    async fn all(&self) -> BTreeMap<String, Queue>;
    /// Pauses a queue: it takes no jobs until it is resumed.
    async fn pause(&self, name: String) -> Outcome<Queue, QueueError>;
    /// Resumes a queue.
    async fn resume(&self, name: String) -> Outcome<Queue, QueueError>;
    /// Cancels all jobs that wait in a queue, and says which they were.
    async fn drain(&self, name: String) -> BTreeSet<JobId>;
}

/// What workers call.
#[rapace::service]
pub trait Workers {
    /// Takes up to so many jobs from queues that need no more than these capabilities.
    async fn lease(&self, worker: String, capabilities: BTreeSet<String>, limit: usize) -> Vec<Job>;
    /// Says that the worker is alive. Nobody waits for an answer.
    async fn heartbeat(&self, worker: String);
    /// Reports how a job has ended.
    async fn finish(&self, id: JobId, result: Finish) -> Outcome<Job, JobError>;
    /// When each worker was seen last.
    async fn seen(&self) -> BTreeMap<String, Timestamp>;
}
