//! Arguments as they are written: `name=value`, `order.lines.0.isbn=value`, `@file.json`, `-`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};

use serde_json::Value;

/// A value that is put together from several arguments.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Tree {
    /// A text of the command line.
    Text(String),
    /// JSON of a file.
    Json(Value),
    /// What has parts, by name or index.
    Parts(BTreeMap<String, Tree>),
}

/// Puts arguments together; later ones replace what earlier ones say of the same place.
///
/// # Errors
/// A message: a file is not a JSON object, an argument has no known form, a variable is not set.
pub(super) fn read(arguments: &[String], more: Option<Value>) -> Result<BTreeMap<String, Tree>, String> {
    let mut all = BTreeMap::new();
    for argument in arguments {
        if argument == "-" || argument.starts_with('@') {
            all.append(&mut object(from_file(argument)?, &format!("{}: ", name_of(argument)))?);
            continue;
        }
        let Some((path, text)) = argument.split_once('=') else {
            return Err(format!("`{argument}` is not an argument: write NAME=VALUE, @FILE or -"));
        };
        let steps: Vec<&str> = path.split('.').collect();
        if steps.iter().any(|step| step.is_empty()) {
            return Err(format!("`{path}` is not the name of an argument or of a part of one"));
        }
        put(&mut all, &steps, Tree::Text(expanded(text)?));
    }
    if let Some(value) = more {
        all.append(&mut object(value, "")?);
    }
    Ok(all)
}

fn put(parts: &mut BTreeMap<String, Tree>, steps: &[&str], tree: Tree) {
    let [first, rest @ ..] = steps else { return };
    if rest.is_empty() {
        parts.insert((*first).to_owned(), tree);
        return;
    }
    let below = parts
        .entry((*first).to_owned())
        .or_insert_with(|| Tree::Parts(BTreeMap::new()));
    if let Tree::Json(value) = below {
        *below = Tree::Parts(opened(std::mem::take(value)));
    }
    if let Tree::Text(_) = below {
        *below = Tree::Parts(BTreeMap::new());
    }
    if let Tree::Parts(parts) = below {
        put(parts, rest, tree);
    }
}

/// The parts of a value of a file, one of which is replaced.
fn opened(value: Value) -> BTreeMap<String, Tree> {
    match value {
        Value::Object(entries) => entries
            .into_iter()
            .map(|(name, value)| (name, Tree::Json(value)))
            .collect(),
        Value::Array(items) => {
            let numbered = items.into_iter().enumerate();
            numbered
                .map(|(index, value)| (index.to_string(), Tree::Json(value)))
                .collect()
        }
        _ => BTreeMap::new(),
    }
}

/// What messages call a file or stdin.
fn name_of(argument: &str) -> &str {
    argument.strip_prefix('@').unwrap_or("stdin")
}

fn from_file(argument: &str) -> Result<Value, String> {
    let text = match argument.strip_prefix('@') {
        Some(path) => fs::read_to_string(path),
        None => {
            let mut text = String::new();
            io::stdin().lock().read_to_string(&mut text).map(|_| text)
        }
    };
    let name = name_of(argument);
    let text = text.map_err(|error| format!("{name}: {error}"))?;
    serde_json::from_str(&text).map_err(|error| format!("{name}: not JSON: {error}"))
}

/// The entries of an object. `place` comes before the message.
fn object(value: Value, place: &str) -> Result<BTreeMap<String, Tree>, String> {
    match value {
        Value::Object(entries) => Ok(entries
            .into_iter()
            .map(|(name, value)| (name, Tree::Json(value)))
            .collect()),
        _ => Err(format!("{place}expected a JSON object with the arguments by name")),
    }
}

/// The value of a variable for `$NAME`; `$$` is a dollar.
pub(super) fn expanded(text: &str) -> Result<String, String> {
    let Some(name) = text.strip_prefix('$') else {
        return Ok(text.into());
    };
    let is_name = !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    match (name.strip_prefix('$'), is_name) {
        (Some(_), _) => Ok(name.into()),
        (None, true) => {
            std::env::var(name).map_err(|_| format!("the environment variable {name} is not set to a text"))
        }
        (None, false) => Ok(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Tree, read};

    fn check(arguments: &[&str], expected: &str) {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.into()).collect();
        let read = read(&arguments, Some(json!({"z": [1]})));
        let shown = match read {
            Ok(parts) => format!("{:?}", Tree::Parts(parts)),
            Err(error) => error,
        };
        assert_eq!(shown.replace("Parts", "").replace("String", ""), expected);
    }

    #[test]
    fn arguments_are_put_together() {
        let z = r#""z": Json(Array [Number(1)])"#;
        check(&["a=1", "a=2"], &format!(r#"({{"a": Text("2"), {z}}})"#));
        check(
            &["a.b.0=x", "a.c="],
            &format!(r#"({{"a": ({{"b": ({{"0": Text("x")}}), "c": Text("")}}), {z}}})"#),
        );
        check(&["a=$$x=1"], &format!(r#"({{"a": Text("$x=1"), {z}}})"#));
        check(&["a"], "`a` is not an argument: write NAME=VALUE, @FILE or -");
        check(&["a..b=1"], "`a..b` is not the name of an argument or of a part of one");
        check(
            &["a=$NO_SUCH_VARIABLE"],
            "the environment variable NO_SUCH_VARIABLE is not set to a text",
        );
        check(&["@/no/such"], "/no/such: No such file or directory (os error 2)");
    }
}
