//! The code blocks of a page, and what their marks say of how they are tested.
//!
//! A mark follows the language in the line that opens a block, where pages are shown without it: `python check=client`.

use crate::project::{Error, Result};

/// A code block of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Where it is: `README.md:17`.
    pub place: String,
    /// Its language, as the page has it.
    pub language: String,
    /// How it is tested.
    pub mark: Mark,
    /// Its lines.
    pub text: String,
}

/// How a block is tested.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Mark {
    /// It is compiled, or its types are checked, in the frame of this name: `check=NAME`.
    Check(String),
    /// It is this file of the crate that the page's reader makes, and is used there: `file=PATH`.
    File(String),
    /// These commands are run where the page's reader runs them, under this name: `run=NAME`.
    Run(String),
    /// The flags of these commands must be known, and nothing is run: `commands`.
    Commands,
    /// Every line of it must be in this file of the project: `from=PATH`.
    From(String),
    /// It is what the commands of this name print last: `output=NAME`.
    Output(String),
    /// It is a picture: `drawing`.
    Drawing,
}

impl Mark {
    fn parse(words: &[&str]) -> Option<Self> {
        let [word] = words else { return None };
        Some(match word.split_once('=') {
            Some(("check", name)) => Self::Check(name.to_owned()),
            Some(("file", path)) => Self::File(path.to_owned()),
            Some(("from", path)) => Self::From(path.to_owned()),
            Some(("run", name)) => Self::Run(name.to_owned()),
            Some(("output", name)) => Self::Output(name.to_owned()),
            None if *word == "commands" => Self::Commands,
            None if *word == "drawing" => Self::Drawing,
            _ => return None,
        })
    }
}

/// The blocks of a page, from first to last.
///
/// # Errors
/// When a block has no mark, a mark that is unknown, or no end.
pub fn blocks(page: &str, text: &str) -> Result<Vec<Block>> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let opening = line.trim_start();
        let Some(info) = opening.strip_prefix("```") else {
            continue;
        };
        let place = format!("{page}:{}", number + 1);
        let indent = line.len() - opening.len();
        let mut words = info.split_whitespace();
        let language = words.next().unwrap_or_default().to_owned();
        let words: Vec<&str> = words.collect();
        let Some(mark) = Mark::parse(&words) else {
            return Err(Error(format!(
                "{place}: the code block says {info:?}: write a language and one of check=FRAME, file=PATH, run=NAME, commands, from=PATH, \
                 output=NAME or drawing, so that it is tested"
            )));
        };
        let mut inside = String::new();
        loop {
            match lines.next() {
                None => return Err(Error(format!("{place}: the code block has no end"))),
                Some((_, line)) if line.trim() == "```" => break,
                Some((_, line)) => {
                    inside += line.get(indent..).unwrap_or_default();
                    inside.push('\n');
                }
            }
        }
        found.push(Block {
            place,
            language,
            mark,
            text: inside,
        });
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &std::result::Result<Vec<(&str, Mark, &str)>, &str>) {
        match (blocks("page.md", text), expected) {
            (Ok(found), Ok(expected)) => {
                let found: Vec<_> = found
                    .iter()
                    .map(|block| (&*block.language, block.mark.clone(), &*block.text))
                    .collect();
                assert_eq!(&found, expected);
            }
            (Err(Error(said)), Err(expected)) => assert!(said.contains(expected), "{said}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    #[test]
    fn a_block_has_a_language_a_mark_and_lines() {
        let page =
            "Text.\n\n```go check=client\na\n\n  b\n```\n\n- item\n\n  ```sh run=x\n  c\n  ```\n```text drawing\n```\n";
        check(
            page,
            &Ok(vec![
                ("go", Mark::Check("client".into()), "a\n\n  b\n"),
                ("sh", Mark::Run("x".into()), "c\n"),
                ("text", Mark::Drawing, ""),
            ]),
        );
        check("no block, only `code`", &Ok(vec![]));
    }

    #[test]
    fn a_block_without_a_mark_is_an_error() {
        check("\n```go\nx\n```\n", &Err("page.md:2: the code block says \"go\""));
        check("```\nx\n```\n", &Err("page.md:1"));
        check("```go check\nx\n```\n", &Err("page.md:1"));
        check("```go skip=yes\nx\n```\n", &Err("page.md:1"));
        check("```go commands later\nx\n```\n", &Err("page.md:1"));
        check("```go commands\nx\n", &Err("no end"));
    }
}
