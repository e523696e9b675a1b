//! `api.json` as text: what comes from outside is checked before anything else sees it.

use std::fmt;

use serde::Deserialize;

use crate::encoding::{NotUtf8, text_of};
use crate::model::{Api, IR_MAJOR, Protocol};
use crate::text::shown;
use crate::validate::{Problem, limits, validate};

/// How many problems a message tells: more help nobody, and a file of mistakes has as many as it has lines.
const TOLD: usize = 50;
/// How much of a text from the file a message shows, in characters.
const SHOWN: usize = 200;

/// Why a text is no `api.json` that this version can use.
#[derive(Debug)]
pub enum ReadError {
    /// It is longer than [`limits::FILE_BYTES`].
    Long {
        /// Its length in bytes.
        bytes: usize,
    },
    /// It is not text in UTF-8.
    Encoding(NotUtf8),
    /// It is not JSON.
    Syntax(serde_json::Error),
    /// It is JSON without `ir_version`, or with one that is not `major.minor`.
    NotAnApi(String),
    /// Its format has another major version.
    Version {
        /// The version in the file.
        found: String,
    },
    /// It is for a protocol that no generator of ours speaks.
    Protocol(Protocol),
    /// It does not have the form of version 1.
    Form(serde_json::Error),
    /// It has the form, and these problems.
    Unsound(Vec<Problem>),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Long { bytes } => write!(f, "{bytes} bytes, and the limit is {}", limits::FILE_BYTES),
            ReadError::Encoding(why) => write!(f, "{why}"),
            ReadError::Syntax(error) => write!(f, "not JSON: {}", told(error)),
            ReadError::NotAnApi(why) => write!(f, "not a description of services: {}", shown(why, SHOWN)),
            ReadError::Version { found } => write!(
                f,
                "format version {found}, and this program reads {IR_MAJOR}.x: use the `rapace` that wrote the file, \
                 or export it again with this one"
            ),
            ReadError::Protocol(p) => {
                let ours = Protocol::default();
                write!(
                    f,
                    "it describes {} {} with {}, and this program knows {} {} with {}",
                    shown(&p.rpc, SHOWN),
                    shown(&p.version, SHOWN),
                    shown(&p.encoding, SHOWN),
                    ours.rpc,
                    ours.version,
                    ours.encoding
                )
            }
            ReadError::Form(error) => write!(f, "not the form of version {IR_MAJOR}: {}", told(error)),
            ReadError::Unsound(problems) => {
                let s = if problems.len() == 1 { "" } else { "s" };
                write!(f, "{} problem{s}", problems.len())?;
                let told = &problems[..problems.len().min(TOLD)];
                told.iter().try_for_each(|problem| write!(f, "\n  {problem}"))?;
                match problems.len() - told.len() {
                    0 => Ok(()),
                    more => write!(f, "\n  and {more} more"),
                }
            }
        }
    }
}

impl std::error::Error for ReadError {}

/// What the parser says. It may quote the file.
fn told(error: &serde_json::Error) -> String {
    shown(&error.to_string(), SHOWN)
}

/// Reads an `api.json` from the bytes of its file and checks it.
///
/// # Errors
/// What [`ReadError`] lists.
pub fn read_bytes(bytes: &[u8]) -> Result<Api, ReadError> {
    read(text_of(bytes).map_err(ReadError::Encoding)?)
}

