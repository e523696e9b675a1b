//! Lines of code as they are made.

use crate::layout::{Doc, concat, group, indent, print};

/// Lines, each with its tabs.
#[derive(Default)]
pub(crate) struct Lines(Vec<String>);

impl Lines {
    /// Adds a line.
    pub(crate) fn line(&mut self, tabs: usize, text: impl Into<String>) {
        self.0.push(format!("{}{}", "\t".repeat(tabs), text.into()));
    }

    /// Adds a statement, which may take several lines.
    pub(crate) fn statement(&mut self, tabs: usize, statement: Doc) {
        self.line(tabs, print(&concat([statement, ";".into()]), tabs));
    }

    /// Adds `left value;`. A value that cannot break stands on a line of its own when it does not fit.
    pub(crate) fn assign(&mut self, tabs: usize, left: impl Into<Doc>, value: Doc) {
        let statement = match value {
            Doc::Text(_) => group([left.into(), indent([Doc::Line, value])]),
            value => concat([left.into(), " ".into(), value]),
        };
        self.statement(tabs, statement);
    }

    /// True when there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The lines.
    pub(crate) fn into_inner(self) -> Vec<String> {
        self.0
    }
}
