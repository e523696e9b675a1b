//! What was measured, when and with what: a file of figures, of which every table is made.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::effort::Effort;
use super::figures::Figure;
use super::peers::Peer;
use crate::project::{Error, Result, version_of};

/// Where the results are kept that the tables are made of.
pub const RESULTS: &str = "benchmarks/results";

/// All figures of a language, or of `rapace gen`.
pub struct Record {
    /// How they were made.
    pub made: Made,
    /// In the order in which they were printed.
    pub figures: Vec<Figure>,
}

/// How figures were made: the first line of their file.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Made {
    /// How often everything was measured anew.
    pub runs: u32,
    /// How often each program was started in a run.
    pub rounds: u32,
    /// How long a program measured an operation.
    pub seconds: f64,
    /// The processor and its cores.
    pub machine: String,
    /// Compilers and interpreters.
    pub tools: Vec<String>,
    /// The version of each peer, by its column.
    pub versions: BTreeMap<String, String>,
}

impl Record {
    /// Figures that were made now, beside these peers.
    pub fn new(figures: Vec<Figure>, effort: Effort, language: &str, peers: &[Peer]) -> Self {
        let mut versions = BTreeMap::new();
        for peer in peers.iter().filter(|peer| peer.language == language) {
            for library in &peer.libraries {
                versions.insert(library.clone(), shown(&peer.version));
            }
        }
        let made = Made {
            runs: effort.runs,
            rounds: effort.rounds,
            seconds: effort.seconds,
            machine: machine(),
            tools: tools(),
            versions,
        };
        Self { made, figures }
    }

    /// Adds the figures of an older record but those of these operations.
    pub fn keep_others(&mut self, older: Self, operations: &[&str]) {
        let others = older.figures.into_iter();
        let mut figures: Vec<Figure> = others
            .filter(|figure| !operations.contains(&&*figure.measure.op))
            .collect();
        figures.append(&mut self.figures);
        self.figures = figures;
    }

    /// Reads the file of this name.
    pub fn read(folder: &Path, name: &str) -> Result<Self> {
        let path = file(folder, name);
        let text = fs::read_to_string(&path).map_err(|error| Error(format!("{}: {error}", path.display())))?;
        let wrong = |error: serde_json::Error| Error(format!("{}: {error}", path.display()));
        let mut lines = text.lines();
        let made = serde_json::from_str(lines.next().unwrap_or_default()).map_err(wrong)?;
        let figures = lines.map(|line| serde_json::from_str(line).map_err(wrong));
        Ok(Self {
            made,
            figures: figures.collect::<Result<_>>()?,
        })
    }

    /// Writes the file of this name: a line of JSON for how the figures were made, then one for each.
    pub fn write(&self, folder: &Path, name: &str) -> Result {
        let json = |error: serde_json::Error| Error(error.to_string());
        let mut lines = serde_json::to_string(&self.made).map_err(json)? + "\n";
        for figure in &self.figures {
            lines += &serde_json::to_string(figure).map_err(json)?;
            lines.push('\n');
        }
        Ok(fs::write(file(folder, name), lines)?)
    }
}

/// A version as tables show it: of Go's name for a commit, `v0.6.1-0.20240319094008-0393e58bdf10`, without time and hash.
fn shown(version: &str) -> String {
    match version.split('-').collect::<Vec<_>>()[..] {
        [tag, time, _] => format!("{tag}-{}", time.get(..10).unwrap_or(time)),
        _ => version.to_owned(),
    }
}

fn file(folder: &Path, name: &str) -> PathBuf {
    folder.join(format!("{name}.jsonl"))
}

fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, |cores| cores.get());
    let processor = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let name = processor.lines().find_map(|line| line.strip_prefix("model name"));
    let name = name.map_or("processor unknown", |name| name.trim_start_matches([' ', '\t', ':']));
    format!("{name}, {cores} cores")
}

fn tools() -> Vec<String> {
    let versions = [
        ("rustc", "--version"),
        ("python3", "--version"),
        ("go", "version"),
        ("node", "--version"),
    ];
    let version = |(tool, flag): &(&str, &str)| version_of(tool, &[flag]).map(|version| format!("{tool}: {version}"));
    versions.iter().filter_map(version).collect()
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn versions_are_shown_without_hashes() {
        assert_eq!(shown("v0.6.1-0.20240319094008-0393e58bdf10"), "v0.6.1-0.20240319");
        assert_eq!(shown("v1.36.12"), "v1.36.12");
        assert_eq!(shown("2.0.0-rc.1"), "2.0.0-rc.1");
    }
}
