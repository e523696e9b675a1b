//! What is around a code block that is only a part of a program, so that a compiler can read it.
//!
//! `xtask/frames/NAME.EXTENSION` is the rest of the program. The block takes the place of `{{block}}`, each of its lines indented as
//! far as that is.

use std::fs;

use super::blocks::Block;
use crate::project::{Error, Project, Result};

/// Where a block goes.
const PLACE: &str = "{{block}}";

/// The program that a block is in.
///
/// # Errors
/// When there is no such frame, or it has no place for a block.
pub fn framed(project: &Project, name: &str, extension: &str, block: &Block) -> Result<String> {
    let path = format!("xtask/frames/{name}.{extension}");
    let frame = fs::read_to_string(project.path(&path))
        .map_err(|error| Error(format!("{}: its frame {path}: {error}", block.place)))?;
    fill(&frame, &block.text).ok_or_else(|| Error(format!("{path}: no line is {PLACE}")))
}

fn fill(frame: &str, block: &str) -> Option<String> {
    let place = frame.lines().find(|line| line.trim() == PLACE)?;
    let indent = &place[..place.len() - place.trim_start().len()];
    let lines: String = block
        .lines()
        .map(|line| match line.is_empty() {
            true => "\n".to_owned(),
            false => format!("{indent}{line}\n"),
        })
        .collect();
    Some(frame.replacen(&format!("{place}\n"), &lines, 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_block_is_indented_as_far_as_its_place() {
        let frame = "def run():\n    {{block}}\n    return 1\n";
        let filled = "def run():\n    if x:\n\n        y\n    return 1\n";
        assert_eq!(fill(frame, "if x:\n\n    y\n").as_deref(), Some(filled));
        assert_eq!(fill("no place\n", "x\n"), None);
    }
}
