//! Every error and warning of an export says where the author has written what it is about.

/// How messages begin that have no place, and why.
const WITHOUT_A_PLACE: &[(&str, &str)] = &[
    ("nothing was exported: ", "it counts the errors before it"),
    (
        "`--workspace` passed over",
        "it is about packages, which the command line chose",
    ),
    ("every package of the workspace", "the command line chose none"),
    ("no feature `", "the command line names it"),
    ("no service found in ", "it is about a whole workspace"),
    ("no service found: package `", "it is about a manifest, which it names"),
    ("package `", "it is about a manifest, which it names"),
    ("packages `", "it is about manifests, which it names"),
    (
        "the library of package `",
        "it is about settings of the build, which it names",
    ),
    ("the workspace has several packages", "the command line chose none"),
    ("there is no package `", "the command line names it"),
    ("there is no manifest at ", "the command line names it"),
    ("--", "the command line says it"),
];

/// What messages contain that are about settings of the build, which they name.
const OF_THE_BUILD: &str = "something in the build takes symbols away";

/// Fails when an error or warning on the stderr of `rapace export` has no place.
pub fn all_placed(stderr: &str) {
    // They say where in their own form, after lines of cargo without a place.
    if stderr.contains("the compiler's messages are above") {
        return;
    }
    let lines: Vec<&str> = stderr.lines().collect();
    for (number, line) in lines.iter().enumerate() {
        let text = line.strip_prefix("error: ").or_else(|| line.strip_prefix("warning: "));
        let Some(text) = text else { continue };
        let mut rest = lines[number + 1..].iter().take_while(|line| line.starts_with(' '));
        let is_placed = rest.any(|line| line.trim_start().starts_with("--> ")) || is_line_of_toml(text);
        let mut without = WITHOUT_A_PLACE.iter();
        assert!(
            is_placed || text.contains(OF_THE_BUILD) || without.any(|(start, _)| text.starts_with(start)),
            "no place: {line}\n{stderr}"
        );
    }
}

/// Whether a message begins with the line of a file that cannot be read as a `rapace.toml`.
fn is_line_of_toml(text: &str) -> bool {
    let line = text
        .split_once("rapace.toml:")
        .and_then(|(_, rest)| rest.split_once(':'));
    line.is_some_and(|(line, _)| line.parse::<usize>().is_ok())
}
