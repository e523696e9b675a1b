//! Calls as `rapace call` takes them.

use rapace_schema::text::visible;
use serde_json::Value;

/// The characters besides letters and digits that no shell treats in a special way.
const PLAIN: &str = "_-./:@%+=,";

/// The command line that calls a method with these arguments.
pub(super) fn call(method: &str, arguments: &[(&str, Option<&Value>)]) -> String {
    let mut line = format!("rapace call tcp://127.0.0.1:9000 {}", quoted(method));
    for (name, value) in arguments {
        let value = value.map_or_else(|| "…".to_owned(), argument);
        line += &format!(" {}", quoted(&format!("{name}={value}")));
    }
    line + "\n"
}

/// A value as an argument: a text as it is where that is neither JSON nor the name of something.
fn argument(value: &Value) -> String {
    match value {
        Value::String(text) if is_plain_text(text) => text.clone(),
        value => value.to_string(),
    }
}

fn is_plain_text(text: &str) -> bool {
    text.starts_with(char::is_alphabetic) && serde_json::from_str::<Value>(text).is_err()
}

/// A word for POSIX shells.
fn quoted(word: &str) -> String {
    let word = visible(word);
    match word.chars().all(|c| c.is_alphanumeric() || PLAIN.contains(c)) {
        true => word,
        false => format!("'{}'", word.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::call;

    #[test]
    fn arguments_are_what_the_shell_hands_on() {
        for (value, expected) in [
            (json!("text"), "a=text"),
            (json!("two words"), "'a=two words'"),
            (json!("true"), "'a=\"true\"'"),
            (json!("1"), "'a=\"1\"'"),
            (json!("@file"), "'a=\"@file\"'"),
            (json!("it's"), "'a=it'\\''s'"),
            (json!(1), "a=1"),
            (json!(null), "a=null"),
            (json!({"some": ["$HOME"]}), "'a={\"some\":[\"$HOME\"]}'"),
        ] {
            let line = call("Catalog.find", &[("a", Some(&value))]);
            let wanted = format!("rapace call tcp://127.0.0.1:9000 Catalog.find {expected}\n");
            assert_eq!(line, wanted, "{value}");
        }
    }
}
