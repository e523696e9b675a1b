//! The features that are asked for: a package's own, and `dependency/feature`.

use std::collections::BTreeSet;

use cargo_metadata::{Dependency, Metadata, Package};

use crate::options::ExportOptions;

/// What the flags mean for one package.
#[derive(Clone, Debug, Default)]
pub(crate) struct Chosen {
    /// The package's own features, sorted.
    pub(crate) features: Vec<String>,
    /// Dependencies for which a feature is asked for. cargo has no way to ask for it through the package, so the driver
    /// depends on them itself.
    pub(crate) extra: Vec<toml::Value>,
}

/// The flags as `cargo metadata` takes them.
pub(crate) fn flags(options: &ExportOptions) -> Vec<String> {
    let mut flags = Vec::new();
    if !options.features.is_empty() {
        flags.extend(["--features".to_owned(), options.features.join(",")]);
    }
    flags.extend(options.all_features.then(|| "--all-features".to_owned()));
    flags.extend(options.no_default_features.then(|| "--no-default-features".to_owned()));
    flags
}

/// What one of the flags means for a package.
enum Meaning<'a> {
    Own(&'a str),
    Of(&'a Dependency, &'a str),
}

fn meaning<'a>(package: &'a Package, asked: &'a str) -> Option<Meaning<'a>> {
    let own = |feature: &'a str| package.features.contains_key(feature).then_some(Meaning::Own(feature));
    let Some((of, feature)) = asked.split_once('/') else {
        return own(asked);
    };
    if of == package.name.as_str() {
        return own(feature);
    }
    let of = of.trim_end_matches('?');
    let named = |dependency: &&Dependency| dependency.rename.as_deref().unwrap_or(&dependency.name) == of;
    let dependency = package.dependencies.iter().find(named)?;
    Some(Meaning::Of(dependency, feature))
}

/// Every feature that is asked for must be one of a chosen package, or of a dependency of one.
///
/// # Errors
/// A message: one is not.
pub(crate) fn check(packages: &[&Package], options: &ExportOptions) -> Result<(), String> {
    for asked in &options.features {
        if !packages.iter().any(|package| meaning(package, asked).is_some()) {
            let names: Vec<String> = packages.iter().map(|package| format!("`{}`", package.name)).collect();
            let mut dependencies = packages.iter().flat_map(|package| &package.dependencies);
            let why = match dependencies.any(|dependency| dependency.name == *asked && !dependency.optional) {
                true => ": it is a dependency that is always there",
                false => "",
            };
            return Err(format!("no feature `{asked}` in {}{why}", names.join(", ")));
        }
    }
    Ok(())
}

/// What the flags mean for a package.
///
/// # Errors
/// A message: a dependency's feature cannot be turned on from outside the package.
pub(crate) fn of(metadata: &Metadata, package: &Package, options: &ExportOptions) -> Result<Chosen, String> {
    let mut features: BTreeSet<String> = BTreeSet::new();
    let mut extra = Vec::new();
    for asked in &options.features {
        match meaning(package, asked) {
            Some(Meaning::Own(feature)) => {
                features.insert(feature.to_owned());
            }
            Some(Meaning::Of(dependency, feature)) => {
                features.extend(turn_on(package, dependency, asked)?);
                extra.push(manifest_entry(metadata, package, dependency, feature)?);
            }
            None => {}
        }
    }
    if options.all_features {
        features.extend(package.features.keys().filter(|feature| *feature != "default").cloned());
    }
    Ok(Chosen {
        features: features.into_iter().collect(),
        extra,
    })
}

/// The feature that turns an optional dependency on: `dependency/feature` does that too.
fn turn_on(package: &Package, dependency: &Dependency, asked: &str) -> Result<Option<String>, String> {
    let name = dependency.rename.as_deref().unwrap_or(&dependency.name);
    if !dependency.optional || package.features.contains_key(name) {
        return Ok(dependency.optional.then(|| name.to_owned()));
    }
    let only = format!("dep:{name}");
    let turns_it_on = |turned_on: &[String]| turned_on.contains(&only) && turned_on.len() == 1;
    let feature = package.features.iter().find(|(_, turned_on)| turns_it_on(turned_on));
    match feature {
        Some((feature, _)) => Ok(Some(feature.clone())),
        None => Err(format!(
            "feature `{asked}`: package `{}` gives its optional dependency `{name}` no feature for it alone, so that \
             another program cannot turn it on: add the feature `{name} = [\"dep:{name}\"]` to its manifest, or ask for one \
             of `{}`",
            package.name,
            turning_on(package, &dependency.name).join("`, `")
        )),
    }
}

