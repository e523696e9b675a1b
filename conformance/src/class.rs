//! The classes of cases: a number, which files and reports are sorted by, and a name.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A class of cases.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(
    missing_docs,
    reason = "each is documented by its title and its rule, where its cases are"
)]
pub enum Class {
    Integers = 1,
    Floats,
    Texts,
    ComposedTypes,
    UnfitValues,
    CutValues,
    Varints,
    Tags,
    BadText,
    Lengths,
    Depth,
    Leftovers,
    Mutants,
    Descriptors,
    FrameLengths,
    Chunks,
    WebSocket,
    AnswersToNothing,
    ErrorFrames,
    EndsOfStreams,
    Cuts,
    Closing,
    Interleaving,
    SlowReaders,
    PeersThatDoNotRead,
    Timeouts,
    Cancellation,
    ManyAtOnce,
    MethodsThatFail,
    ReconnectingAndPools,
    Tunnels,
    Tls,
    Live,
    DecodedSizes,
    UnaskedPeers,
    ServedValues,
    ServedAnswers,
    ServedCalls,
    ServedRefusals,
    ServedCancellation,
    ServedLimits,
    Hosts,
    BothWays,
    RustCallers,
    OpenEnums,
    ServedContext,
    Context,
}

/// All classes with their names, by number from 1.
const NAMES: [(Class, &str); 47] = [
    (Class::Integers, "integers"),
    (Class::Floats, "floats"),
    (Class::Texts, "texts"),
    (Class::ComposedTypes, "composed-types"),
    (Class::UnfitValues, "unfit-values"),
    (Class::CutValues, "cut-values"),
    (Class::Varints, "varints"),
    (Class::Tags, "tags"),
    (Class::BadText, "bad-text"),
    (Class::Lengths, "lengths"),
    (Class::Depth, "depth"),
    (Class::Leftovers, "leftovers"),
    (Class::Mutants, "mutants"),
    (Class::Descriptors, "descriptors"),
    (Class::FrameLengths, "frame-lengths"),
    (Class::Chunks, "chunks"),
    (Class::WebSocket, "websocket"),
    (Class::AnswersToNothing, "answers-to-nothing"),
    (Class::ErrorFrames, "error-frames"),
    (Class::EndsOfStreams, "ends-of-streams"),
    (Class::Cuts, "cuts"),
    (Class::Closing, "closing"),
    (Class::Interleaving, "interleaving"),
    (Class::SlowReaders, "slow-readers"),
    (Class::PeersThatDoNotRead, "peers-that-do-not-read"),
    (Class::Timeouts, "timeouts"),
    (Class::Cancellation, "cancellation"),
    (Class::ManyAtOnce, "many-at-once"),
    (Class::MethodsThatFail, "methods-that-fail"),
    (Class::ReconnectingAndPools, "reconnecting-and-pools"),
    (Class::Tunnels, "tunnels"),
    (Class::Tls, "tls"),
    (Class::Live, "live"),
    (Class::DecodedSizes, "decoded-sizes"),
    (Class::UnaskedPeers, "unasked-peers"),
    (Class::ServedValues, "served-values"),
    (Class::ServedAnswers, "served-answers"),
    (Class::ServedCalls, "served-calls"),
    (Class::ServedRefusals, "served-refusals"),
    (Class::ServedCancellation, "served-cancellation"),
    (Class::ServedLimits, "served-limits"),
    (Class::Hosts, "hosts"),
    (Class::BothWays, "both-ways"),
    (Class::RustCallers, "rust-callers"),
    (Class::OpenEnums, "open-enums"),
    (Class::ServedContext, "served-context"),
    (Class::Context, "context"),
];

impl Class {
    /// Its number, from 1.
    pub fn number(self) -> u32 {
        self as u32
    }

    /// Its name: words and hyphens.
    pub fn name(self) -> &'static str {
        NAMES[self as usize - 1].1
    }

    /// The class of this number.
    pub fn of_number(number: u32) -> Option<Self> {
        let index = usize::try_from(number).ok()?.checked_sub(1)?;
        NAMES.get(index).map(|(class, _)| *class)
    }

    /// Whether its cases are valid values, which travel both ways unchanged.
    pub fn is_of_valid_values(self) -> bool {
        matches!(self, Self::Integers | Self::Floats | Self::Texts | Self::ComposedTypes)
    }

    /// Whether the testee serves in its cases.
    pub fn is_served(self) -> bool {
        self >= Self::ServedValues && self <= Self::RustCallers || self == Self::ServedContext
    }

    /// Whether its cases are bounded in what they may allocate, besides what they do.
    pub fn is_bounded(self) -> bool {
        matches!(self, Self::Lengths | Self::FrameLengths)
    }
}

/// The number, with two digits.
impl fmt::Display for Class {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}", self.number())
    }
}

/// From a number or a name.
impl FromStr for Class {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let class = match text.parse() {
            Ok(number) => Self::of_number(number),
            Err(_) => NAMES.iter().find(|(_, name)| *name == text).map(|(class, _)| *class),
        };
        class.ok_or_else(|| {
            let names: Vec<&str> = NAMES.iter().map(|(_, name)| *name).collect();
            format!(
                "no class {text}; classes are 1 to {}, or {}",
                NAMES.len(),
                names.join(", ")
            )
        })
    }
}

/// As a number.
impl Serialize for Class {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_u32(self.number())
    }
}

/// From a number or a name.
impl<'de> Deserialize<'de> for Class {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NumberOrName;
        impl serde::de::Visitor<'_> for NumberOrName {
            type Value = Class;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the number or the name of a class")
            }

            fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<Class, E> {
                number.to_string().parse().map_err(E::custom)
            }

            fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Class, E> {
                name.parse().map_err(E::custom)
            }
        }
        deserializer.deserialize_any(NumberOrName)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_class_is_found_by_number_and_by_name() {
        for (index, (class, name)) in NAMES.iter().enumerate() {
            assert_eq!(class.number() as usize, index + 1);
            assert_eq!(class.name(), *name);
            assert_eq!(name.parse(), Ok(*class));
            assert_eq!(class.to_string().parse(), Ok(*class));
            let written = serde_json::to_string(class).expect("JSON");
            assert_eq!(serde_json::from_str::<Class>(&written).expect("a class"), *class);
        }
    }

    #[test]
    fn what_is_no_class_is_refused_with_those_that_there_are() {
        for text in ["0", "48", "Cuts", ""] {
            let error = text.parse::<Class>().expect_err(text);
            assert!(error.contains("classes are 1 to 47, or integers, floats"), "{error}");
        }
        assert!(serde_json::from_str::<Class>("99").is_err());
    }
}
