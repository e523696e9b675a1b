//! The sources of the crates in a program, read when they are asked for.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::PathBuf;

use crate::crates::CrateNames;
use crate::diagnostic::{Diagnostic, Location};
use crate::driver::Unit;
use crate::facts::{Facts, Form};
use crate::selection::Selection;
use crate::source::cfg::Cfg;
use crate::source::faults::faults;
use crate::source::marked::{Marked, marked};
use crate::source::resolve::nearest;
use crate::source::services::{Shown, look};
use crate::source::tree::{Build, Tree, Unreadable};
use crate::source::types::TypeSources;

/// The sources of libraries.
#[derive(Debug)]
pub(crate) struct Sources<'a> {
    units: &'a [Unit],
    /// What rustc says is set.
    cfg: &'a str,
    trees: BTreeMap<String, (Tree, Cfg)>,
}

impl<'a> Sources<'a> {
    pub(crate) fn new(units: &'a [Unit], cfg: &'a str) -> Self {
        Self {
            units,
            cfg,
            trees: BTreeMap::new(),
        }
    }

    /// What a unit's sources say of a service in it.
    pub(crate) fn look(&mut self, unit: &Unit, module: &[String], name: &str) -> Shown {
        let (tree, cfg) = self.tree(unit);
        look(tree, cfg, module, name)
    }

    /// The traits that a unit's sources mark as services.
    pub(crate) fn marked(&mut self, unit: &Unit, rapace: &str) -> Vec<Marked> {
        let (tree, cfg) = self.tree(unit);
        marked(tree, cfg, rapace)
    }

    /// Where a path in a unit leads, as far as its sources show the way: an item, or the module around it.
    pub(crate) fn nearest(&mut self, unit: &Unit, path: &[&str]) -> Option<Location> {
        nearest(&self.tree(unit).0, path)
    }

    /// The types of all crates whose types the services reach.
    pub(crate) fn types(&mut self, facts: &Facts, crates: &CrateNames) -> TypeSources {
        let mut types = TypeSources::default();
        let named = facts
            .shapes
            .iter()
            .filter(|shape| matches!(shape.form, Form::Struct(_) | Form::Enum(_)));
        let labels = named.filter_map(|shape| shape.path.as_deref()?.split("::").next());
        let mut labels: Vec<&str> = labels.collect();
        labels.sort_unstable();
        labels.dedup();
        for label in labels {
            if let Some(unit) = crates.unit(label, self.units) {
                let (tree, cfg) = self.tree(unit);
                types.add(tree, cfg, label);
            }
        }
        types
    }

    /// Adds the types of a unit, which paths call by its name.
    pub(crate) fn add_types(&mut self, unit: &Unit, types: &mut TypeSources) {
        let (tree, cfg) = self.tree(unit);
        types.add(tree, cfg, &unit.name);
    }

    /// A warning for each file that cannot be read.
    pub(crate) fn unread(&self) -> Vec<Diagnostic> {
        let files = self.trees.values().flat_map(|(tree, _)| &tree.unreadable);
        let warning = |Unreadable { at, why }: &Unreadable| Diagnostic {
            why: format!("{why}: the order of methods and what is deprecated in this file are not known"),
            at: Some(at.clone()),
            ..Diagnostic::warning("source-unread")
        };
        files.map(warning).collect()
    }

    /// What is private of the services in sources that do not compile.
    pub(crate) fn not_public(&mut self, selection: &Selection) -> Vec<Diagnostic> {
        let mut problems = Vec::new();
        for package in &selection.packages {
            let unit = Unit {
                name: package.library.clone(),
                root: package.root.clone(),
                features: package.features.clone(),
                ..Unit::default()
            };
            for service in self.marked(&unit, &package.rapace_name) {
                if let (None, Shown::Private(problem)) =
                    (&service.off, self.look(&unit, &service.module, &service.name))
                {
                    problems.push(*problem);
                }
            }
        }
        problems
    }

    /// What is wrong in sources that do not compile, each a library's name and root file.
    pub(crate) fn faults(&mut self, selection: &Selection, failed: &[(String, PathBuf)]) -> Vec<Diagnostic> {
        let mut found = Vec::new();
        for (name, root) in failed {
            let package = selection.packages.iter().find(|package| package.root == *root);
            let unit = Unit {
                name: name.clone(),
                root: root.clone(),
                features: package.map(|package| package.features.clone()).unwrap_or_default(),
                ..Unit::default()
            };
            let rapace = package.map_or("rapace", |package| package.rapace_name.as_str());
            let (tree, cfg) = self.tree(&unit);
            found.extend(faults(tree, cfg, rapace));
        }
        found
    }

    fn tree(&mut self, unit: &Unit) -> &(Tree, Cfg) {
        let key = format!("{} {} {}", unit.manifest.display(), unit.name, unit.root.display());
        match self.trees.entry(key) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => {
                let set = self.cfg.lines().chain(unit.cfgs.iter().map(String::as_str));
                let build = Build {
                    cfg: Cfg::new(set, unit.features.iter().cloned()),
                    out: unit.out.clone(),
                };
                let tree = Tree::read(&unit.root, &unit.name, &build);
                entry.insert((tree, build.cfg))
            }
        }
    }
}
