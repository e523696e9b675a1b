//! Two services on one connection: the host calls its plug-in, and the plug-in calls its host back while it serves.
//!
//! The plug-in is a small template engine. It asks its host for each value that a template names.

#![allow(
    missing_docs,
    reason = "the service macro writes method id constants without documentation"
)]

use rapace::Streaming;

/// What the plug-in implements and the host calls.
#[rapace::service]
pub trait Plugin {
    /// Greets somebody with the host's value of `greeting`, as in `Good evening, Ada!`.
    async fn greet(&self, name: String) -> String;
    /// Renders a template and sends each line as soon as it is rendered.
    ///
    /// `{{key}}` is replaced by the host's value of the key, which consists of letters. The stream ends with the status `NotFound`
    /// when the host has no value: `no value for KEY`.
    async fn render(&self, template: String) -> Streaming<String>;
}

/// What the host implements and the plug-in calls.
#[rapace::service]
pub trait Host {
    /// The value of this key, if there is one.
    async fn value(&self, key: String) -> Option<String>;
}
