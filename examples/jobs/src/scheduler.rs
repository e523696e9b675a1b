//! The services, implemented in memory. Ids and times count up, so that two runs give the same answers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::stream;
use rapace::Streaming;

use crate::model::*;
use crate::services::{Jobs, Queues, Workers};

/// The time of the first event: 2026-11-30, midnight in UTC.
const START: i64 = 1_795_996_800_000;

/// All jobs, queues and workers. Clones are the same scheduler.
#[derive(Clone, Default)]
pub struct Scheduler(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    jobs: BTreeMap<JobId, Entry>,
    queues: BTreeMap<String, Queue>,
    workers: BTreeMap<String, Timestamp>,
    ticks: i64,
}

struct Entry {
    job: Job,
    events: Vec<Event>,
    artifacts: BTreeMap<String, Vec<u8>>,
}

impl Scheduler {
    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// One second after the last time that was asked for.
    fn now(&mut self) -> Timestamp {
        self.ticks += 1;
        Timestamp(START + self.ticks * 1000)
    }

    fn submit(&mut self, spec: JobSpec) -> Outcome<JobId, JobError> {
        let Some(queue) = self.queues.get(&spec.queue) else {
            return Outcome::Err(JobError::UnknownQueue(spec.queue));
        };
        if let Some(since) = queue.paused {
            return Outcome::Err(JobError::QueuePaused {
                queue: spec.queue,
                since,
            });
        }
        let created = self.now();
        let id = JobId((0x8000_0000_0000_4000_0000_0000_0000_0000 + self.jobs.len() as u128 + 1).to_be_bytes());
        let (state, artifacts) = (State::Waiting, BTreeMap::new());
        let job = Job {
            id,
            spec,
            created,
            state: state.clone(),
            artifacts,
        };
        let first = Event {
            number: 1,
            at: created,
            state,
        };
        let entry = Entry {
            job,
            events: vec![first],
            artifacts: BTreeMap::new(),
        };
        self.jobs.insert(id, entry);
        Outcome::Ok(id)
    }

    /// Puts a job that has not ended into another state.
    fn change(&mut self, id: JobId, state: State) -> Outcome<Job, JobError> {
        let at = self.now();
        let Some(entry) = self.jobs.get_mut(&id) else {
            return Outcome::Err(JobError::UnknownJob(id));
        };
        if let State::Ended(_) | State::Cancelled { .. } = entry.job.state {
            return Outcome::Err(JobError::Ended);
        }
        entry.job.state = state.clone();
        let number = entry.events.len() as u64 + 1;
        entry.events.push(Event { number, at, state });
        Outcome::Ok(entry.job.clone())
    }

    fn pause(&mut self, name: String, paused: Option<Timestamp>) -> Outcome<Queue, QueueError> {
        match self.queues.get_mut(&name) {
            None => Outcome::Err(QueueError::Unknown(name)),
            Some(queue) => {
                queue.paused = paused;
                Outcome::Ok(queue.clone())
            }
        }
    }

    /// The jobs of a queue that wait.
    fn waiting(&self, queue: &str) -> Vec<JobId> {
        let waits = |entry: &&Entry| entry.job.spec.queue == queue && entry.job.state == State::Waiting;
        self.jobs.values().filter(waits).map(|entry| entry.job.id).collect()
    }
}

impl Filter {
    fn admits(&self, job: &Job) -> bool {
        let spec = &job.spec;
        self.queue.as_ref().is_none_or(|queue| *queue == spec.queue)
            && self.at_least.is_none_or(|priority| priority <= spec.priority)
            && self
                .labels
                .iter()
                .all(|(name, value)| spec.labels.get(name) == Some(value))
    }
}

impl State {
    fn name(&self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Running { .. } => "running",
            Self::Ended(_) => "ended",
            Self::Cancelled { .. } => "cancelled",
        }
    }
}

impl Jobs for Scheduler {
    async fn submit(&self, spec: JobSpec) -> Outcome<JobId, JobError> {
        self.inner().submit(spec)
    }

    async fn get(&self, id: JobId) -> Option<Job> {
        self.inner().jobs.get(&id).map(|entry| entry.job.clone())
    }

    async fn list(&self, filter: Filter, offset: usize, limit: usize) -> Page<Job> {
        let inner = self.inner();
        let found: Vec<&Entry> = inner.jobs.values().filter(|entry| filter.admits(&entry.job)).collect();
        let items: Vec<Job> = found
            .iter()
            .skip(offset)
            .take(limit)
            .map(|entry| entry.job.clone())
            .collect();
        let end = offset.saturating_add(items.len());
        Page {
            items,
            total: found.len() as u64,
            next: (end < found.len()).then_some(end as u64),
        }
    }

