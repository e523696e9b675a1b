//! A tree for people: a line per frame, below it a line per part of its payload, each with its first byte.

use std::fmt::Write;
use std::time::Duration;

use rapace_schema::text::{shown, visible};
use serde_json::Value;

use crate::traffic::event::{Direction, Event, FrameEvent, Kind, Note, PayloadEvent, Problem};

/// How many parts of a payload are shown.
const PARTS: usize = 200;
/// How much of a value is shown, in characters.
const LONGEST: usize = 200;
/// How many bytes of a payload that cannot be read are shown in a line.
const HEX: usize = 64;
/// The width of the place of a byte.
const PLACE: usize = 8;

/// What was shown last.
#[derive(Debug, Default)]
pub(super) struct Tree {
    connection: u32,
}

impl Tree {
    /// Adds the lines of an event.
    pub(super) fn add(&mut self, event: &Event, text: &mut String) {
        let number = match event {
            Event::Connection(connection) => Some(connection.connection),
            Event::Frame(frame) => Some(frame.connection),
            Event::Note(note) | Event::Broken(note) => Some(note.connection),
            Event::Payload(_) => None,
        };
        if let Some(number) = number.filter(|number| *number != self.connection) {
            self.connection = number;
            if !matches!(event, Event::Connection(_)) {
                line(text, format_args!("connection {number}, continued"));
            }
        }
        match event {
            Event::Connection(connection) => {
                let name = visible(&connection.name);
                line(text, format_args!("connection {}: {name}", connection.connection));
            }
            Event::Frame(frame) => {
                head(text, frame);
                body(text, &frame.payload);
            }
            Event::Payload(payload) => {
                let name = payload
                    .name
                    .as_ref()
                    .map_or_else(String::new, |name| format!("{}: ", visible(name)));
                let read_as = payload.read_as.as_deref().unwrap_or_default();
                let api = payload
                    .api
                    .as_ref()
                    .map_or_else(String::new, |api| format!(" with {api}"));
                line(text, format_args!("{name}{read_as}{api}"));
                body(text, payload);
            }
            Event::Note(note) => aside(text, note, ""),
            Event::Broken(note) => aside(text, note, "cannot be read from here on: "),
        }
    }
}

fn line(text: &mut String, line: std::fmt::Arguments<'_>) {
    let _ = writeln!(text, "{line}");
}

fn arrow(from: Direction) -> char {
    match from {
        Direction::Client => '→',
        Direction::Server => '←',
        Direction::Unknown => '·',
    }
}

fn aside(text: &mut String, note: &Note, before: &str) {
    let (arrow, said) = (arrow(note.from), visible(&note.text));
    line(text, format_args!("{arrow} @{:<PLACE$} {before}{said}", note.offset));
}

fn head(text: &mut String, frame: &FrameEvent) {
    let kind = match frame.kind {
        Kind::Request => "request",
        Kind::Answer => "answer",
        Kind::Item => "item",
        Kind::End => "end",
        Kind::Error => "error",
        Kind::Control => "control",
        Kind::Data => "data",
    };
    let _ = write!(text, "{} @{:<PLACE$} {kind:<7}", arrow(frame.from), frame.offset);
    match (&frame.method, frame.method_id) {
        (Some(name), _) => {
            let _ = write!(text, "  {name}");
        }
        (None, Some(id)) => {
            let _ = write!(text, "  method 0x{id:08x}");
        }
        (None, None) => {}
    }
    let _ = write!(text, "  channel {}", frame.channel);
    if frame.message != 0 {
        let _ = write!(text, "  message {}", frame.message);
    }
    let _ = write!(text, "  {}  {} bytes", frame.flags.join("+"), frame.bytes);
    if let Some(after) = frame.after {
        let _ = write!(text, "  after {}", duration(after));
    }
    if let Some(api) = &frame.payload.api {
        let _ = write!(text, "  with {api}");
    }
    text.push('\n');
}

/// `1.234 ms`.
fn duration(time: Duration) -> String {
    match time.as_secs() {
        0 => format!("{:.3} ms", time.as_secs_f64() * 1000.0),
        _ => format!("{:.3} s", time.as_secs_f64()),
    }
}

fn body(text: &mut String, payload: &PayloadEvent) {
    let start = payload.payload_offset.unwrap_or_default();
    for part in payload.parts.iter().take(PARTS) {
        let value = match (&part.value, part.end) {
            (Some(value), _) => format!(": {}", value_text(value)),
            (None, None) => " …".to_owned(),
            (None, Some(_)) => String::new(),
        };
        let place = start + part.start as u64;
        let indent = part.depth * 2;
        line(
            text,
            format_args!("    @{place:<PLACE$} {:indent$}{}{value}", "", visible(&part.name)),
        );
    }
    if payload.parts.len() > PARTS {
        let more = payload.parts.len() - PARTS;
        line(text, format_args!("    {more} more parts; --json shows all"));
    }
    let is_empty_object = |value: &Value| value.as_object().is_some_and(serde_json::Map::is_empty);
    if let Some(value) = payload
        .value
        .as_ref()
        .filter(|value| payload.parts.is_empty() && !is_empty_object(value))
    {
        line(text, format_args!("    @{start:<PLACE$} {}", value_text(value)));
    }
    if let Some(error) = &payload.error {
        let name = error.name.map_or_else(
            || format!("code {}", error.code),
            |name| format!("{name} ({})", error.code),
        );
        line(
            text,
            format_args!("    @{start:<PLACE$} {name}: {}", shown(&error.message, 1000)),
        );
    }
    if let Some(hex) = &payload.payload {
        let spaced: Vec<&str> = hex
            .as_bytes()
            .chunks(2)
            .take(HEX)
            .filter_map(|pair| str::from_utf8(pair).ok())
            .collect();
        let more = if hex.len() > HEX * 2 { " …" } else { "" };
        line(text, format_args!("    @{start:<PLACE$} {}{more}", spaced.join(" ")));
    }
    payload.problems.iter().for_each(|problem| trouble(text, problem));
}

fn trouble(text: &mut String, problem: &Problem) {
    let level = if problem.harmless { "does not fit" } else { "error" };
    let api = match (&problem.api, problem.harmless) {
        (Some(api), true) => format!(" {api}"),
        (Some(api), false) => format!(" with {api}"),
        (None, _) => String::new(),
    };
    let place = problem
        .offset
        .map_or_else(String::new, |offset| format!(" byte {offset}:"));
    let path = match problem.path.is_empty() {
        true => String::new(),
        false => format!(" {}:", visible(&problem.path)),
    };
    line(
        text,
        format_args!("    {level}{api}:{place}{path} {}", visible(&problem.text)),
    );
}

/// A value in one line.
fn value_text(value: &Value) -> String {
    shown(&value.to_string(), LONGEST)
}
