//! Recordings: frames that went between Rust's own client and Rust's own servers, byte for byte. They are data; only the
//! recorder writes them.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::class::Class;
use crate::json::cases_to_json;
use crate::recorded::{End, Recorded};
use crate::serving::Way;

/// The recordings that belong to one class, which are one file.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recordings {
    /// The class.
    pub class: Class,
    /// What it is about.
    pub title: String,
    /// Where the frames come from.
    pub provenance: Provenance,
    /// The recordings.
    pub cases: Vec<Recording>,
}

/// Who sent what, and of which version each was.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provenance {
    /// What `request` is.
    pub request: String,
    /// What `forged` is.
    pub forged: String,
    /// What answers are by `serve`.
    pub serve: String,
    /// What answers are by `session`.
    pub session: String,
    /// What `ends` is.
    pub ends: String,
    /// What wrote the payloads.
    pub payloads: String,
}

/// What happened on a fresh connection.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recording {
    /// Unique in its class.
    pub name: String,
    /// Whether the calls were made at once, or each after the answer to the one before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub side_by_side: bool,
    /// The calls, in order.
    pub calls: Vec<Exchange>,
}

/// A request and what answered it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Exchange {
    /// In which form it was called.
    pub form: Form,
    /// `Service.method`.
    pub method: String,
    /// The arguments, in JSON form.
    pub arguments: Vec<Value>,
    /// What Rust's own client sent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Recorded>,
    /// What the raw peer sent instead, where no client sends what calls forth the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub forged: Option<Recorded>,
    /// What came back; more than one where the ways of serving differ.
    pub answers: Vec<Answer>,
}

/// How something is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Form {
    /// One answer.
    Call,
    /// A stream of answers.
    Stream,
    /// `RpcSession::notify`: nobody waits for an answer.
    Notify,
}

/// What answered a request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Answer {
    /// When it was served so.
    pub by: Vec<Way>,
    /// The frames.
    pub frames: Vec<Recorded>,
    /// Whether the server ended the connection.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub closes: bool,
    /// What it means to the caller; absent where it never ends.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends: Option<End>,
}

impl Recordings {
    /// The file: a line for each recording.
    pub fn to_json(&self) -> String {
        let provenance = serde_json::to_string_pretty(&self.provenance).expect("plain data is JSON");
        let title = serde_json::to_string(&self.title).expect("text is JSON");
        format!(
            "{{\n\"class\": {},\n\"title\": {title},\n\"provenance\": {provenance},\n\"cases\": [\n{}\n]\n}}\n",
            self.class.number(),
            cases_to_json(&self.cases)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rapace_wire::frame::Frame;

    #[test]
    fn a_frame_comes_back_and_can_be_read_field_by_field() {
        for payload in [&[][..], &[42], &[7; 100]] {
            let frame = Recorded(Frame::answer(5, payload));
            let text = serde_json::to_string(&frame).expect("JSON");
            assert_eq!(serde_json::from_str::<Recorded>(&text).expect("a frame"), frame);
        }
        let text = serde_json::to_value(Recorded(Frame::answer(5, &[42]))).expect("JSON");
        assert_eq!(
            text,
            "41000000 0000000000000000 05000000 00000000 ffffffff 00000000 00000000 01000000 05000000 00000000 \
             ffffffffffffffff 2a000000000000000000000000000000 2a"
        );
    }

    #[test]
    fn what_is_not_one_frame_is_none() {
        let one = serde_json::to_string(&Recorded(Frame::answer(1, &[]))).expect("JSON");
        for (right, wrong) in [
            ("40000000", "41000000"),
            ("40000000", "3f000000"),
            ("40000000", ""),
            ("0", "z"),
        ] {
            let wrong = one.replacen(right, wrong, 1);
            assert!(serde_json::from_str::<Recorded>(&wrong).is_err(), "{wrong}");
        }
    }

    /// The frames of scenarios are composed; those of Rust's own client and servers are the measure.
    #[test]
    fn composed_frames_are_what_rust_sends() {
        let recordings = crate::fixtures::recordings().expect("frames");
        let (mut requests, mut answers) = (0, 0);
        for call in recordings
            .iter()
            .flat_map(|class| &class.cases)
            .flat_map(|case| &case.calls)
        {
            if let Some(Recorded(frame)) = &call.request {
                let mut composed = Frame::of(frame.channel(), frame.flags(), &frame.payload).calling(frame.method());
                composed.descriptor[..8].copy_from_slice(&frame.descriptor[..8]);
                assert_eq!(*frame, composed);
                requests += 1;
            }
            for Recorded(frame) in call.answers.iter().flat_map(|answer| &answer.frames) {
                assert_eq!(*frame, Frame::of(frame.channel(), frame.flags(), &frame.payload));
                answers += 1;
            }
        }
        assert!(
            requests > 200 && answers > 300,
            "{requests} requests, {answers} answers"
        );
    }
}
