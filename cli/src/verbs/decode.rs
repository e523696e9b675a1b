//! `rapace decode`: what the bytes of rapace peers mean.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use clap::Args;
use clap_complete::engine::ArgValueCompleter;
use rapace_wire::frame::LONGEST;

use super::descriptions::Descriptions;
use crate::candidates;
use crate::failure::Failure;
use crate::printer;
use crate::traffic::input::{Entry, Kind, LONGEST_RECORDING, Opened, Recording, TextBytes, open};
use crate::traffic::show::{Form, Show, When};
use crate::traffic::{Apis, Direction, Foreign, Link, Part, PayloadType, Sink, bare, capture};

/// The name of the file that is stdin.
const STDIN: &str = "-";

/// The flags.
#[derive(Args)]
#[command(after_help = "\
Examples:
  rapace decode --api api.json capture.pcapng
  tcpdump -i lo -U -w - port 9000 | rapace decode -
  echo 0a010203 | rapace decode --method Catalog.find --answer -
Exit status: 0 everything was read, 1 something could not be read, 2 wrong usage.")]
pub(crate) struct Decode {
    /// Capture, frames or payload; `-` for stdin
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    descriptions: Descriptions,
    /// hex, base64, list, stream, pcap, recording [default: as it begins]
    #[arg(long, value_name = "KIND", hide_possible_values = true)]
    input: Option<Kind>,
    /// Read one payload: the arguments of this method
    #[arg(long, value_name = "NAME", conflicts_with = "type", add = ArgValueCompleter::new(candidates::methods))]
    method: Option<String>,
    /// With --method: its answer
    #[arg(long, requires = "method", conflicts_with = "item")]
    answer: bool,
    /// With --method: an item of its stream
    #[arg(long, requires = "method")]
    item: bool,
    /// Read one payload: a value of this type
    #[arg(long, value_name = "TYPE", add = ArgValueCompleter::new(candidates::types))]
    r#type: Option<String>,
    /// Print a JSON object per line
    #[arg(long)]
    json: bool,
}

/// A file or stdin.
type Input = Box<dyn Read + Send>;

impl Decode {
    /// Reads the input and prints what it means.
    ///
    /// # Errors
    /// When the input cannot be read, or not all of it can be decoded.
    pub(crate) fn run(self) -> Result<(), Failure> {
        let descriptions = self.descriptions.read()?;
        let apis = Apis::new(&descriptions);
        let payload = self.payload(&apis)?;
        let name = self.name();
        let input = self.open().map_err(|error| format!("{name}: {error}"))?;
        let opened = open(input, self.input).map_err(|error| format!("{name}: {error}"))?;
        let Some(opened) = opened else {
            return Err(format!("{name}: the input is empty").into());
        };
        let form = if self.json { Form::Lines } else { Form::Tree };
        let live = matches!(opened.kind, Kind::Pcap | Kind::Stream) && self.file.as_os_str() == STDIN;
        let mut show = Show::new(form, if live { When::AtOnce } else { When::Together });
        let named = |why: String| Failure::Message(format!("{name}: {why}"));
        let decoded = match (payload, opened.kind) {
            (Some(_), kind @ (Kind::Pcap | Kind::Recording)) => {
                let kind = if kind == Kind::Pcap {
                    "a packet capture"
                } else {
                    "a recording"
                };
                let why = format!("{name} is {kind}, but --method and --type read a payload without a frame");
                return Err(Failure::Usage(why));
            }
            (Some((ty, read_as)), _) => of_payload(opened, &apis, &ty, &read_as, &mut show),
            (None, Kind::Pcap) => of_capture(opened, &apis, &mut show),
            (None, Kind::Recording) => of_recording(opened, &apis, &mut show),
            (None, _) => of_stream(opened, &apis, &name, &mut show),
        };
        // What was read before the input ended too early is shown too.
        let bad = show.finish()?;
        if let Some(why) = decoded? {
            return Err(named(why));
        }
        match bad {
            0 => Ok(()),
            1 => Err(named("1 frame or payload could not be read".to_owned())),
            bad => Err(named(format!("{bad} frames or payloads could not be read"))),
        }
    }

