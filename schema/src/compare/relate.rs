//! What two types are to each other that do not consist of parts.

use super::describe::type_text;
use super::finding::{Finding, Local};
use super::scalars::{Scalar, index_read_by, number_read_by};
use super::side::{Case, Item, Side, Step};
use super::verdict::{Seen, Verdict};
use super::walk::Walk;
use super::way::Way;
use crate::model::TypeRef;

/// What a count is followed by.
struct Sequence<'a> {
    kind: Kind,
    items: Vec<Item<'a>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    List,
    Set,
    Map,
}

impl<'a> Walk<'a> {
    /// Compares two items of which neither consists of parts. The ways of what is found begin after the items.
    pub(super) fn relate(&mut self, old: &Item<'a>, new: &Item<'a>, depth: u32) -> Local {
        let scalars = (scalar(self.old, old.ty), scalar(self.new, new.ty));
        if let (Some(before), Some(after)) = scalars {
            return self.leaf(old, new, before.read_by(after), after.read_by(before));
        }
        if let (Some(before), Some(after)) = (sequence(old), sequence(new)) {
            return self.sequences(old, new, before, after, depth);
        }
        if let (Some(before), Some(after)) = (self.old.enumeration(old.ty), self.new.enumeration(new.ty)) {
            return Local::clone(&self.enums(before, after, depth));
        }
        match (self.old.cases(old), self.new.cases(new)) {
            (Some(before), Some(after)) => self.cases(old, new, (before, after), depth),
            (Some(cases), None) if has_no_values(self.old, &cases) && scalars.1.is_some() => {
                let (count, number) = (cases.len(), scalars.1.unwrap_or(Scalar::Bool));
                self.leaf(old, new, index_read_by(count, number), number_read_by(number, count))
            }
            (None, Some(cases)) if has_no_values(self.new, &cases) && scalars.0.is_some() => {
                let (count, number) = (cases.len(), scalars.0.unwrap_or(Scalar::Bool));
                self.leaf(old, new, number_read_by(number, count), index_read_by(count, number))
            }
            _ => self.leaf(old, new, None, None),
        }
    }

    /// Two items that are read as a whole, or of which a reader may read too much or too little.
    fn leaf(&self, old: &Item<'a>, new: &Item<'a>, forth: Option<Seen>, back: Option<Seen>) -> Local {
        let mut local = Local {
            synced: forth.is_some() && back.is_some(),
            ..Local::default()
        };
        let least = Seen::all(Verdict::Loud);
        let (forth, back) = (forth.unwrap_or(least), back.unwrap_or(least));
        if forth.worst() != Verdict::Same || back.worst() != Verdict::Same {
            local.add(self.at((old, new), became(old, new), forth, back, local.synced));
        }
        local
    }

    fn sequences(
        &mut self,
        old: &Item<'a>,
        new: &Item<'a>,
        before: Sequence<'a>,
        after: Sequence<'a>,
        depth: u32,
    ) -> Local {
        let collapses = |from: Kind, to: Kind| match (from, to) {
            (Kind::List, Kind::Set | Kind::Map) | (Kind::Set, Kind::Map) => Seen::all(Verdict::Semantic),
            (from, to) if from == to => Seen::default(),
            _ => Seen::all(Verdict::Ok),
        };
        let inside = self.inside(before.items, after.items, depth + 1);
        let mut local = Local {
            synced: inside.is_aligned(),
            longer: None,
            renamed: false,
            ..Local::clone(&inside)
        };
        let (forth, back) = (collapses(before.kind, after.kind), collapses(after.kind, before.kind));
        if before.kind != after.kind {
            local.add(self.at((old, new), became(old, new), forth, back, true));
        }
        local
    }

