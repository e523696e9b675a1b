//! Symbols: names that a generated module has from other modules. A symbol that is printed is imported.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

/// The symbols that one generated module has printed, by where they come from.
///
/// Code gets the text of a name only by [`print`](Self::print), which notes the name. So the module imports exactly what it mentions,
/// and nothing looks for names in text that is printed already. `Origin` says how a language imports a name.
#[derive(Debug)]
pub struct Symbols<Origin> {
    /// In a cell, so that one expression can print several symbols.
    printed: RefCell<BTreeMap<Origin, HashSet<String>>>,
}

impl<Origin: Ord> Default for Symbols<Origin> {
    fn default() -> Self {
        Self {
            printed: RefCell::default(),
        }
    }
}

impl<Origin: Ord> Symbols<Origin> {
    /// The text of a name, which the module imports from now on.
    pub fn print(&self, origin: Origin, name: &str) -> String {
        let mut printed = self.printed.borrow_mut();
        let names = printed.entry(origin).or_default();
        if !names.contains(name) {
            names.insert(name.to_owned());
        }
        name.to_owned()
    }

    /// All names that were printed, each once, in order.
    pub fn into_printed(self) -> BTreeMap<Origin, BTreeSet<String>> {
        let printed = self.printed.into_inner().into_iter();
        printed
            .map(|(origin, names)| (origin, names.into_iter().collect()))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Symbols;

    #[test]
    fn what_is_printed_is_imported_once() {
        let symbols = Symbols::default();
        let text = format!(
            "{}({}, {})",
            symbols.print("b", "f"),
            symbols.print("a", "z"),
            symbols.print("a", "y")
        );
        assert_eq!(text, "f(z, y)");
        assert_eq!(symbols.print("a", "z"), "z");
        let printed: Vec<(&str, Vec<String>)> = (symbols.into_printed().into_iter())
            .map(|(origin, names)| (origin, names.into_iter().collect()))
            .collect();
        assert_eq!(
            printed,
            [("a", vec!["y".into(), "z".into()]), ("b", vec!["f".to_owned()])]
        );
    }
}
