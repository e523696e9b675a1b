//! The paths by which another crate can reach a module's items: `pub mod`, and `pub use` in all its forms.

use std::collections::{BTreeMap, VecDeque};

use crate::source::tree::{Presence, Tree};

/// The shortest public path to each module's items and to the single items that are re-exported.
#[derive(Debug, Default)]
pub(crate) struct Reach {
    modules: BTreeMap<usize, Vec<String>>,
    /// By the module that holds the item and the item's name.
    items: BTreeMap<(usize, String), Vec<String>>,
}

impl Reach {
    /// Walks outwards from the root, shorter paths first, so that each module is looked at once.
    pub(crate) fn new(tree: &Tree) -> Self {
        let mut reach = Self::default();
        let mut queue = VecDeque::from([(0, tree.modules[0].path.clone())]);
        while let Some((module, path)) = queue.pop_front() {
            if reach.modules.contains_key(&module) {
                continue;
            }
            reach.modules.insert(module, path.clone());
            let under = |name: &str| [path.as_slice(), &[name.to_owned()]].concat();
            for (index, child) in tree.modules.iter().enumerate() {
                let inside = child.presence == Presence::On && child.parent == Some(module);
                if let (true, Some(name)) = (child.public && inside, child.path.last()) {
                    queue.push_back((index, under(name)));
                }
            }
            for import in tree.modules[module].imports.iter().filter(|import| import.public) {
                match (&import.name, tree.resolve(module, &import.path)) {
                    // The path stays as long as it is: these come before all longer ones.
                    (None, Some(all_of)) => queue.push_front((all_of, path.clone())),
                    (Some(name), Some(whole)) => queue.push_back((whole, under(name))),
                    (Some(name), None) => {
                        if let Some((item, holder)) = import.path.split_last()
                            && let Some(holder) = holder_of(tree, module, holder)
                        {
                            reach.items.entry((holder, item.clone())).or_insert_with(|| under(name));
                        }
                    }
                    (None, None) => {}
                }
            }
        }
        reach
    }

    /// The path by which another crate writes the public item `name` of a module, if there is one.
    pub(crate) fn path(&self, module: usize, name: &str) -> Option<Vec<String>> {
        let through_module = self
            .modules
            .get(&module)
            .map(|path| [path.as_slice(), &[name.to_owned()]].concat());
        through_module.or_else(|| self.items.get(&(module, name.to_owned())).cloned())
    }

    /// Whether another crate can reach the module's items.
    pub(crate) fn contains(&self, module: usize) -> bool {
        self.modules.contains_key(&module)
    }
}

fn holder_of(tree: &Tree, from: usize, path: &[String]) -> Option<usize> {
    if path.is_empty() {
        Some(from)
    } else {
        tree.resolve(from, path)
    }
}
