//! Walks through two payloads side by side: structs, tuples and arrays are what they consist of, because nothing on the wire says
//! where they begin.

use std::collections::BTreeMap;

use super::describe::{list_change, names, type_text};
use super::finding::{Finding, Local, Longer};
use super::moved::moved;
use super::side::{Item, Side};
use super::verdict::{Seen, Verdict};
use crate::model::{Fields, TypeRef};

/// How deep values are inside each other where they are still compared.
const MOST_DEPTH: u32 = 100;
/// How many values of one payload are compared.
const MOST_STEPS: u32 = 200_000;

/// A walk through one payload.
pub(super) struct Walk<'a> {
    pub(super) old: &'a Side<'a>,
    pub(super) new: &'a Side<'a>,
    /// What was found for pairs that were met before; nothing while a pair is being compared.
    known: BTreeMap<String, Local>,
    /// What became of the fields of owners, by the owner's name on both sides.
    lists: Vec<(String, String, String)>,
    steps: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn new(old: &'a Side<'a>, new: &'a Side<'a>) -> Self {
        Self {
            old,
            new,
            known: BTreeMap::new(),
            lists: Vec::new(),
            steps: MOST_STEPS,
        }
    }

    /// Compares two whole payloads.
    pub(super) fn payload(&mut self, old: Vec<Item<'a>>, new: Vec<Item<'a>>) -> Local {
        let mut local = self.sequence(old, new, 0);
        if let (true, Some(longer)) = (local.synced, local.longer) {
            // Every value fails, so none is misread. Plain Rust does not look at what is left.
            let last = local.findings.pop();
            let ignores = Seen {
                verdict: Verdict::Loud,
                rust: Verdict::Ok,
            };
            for finding in &mut local.findings {
                let of_all = |seen: Seen| seen.at_most(Verdict::Loud);
                match longer {
                    Longer::Old => {
                        finding.forth.verdict = finding.forth.verdict.min(Verdict::Loud);
                        finding.back = of_all(finding.back);
                    }
                    Longer::New => {
                        finding.back.verdict = finding.back.verdict.min(Verdict::Loud);
                        finding.forth = of_all(finding.forth);
                    }
                }
            }
            local.findings.extend(last.map(|mut last| {
                last.exact = true;
                match longer {
                    Longer::Old => last.forth = ignores,
                    Longer::New => last.back = ignores,
                }
                last
            }));
        }
        local
    }

    /// Compares what is inside two items, as a payload of its own. A pair that is being compared already is equal to itself.
    pub(super) fn inside(&mut self, old: Vec<Item<'a>>, new: Vec<Item<'a>>, depth: u32) -> Local {
        let types = |items: &[Item<'_>]| items.iter().map(|item| format!("{:?} ", item.ty)).collect::<String>();
        let place = new.first().or(old.first()).map_or("", |item| item.place.as_str());
        let key = format!("{place}: {}: {}", types(&old), types(&new));
        if let Some(known) = self.known.get(&key) {
            return known.clone();
        }
        self.known.insert(key.clone(), Local::default());
        let local = self.sequence(old, new, depth);
        self.known.insert(key, local.clone());
        local
    }

    fn sequence(&mut self, mut old: Vec<Item<'a>>, mut new: Vec<Item<'a>>, depth: u32) -> Local {
        let mut local = Local::default();
        let mut pairs = Vec::new();
        old.reverse();
        new.reverse();
        loop {
            skip_nothing(self.old, &mut old);
            skip_nothing(self.new, &mut new);
            let (Some(before), Some(after)) = (old.last().cloned(), new.last().cloned()) else {
                break;
            };
            self.steps = self.steps.saturating_sub(1);
            if self.steps == 0 || depth > MOST_DEPTH {
                local.findings.push(self.given_up(&before, &after));
                local.synced = false;
                return local;
            }
            if before.repeat == after.repeat && self.is_same_type(before.ty, after.ty) {
                pairs.push((before, after));
                old.pop();
                new.pop();
            } else if before.repeat > 1 || after.repeat > 1 {
                self.array(&mut local, [&mut old, &mut new], depth);
            } else if !self.take_apart(&mut old, &mut new) {
                let related = self.relate(&before, &after, depth);
                local.absorb(related, &before, &after);
                pairs.push((before, after));
                old.pop();
                new.pop();
            }
            if !local.synced {
                return local;
            }
        }
        for (before, after) in moved(&pairs) {
            let what = format!("`{}` and `{}` changed places", last(before), last(after));
            let seen = Seen::all(Verdict::Semantic);
            local
                .findings
                .push(self.finding((before, after), what, seen, seen, true));
        }
        self.longer(&mut local, old.last(), new.last());
        local
    }

    /// The side that has more values, if one has.
    fn longer(&self, local: &mut Local, old: Option<&Item<'a>>, new: Option<&Item<'a>>) {
        let (item, longer) = match (old, new) {
            (Some(item), None) => (item, Longer::Old),
            (None, Some(item)) => (item, Longer::New),
            _ => return,
        };
        local.longer = Some(longer);
        let ty = type_text(item.whole);
        let what = match longer {
            Longer::Old => format!("{ty} was removed at the end"),
            Longer::New => format!("{ty} was added at the end"),
        };
        let seen = Seen::all(Verdict::Loud);
        let mut finding = self.finding((item, item), what, seen, seen, false);
        if let Some((place, what)) = self.of_owner(item, item) {
            (finding.place, finding.what) = (place, what);
        }
        // The way is one of that side alone: the other side has nothing there.
        match longer {
            Longer::Old => finding.new_steps.clear(),
            Longer::New => finding.old_steps.clear(),
        }
        local.findings.push(finding);
    }

    /// Compares the items of two arrays, or takes the first item of one.
    fn array(&mut self, local: &mut Local, [old, new]: [&mut Vec<Item<'a>>; 2], depth: u32) {
        let (Some(before), Some(after)) = (old.last_mut(), new.last_mut()) else {
            return;
        };
        let both = before.repeat.min(after.repeat);
        if both == 1 {
            for stack in [old, new] {
                if let Some(item) = stack.last_mut().filter(|item| item.repeat > 1) {
                    item.repeat -= 1;
                    let one = Item {
                        repeat: 1,
                        ..item.clone()
                    };
                    stack.push(one);
                }
            }
            return;
        }
        if before.repeat != after.repeat {
            let what = format!("an array of {} became one of {}", before.repeat, after.repeat);
            self.lists.push((before.owner.clone(), after.owner.clone(), what));
        }
        let (first, second) = (before.clone(), after.clone());
        before.repeat -= both;
        after.repeat -= both;
        let alone = |item: &Item<'a>| Item {
            steps: Vec::new(),
            repeat: 1,
            ..item.clone()
        };
        let items = self.inside(vec![alone(&first)], vec![alone(&second)], depth + 1);
        local.absorb(items, &first, &second);
    }

    /// Replaces what consists of parts by its parts. False when neither does.
    fn take_apart(&mut self, old: &mut Vec<Item<'a>>, new: &mut Vec<Item<'a>>) -> bool {
        let (Some(before), Some(after)) = (old.last(), new.last()) else {
            return false;
        };
        if let (Some((old_def, old_fields)), Some((new_def, new_fields))) =
            (self.old.structure(before.ty), self.new.structure(after.ty))
        {
            self.note_fields([&old_def.name, &new_def.name], old_fields, new_fields);
        }
        let parts = [self.old.parts(before), self.new.parts(after)];
        if parts.iter().all(Option::is_none) {
            return false;
        }
        for (stack, parts) in [old, new].into_iter().zip(parts) {
            if let Some(parts) = parts {
                stack.pop();
                stack.extend(parts.into_iter().rev());
            }
        }
        true
    }

    /// Remembers what became of the fields of two owners.
    pub(super) fn note_fields(&mut self, owners: [&str; 2], old: &Fields, new: &Fields) {
        self.note_list(owners, "field", &names(old), &names(new));
    }

    /// Remembers what became of a list of names that two owners have.
    pub(super) fn note_list(&mut self, owners: [&str; 2], kind: &str, old: &[&str], new: &[&str]) {
        if let Some(what) = list_change(kind, old, new) {
            self.lists.push((owners[0].to_owned(), owners[1].to_owned(), what));
        }
    }

    /// A finding at two items. Where they have other names, and fields of their owners were added, removed or moved, that is what has
    /// happened.
    pub(super) fn finding(
        &self,
        (old, new): (&Item<'a>, &Item<'a>),
        what: String,
        forth: Seen,
        back: Seen,
        exact: bool,
    ) -> Finding {
        let is_another = old.names().last() != new.names().last();
        let of_owner = self.of_owner(old, new).filter(|_| is_another);
        let (place, what) = of_owner.unwrap_or_else(|| (new.place.clone(), what));
        Finding {
            old_steps: old.steps.clone(),
            new_steps: new.steps.clone(),
            place,
            what,
            forth,
            back,
            exact,
        }
    }

    /// What became of the fields of an owner of these items.
    fn of_owner(&self, old: &Item<'a>, new: &Item<'a>) -> Option<(String, String)> {
        let mut lists = self.lists.iter().rev();
        let found = lists.find(|(before, after, _)| *before == old.owner || *after == new.owner);
        found.map(|(_, after, what)| (after.clone(), what.clone()))
    }

    fn given_up(&self, old: &Item<'a>, new: &Item<'a>) -> Finding {
        let what = format!("not compared: deeper than {MOST_DEPTH} values, or more than {MOST_STEPS} of them");
        let seen = Seen::all(Verdict::Silent);
        self.finding((old, new), what, seen, seen, false)
    }

    /// Whether both sides mean the same by a type, names included.
    fn is_same_type(&self, old: &TypeRef, new: &TypeRef) -> bool {
        let mut same = old == new;
        old.for_each_name(&mut |name| {
            let digest = |side: &Side<'_>| side.definition(name).map(|def| def.digest.api.clone());
            same &= digest(self.old) == digest(self.new);
        });
        same
    }
}

/// The name by which people know an item.
fn last<'i>(item: &'i Item<'_>) -> &'i str {
    item.names().last().copied().unwrap_or("?")
}

/// Drops items that have no bytes.
fn skip_nothing(side: &Side<'_>, stack: &mut Vec<Item<'_>>) {
    while (stack.last()).is_some_and(|item| item.repeat == 0 || side.sizes.is_zero_sized(item.ty)) {
        stack.pop();
    }
}
