//! Lines of Go, and the error handling among them.

use crate::docs::literal;

/// What of a value a statement handles, for the path of an error.
pub(super) enum Part {
    /// The value itself.
    Whole,
    /// A field, named as in Rust; several names in a row with dots between them.
    Field(String),
    /// A field whose content is not shown.
    Sensitive(String),
    /// The item at the index `i`.
    Index,
    /// The entry with this key.
    Key(&'static str),
}

impl Part {
    /// The error to return.
    fn error(&self) -> String {
        match self {
            Part::Whole => "err".into(),
            Part::Field(name) => format!("rapace.InField(err, {})", literal(name)),
            Part::Sensitive(name) => format!("rapace.InSensitive(err, {})", literal(name)),
            Part::Index => "rapace.InIndex(err, i)".into(),
            Part::Key(key) => format!("rapace.InKey(err, {key})"),
        }
    }
}

/// `&x`, or `p` of `*p`.
pub(super) fn address(variable: &str) -> String {
    match variable.strip_prefix('*') {
        Some(pointer) => pointer.to_owned(),
        None => format!("&{variable}"),
    }
}

/// `x[:]`; a pointer to an array can be sliced like the array.
pub(super) fn sliced(variable: &str) -> String {
    format!("{}[:]", variable.strip_prefix('*').unwrap_or(variable))
}

/// A call whose error is returned.
pub(super) fn failing(call: &str, part: &Part) -> Vec<String> {
    failing_as(&format!("err := {call}"), part)
}

/// An assignment to `err` that is returned unless it is nil.
pub(super) fn failing_as(assignment: &str, part: &Part) -> Vec<String> {
    vec![
        format!("if {assignment}; err != nil {{"),
        format!("\treturn {}", part.error()),
        "}".into(),
    ]
}

/// A loop, or nothing when there is nothing to do in it. An index that is not used is not there.
pub(super) fn looped(range: &str, body: Vec<String>) -> Vec<String> {
    if body.is_empty() {
        return Vec::new();
    }
    let uses_index = body
        .iter()
        .any(|line| ["[i]", ", i)", "(i)"].iter().any(|use_of_i| line.contains(use_of_i)));
    let range = match range.strip_prefix("i := ") {
        Some(range) if !uses_index => range,
        _ => range,
    };
    let mut lines = vec![format!("for {range} {{")];
    lines.extend(indented(body));
    lines.push("}".into());
    lines
}

pub(super) fn indented(lines: Vec<String>) -> impl Iterator<Item = String> {
    lines.into_iter().map(|line| format!("\t{line}"))
}

/// The statements with a return at their end, of the last error itself where that is what comes last.
pub(super) fn returning(mut lines: Vec<String>) -> Vec<String> {
    let count = lines.len();
    if lines.last().is_some_and(|line| line.starts_with("return ")) {
        return lines;
    }
    let last = count
        .checked_sub(3)
        .filter(|_| lines[count - 2] == "\treturn err" && lines[count - 1] == "}");
    let assignment = last.and_then(|last| lines[last].strip_prefix("if ")?.strip_suffix("; err != nil {"));
    match assignment.map(str::to_owned) {
        Some(assignment) => {
            lines.truncate(count - 3);
            match assignment.strip_prefix("err := ").or(assignment.strip_prefix("err = ")) {
                Some(call) => lines.push(format!("return {call}")),
                None => lines.extend([assignment, "return err".into()]),
            }
        }
        None => lines.push("return nil".into()),
    }
    lines
}

pub(super) fn function(head: String, body: Vec<String>) -> Vec<String> {
    let mut lines = vec![head];
    lines.extend(indented(body));
    lines.push("}".into());
    lines
}
