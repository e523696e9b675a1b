//! A crate that gives the services of another as its own.

pub use reports_feeds::{Feed, feed_register};

pub mod news {
    pub use reports_feeds::archive::*;
}

/// The crate's own.
#[rapace::service]
pub trait Front {
    async fn hello(&self) -> String;
}
