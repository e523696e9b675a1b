//! The bookshop's real server, started for demos and tests.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::project::{Error, Project, Result};

/// A running bookshop server. It stops when this value is dropped.
pub struct Bookshop {
    child: Child,
    addresses: Vec<String>,
}

impl Bookshop {
    /// Starts the server with a listener of each kind: host on TCP and on a Unix socket, and each service alone
    /// behind rapace's plain `serve()`. Every start is a fresh shop.
    pub fn start(project: &Project) -> Result<Self> {
        static STARTED: AtomicUsize = AtomicUsize::new(0);
        let number = STARTED.fetch_add(1, Ordering::Relaxed);
        let socket = std::env::temp_dir().join(format!("bookshop-{}-{number}.sock", std::process::id()));
        let mut child = Command::new(project.built("bookshop-server"))
            .args([
                "--listen",
                "tcp://127.0.0.1:0",
                "--listen",
                &format!("unix://{}", socket.display()),
            ])
            .args([
                "--plain-catalog",
                "tcp://127.0.0.1:0",
                "--plain-orders",
                "tcp://127.0.0.1:0",
            ])
            .arg("--until-stdin-closes")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(|error| Error(format!("bookshop-server: cannot start: {error}")))?;
        let stdout = child
            .stdout
            .take()
            .ok_or_else(|| Error("bookshop-server: no stdout".into()))?;
        let mut addresses = Vec::new();
        for line in BufReader::new(stdout).lines().take(4) {
            let line = line?;
            let address = line.rsplit(' ').next().unwrap_or_default();
            addresses.push(address.to_owned());
        }
        let server = Self { child, addresses };
        if server.addresses.len() < 4 {
            return Err(Error(format!(
                "bookshop-server: {} listeners instead of 4",
                server.addresses.len()
            )));
        }
        Ok(server)
    }

    /// The host's address on TCP.
    pub fn tcp(&self) -> &str {
        &self.addresses[0]
    }

    /// Puts the addresses into the environment of a test command.
    pub fn describe_to(&self, project: &Project, command: &mut Command) {
        command
            .env("BOOKSHOP_TCP", &self.addresses[0])
            .env("BOOKSHOP_UNIX", &self.addresses[1])
            .env("BOOKSHOP_PLAIN_CATALOG", &self.addresses[2])
            .env("BOOKSHOP_PLAIN_ORDERS", &self.addresses[3])
            .env("BOOKSHOP_SERVER", project.built("bookshop-server"));
    }
}

impl Drop for Bookshop {
    fn drop(&mut self) {
        // Closing its stdin ends the server; it may have ended already.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}
