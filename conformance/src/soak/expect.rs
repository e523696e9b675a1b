//! What must come of a command.

use std::fmt;

use serde_json::{Value, json};

/// What must come of a command. Besides, a call may be lost with its connection.
#[derive(Debug, Clone)]
pub(super) enum Expected {
    /// This value.
    Value(Value),
    /// So many numbers from 0, or the first of them.
    Items(u32),
    /// These texts, or the first of them.
    Texts(Vec<String>),
    /// These entries.
    Says(Value),
    /// A stream that is read by hand.
    Opened,
    /// The next items of one.
    Next { stream: Stream, count: u32, of: u32 },
    /// This, or that it was cancelled.
    Cancelled(Box<Expected>),
    /// This, or that it took too long.
    Late(Box<Expected>),
}

/// A stream that is read by hand, and how many items were read.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stream {
    pub(super) id: u64,
    pub(super) read: u32,
}

/// How commands ended.
#[derive(Default)]
pub(super) struct Ended {
    right: u64,
    lost: u64,
    late: u64,
    cancelled: u64,
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            right,
            lost,
            late,
            cancelled,
        } = self;
        write!(
            f,
            "{right} right, {lost} lost with their connection, {late} late, {cancelled} cancelled"
        )
    }
}

impl Expected {
    /// Whether it is a call or a stream that is read to its end.
    pub(super) fn can_be_cancelled(&self) -> bool {
        match self {
            Self::Value(_) | Self::Items(_) | Self::Texts(_) => true,
            Self::Late(inner) => inner.can_be_cancelled(),
            Self::Says(_) | Self::Opened | Self::Next { .. } | Self::Cancelled(_) => false,
        }
    }

    /// Or that it was cancelled.
    pub(super) fn cancelled(self) -> Self {
        Self::Cancelled(Box::new(self))
    }

    /// Or that it took too long.
    pub(super) fn late(self) -> Self {
        Self::Late(Box::new(self))
    }

    /// Whether it came so; returns the stream of which more is to be told.
    ///
    /// # Errors
    /// What is wrong.
    pub(super) fn judge(&self, said: &Value, ended: &mut Ended) -> Result<Option<Stream>, String> {
        if let Some(error) = said.get("error") {
            self.items(said)?;
            self.error(error, ended)?;
            return Ok(None);
        }
        let right = match self.inner() {
            Self::Value(value) => said.get("value") == Some(value),
            Self::Items(_) | Self::Texts(_) => self.items(said)? == self.length() && said.get("end").is_some(),
            Self::Says(entries) => entries
                .as_object()
                .is_some_and(|entries| entries.iter().all(|(name, value)| said.get(name) == Some(value))),
            Self::Opened => said["opened"] == json!(true),
            Self::Next { .. } => return self.next(said, ended),
            Self::Cancelled(_) | Self::Late(_) => false,
        };
        if !right {
            return Err("another answer than its own".into());
        }
        ended.right += 1;
        let stream = matches!(self, Self::Opened).then(|| said["id"].as_u64()).flatten();
        Ok(stream.map(|id| Stream { id, read: 0 }))
    }

    fn inner(&self) -> &Self {
        match self {
            Self::Cancelled(inner) | Self::Late(inner) => inner.inner(),
            other => other,
        }
    }

    /// How many items there are in all.
    fn length(&self) -> usize {
        match self.inner() {
            Self::Items(count) => *count as usize,
            Self::Texts(texts) => texts.len(),
            _ => 0,
        }
    }

    /// How many items came, each of which is its stream's own.
    fn items(&self, said: &Value) -> Result<usize, String> {
        let items = said["items"].as_array().map_or(&[][..], Vec::as_slice);
        let from = if let Self::Next { stream, .. } = self {
            stream.read as usize
        } else {
            0
        };
        for (at, item) in items.iter().enumerate() {
            let own = match self.inner() {
                Self::Texts(texts) => texts.get(at).is_some_and(|text| item == text),
                Self::Items(count) => at < *count as usize && *item == json!(at),
                Self::Next { of, .. } => from + at < *of as usize && *item == json!(from + at),
                _ => false,
            };
            if !own {
                return Err(format!("item {} is another's: {item}", from + at));
            }
        }
        Ok(items.len())
    }

    fn next(&self, said: &Value, ended: &mut Ended) -> Result<Option<Stream>, String> {
        let Self::Next { stream, count, of } = self else {
            return Ok(None);
        };
        let read = stream.read + self.items(said)? as u32;
        let complete = read == stream.read + count;
        match (complete, said.get("end").is_some()) {
            (_, true) if read != *of => Err(format!("the end after {read} of {of} items")),
            (false, false) => Err(format!("{} items, not {count}, and no end", read - stream.read)),
            (_, true) => {
                ended.right += 1;
                Ok(None)
            }
            (true, false) => {
                ended.right += 1;
                Ok(Some(Stream { id: stream.id, read }))
            }
        }
    }

    fn error(&self, error: &Value, ended: &mut Ended) -> Result<(), String> {
        let kind = error["kind"].as_str().unwrap_or_default();
        let late = kind == "status" && error["code"] == json!(2) && error["remote"] == json!(false);
        match self {
            _ if kind == "connection" => ended.lost += 1,
            Self::Cancelled(_) if kind == "cancelled" => ended.cancelled += 1,
            Self::Late(_) if late => ended.late += 1,
            Self::Cancelled(inner) => return inner.error(error, ended),
            _ => return Err("an error that has no reason".into()),
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(expected: &Expected, said: Value) -> bool {
        expected.judge(&said, &mut Ended::default()).is_ok()
    }

    #[test]
    fn another_calls_answer_is_found() {
        let own = Expected::Value(json!(7));
        assert!(judged(&own, json!({"value": 7})));
        assert!(!judged(&own, json!({"value": 8})));
        let stream = Expected::Items(2);
        assert!(judged(&stream, json!({"items": [0, 1], "end": true})));
        assert!(!judged(&stream, json!({"items": [0, 2], "end": true})));
    }

    #[test]
    fn a_cut_stream_is_no_complete_one() {
        let stream = Expected::Items(3);
        assert!(!judged(&stream, json!({"items": [0, 1], "end": true})));
        assert!(judged(
            &stream,
            json!({"items": [0, 1], "error": {"kind": "connection"}})
        ));
    }

    #[test]
    fn errors_need_a_reason() {
        let own = Expected::Value(json!(7));
        let late = json!({"error": {"kind": "status", "code": 2, "remote": false}});
        assert!(!judged(&own, late.clone()));
        assert!(judged(&own.clone().late(), late.clone()));
        assert!(judged(&own.clone().late().cancelled(), late));
        let cancelled = json!({"error": {"kind": "cancelled"}});
        assert!(!judged(&own.clone().late(), cancelled.clone()));
        assert!(judged(&own.cancelled(), cancelled));
    }
}
