//! Crates of one name: two versions of a package in one program, or two packages whose libraries have one name.
//!
//! Symbols tell them apart by a number that the compiler makes of the crate's metadata. That number is also in the
//! library's file, so that a number becomes a package and its version, and types have paths that hold on any machine.

use std::collections::{BTreeMap, BTreeSet};

use crate::driver::Unit;
use crate::symbols::Name;

/// The name of each crate in paths: `model`, or `model@1` where the program holds several of that name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct CrateNames {
    /// By the crate's name and number, where it is not the crate's name alone. With the place of its unit.
    qualified: BTreeMap<(String, String), (String, usize)>,
}

impl CrateNames {
    /// Gives a name to every crate that `names` mention.
    ///
    /// # Errors
    /// A message: crates of one name that nothing tells apart.
    pub(crate) fn new<'a>(names: impl IntoIterator<Item = &'a Name>, units: &[Unit]) -> Result<Self, String> {
        let mut numbers: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        for (krate, number) in names.into_iter().flat_map(Name::crates) {
            numbers.entry(krate).or_default().insert(number);
        }
        let mut this = Self::default();
        for (krate, numbers) in numbers.into_iter().filter(|(_, numbers)| numbers.len() > 1) {
            let of_name: Vec<usize> = (0..units.len()).filter(|&unit| units[unit].name == krate).collect();
            let unclear = || {
                format!(
                    "several crates are called `{krate}`, and their types cannot be told apart: give one of them another \
                     `[lib] name`, or use one version of it"
                )
            };
            let owners = owners(&numbers, &of_name, units);
            let chosen: Vec<usize> = owners.values().copied().collect();
            let labels = labels(krate, &chosen, units).ok_or_else(unclear)?;
            if owners.len() < numbers.len() {
                return Err(unclear());
            }
            for ((number, unit), label) in owners.into_iter().zip(labels) {
                this.qualified
                    .insert((krate.to_owned(), number.to_owned()), (label, unit));
            }
        }
        Ok(this)
    }

    /// The path of a name, with these names of crates.
    pub(crate) fn path(&self, name: &Name) -> String {
        name.path(|krate, number| {
            let qualified = self.qualified.get(&(krate.to_owned(), number.to_owned()));
            qualified.map_or_else(|| krate.to_owned(), |(label, _)| label.clone())
        })
    }

    /// The unit of the crate that paths call so.
    pub(crate) fn unit<'a>(&self, label: &str, units: &'a [Unit]) -> Option<&'a Unit> {
        let qualified = self.qualified.values().find(|(name, _)| name == label);
        match qualified {
            Some((_, unit)) => units.get(*unit),
            None => units.iter().find(|unit| unit.name == label),
        }
    }
}

/// The unit that each number belongs to, as the libraries' files show. A library's file holds its own number and those of the
/// crates that it uses, so files that hold a single number come first.
fn owners<'a>(numbers: &BTreeSet<&'a str>, of_name: &[usize], units: &[Unit]) -> BTreeMap<&'a str, usize> {
    let mut held: Vec<(usize, BTreeSet<&str>)> = of_name
        .iter()
        .map(|&unit| (unit, units[unit].holds_numbers(numbers)))
        .collect();
    let mut owners = BTreeMap::new();
    while let Some(at) = held.iter().position(|(_, numbers)| numbers.len() == 1) {
        let (unit, numbers) = held.swap_remove(at);
        for number in numbers {
            owners.insert(number, unit);
            held.iter_mut().for_each(|(_, others)| {
                others.remove(number);
            });
        }
    }
    owners
}

/// A name for each of the units that is no other's: by the part of the version that cargo holds for compatible, by
/// the whole version, or by the package too.
fn labels(krate: &str, chosen: &[usize], units: &[Unit]) -> Option<Vec<String>> {
    let compatible = |unit: &Unit| {
        let parts: Vec<&str> = unit.version.split(['.', '-', '+']).take(3).collect();
        let zeros = parts.iter().take_while(|part| **part == "0").count();
        parts[..(zeros + 1).min(parts.len())].join(".")
    };
    let forms: [&dyn Fn(&Unit) -> String; 3] = [
        &|unit| format!("{krate}@{}", compatible(unit)),
        &|unit| format!("{krate}@{}", unit.version),
        &|unit| format!("{krate}@{}-{}", unit.package, unit.version),
    ];
    forms.iter().find_map(|form| {
        let labels: Vec<String> = chosen.iter().map(|&unit| form(&units[unit])).collect();
        let distinct: BTreeSet<&String> = labels.iter().collect();
        (distinct.len() == labels.len()).then_some(labels)
    })
}

#[cfg(test)]
mod tests {
    use super::labels;
    use crate::driver::Unit;

    #[test]
    fn a_name_says_as_much_of_the_version_as_is_needed() {
        let unit = |package: &str, version: &str| Unit {
            package: package.into(),
            version: version.into(),
            ..Unit::default()
        };
        for (units, expected) in [
            (
                [unit("model", "1.0.0"), unit("model", "2.3.0")],
                Some(["model@1", "model@2"]),
            ),
            (
                [unit("model", "0.1.0"), unit("model", "0.2.7")],
                Some(["model@0.1", "model@0.2"]),
            ),
            (
                [unit("model", "1.0.0"), unit("model", "1.0.1-beta")],
                Some(["model@1.0.0", "model@1.0.1-beta"]),
            ),
            (
                [unit("a", "1.0.0"), unit("b", "1.0.0")],
                Some(["model@a-1.0.0", "model@b-1.0.0"]),
            ),
            ([unit("a", "1.0.0"), unit("a", "1.0.0")], None),
        ] {
            let found = labels("model", &[0, 1], &units);
            assert_eq!(
                found.as_deref(),
                expected
                    .map(|labels| labels.map(str::to_owned))
                    .as_ref()
                    .map(|l| &l[..])
            );
        }
    }
}
