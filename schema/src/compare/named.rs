//! What two named types are to each other, wherever they are used: compared once for all methods.

use std::collections::BTreeSet;
use std::rc::Rc;

use super::describe::list_change;
use super::finding::{Finding, Local};
use super::memory::Met;
use super::relate::{step_into, surplus};
use super::side::{Case, Item};
use super::verdict::{Seen, Verdict};
use super::walk::Walk;
use crate::model::{Fields, TypeDef, TypeKind};

impl<'a> Walk<'a> {
    /// Compares the types that have one name on both sides, each after those that it mentions. No walk through a payload is deeper then
    /// than the types of a circle.
    pub(super) fn named_types(&mut self, order: impl Iterator<Item = &'a TypeDef>) {
        for new in order {
            let Some(old) = self
                .old
                .definition(&new.name)
                .filter(|old| old.digest.api != new.digest.api)
            else {
                continue;
            };
            self.begin_payload();
            match (&old.kind, &new.kind) {
                (TypeKind::Struct(before), TypeKind::Struct(after)) => {
                    self.structs((old, before), (new, after), 0);
                }
                (TypeKind::Enum { .. }, TypeKind::Enum { .. }) => {
                    self.enums(old, new, 0);
                }
                _ => {}
            }
        }
    }

    /// What two structs are to each other when the reader begins and ends with the writer and finds every name where it was. `None` for
    /// all others, which are taken apart: what is around them tells what became of them.
    pub(super) fn whole_structs(&mut self, old: &Item<'a>, new: &Item<'a>, depth: u32) -> Option<Rc<Local>> {
        let (before, after) = (self.old.structure(old.ty)?, self.new.structure(new.ty)?);
        if before.1.newtype().is_some() || after.1.newtype().is_some() {
            return None;
        }
        let local = self.structs(before, after, depth)?;
        (local.is_aligned() && !local.renamed).then_some(local)
    }

    /// Compares the fields of two structs. `None` while they are being compared.
    fn structs(&mut self, old: Struct<'a>, new: Struct<'a>, depth: u32) -> Option<Rc<Local>> {
        let key = format!("struct {}: {}", old.0.name, new.0.name);
        if self.memory.is_busy(&key) {
            return None;
        }
        match self.memory.meet(key) {
            Met::Known(local) => Some(local),
            Met::Busy => None,
            Met::New(open) => {
                self.note_fields([&old.0.name, &new.0.name], old.1, new.1);
                let before = self.old.fields(old.1, &old.0.name, &[]);
                let after = self.new.fields(new.1, &new.0.name, &[]);
                let local = self.sequence(before, after, depth + 1);
                Some(self.memory.end(open, local))
            }
        }
    }

    /// Compares the variants of two enums, and what they hold. Enums that are being compared are equal to themselves.
    pub(super) fn enums(&mut self, old: &'a TypeDef, new: &'a TypeDef, depth: u32) -> Rc<Local> {
        match self.memory.meet(format!("enum {}: {}", old.name, new.name)) {
            Met::Known(local) => local,
            Met::Busy => Rc::default(),
            Met::New(open) => {
                let (before, after) = (self.old.variants(old), self.new.variants(new));
                self.spend(before.len() + after.len());
                let mut local = Local::default();
                if let Some(finding) = variants((old, &before), (new, &after)) {
                    local.add(finding);
                }
                self.inside_cases(&mut local, before, after, depth);
                self.memory.end(open, local)
            }
        }
    }
}

/// A struct with its fields.
type Struct<'a> = (&'a TypeDef, &'a Fields);

/// What became of the variants themselves.
fn variants((old, before): (&TypeDef, &[Case<'_>]), (new, after): (&TypeDef, &[Case<'_>])) -> Option<Finding> {
    fn names<'a>(cases: &[Case<'a>]) -> Vec<&'a str> {
        cases.iter().filter_map(|case| case.name).collect()
    }
    let (olds, news) = (names(before), names(after));
    let pairs = olds.iter().zip(&news);
    let mut others = pairs.enumerate().filter(|(_, (one, other))| one != other).peekable();
    let moved = others.peek().is_some().then(|| {
        let all_old: BTreeSet<&str> = olds.iter().copied().collect();
        let all_new: BTreeSet<&str> = news.iter().copied().collect();
        others.find(|(_, (one, other))| all_new.contains(**one) || all_old.contains(**other))
    });
    let moved = moved.flatten().map(|(index, _)| index);
    let (forth, back) = match moved {
        Some(_) => (Seen::all(Verdict::Silent), Seen::all(Verdict::Silent)),
        None if before.len() == after.len() => return None,
        None => (
            surplus(before.len(), new.open, after.len()),
            surplus(after.len(), old.open, before.len()),
        ),
    };
    let what = list_change("variant", &olds, &news)?;
    Some(Finding {
        old_way: step_into(before, moved.unwrap_or(after.len())),
        new_way: step_into(after, moved.unwrap_or(before.len())),
        place: format!("enum {}", new.name).into(),
        what: what.into(),
        forth,
        back,
        exact: true,
    })
}
