//! The programs that `rapace docs` shows of the bookshop, as blocks like those of pages.

use std::fs;

use super::blocks::{Block, Mark};
use crate::project::{Error, Project, Result, command, output};

/// The packages that the programs use, with the names that the checks give them.
const PACKAGES: &str = "[[gen]]\nlang = \"go\"\nout = \"go\"\npackage = \"example.com/bookshop\"\n\n[[gen]]\nlang = \"python\"\n\
                        out = \"python\"\n\n[[gen]]\nlang = \"typescript\"\nout = \"typescript\"\n";

/// The languages of programs, as the reference and as pages call them.
const LANGUAGES: [(&str, &str); 3] = [("go", "go"), ("python", "python"), ("typescript", "ts")];

/// The programs of all methods.
///
/// # Errors
/// When the reference cannot be made, or a language has no program.
pub fn programs(project: &Project) -> Result<Vec<Block>> {
    let folder = project.scratch("documents/reference")?;
    fs::write(folder.join("rapace.toml"), PACKAGES)?;
    fs::copy(project.path("examples/bookshop/api.json"), folder.join("api.json"))?;
    let mut docs = command(project.built("rapace"), &folder);
    let found = of(&output(docs.args(["docs", "api.json", "--format", "markdown"]))?);
    for (_, language) in LANGUAGES {
        if !found.iter().any(|program| program.language == language) {
            return Err(Error(format!("`rapace docs` shows no program in {language}")));
        }
    }
    Ok(found)
}

/// The blocks of a reference that are programs.
fn of(reference: &str) -> Vec<Block> {
    let mut found = Vec::new();
    let mut method = "";
    let mut lines = reference.lines();
    while let Some(line) = lines.next() {
        if let Some(name) = line.strip_prefix("### ") {
            method = name;
        }
        let language = line.trim_start_matches('`');
        let fence = &line[..line.len() - language.len()];
        if fence.len() < 3 {
            continue;
        }
        let inside: String = lines
            .by_ref()
            .take_while(|line| *line != fence)
            .flat_map(|line| [line, "\n"])
            .collect();
        if let Some((_, language)) = LANGUAGES.iter().find(|(shown, _)| *shown == language) {
            found.push(Block {
                place: format!("the reference of the bookshop, {method}, {language}"),
                language: (*language).to_owned(),
                mark: Mark::Check("module".into()),
                text: inside,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_with_their_methods() {
        let text =
            "### find\n\n```rust\nfn\n```\n````go\na\n```\nb\n````\n### list\n```json\n1\n```\n```typescript\nc\n```\n";
        let found: Vec<_> = (of(text).into_iter()).map(|block| (block.place, block.text)).collect();
        let place = |rest: &str| format!("the reference of the bookshop, {rest}");
        assert_eq!(
            found,
            [
                (place("find, go"), "a\n```\nb\n".to_owned()),
                (place("list, ts"), "c\n".to_owned())
            ]
        );
    }
}