    async fn cancel(&self, id: JobId, reason: Option<String>) -> Outcome<Job, JobError> {
        self.inner().change(id, State::Cancelled { reason })
    }

    async fn watch(&self, id: JobId) -> Streaming<Event> {
        let inner = self.inner();
        let events = inner
            .jobs
            .get(&id)
            .map(|entry| entry.events.clone())
            .unwrap_or_default();
        Box::pin(stream::iter(events.into_iter().map(Ok)))
    }

    async fn put_artifact(&self, id: JobId, name: String, data: Vec<u8>) -> Outcome<u64, JobError> {
        let mut inner = self.inner();
        let Some(entry) = inner.jobs.get_mut(&id) else {
            return Outcome::Err(JobError::UnknownJob(id));
        };
        entry.job.artifacts.insert(name.clone(), data.len() as u64);
        entry.artifacts.insert(name, data);
        Outcome::Ok(entry.job.artifacts.values().sum())
    }

    async fn artifact(&self, id: JobId, name: String) -> Option<Vec<u8>> {
        self.inner().jobs.get(&id)?.artifacts.get(&name).cloned()
    }

    async fn stats(&self) -> BTreeMap<String, u64> {
        let mut stats = BTreeMap::new();
        for entry in self.inner().jobs.values() {
            *stats.entry(entry.job.state.name().to_owned()).or_default() += 1;
        }
        stats
    }

    async fn enqueue(&self, queue: String, name: String) -> Outcome<JobId, JobError> {
        self.inner().submit(JobSpec {
            name,
            queue,
            payload: Payload::Noop,
            priority: Priority::Normal,
            run_at: None,
            timeout: None,
            retry: None,
            labels: BTreeMap::new(),
            after: BTreeSet::new(),
        })
    }
}

impl Queues for Scheduler {
    async fn create(&self, queue: Queue) -> Outcome<Queue, QueueError> {
        let mut inner = self.inner();
        if inner.queues.contains_key(&queue.name) {
            return Outcome::Err(QueueError::Exists(queue.name));
        }
        inner.queues.insert(queue.name.clone(), queue.clone());
        Outcome::Ok(queue)
    }

    async fn get(&self, name: String) -> Option<Queue> {
        self.inner().queues.get(&name).cloned()
    }

    async fn all(&self) -> BTreeMap<String, Queue> {
        self.inner().queues.clone()
    }

    async fn pause(&self, name: String) -> Outcome<Queue, QueueError> {
        let mut inner = self.inner();
        let now = inner.now();
        inner.pause(name, Some(now))
    }

    async fn resume(&self, name: String) -> Outcome<Queue, QueueError> {
        self.inner().pause(name, None)
    }

    async fn drain(&self, name: String) -> BTreeSet<JobId> {
        let mut inner = self.inner();
        let waiting = inner.waiting(&name);
        for &id in &waiting {
            inner.change(id, State::Cancelled { reason: None });
        }
        waiting.into_iter().collect()
    }
}

impl Workers for Scheduler {
    async fn lease(&self, worker: String, capabilities: BTreeSet<String>, limit: usize) -> Vec<Job> {
        let mut inner = self.inner();
        let fits = |queue: &&Queue| queue.paused.is_none() && queue.needs.is_subset(&capabilities);
        let queues: Vec<String> = inner
            .queues
            .values()
            .filter(fits)
            .map(|queue| queue.name.clone())
            .collect();
        let waiting: Vec<JobId> = queues
            .iter()
            .flat_map(|queue| inner.waiting(queue))
            .take(limit)
            .collect();
        let since = inner.now();
        let mut leased = Vec::new();
        for id in waiting {
            let worker = worker.clone();
            if let Outcome::Ok(job) = inner.change(id, State::Running { worker, since }) {
                leased.push(job);
            }
        }
        leased
    }

    async fn heartbeat(&self, worker: String) {
        let mut inner = self.inner();
        let now = inner.now();
        inner.workers.insert(worker, now);
    }

    async fn finish(&self, id: JobId, result: Finish) -> Outcome<Job, JobError> {
        self.inner().change(id, State::Ended(result))
    }

    async fn seen(&self) -> BTreeMap<String, Timestamp> {
        self.inner().workers.clone()
    }
}
