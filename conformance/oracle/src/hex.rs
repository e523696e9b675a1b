use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Bytes, in JSON a string of hex. A run of one byte, 64 times or more, is `[COUNTxBYTE]`: `[100000x01]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hex(pub Vec<u8>);

/// The shortest run that is abbreviated.
const RUN: usize = 64;

impl fmt::Display for Hex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for run in self.0.chunk_by(|a, b| a == b) {
            if run.len() >= RUN {
                write!(f, "[{}x{:02x}]", run.len(), run[0])?;
            } else {
                run.iter().try_for_each(|byte| write!(f, "{byte:02x}"))?;
            }
        }
        Ok(())
    }
}

impl FromStr for Hex {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).map(Self).ok_or_else(|| format!("{text:?} is not hex"))
    }
}

impl Serialize for Hex {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hex {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn parse(mut text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    while !text.is_empty() {
        if let Some(run) = text.strip_prefix('[') {
            let (run, rest) = run.split_once(']')?;
            let (count, byte) = run.split_once('x')?;
            bytes.extend(std::iter::repeat_n(
                u8::from_str_radix(byte, 16).ok()?,
                count.parse().ok()?,
            ));
            text = rest;
        } else {
            let (byte, rest) = text.split_at_checked(2)?;
            bytes.push(u8::from_str_radix(byte, 16).ok()?);
            text = rest;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_comes_back() {
        for bytes in [
            vec![],
            vec![0, 255],
            vec![7; 63],
            vec![7; 64],
            [vec![1], vec![0; 100_000], vec![2]].concat(),
        ] {
            let text = serde_json::to_string(&Hex(bytes.clone())).expect("JSON");
            assert!(text.len() < 140, "{text}");
            assert_eq!(serde_json::from_str::<Hex>(&text).expect("hex").0, bytes);
        }
        for wrong in ["0", "zz", "[3x", "[x01]", "é"] {
            assert!(serde_json::from_value::<Hex>(wrong.into()).is_err(), "{wrong}");
        }
    }
}
