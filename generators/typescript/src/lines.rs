//! Lines of code, which are printed together.

use rapace_gen_core::text::doc::{Doc, assign, concat, indent_by};

/// Statements, each at its number of tabs.
#[derive(Default)]
pub(crate) struct Lines(Vec<Doc>);

impl Lines {
    /// Adds a line.
    pub(crate) fn line(&mut self, tabs: usize, text: impl Into<Doc>) {
        let line = concat([Doc::HardLine, text.into()]);
        self.0.push(indent_by(tabs, line));
    }

    /// Adds lines.
    pub(crate) fn lines(&mut self, lines: Lines) {
        self.0.extend(lines.0);
    }

    /// Adds a statement, which may take several lines.
    pub(crate) fn statement(&mut self, tabs: usize, statement: Doc) {
        self.line(tabs, concat([statement, ";".into()]));
    }

    /// Adds `name value;`.
    pub(crate) fn assign(&mut self, tabs: usize, name: impl Into<Doc>, value: impl Into<Doc>) {
        self.line(tabs, assign(name, concat([value.into(), ";".into()])));
    }

    /// True when there are none.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Lines> for Doc {
    /// The lines, each preceded by its line break.
    fn from(lines: Lines) -> Self {
        Doc::Concat(lines.0)
    }
}
