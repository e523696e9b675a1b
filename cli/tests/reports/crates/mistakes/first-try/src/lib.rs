//! Written by somebody who has read no documentation of facet.

use std::time::Duration;

use facet::Facet;
use rapace::Streaming;

#[derive(Facet, Clone)]
pub struct Spec {
    pub name: String,
    pub timeout: Option<Duration>,
    pub kind: Kind,
}

#[derive(Facet, Clone)]
pub enum Kind {
    Small,
    Large,
}

#[derive(Facet)]
pub struct Filter {
    pub text: String,
}

pub struct Job {
    pub spec: Spec,
}

#[rapace::service]
pub trait Jobs {
    async fn submit(&self, specs: Streaming<Spec>) -> u64;
    async fn list(&self, filter: Filter, limit: u32) -> Vec<Job>;
}
