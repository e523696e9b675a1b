//! `rapace gen --watch` on a crate that does not compile and then does.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::{Crate, target_folder};

/// What a round may take on a busy machine: rapace itself may have to be built.
const PROMPTLY: Duration = Duration::from_secs(120);
/// How long nothing must happen when nothing has changed.
const REST: Duration = Duration::from_millis(700);

const SHOP: &str = "#[rapace::service]\npub trait Shop { async fn count(&self, of: u32) -> u64; }\n";

/// A run whose lines are read.
struct Watching {
    child: Child,
    lines: Receiver<String>,
}

impl Watching {
    fn start(shop: &Crate) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_rapace"))
            .args(["gen", "--watch"])
            .current_dir(shop.path())
            .env("CARGO_TARGET_DIR", target_folder())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            stderr
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        Self { child, lines }
    }

    /// The lines up to the end of a round.
    fn round(&self) -> Vec<String> {
        let (start, mut round) = (Instant::now(), Vec::new());
        while start.elapsed() < PROMPTLY {
            let Ok(line) = self.lines.recv_timeout(PROMPTLY) else {
                break;
            };
            let is_end = line.ends_with("watching for changes");
            round.push(line);
            if is_end {
                return round;
            }
        }
        panic!("no end of a round: {round:#?}");
    }

    fn rests(&self) {
        assert_eq!(self.lines.recv_timeout(REST).ok(), None);
    }
}

impl Drop for Watching {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn has(round: &[String], beginning: &str) -> bool {
    round.iter().any(|line| line.starts_with(beginning))
}

#[test]
fn each_change_is_generated_once_whatever_was_before() {
    let shop = Crate::new("watch-crate", &[("src/lib.rs", "pub trait Shop {")]);
    shop.write("rapace.toml", "[[gen]]\nlang = \"go\"\nout = \"clients/go\"\n");
    let watching = Watching::start(&shop);
    let broken = watching.round();
    assert!(has(&broken, "error") && has(&broken, "failed; watching"), "{broken:#?}");
    watching.rests();

    shop.write("src/lib.rs", SHOP);
    let mended = watching.round();
    assert!(
        has(&mended, "changed: src/lib.rs") && has(&mended, "wrote api.json: 1 service, 1 method, 0 types"),
        "{mended:#?}"
    );
    assert!(
        has(&mended, "wrote clients/go: ") && has(&mended, "all is up to date; watching"),
        "{mended:#?}"
    );
    // What it has written is no change, and neither is what an editor leaves.
    shop.write("src/.lib.rs.swp", "");
    shop.write("clients/go/notes.txt", "mine");
    watching.rests();

    // A folder that was not there, and in it what the crate then needs.
    shop.write("src/deep/stock.rs", &SHOP.replace("Shop", "Stock"));
    shop.write("src/lib.rs", &format!("{SHOP}pub mod deep {{ pub mod stock; }}\n"));
    let mut rounds = watching.round();
    if !has(&rounds, "wrote api.json: 2 services") {
        rounds = watching.round();
    }
    assert!(has(&rounds, "wrote api.json: 2 services"), "{rounds:#?}");
    watching.rests();
    shop.write("src/deep/stock.rs", &SHOP.replace("Shop", "Store"));
    let deep = watching.round();
    assert!(
        has(&deep, "changed: src/deep/stock.rs") && has(&deep, "wrote api.json: "),
        "{deep:#?}"
    );

    shop.write("rapace.toml", "[[gen]]\nlang = \"go\"\n");
    let line = watching.lines.recv_timeout(PROMPTLY).unwrap();
    assert_eq!(line, "changed: rapace.toml");
    let line = watching.lines.recv_timeout(PROMPTLY).unwrap();
    assert_eq!(line, "error: rapace.toml:1: missing key `out`");
    shop.write(
        "rapace.toml",
        "[[gen]]\nlang = \"go\"\nout = \"clients/go\"\nexclude = [\"Store\"]\n",
    );
    let excluded = watching.round();
    assert!(has(&excluded, "wrote clients/go: "), "{excluded:#?}");
}
