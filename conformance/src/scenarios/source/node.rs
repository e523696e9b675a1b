//! YAML as a tree in which each node knows its line.

use std::fmt;
use std::rc::Rc;

use saphyr_parser::{Event, Parser, ScalarStyle, Span};
use serde_json::{Map, Number, Value};

/// Where a node is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    file: Rc<str>,
    line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl Place {
    /// An error here.
    pub(super) fn error(&self, problem: impl fmt::Display) -> String {
        format!("{self}: {problem}")
    }
}

/// A value, and where it is written.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub(super) place: Place,
    pub(super) kind: Kind,
}

/// What a node is.
#[derive(Debug, Clone)]
pub(super) enum Kind {
    Null,
    Bool(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    /// The entries in their order; no two have one name.
    Map(Vec<(String, Node)>),
}

impl Node {
    /// The document of a file.
    ///
    /// # Errors
    /// When it is not one YAML document, or has what scenarios do not need: anchors, tags, and names that are no texts.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, String> {
        let mut reader = Reader {
            file: file.into(),
            events: Parser::new_from_str(text),
        };
        let mut root = None;
        loop {
            match reader.next()? {
                None | Some((Event::StreamEnd, _)) => break,
                Some((Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd | Event::Nothing, _)) => {}
                Some((event, span)) if root.is_none() => root = Some(reader.node(event, span)?),
                Some((_, span)) => return Err(reader.place(span).error("a second document")),
            }
        }
        root.ok_or_else(|| format!("{file}: it is empty"))
    }

    /// A text, where this node is.
    pub(super) fn text(&self, text: String) -> Self {
        self.with(Kind::Text(text))
    }

    /// A number, where this node is.
    pub(super) fn number(&self, number: i64) -> Self {
        self.with(Kind::Number(number.into()))
    }

    /// Something else, where this node is.
    pub(super) fn with(&self, kind: Kind) -> Self {
        Self {
            place: self.place.clone(),
            kind,
        }
    }

    /// An error here.
    pub(super) fn error(&self, problem: impl fmt::Display) -> String {
        self.place.error(problem)
    }

    /// The entries.
    ///
    /// # Errors
    /// When it has none.
    pub(super) fn entries(&self) -> Result<&[(String, Self)], String> {
        match &self.kind {
            Kind::Map(entries) => Ok(entries),
            _ => Err(self.error(format_args!("expected names and values, came {self}"))),
        }
    }

    /// The items.
    ///
    /// # Errors
    /// When it is no list.
    pub(super) fn items(&self) -> Result<&[Self], String> {
        match &self.kind {
            Kind::List(items) => Ok(items),
            _ => Err(self.error(format_args!("expected a list, came {self}"))),
        }
    }

    /// The text.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn as_text(&self) -> Result<&str, String> {
        match &self.kind {
            Kind::Text(text) => Ok(text),
            _ => Err(self.error(format_args!("expected a text, came {self}"))),
        }
    }

    /// The whole number.
    ///
    /// # Errors
    /// When it is none.
    pub(super) fn as_number(&self) -> Result<i64, String> {
        let number = match &self.kind {
            Kind::Number(number) => number.as_i64(),
            _ => None,
        };
        number.ok_or_else(|| self.error(format_args!("expected a whole number, came {self}")))
    }

    /// The entry of this name, if it is there.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match &self.kind {
            Kind::Map(entries) => entries.iter().find(|(entry, _)| entry == name).map(|(_, node)| node),
            _ => None,
        }
    }

    /// As JSON.
    pub(super) fn to_json(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Bool(bool) => (*bool).into(),
            Kind::Number(number) => number.clone().into(),
            Kind::Text(text) => text.as_str().into(),
            Kind::List(items) => items.iter().map(Self::to_json).collect(),
            Kind::Map(entries) => {
                let entries = entries.iter().map(|(name, node)| (name.clone(), node.to_json()));
                entries.collect::<Map<_, _>>().into()
            }
        }
    }
}

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_json().fmt(f)
    }
}

struct Reader<'a> {
    file: Rc<str>,
    events: Parser<'a, saphyr_parser::StrInput<'a>>,
}

