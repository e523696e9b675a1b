//! Lines of code as they are made.

use crate::layout::{Doc, beside, concat, group, indent, print};

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

    /// Adds `left value;`. A value that cannot break stands on a line of its own when it does not fit beside what can stand
    /// on one line.
    pub(crate) fn assign(&mut self, tabs: usize, left: impl Into<Doc>, value: Doc) {
        let left = left.into();
        match (value, print(&left, tabs)) {
            (value, broken) if broken.contains('\n') => self.statement(tabs, concat([left, " ".into(), value])),
            (value @ Doc::Text(_), _) => self.statement(tabs, group([left, indent([Doc::Line, value])])),
            (value, left) => self.line(tabs, beside(&left, concat([value, ";".into()]), tabs)),
        }
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

#[cfg(test)]
mod tests {
    use super::Lines;
    use crate::layout::{concat, list};

    #[test]
    fn a_value_stands_behind_what_breaks_and_below_what_is_long() {
        let of = |length: usize| {
            let mut lines = Lines::default();
            let ty = list("[", vec!["T".repeat(length).into(), "U".into()], ",", "]");
            lines.assign(0, concat(["const a: ".into(), ty, " =".into()]), "f()".into());
            lines.into_inner().concat()
        };
        assert_eq!(of(5), "const a: [TTTTT, U] = f();");
        assert_eq!(of(63), format!("const a: [{}, U] =\n\tf();", "T".repeat(63)));
        assert_eq!(of(70), format!("const a: [\n\t{},\n\tU,\n] = f();", "T".repeat(70)));
    }
}
