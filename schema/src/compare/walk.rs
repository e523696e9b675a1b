//! Walks through two payloads side by side: structs, tuples and arrays are what they consist of, because nothing on the wire says
//! where they begin.

use std::rc::Rc;

use super::describe::{names, type_text};
use super::finding::{Finding, Local, Longer, MOST_FINDINGS};
use super::lists::Lists;
use super::memory::{Memory, Met};
use super::moved::{is_renamed, moved};
use super::side::{Item, Side};
use super::verdict::{Seen, Verdict};
use super::way::Way;
use crate::model::{Fields, TypeRef};

/// How deep values are inside each other where they are still compared.
const MOST_DEPTH: u32 = 100;
/// How many names there are on the way to a value that is still compared.
const MOST_NAMES: usize = 256;
/// How many values of one payload are compared.
const MOST_STEPS: usize = 200_000;
/// How many values of all payloads are compared.
const MOST_STEPS_OF_ALL: usize = 4_000_000;

/// A walk through payloads.
pub(super) struct Walk<'a> {
    pub(super) old: &'a Side<'a>,
    pub(super) new: &'a Side<'a>,
    pub(super) memory: Memory,
    pub(super) lists: Lists,
    /// How many values may still be compared in this payload.
    left: usize,
    /// How many values may still be compared in all payloads.
    left_of_all: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(old: &'a Side<'a>, new: &'a Side<'a>) -> Self {
        Self {
            old,
            new,
            memory: Memory::default(),
            lists: Lists::default(),
            left: MOST_STEPS,
            left_of_all: MOST_STEPS_OF_ALL,
        }
    }

    /// What comes now does not depend on where the walk has been.
    pub(super) fn begin_payload(&mut self) {
        self.memory.begin_payload();
        self.lists.begin_payload();
        self.left = MOST_STEPS;
    }

    /// Counts values that are compared.
    pub(super) fn spend(&mut self, values: usize) {
        self.left = self.left.saturating_sub(values);
        self.left_of_all = self.left_of_all.saturating_sub(values);
    }

    /// How many values were compared.
    pub(super) fn spent(&self) -> usize {
        MOST_STEPS_OF_ALL - self.left_of_all
    }

    /// Compares two whole payloads.
    pub(super) fn payload(&mut self, old: Vec<Item<'a>>, new: Vec<Item<'a>>) -> Local {
        self.begin_payload();
        let mut local = self.sequence(old, new, 0);
        if let (true, Some(longer)) = (local.synced, local.longer) {
            // Every value fails, so none is misread. Plain Rust does not look at what is left.
            let last = local.findings.pop();
            let found = local.findings.iter_mut();
            let all = found.map(|finding| [&mut finding.forth, &mut finding.back]);
            for [forth, back] in all.chain(local.more.as_mut().map(|more| more.each_mut())) {
                let (fails, ends) = match longer {
                    Longer::Old => (forth, back),
                    Longer::New => (back, forth),
                };
                fails.verdict = fails.verdict.min(Verdict::Loud);
                *ends = ends.at_most(Verdict::Loud);
            }
            local.findings.extend(last.map(|mut last| {
                last.exact = true;
                let ignores = Seen {
                    verdict: Verdict::Loud,
                    rust: Verdict::Ok,
                };
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
    pub(super) fn inside(&mut self, old: Vec<Item<'a>>, new: Vec<Item<'a>>, depth: u32) -> Rc<Local> {
        let types = |items: &[Item<'_>]| items.iter().map(|item| format!("{:?} ", item.ty)).collect::<String>();
        let place = new.first().or(old.first()).map_or("", |item| &*item.place);
        match self.memory.meet(format!("{place}: {}: {}", types(&old), types(&new))) {
            Met::Known(local) => local,
            Met::Busy => Rc::default(),
            Met::New(open) => {
                let local = self.sequence(old, new, depth);
                self.memory.end(open, local)
            }
        }
    }

    /// Compares values that stand one after another.
    pub(super) fn sequence(&mut self, mut old: Vec<Item<'a>>, mut new: Vec<Item<'a>>, depth: u32) -> Local {
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
            let names = before.steps.len().max(after.steps.len());
            // A way is copied for each value.
            self.spend(1 + names / 8);
            if self.left == 0 || self.left_of_all == 0 || depth > MOST_DEPTH || names > MOST_NAMES {
                self.memory.give_up();
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
            } else if let Some(part) = self.whole_structs(&before, &after, depth) {
                self.spend(part.findings.len() / 4);
                local.absorb(&part, &before, &after);
                pairs.push((before, after));
                old.pop();
                new.pop();
            } else if !self.take_apart(&mut old, &mut new) {
                let related = self.relate(&before, &after, depth);
                self.spend(related.findings.len() / 4);
                local.absorb(&related, &before, &after);
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
            local.add(self.finding((before, after), what, seen, seen, true));
        }
        local.renamed = pairs.iter().any(|(before, after)| is_renamed(before, after));
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
        if let Some(change) = self.lists.of(&item.owner, &item.owner) {
            (finding.place, finding.what) = (change.owner.as_str().into(), change.what.as_str().into());
        }
        // The way is one of that side alone: the other side has nothing there.
        match longer {
            Longer::Old => finding.new_way = Way::default(),
            Longer::New => finding.old_way = Way::default(),
        }
        // Room or not: what happens at the end decides for all.
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
            self.lists.note_array([&before.owner, &after.owner], what);
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
        local.absorb(&items, &first, &second);
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
        self.lists.note(owners, "field", || [names(old), names(new)]);
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
        let cause = self.lists.of(&old.owner, &new.owner).filter(|_| is_another);
        let (place, what) = match cause {
            Some(cause) => (cause.owner.as_str().into(), cause.what.as_str().into()),
            None => (Rc::clone(&new.place), what.into()),
        };
        Finding {
            old_way: Way::from(old.steps.as_slice()),
            new_way: Way::from(new.steps.as_slice()),
            place,
            what,
            forth,
            back,
            exact,
        }
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
            let (before, after) = (self.old.definition(name), self.new.definition(name));
            same = same && before.map(|def| &def.digest.api) == after.map(|def| &def.digest.api);
        });
        same
    }
}

/// What stands for the differences of a payload for which there is no room: one change for all payloads.
pub(super) fn all_others(local: &Local) -> Option<Finding> {
    let [forth, back] = local.more?;
    Some(Finding {
        old_way: Way::default(),
        new_way: Way::default(),
        place: "large payloads".into(),
        what: format!("they differ in more than {MOST_FINDINGS} places, and those that are not listed count here")
            .into(),
        forth,
        back,
        exact: true,
    })
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
