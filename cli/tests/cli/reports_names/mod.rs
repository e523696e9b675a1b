//! What users and attackers of the command reported, each fault with the right value: names, docs, files, refusals, merges.

mod docs;
mod files;
mod members;
mod merges;
mod refusals;
