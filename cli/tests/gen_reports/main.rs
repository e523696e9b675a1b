//! Faults that were reported of `rapace gen`: descriptions and folders of others, plug-ins that misbehave.
#![allow(clippy::unwrap_used)]

mod growth;
mod plugins;
mod texts;
mod tokens;
