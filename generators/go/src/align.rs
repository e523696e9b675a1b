//! Columns as gofmt aligns them.

use crate::view::{Comment, Line, Lines};

/// A line of a declaration before its columns are aligned: a name and what follows.
pub(crate) struct Row {
    pub(crate) doc: Comment,
    pub(crate) name: String,
    /// What follows the name, in one line or in several.
    pub(crate) rest: Vec<String>,
}

impl Row {
    /// A row of one line without a comment.
    pub(crate) fn plain(name: impl Into<String>, rest: impl Into<String>) -> Self {
        Self {
            doc: Comment::default(),
            name: name.into(),
            rest: vec![rest.into()],
        }
    }
}

/// Aligns what follows the names, as gofmt does: in runs of rows with no comment between them. A row of several lines ends its
/// run.
pub(crate) fn align(rows: Vec<Row>) -> Lines {
    let width = |row: &Row| row.name.chars().count();
    let mut lines = Vec::new();
    let mut left = rows.as_slice();
    while !left.is_empty() {
        let goes_on = |pair: &&[Row]| pair[0].rest.len() == 1 && pair[1].doc.0.is_empty();
        let run = 1 + left.windows(2).take_while(goes_on).count();
        let widest = left[..run].iter().map(width).max().unwrap_or(0);
        for row in &left[..run] {
            let spaces = " ".repeat(widest - width(row));
            let mut rest = row.rest.clone();
            rest[0] = format!("{}{spaces} {}", row.name, rest[0]);
            lines.push(Line {
                doc: row.doc.clone(),
                text: rest,
            });
        }
        left = &left[run..];
    }
    Lines(lines)
}