/// The dependency as the driver's manifest has it, so that cargo takes the one that the package has.
fn manifest_entry(
    metadata: &Metadata,
    package: &Package,
    dependency: &Dependency,
    feature: &str,
) -> Result<toml::Value, String> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let node = nodes.into_iter().find(|node| node.id == package.id);
    let resolved = node.into_iter().flat_map(|node| &node.deps);
    let resolved = resolved
        .map(|dep| &metadata[&dep.pkg])
        .find(|resolved| resolved.name.as_str() == dependency.name && dependency.req.matches(&resolved.version));
    let resolved = resolved.ok_or_else(|| {
        format!(
            "feature of `{}`: package `{}` depends on it only under other conditions than those of this machine",
            dependency.name, package.name
        )
    })?;
    let mut entry = toml::Table::from_iter([
        ("package".to_owned(), dependency.name.clone().into()),
        ("version".to_owned(), format!("={}", resolved.version).into()),
        ("default-features".to_owned(), false.into()),
        ("features".to_owned(), vec![feature.to_owned()].into()),
    ]);
    match resolved.source.as_ref().map(|source| source.repr.as_str()) {
        None => {
            let folder = resolved.manifest_path.parent().map(ToString::to_string);
            entry.insert("path".into(), folder.unwrap_or_default().into());
        }
        Some(_) if resolved.source.as_ref().is_some_and(|source| source.is_crates_io()) => {}
        Some(source) => entry.extend(elsewhere(source)),
    }
    Ok(toml::Value::Table(entry))
}

/// The keys of a source that is not the usual registry: `git+URL?branch=main#commit`, `registry+URL`.
fn elsewhere(source: &str) -> Vec<(String, toml::Value)> {
    let (kind, place) = source.split_once('+').unwrap_or(("registry", source));
    if kind != "git" {
        return vec![("registry-index".into(), source.trim_start_matches("registry+").into())];
    }
    let place = place.split('#').next().unwrap_or(place);
    let (url, query) = place.split_once('?').unwrap_or((place, ""));
    let reference = query.split('&').filter_map(|pair| pair.split_once('='));
    let reference = reference.filter(|(key, _)| ["branch", "tag", "rev"].contains(key));
    std::iter::once(("git", url))
        .chain(reference)
        .map(|(key, value)| (key.to_owned(), value.into()))
        .collect()
}

/// The features of a package that turn a dependency on, sorted.
pub(crate) fn turning_on(package: &Package, dependency: &str) -> Vec<String> {
    let names: Vec<&str> = package
        .dependencies
        .iter()
        .filter(|found| found.name == dependency && found.optional)
        .map(|found| found.rename.as_deref().unwrap_or(&found.name))
        .collect();
    let turns_on = |entry: &String| {
        names.iter().any(|name| {
            let plain = entry.strip_prefix("dep:").unwrap_or(entry);
            plain == *name || plain.strip_prefix(name).is_some_and(|rest| rest.starts_with('/'))
        })
    };
    let direct = package
        .features
        .iter()
        .filter(|(_, entries)| entries.iter().any(turns_on));
    direct.map(|(feature, _)| feature.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::elsewhere;

    #[test]
    fn sources_of_other_places() {
        for (source, expected) in [
            (
                "git+https://example.com/shop?branch=main#abc",
                &[("git", "https://example.com/shop"), ("branch", "main")][..],
            ),
            (
                "git+https://example.com/shop#abc",
                &[("git", "https://example.com/shop")],
            ),
            (
                "registry+https://example.com/index",
                &[("registry-index", "https://example.com/index")],
            ),
            (
                "sparse+https://example.com/index/",
                &[("registry-index", "sparse+https://example.com/index/")],
            ),
        ] {
            let expected: Vec<(String, toml::Value)> = expected
                .iter()
                .map(|(key, value)| ((*key).to_owned(), (*value).into()))
                .collect();
            assert_eq!(elsewhere(source), expected);
        }
    }
}
