//! The parts of a payload and where they are: for tools that show bytes.

use serde_json::Value;

use super::{Codec, Part, ValueError};
use crate::model::TypeRef;

impl Codec<'_> {
    /// Like [`decode`](Self::decode), and the parts that were read, each before the parts inside of it. Parts after the first
    /// `most` are left out.
    ///
    /// # Errors
    /// The value is an error when `decode` fails. The parts before the error are there.
    pub fn decode_parts(&self, ty: &TypeRef, bytes: &[u8], most: usize) -> (Result<Value, ValueError>, Vec<Part>) {
        let mut parts = Parts {
            found: Vec::new(),
            most,
            depth: 0,
        };
        let value = self.decode_into(ty, bytes, Some(&mut parts));
        (value, parts.found)
    }
}

/// Collects parts while a value is read.
pub(super) struct Parts {
    found: Vec<Part>,
    most: usize,
    depth: usize,
}

impl Parts {
    /// A part begins. Returns what [`end`](Self::end) needs.
    pub(super) fn begin(&mut self, name: &str, start: usize) -> usize {
        let index = self.found.len();
        if index < self.most {
            self.found.push(Part {
                depth: self.depth,
                name: name.to_owned(),
                start,
                end: None,
                value: None,
            });
        }
        self.depth += 1;
        index
    }

    /// The part that began there has been read.
    pub(super) fn end(&mut self, index: usize, end: usize, value: &Value) {
        self.depth -= 1;
        let is_last = index + 1 == self.found.len();
        let full = self.found.len() == self.most;
        if let Some(part) = self.found.get_mut(index) {
            part.end = Some(end);
            // Of the last part that is kept, nobody knows whether it has parts.
            part.value = (is_last && !full).then(|| value.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::fixtures::{api, enumeration, structure};
    use crate::model::TypeRef::{List, Named, String, U8, U32};
    use crate::postcard::{Codec, Limits};

    fn check(bytes: &[u8], most: usize, expected: &[&str]) {
        let item = Box::new(Named("Choice".into()));
        let api = api([
            structure("Order", &[("name", String), ("choices", List(item)), ("count", U32)]),
            enumeration("Choice", &[("None", &[]), ("Some", &[("number", U8)])]),
        ]);
        let codec = Codec::new(&api, Limits::default());
        let ty = Named("Order".into());
        let (value, parts) = codec.decode_parts(&ty, bytes, most);
        assert_eq!(value, codec.decode(&ty, bytes));
        let shown = parts.iter().map(|part| {
            let end = part.end.map_or("?".to_owned(), |end| end.to_string());
            let value = part
                .value
                .as_ref()
                .map_or(std::string::String::new(), |value| format!(" {value}"));
            format!("{}{} {}..{end}{value}", " ".repeat(part.depth), part.name, part.start)
        });
        assert_eq!(shown.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn parts_have_places_and_those_without_parts_have_values() {
        let bytes = [1, b'a', 2, 0, 1, 7, 0xac, 2];
        let all = [
            "name 0..2 \"a\"",
            "choices 2..6",
            " 0 3..4",
            "  None 4..4 null",
            " 1 4..6",
            "  Some 5..6",
            "   number 5..6 7",
            "count 6..8 300",
        ];
        check(&bytes, 100, &all);
        check(&bytes, 2, &["name 0..2 \"a\"", "choices 2..6"]);
        check(&bytes, 0, &[]);
    }

    #[test]
    fn what_cannot_be_read_has_no_end() {
        check(&[1, b'a', 1, 9], 100, &["name 0..2 \"a\"", "choices 2..?", " 0 3..?"]);
        check(&[2, b'a'], 100, &["name 0..?"]);
        check(
            &[0, 0, 1, 1],
            100,
            &["name 0..1 \"\"", "choices 1..2 []", "count 2..3 1"],
        );
    }
}
