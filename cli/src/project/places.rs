//! Where the packages of a project are written: no two at one place, none inside another.

use std::path::{Component, Path, PathBuf};

/// A path without `.`, and without `..` where it leads back.
pub(super) fn normal(path: &Path) -> PathBuf {
    let mut normal = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir if matches!(normal.components().next_back(), Some(Component::Normal(_))) => {
                normal.pop();
            }
            part => normal.push(part),
        }
    }
    normal
}

/// Refuses outputs that are in each other's way. Each has a label for messages; a file comes with `api_json`.
pub(super) fn check(outs: &[(String, &str)], api_json: &str) -> Result<(), String> {
    let places: Vec<(&str, PathBuf)> = (outs.iter())
        .map(|(label, out)| (label.as_str(), normal(Path::new(out))))
        .collect();
    for (index, (label, place)) in places.iter().enumerate() {
        if place.as_os_str().is_empty() {
            return Err(format!(
                "{label}: `out` is the folder of rapace.toml itself: give the package its own folder"
            ));
        }
        for (other, taken) in &places[..index] {
            if place == taken {
                return Err(format!(
                    "{label}: `out` is that of {other}: each package needs its own folder"
                ));
            }
            if place.starts_with(taken) || taken.starts_with(place) {
                let (inner, outer) = match place.starts_with(taken) {
                    true => (label, other),
                    false => (other, label),
                };
                return Err(format!(
                    "{inner}: `out` is inside that of {outer}, which owns all of its folder: put them side by side"
                ));
            }
        }
        if normal(Path::new(api_json)).starts_with(place) {
            return Err(format!(
                "{label}: `out` holds {api_json}: put the package into another folder"
            ));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check;

    fn outs(outs: &[&str], expected: Result<(), &str>) {
        let labelled: Vec<(String, &str)> = (outs.iter().enumerate())
            .map(|(index, out)| (format!("[[gen]] {}", index + 1), *out))
            .collect();
        let found = check(&labelled, "gen/api.json");
        assert_eq!(found, expected.map_err(str::to_owned), "{outs:?}");
    }

    #[test]
    fn packages_are_side_by_side() {
        outs(&["clients/python", "clients/go", "../web", "clients/python-2"], Ok(()));
        let twice = "[[gen]] 2: `out` is that of [[gen]] 1: each package needs its own folder";
        outs(&["a/b", "./a/c/../b/"], Err(twice));
        let inside =
            "[[gen]] 2: `out` is inside that of [[gen]] 1, which owns all of its folder: put them side by side";
        outs(&["a", "a/b"], Err(inside));
        let around =
            "[[gen]] 1: `out` is inside that of [[gen]] 2, which owns all of its folder: put them side by side";
        outs(&["a/b", "a"], Err(around));
        let here = "[[gen]] 1: `out` is the folder of rapace.toml itself: give the package its own folder";
        outs(&["."], Err(here));
        outs(&["a/.."], Err(here));
        let holds = "[[gen]] 1: `out` holds gen/api.json: put the package into another folder";
        outs(&["gen"], Err(holds));
    }
}