    /// What the whole input is a payload of, and that in words.
    fn payload(&self, apis: &Apis<'_>) -> Result<Option<(PayloadType, String)>, Failure> {
        if (self.method.is_some() || self.r#type.is_some()) && apis.is_empty() {
            let why = "--method and --type need a description of the services: give --api".to_owned();
            return Err(Failure::Usage(why));
        }
        if let Some(name) = &self.r#type {
            apis.check_type(name)?;
            return Ok(Some((PayloadType::Type(name.clone()), format!("type {name}"))));
        }
        let Some(name) = &self.method else { return Ok(None) };
        let (part, word) = match (self.answer, self.item) {
            (true, _) => (Part::Answer, "answer"),
            (_, true) => (Part::Answer, "item"),
            _ => (Part::Request, "request"),
        };
        let id = apis.id_of(name)?;
        Ok(Some((PayloadType::Method(id, part), format!("{word} of {name}"))))
    }

    fn name(&self) -> String {
        match self.file.as_os_str() == STDIN {
            true => "stdin".to_owned(),
            false => self.file.display().to_string(),
        }
    }

    fn open(&self) -> io::Result<Input> {
        match self.file.as_os_str() == STDIN {
            true => Ok(Box::new(io::stdin())),
            false if Path::new(&self.file).is_dir() => Err(io::ErrorKind::IsADirectory.into()),
            false => Ok(Box::new(File::open(&self.file)?)),
        }
    }
}

/// Why decoding ended too early, if it did.
type Ended = Result<Option<String>, Failure>;

/// The whole input is one payload.
fn of_payload(opened: Opened<Input>, apis: &Apis<'_>, ty: &PayloadType, read_as: &str, show: &mut Show) -> Ended {
    let (mut text, mut all) = (TextBytes::new(opened.bytes, opened.kind), Vec::new());
    loop {
        match text.next() {
            Ok(Some(bytes)) => all.extend(bytes),
            Ok(None) => break,
            Err(why) => return Ok(Some(why)),
        }
        if all.len() > LONGEST {
            return Ok(Some(format!("a payload exceeds the limit of {LONGEST} bytes")));
        }
    }
    show.report(&bare(apis, ty, None, read_as, &all))?;
    Ok(None)
}

/// The bytes that one peer sent.
fn of_stream(opened: Opened<Input>, apis: &Apis<'_>, name: &str, show: &mut Show) -> Ended {
    let mut text = TextBytes::new(opened.bytes, opened.kind);
    let mut link = Link::new(apis, 1, name.to_owned(), Foreign::Reported);
    loop {
        match text.next() {
            Ok(Some(bytes)) => link.feed(Direction::Unknown, None, &bytes, show)?,
            Ok(None) => break,
            Err(why) => return Ok(Some(why)),
        }
        // Nothing more is read of what is broken.
        if link.is_over() {
            break;
        }
    }
    link.finish(Direction::Unknown, show)?;
    Ok(match link.frames() {
        0 => Some("the input has no frames; to read a payload without a frame, give --method or --type".to_owned()),
        _ => None,
    })
}

fn of_capture(opened: Opened<Input>, apis: &Apis<'_>, show: &mut Show) -> Ended {
    let seen = capture::read(opened.bytes, apis, show)?;
    seen.skipped
        .iter()
        .for_each(|what| printer::line(&format!("note: {what}")));
    Ok(match (seen.broken, seen.frames) {
        (Some(why), _) => Some(why),
        (None, 0) => Some(format!("no rapace frames in {} packets", seen.packets)),
        (None, _) => None,
    })
}

/// Recorded calls and values.
fn of_recording(opened: Opened<Input>, apis: &Apis<'_>, show: &mut Show) -> Ended {
    let mut text = Vec::new();
    let limit = LONGEST_RECORDING as u64 + 1;
    opened
        .bytes
        .take(limit)
        .read_to_end(&mut text)
        .map_err(|error| error.to_string())?;
    let recording = match Recording::parse(&text) {
        Ok(recording) => recording,
        Err(why) => return Ok(Some(why)),
    };
    let mut number = 0;
    for entry in recording.entries() {
        match entry {
            Entry::Value { name, method, bytes } => {
                // The suite's values are those of a service `Values`, whose name is left out.
                let id = apis
                    .id_of(&format!("Values.{method}"))
                    .or_else(|_| apis.id_of(&method))?;
                let ty = PayloadType::Method(id, Part::Answer);
                show.report(&bare(apis, &ty, Some(name), &format!("answer of {method}"), &bytes))?;
            }
            Entry::Connection { name, sent } => {
                number += 1;
                let mut link = Link::new(apis, number, name, Foreign::Reported);
                for (client, bytes) in sent {
                    let from = if client { Direction::Client } else { Direction::Server };
                    link.feed(from, None, &bytes, show)?;
                }
                link.finish(Direction::Client, show)?;
                link.finish(Direction::Server, show)?;
            }
        }
    }
    Ok(None)
}