    fn cases(
        &mut self,
        old: &Item<'a>,
        new: &Item<'a>,
        (before, after): (Vec<Case<'a>>, Vec<Case<'a>>),
        depth: u32,
    ) -> Local {
        let mut local = Local::default();
        let (count, other) = (before.len(), after.len());
        if count != other {
            let is_open = |side: &Side<'a>, item: &Item<'a>| side.enumeration(item.ty).is_some_and(|def| def.open);
            let forth = surplus(count, is_open(self.new, new), other);
            let back = surplus(other, is_open(self.old, old), count);
            let mut finding = self.at((old, new), became(old, new), forth, back, true);
            finding.old_way = step_into(&before, other);
            finding.new_way = step_into(&after, count);
            local.add(finding);
        }
        self.inside_cases(&mut local, before, after, depth);
        local
    }

    /// Compares what follows the numbers of cases.
    pub(super) fn inside_cases(&mut self, local: &mut Local, before: Vec<Case<'a>>, after: Vec<Case<'a>>, depth: u32) {
        for (first, second) in before.into_iter().zip(after) {
            if let ([one, ..], [other, ..]) = (first.items.as_slice(), second.items.as_slice()) {
                let owners = [&*one.owner, &*other.owner];
                self.lists.note(owners, "field", || {
                    [field_names(&first.items), field_names(&second.items)]
                });
            }
            let part = self.inside(first.items, second.items, depth + 1);
            local.synced &= part.is_aligned();
            part.findings.iter().cloned().for_each(|finding| local.add(finding));
            local.add_more(part.more);
        }
    }

    /// A finding at two items, whose ways the caller puts before it.
    fn at(&self, (old, new): (&Item<'a>, &Item<'a>), what: String, forth: Seen, back: Seen, exact: bool) -> Finding {
        Finding {
            old_way: Way::default(),
            new_way: Way::default(),
            ..self.finding((old, new), what, forth, back, exact)
        }
    }
}

/// What a reader that knows `known` cases makes of `count` of them.
pub(super) fn surplus(count: usize, is_open: bool, known: usize) -> Seen {
    match count > known {
        true if is_open => Seen {
            verdict: Verdict::Ok,
            rust: Verdict::Loud,
        },
        true => Seen::all(Verdict::Loud),
        false => Seen::all(Verdict::Ok),
    }
}

/// The step into a case, or into the last; into an option's value no step leads.
pub(super) fn step_into(cases: &[Case<'_>], index: usize) -> Way {
    let case = cases.get(index.min(cases.len().saturating_sub(1)));
    let steps: Vec<Step> = case.map(|case| case.step.clone()).into_iter().collect();
    match steps.as_slice() {
        [Step::Some] => Way::default(),
        steps => Way::from(steps),
    }
}

fn field_names(items: &[Item<'_>]) -> Vec<String> {
    let names = items.iter().map(|item| item.names().last().copied());
    names.map(|name| name.unwrap_or_default().to_owned()).collect()
}

fn became(old: &Item<'_>, new: &Item<'_>) -> String {
    format!("`{}` became `{}`", type_text(old.whole), type_text(new.whole))
}

/// The scalar that a type is on the wire.
fn scalar(side: &Side<'_>, ty: &TypeRef) -> Option<Scalar> {
    match ty {
        TypeRef::List(item) if side.is_byte(item) => Some(Scalar::Bytes),
        ty => Scalar::of(ty),
    }
}

fn sequence<'a>(item: &Item<'a>) -> Option<Sequence<'a>> {
    const BYTE: &TypeRef = &TypeRef::U8;
    Some(match item.ty {
        TypeRef::Bytes => Sequence {
            kind: Kind::List,
            items: vec![item.alone(BYTE, Step::Item)],
        },
        TypeRef::List(inner) => Sequence {
            kind: Kind::List,
            items: vec![item.alone(inner, Step::Item)],
        },
        TypeRef::Set(inner) => Sequence {
            kind: Kind::Set,
            items: vec![item.alone(inner, Step::Item)],
        },
        TypeRef::Map { key, value } => Sequence {
            kind: Kind::Map,
            items: vec![item.alone(key, Step::Key), item.alone(value, Step::Value)],
        },
        _ => return None,
    })
}

/// Whether nothing follows the number of any case.
fn has_no_values(side: &Side<'_>, cases: &[Case<'_>]) -> bool {
    let mut items = cases.iter().flat_map(|case| &case.items);
    items.all(|item| side.sizes.is_zero_sized(item.ty))
}
