//! Which of several services of one name is meant: `rapace.toml` says it.

use crate::discover::Compiled;
use crate::rust_type::plain;

/// Takes out services of a name that `services` in `rapace.toml` gives to another. Returns the others, and the paths that
/// name none of them.
pub(crate) fn pick(found: Vec<Compiled>, named: &[String]) -> (Vec<Compiled>, Vec<String>) {
    let is_named = |found: &Compiled, path: &str| {
        let written = path.split("::").map(plain);
        let module = found.module.iter().skip(1).map(|segment| plain(segment));
        written.eq(module.chain([plain(&found.name)]))
    };
    let is_picked = |service: &Compiled| named.iter().any(|path| is_named(service, path));
    let picked: Vec<String> = found
        .iter()
        .filter(|service| is_picked(service))
        .map(|service| service.name.clone())
        .collect();
    let others = named
        .iter()
        .filter(|path| !found.iter().any(|service| is_named(service, path)));
    let others = others.cloned().collect();
    let kept = found
        .into_iter()
        .filter(|service| is_picked(service) || !picked.contains(&service.name));
    (kept.collect(), others)
}