/// Reads an `api.json` and checks it.
///
/// # Errors
/// What [`ReadError`] lists: the version is looked at before the form, so that a file of another major says so.
pub fn read(text: &str) -> Result<Api, ReadError> {
    #[derive(Deserialize)]
    struct Head {
        ir_version: Option<String>,
    }
    if text.len() > limits::FILE_BYTES {
        return Err(ReadError::Long { bytes: text.len() });
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let value: serde_json::Value = serde_json::from_str(text).map_err(ReadError::Syntax)?;
    let head = serde_json::from_value::<Head>(value)
        .ok()
        .and_then(|head| head.ir_version);
    let Some(found) = head else {
        return Err(ReadError::NotAnApi("it has no \"ir_version\"".into()));
    };
    let numbers: Option<Vec<u32>> = found.split('.').map(|part| part.parse().ok()).collect();
    match numbers.as_deref() {
        Some([IR_MAJOR, _]) => {}
        Some([_, _]) => return Err(ReadError::Version { found }),
        _ => {
            let why = format!("its \"ir_version\" is {found:?}, not \"major.minor\"");
            return Err(ReadError::NotAnApi(why));
        }
    }
    // A second pass over the text, because only that one knows lines and columns.
    let api: Api = serde_json::from_str(text).map_err(ReadError::Form)?;
    if api.protocol != Protocol::default() {
        return Err(ReadError::Protocol(api.protocol));
    }
    let problems = validate(&api);
    if problems.is_empty() {
        Ok(api)
    } else {
        Err(ReadError::Unsound(problems))
    }
}

/// The text of an `api.json`: indented, with a line end at its end.
pub fn to_json(api: &Api) -> String {
    let mut text = serde_json::to_string_pretty(api).expect("plain data with string keys is always JSON");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::{read, read_bytes, to_json};
    use crate::fixtures::{api, enumeration, service, structure};
    use crate::model::TypeRef::{Array, Map, Named, String, Tuple, U8, U32};

    fn error(text: &str) -> std::string::String {
        read(text).unwrap_err().to_string()
    }

    #[test]
    fn what_is_written_reads_back() {
        let mut api = api([
            structure(
                "Book",
                &[(
                    "tags",
                    Map {
                        key: Box::new(String),
                        value: Box::new(U32),
                    },
                )],
            ),
            enumeration(
                "E",
                &[
                    ("A", &[]),
                    (
                        "B",
                        &[(
                            "x",
                            Array {
                                item: Box::new(U8),
                                len: 4,
                            },
                        )],
                    ),
                ],
            ),
        ]);
        api.services = vec![service("S", &[("m", &[Tuple(vec![U8, U32])], Named("Book".into()))])];
        let text = to_json(&api);
        assert_eq!(read(&text).unwrap(), api);
        insta::assert_snapshot!(text);
    }

    #[test]
    fn bad_files_say_what_is_wrong() {
        let good = to_json(&api([]));
        insta::assert_snapshot!(error("{"), @"not JSON: EOF while parsing an object at line 1 column 1");
        insta::assert_snapshot!(error("[]"), @r#"not a description of services: it has no "ir_version""#);
        insta::assert_snapshot!(
            error(&good.replace("\"1.1\"", "\"one\"")),
            @r#"not a description of services: its "ir_version" is "one", not "major.minor""#
        );
        insta::assert_snapshot!(
            error(r#"{"ir_version": "2.0", "anything": "else"}"#),
            @"format version 2.0, and this program reads 1.x: use the `rapace` that wrote the file, or export it again with this one"
        );
        insta::assert_snapshot!(
            error(&good.replace("\"postcard\"", "\"json\"")),
            @"it describes rapace 0.5 with json, and this program knows rapace 0.5 with postcard"
        );
        insta::assert_snapshot!(
            error(r#"{"ir_version": "1.0", "services": 5}"#),
            @"not the form of version 1: invalid type: integer `5`, expected a sequence at line 1 column 35"
        );
        let dangling = api([structure("Book", &[("author", Named("Author".into()))])]);
        insta::assert_snapshot!(error(&to_json(&dangling)), @r"
        1 problem
          type Book, field author: there is no type Author
        ");
    }

    #[test]
    fn a_byte_order_mark_is_passed_over_and_utf_16_is_named_with_its_cure() {
        let good = to_json(&api([]));
        let marked = format!("\u{feff}{good}");
        assert_eq!(read(&marked).unwrap(), api([]));
        assert_eq!(read_bytes(marked.as_bytes()).unwrap(), api([]));
        let utf16: Vec<u8> = marked.encode_utf16().flat_map(u16::to_le_bytes).collect();
        insta::assert_snapshot!(
            read_bytes(&utf16).unwrap_err().to_string(),
            @"it is UTF-16, as `>` in Windows PowerShell writes it, and must be UTF-8: write it with `--out FILE` instead of `>`, or save it as UTF-8"
        );
    }

    #[test]
    fn a_newer_minor_is_read_and_what_it_adds_is_skipped() {
        let newer = to_json(&api([]))
            .replace("\"1.1\"", "\"1.7\"")
            .replacen('{', "{\"novelty\": 1,", 1);
        assert!(read(&newer).is_ok());
    }
}
