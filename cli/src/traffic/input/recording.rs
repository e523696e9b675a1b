//! Recorded calls and values in JSON, as rapace's conformance suite writes them.

use serde::Deserialize;
use serde::de::{Deserializer, Error};

use super::hex::Hex;
use super::notation::Notation;

/// How long a file of recordings may be: 64 MiB. It is read whole.
pub(crate) const LONGEST: usize = 64 * 1024 * 1024;

/// A file of recordings.
#[derive(Debug, Deserialize)]
pub(crate) struct Recording {
    /// What was recorded.
    #[serde(rename = "cases")]
    entries: Vec<Case>,
}

/// What was recorded under one name.
#[derive(Debug, Deserialize)]
struct Case {
    #[serde(default)]
    name: String,
    method: Option<String>,
    bytes: Option<Bytes>,
    #[serde(default)]
    calls: Vec<Call>,
}

/// A request and its answers.
#[derive(Debug, Deserialize)]
struct Call {
    request: Option<Bytes>,
    forged: Option<Bytes>,
    #[serde(default)]
    answers: Vec<Answer>,
}

/// The frames that answered.
#[derive(Debug, Deserialize)]
struct Answer {
    /// Who answered so.
    #[serde(default)]
    by: Vec<String>,
    #[serde(default)]
    frames: Vec<Bytes>,
}

/// One thing that was recorded.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Entry {
    /// The bytes of a value that a method returns.
    Value {
        /// Its name.
        name: String,
        /// The method.
        method: String,
        /// The bytes.
        bytes: Vec<u8>,
    },
    /// What passed on a connection.
    Connection {
        /// Its name.
        name: String,
        /// What was sent, in order: true for what the client sent.
        sent: Vec<(bool, Vec<u8>)>,
    },
}

/// Bytes in hex.
#[derive(Debug, Clone)]
struct Bytes(Vec<u8>);

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let (mut hex, mut bytes) = (Hex::default(), Vec::new());
        hex.add(text.as_bytes(), &mut bytes)
            .map_err(|(_, why)| D::Error::custom(why))?;
        hex.finish(&mut bytes).map_err(D::Error::custom)?;
        Ok(Self(bytes))
    }
}

impl Recording {
    /// Reads a file.
    ///
    /// # Errors
    /// A message: it is too long, no JSON, or has another form.
    pub(crate) fn parse(text: &[u8]) -> Result<Self, String> {
        if text.len() > LONGEST {
            return Err(format!("a recording exceeds the limit of {LONGEST} bytes"));
        }
        serde_json::from_slice(text).map_err(|error| format!("not a recording of rapace's conformance suite: {error}"))
    }

    /// What was recorded, in order. Values that have no bytes are left out.
    pub(crate) fn entries(self) -> Vec<Entry> {
        self.entries.into_iter().flat_map(Case::entries).collect()
    }
}

impl Case {
    fn entries(self) -> Vec<Entry> {
        match (self.method, self.bytes) {
            (Some(method), Some(Bytes(bytes))) => vec![Entry::Value {
                name: self.name,
                method,
                bytes,
            }],
            _ => connections(&self.name, &self.calls),
        }
    }
}

/// A connection for each way of answering.
fn connections(name: &str, calls: &[Call]) -> Vec<Entry> {
    let one_way = calls.iter().all(|call| call.answers.len() <= 1);
    let mut ways: Vec<&str> = Vec::new();
    for way in calls
        .iter()
        .flat_map(|call| &call.answers)
        .flat_map(|answer| &answer.by)
    {
        if !ways.contains(&way.as_str()) {
            ways.push(way);
        }
    }
    let connection = |name: String, way: Option<&str>| Entry::Connection {
        name,
        sent: calls.iter().flat_map(|call| call.sent(way)).collect(),
    };
    match one_way || ways.is_empty() {
        true if calls.is_empty() => Vec::new(),
        true if ways.is_empty() => vec![connection(name.to_owned(), None)],
        true => vec![connection(format!("{name} ({})", ways.join(", ")), None)],
        false => ways
            .iter()
            .map(|way| connection(format!("{name} ({way})"), Some(way)))
            .collect(),
    }
}

impl Call {
    /// The request, and the frames that answered it in one way, or in whatever way.
    fn sent(&self, way: Option<&str>) -> Vec<(bool, Vec<u8>)> {
        let requests = self
            .request
            .iter()
            .chain(&self.forged)
            .map(|Bytes(bytes)| (true, bytes.clone()));
        let answers = self.answers.iter().filter(|answer| {
            let is_it = |way| answer.by.iter().any(|by| by == way);
            way.is_none_or(is_it)
        });
        let frames = answers
            .flat_map(|answer| &answer.frames)
            .map(|Bytes(bytes)| (false, bytes.clone()));
        requests.chain(frames).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Entry, Recording};

    #[test]
    fn a_connection_is_made_for_each_way_of_answering() {
        let text = r#"{"class": 1, "cases": [
            {"name": "v", "method": "u8", "bytes": "[2x01]", "value": 1},
            {"name": "unfit", "method": "u8", "value": 256},
            {"name": "c", "calls": [
                {"request": "01", "answers": [{"by": ["serve"], "frames": ["02 03"]}, {"by": ["session"], "frames": []}]},
                {"forged": "04", "answers": [{"by": ["serve", "session"], "frames": ["05"]}]}
            ]},
            {"name": "d", "calls": [{"request": "01", "answers": [{"by": ["serve", "session"], "frames": ["02"]}]}]}
        ]}"#;
        let entries = Recording::parse(text.as_bytes()).expect("a recording").entries();
        let connection = |name: &str, sent: &[(bool, &[u8])]| Entry::Connection {
            name: name.to_owned(),
            sent: sent.iter().map(|(client, bytes)| (*client, bytes.to_vec())).collect(),
        };
        let value = Entry::Value {
            name: "v".to_owned(),
            method: "u8".to_owned(),
            bytes: vec![1, 1],
        };
        let expected = [
            value,
            connection(
                "c (serve)",
                &[(true, &[1]), (false, &[2, 3]), (true, &[4]), (false, &[5])],
            ),
            connection("c (session)", &[(true, &[1]), (true, &[4]), (false, &[5])]),
            connection("d (serve, session)", &[(true, &[1]), (false, &[2])]),
        ];
        assert_eq!(entries, expected);
    }

    #[test]
    fn other_json_is_refused() {
        for text in [
            "{}",
            "{\"cases\": 1}",
            "{",
            "{\"cases\": [{\"calls\": [{\"request\": \"xy\"}]}]}",
        ] {
            let error = Recording::parse(text.as_bytes()).expect_err(text);
            assert!(
                error.starts_with("not a recording of rapace's conformance suite: "),
                "{error}"
            );
        }
    }
}
