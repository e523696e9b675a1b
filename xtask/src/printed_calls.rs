//! The programs that `rapace call --as` prints: each is compiled and run against the bookshop, by the part of its language.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::project::{Error, Project, Result, command, output};
use crate::servers::Bookshop;

/// Calls, and a text that the program of each must print in every language.
const CALLS: [(&[&str], &str); 6] = [
    (
        &["Catalog.list", "category=Literature", "offset=0", "limit=1"],
        "978-0-14-044789-7",
    ),
    (&["Catalog.search", "text=ritchie", "limit=10"], "978-0-13-110362-7"),
    (
        &[
            "Orders.place",
            "order={\"customer\": 42, \"lines\": [[\"978-0-13-110362-7\", 2]], \"note\": \"für-Zoë-🎁\", \"terms\": null}",
        ],
        "1735691400",
    ),
    (
        &[
            "Orders.amend",
            "order=4",
            "change={\"note\": {\"some\": null}, \"discount\": {\"some\": {\"some\": 25}}, \"gift\": true}",
        ],
        "10199",
    ),
    (
        &[
            "Orders.audit",
            "figures={\"tiny\": -128, \"small\": -32768, \"medium\": -2147483648, \"large\": \"-9223372036854775808\", \
             \"huge\": \"-170141183460469231731687303715884105728\", \"tiny_count\": 0, \"small_count\": 0, \"medium_count\": 0, \
             \"large_count\": 18446744073709551615, \"huge_count\": \"340282366920938463463374607431768211455\", \"share\": \"-0\", \
             \"exact_share\": -1.7976931348623157e308, \"balanced\": false, \"initial\": \"🎁\", \"remark\": \"\"}",
        ],
        "170141183460469231731687303715884105728",
    ),
    (&["Orders.touch"], ""),
];

/// Prints the programs of a language, each as `file` in its own folder. `prepare` makes the folder of all of them ready, and `run`
/// makes the command that runs one.
///
/// # Errors
/// When a program does not run, or prints something else.
pub fn test(
    project: &Project,
    language: &str,
    file: &str,
    prepare: impl Fn(&Path) -> Result,
    run: impl Fn(&Path) -> Command,
) -> Result {
    let server = Bookshop::start(project)?;
    let folder = project.scratch(&format!("printed-calls/{language}"))?;
    let of_call = |index: usize| folder.join(format!("call{index}"));
    for (index, (arguments, _)) in CALLS.iter().enumerate() {
        let mut rapace = command(project.built("rapace"), project.path("examples/bookshop"));
        rapace.args(["call", "--as", language, server.tcp()]).args(*arguments);
        fs::create_dir_all(of_call(index))?;
        fs::write(of_call(index).join(file), output(&mut rapace)?)?;
    }
    prepare(&folder)?;
    for (index, (arguments, expected)) in CALLS.iter().enumerate() {
        let printed = output(&mut run(&of_call(index)))?;
        if !printed.contains(expected) {
            let called = arguments.join(" ");
            return Err(Error(format!(
                "{language}: {called}: expected {expected:?} in\n{printed}"
            )));
        }
    }
    Ok(())
}
