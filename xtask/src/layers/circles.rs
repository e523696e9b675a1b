//! Circles: files each of which needs all others, directly or through others.

use std::collections::{BTreeMap, BTreeSet};

/// Which files need which.
pub type Needs = BTreeMap<String, BTreeSet<String>>;

/// The circles among files, sorted: sets of several files that all reach each other.
pub fn circles(needs: &Needs) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<&String>> = needs.keys().map(|file| (file, reach(needs, file))).collect();
    let mut circles = BTreeSet::new();
    for (file, reaches) in &reached {
        let back = |other: &&&String| reached.get(**other).is_some_and(|others| others.contains(file));
        let circle: BTreeSet<String> = reaches.iter().filter(back).map(|other| (*other).clone()).collect();
        if circle.len() > 1 {
            circles.insert(circle.into_iter().collect());
        }
    }
    circles.into_iter().collect()
}

/// What a file needs, directly or through others.
fn reach<'a>(needs: &'a Needs, file: &String) -> BTreeSet<&'a String> {
    let (mut reached, mut left) = (BTreeSet::new(), vec![file]);
    while let Some(next) = left.pop() {
        for other in needs.get(next).into_iter().flatten() {
            if reached.insert(other) {
                left.push(other);
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use super::circles;

    /// `a-b` says that a needs b.
    fn check(needs: &[&str], expected: &[&str]) {
        let mut map = super::Needs::new();
        for pair in needs {
            let (file, other) = pair.split_once('-').expect("a pair");
            map.entry(file.into()).or_default().insert(other.into());
            map.entry(other.into()).or_default();
        }
        let found: Vec<String> = circles(&map).iter().map(|circle| circle.join(" ")).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn files_that_reach_each_other_are_a_circle() {
        check(&["a-b", "b-c", "a-c"], &[]);
        check(&["a-b", "b-a"], &["a b"]);
        check(&["a-b", "b-c", "c-a", "c-d", "e-a"], &["a b c"]);
        check(&["a-b", "b-a", "c-d", "d-c", "b-c"], &["a b", "c d"]);
        check(&["a-a"], &[]);
    }
}
