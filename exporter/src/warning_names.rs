//! What warnings are called, in rapace.toml and after `--allow`.

/// The names of all warnings, sorted.
pub const NAMES: [&str; 14] = [
    "cfg-on-method",
    "docs-unread",
    "hidden-channel",
    "one-way-type",
    "passed-over",
    "recursive-type",
    "serde-attribute",
    "service-not-built",
    "service-not-in-sources",
    "several-services",
    "source-unread",
    "stream-blocks",
    "unused-key",
    "unused-name",
];
