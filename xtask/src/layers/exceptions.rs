//! The circles that stay, each with its reason.

/// Files that need each other for a reason.
#[derive(Debug)]
pub struct Exception {
    /// The folder of their package.
    package: &'static str,
    /// All of them, sorted, as paths in that folder.
    files: &'static [&'static str],
    /// Why they are several files and not one, and need each other all the same.
    #[expect(dead_code, reason = "it is for readers, and for the message of one that is stale")]
    reason: &'static str,
}

impl Exception {
    /// Whether this is a circle in a package.
    pub fn is(&self, package: &str, circle: &[String]) -> bool {
        self.package == package && self.files == circle
    }
}

/// All of them.
pub const EXCEPTIONS: &[Exception] = &[
    Exception {
        package: "runtimes/python/accelerator",
        files: &["src/node.rs", "src/record.rs"],
        reason: "one recursive type: a node may be a record, and a record has nodes; each half fills a file",
    },
    Exception {
        package: "conformance",
        files: &[
            "tests/suite/serving-testee/connection.rs",
            "tests/suite/serving-testee/serving.rs",
        ],
        reason: "one state: a host has connections, and a connection hands its requests to its host; each half fills a file",
    },
];