impl<'a> Reader<'a> {
    fn next(&mut self) -> Result<Option<(Event<'a>, Span)>, String> {
        match self.events.next() {
            Some(Ok(event)) => Ok(Some(event)),
            Some(Err(error)) => Err(format!("{}:{}: {}", self.file, error.marker().line(), error.info())),
            None => Ok(None),
        }
    }

    fn place(&self, span: Span) -> Place {
        Place {
            file: Rc::clone(&self.file),
            line: span.start.line(),
        }
    }

    /// The node that begins with this event.
    fn node(&mut self, event: Event<'a>, span: Span) -> Result<Node, String> {
        let place = self.place(span);
        let kind = match event {
            Event::Scalar(text, ScalarStyle::Plain, 0, None) => plain(&text),
            Event::Scalar(text, _, 0, None) => Kind::Text(text.into()),
            Event::SequenceStart(0, None) => self.list()?,
            Event::MappingStart(0, None) => self.map()?,
            _ => return Err(place.error("scenarios have no anchors, aliases or tags; use `let` and `define`")),
        };
        Ok(Node { place, kind })
    }

    fn list(&mut self) -> Result<Kind, String> {
        let mut items = Vec::new();
        loop {
            match self.next()? {
                Some((Event::SequenceEnd, _)) => return Ok(Kind::List(items)),
                Some((event, span)) => items.push(self.node(event, span)?),
                None => return Err(format!("{}: a list has no end", self.file)),
            }
        }
    }

    fn map(&mut self) -> Result<Kind, String> {
        let mut entries: Vec<(String, Node)> = Vec::new();
        loop {
            let (event, span) = match self.next()? {
                Some((Event::MappingEnd, _)) => return Ok(Kind::Map(entries)),
                Some(begin) => begin,
                None => return Err(format!("{}: a mapping has no end", self.file)),
            };
            let name = self.node(event, span)?;
            let text = name.as_text()?;
            if entries.iter().any(|(entry, _)| entry == text) {
                return Err(name.error(format_args!("{text} is there twice")));
            }
            let Some((event, span)) = self.next()? else {
                return Err(name.error(format_args!("{text} has no value")));
            };
            entries.push((text.into(), self.node(event, span)?));
        }
    }
}

/// What a scalar without quotes is, by YAML's core schema.
fn plain(text: &str) -> Kind {
    match text {
        "" | "~" | "null" => return Kind::Null,
        "true" => return Kind::Bool(true),
        "false" => return Kind::Bool(false),
        _ => {}
    }
    let whole = match text.strip_prefix("0x") {
        Some(digits) => i64::from_str_radix(digits, 16).ok(),
        None => text.parse::<i64>().ok(),
    };
    let begins_as_number = text.starts_with(|first: char| first.is_ascii_digit() || first == '-');
    let number = whole.map(Number::from).or_else(|| {
        let fraction = text.parse().ok().filter(|_| begins_as_number);
        fraction.and_then(Number::from_f64)
    });
    number.map_or_else(|| Kind::Text(text.into()), Kind::Number)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nodes_are_values_with_their_lines() {
        let text = "a: [1, -2, 0x10, 1.5, x, '3', true, null]\n# a comment\nb:\n  - {c: }\n";
        let node = Node::parse("f.yaml", text).expect("a node");
        assert_eq!(
            node.to_json(),
            json!({"a": [1, -2, 16, 1.5, "x", "3", true, null], "b": [{"c": null}]})
        );
        let b = node.get("b").expect("it is there");
        assert_eq!(b.items().expect("a list")[0].place.to_string(), "f.yaml:4");
    }

    #[test]
    fn what_is_not_understood_is_refused_with_its_line() {
        for (text, error) in [
            ("a: 1\na: 2\n", "f.yaml:2: a is there twice"),
            ("a: &x 1\n", "f.yaml:1: scenarios have no anchors"),
            ("a: !t 1\n", "f.yaml:1: scenarios have no anchors"),
            ("1: a\n", "f.yaml:1: expected a text, came 1"),
            ("a: [1\n", "f.yaml:2: "),
            ("", "f.yaml: it is empty"),
            ("a\n---\nb\n", "f.yaml:3: a second document"),
        ] {
            let came = Node::parse("f.yaml", text).expect_err(text);
            assert!(came.starts_with(error), "{text}: {came}");
        }
    }
}
