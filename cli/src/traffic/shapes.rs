//! Arguments travel as one tuple; people know them by name.

use rapace_schema::postcard::Part;
use serde_json::{Map, Value};

/// The value with the names of arguments, where it has them.
pub(super) fn named(value: Value, names: Option<&[String]>) -> Value {
    match (value, names) {
        (Value::Array(values), Some(names)) => Value::Object(Map::from_iter(names.iter().cloned().zip(values))),
        (value, _) => value,
    }
}

/// The path, whose first step is the name of an argument, where there are names.
pub(super) fn named_path(path: String, names: Option<&[String]>) -> String {
    let Some(names) = names else { return path };
    let (first, rest) = path.split_once('.').unwrap_or((&path, ""));
    let name = first.parse().ok().and_then(|index: usize| names.get(index));
    match (name, rest) {
        (None, _) => path,
        (Some(name), "") => name.clone(),
        (Some(name), rest) => format!("{name}.{rest}"),
    }
}

/// The parts, of which the outermost have the names of arguments, where there are names.
pub(super) fn named_parts(mut parts: Vec<Part>, names: Option<&[String]>) -> Vec<Part> {
    let Some(names) = names else { return parts };
    for (part, name) in parts.iter_mut().filter(|part| part.depth == 0).zip(names) {
        part.name.clone_from(name);
    }
    parts
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{named, named_path};

    #[test]
    fn arguments_have_names() {
        let names = ["order".to_owned(), "count".to_owned()];
        let check = |path: &str, expected: &str| assert_eq!(named_path(path.into(), Some(&names)), expected);
        check("", "");
        check("0", "order");
        check("1.0.x", "count.0.x");
        check("2", "2");
        assert_eq!(named_path("0.x".into(), None), "0.x");
        assert_eq!(named(json!([1, [2]]), Some(&names)), json!({"order": 1, "count": [2]}));
        assert_eq!(named(json!([1]), None), json!([1]));
    }
}
