//! The runtime's package for WebSockets, which is written when it is asked for.

use rapace_gen_core::Files;
use rapace_runtimes::GO_WEBSOCKET;

use crate::package::Package;

/// The library that the package needs, and its version, as a `go.mod` requires them.
pub(crate) fn requirement() -> &'static str {
    let wanted = |line: &&str| line.starts_with('\t') && !line.contains("v0.0.0");
    let line = text("go.mod").lines().find(wanted);
    line.map_or("", str::trim)
}

/// Adds the package below the runtime, which it imports from where that is.
pub(crate) fn add(package: &Package, files: &mut Files) {
    files.add_runtime("go.sum", text("go.sum"));
    let import = format!("\"{}\"", package.runtime);
    for (path, text) in GO_WEBSOCKET.iter().filter(|(path, _)| path.ends_with(".go")) {
        files.add_runtime(format!("rapace/websocket/{path}"), text.replace("\"rapace\"", &import));
    }
}

fn text(name: &str) -> &'static str {
    let file = GO_WEBSOCKET.iter().find(|(path, _)| *path == name);
    file.map_or("", |(_, text)| text)
}

#[cfg(test)]
mod tests {
    use super::requirement;

    #[test]
    fn the_library_is_known() {
        assert!(
            requirement().starts_with("github.com/coder/websocket v1."),
            "{}",
            requirement()
        );
    }
}
