//! How many cases each class must have.

use std::collections::BTreeMap;

/// By class: fewer, and something is no longer tested. The live matrix is what its servers make it.
const LEAST: &[(u32, usize)] = &[
    (1, 300),
    (2, 60),
    (3, 150),
    (4, 500),
    (5, 150),
    (6, 2_000),
    (7, 200),
    (8, 300),
    (9, 150),
    (10, 150),
    (11, 30),
    (12, 60),
    (13, 1_500),
    (14, 80),
    (15, 24),
    (16, 200),
    (17, 25),
    (18, 25),
    (19, 30),
    (20, 30),
    (21, 30),
    (22, 20),
    (23, 10),
    (24, 12),
    (25, 8),
    (26, 20),
    (27, 30),
    (28, 8),
    (29, 10),
    (30, 20),
    (31, 12),
    (34, 40),
    (35, 10),
];

/// Counts cases.
///
/// # Errors
/// When a class has too few, or is not in the table.
pub(super) fn check(counts: &BTreeMap<u32, usize>) -> Result<(), String> {
    for (class, least) in LEAST {
        let count = counts.get(class).copied().unwrap_or_default();
        if count < *least {
            return Err(format!("class {class} has {count} cases; it must have {least}"));
        }
    }
    let listed = |class: &&u32| LEAST.iter().any(|(listed, _)| listed == *class);
    match counts.keys().find(|class| !listed(class)) {
        Some(class) => Err(format!("class {class} is not in the table of least numbers")),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn too_few_and_unlisted_are_told() {
        let mut counts: BTreeMap<u32, usize> = LEAST.iter().copied().collect();
        assert_eq!(check(&counts), Ok(()));
        counts.insert(99, 1);
        assert_eq!(
            check(&counts),
            Err("class 99 is not in the table of least numbers".into())
        );
        counts.insert(20, 29);
        assert_eq!(check(&counts), Err("class 20 has 29 cases; it must have 30".into()));
        counts.remove(&1);
        assert_eq!(check(&counts), Err("class 1 has 0 cases; it must have 300".into()));
    }
}
