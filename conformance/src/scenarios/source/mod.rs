//! Scenarios as people write them: a YAML file for each class, with loops, variables and definitions. AUTHORING.md describes
//! the format.

mod expand;
mod expression;
mod node;
mod scope;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde::de::DeserializeOwned;
use serde_path_to_error::Segment;

use self::node::Node;
use self::scope::{Definition, Scope};
use super::model::{Scenario, Scenarios};
use crate::class::Class;
use crate::peer::Transport;

/// The file with the variables and definitions that all others have.
const SHARED: &str = "shared.yaml";

/// Variables of files whose values are replaced by these numbers.
pub type Replaced<'a> = [(&'a str, i64)];

/// The scenarios of all files in a folder, by class.
///
/// # Errors
/// When a file cannot be read, or is not as it has to be: with the file, the line and the path.
pub fn read_all(folder: &Path, replaced: &Replaced<'_>) -> Result<Vec<Scenarios>, String> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))? {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
        files.push((name, text));
    }
    files.sort();
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(name, text)| (name.as_str(), text.as_str()))
        .collect();
    read(&files, replaced)
}

/// The scenarios of these files, names and texts.
fn read(files: &[(&str, &str)], replaced: &Replaced<'_>) -> Result<Vec<Scenarios>, String> {
    let mut shared = Scope::default();
    if let Some((name, text)) = files.iter().find(|(name, _)| *name == SHARED) {
        let node = Node::parse(name, text)?;
        check_names(&node, &["let", "define"])?;
        know(&node, &mut shared, replaced)?;
    }
    let mut classes = Vec::new();
    for (name, text) in files.iter().filter(|(name, _)| *name != SHARED) {
        classes.push(class(name, &Node::parse(name, text)?, &shared, replaced)?);
    }
    classes.sort_by_key(|class| class.class);
    Ok(classes)
}

fn class(file: &str, node: &Node, shared: &Scope<'_>, replaced: &Replaced<'_>) -> Result<Scenarios, String> {
    check_names(node, &["class", "title", "rule", "over", "let", "define", "cases"])?;
    let mut scope = Scope::inside(shared);
    know(node, &mut scope, replaced)?;
    let class: Class = typed(entry(node, "class")?)?;
    let own = format!("{class}-{}.yaml", class.name());
    if file != own {
        return Err(node.error(format_args!("the file of class {} is {own}", class.name())));
    }
    let over: Vec<Transport> = node.get("over").map_or_else(|| Ok(Vec::new()), typed)?;
    let (mut cases, mut names) = (Vec::new(), BTreeSet::new());
    for case in expand::list(entry(node, "cases")?.items()?, &scope)? {
        let mut scenario: Scenario = typed(&case)?;
        if !names.insert(scenario.name.clone()) {
            return Err(case.error(format_args!("another case is called {}", scenario.name)));
        }
        if case.get("over").is_none() {
            scenario.over.clone_from(&over);
        }
        cases.push(scenario);
    }
    Ok(Scenarios {
        class,
        title: entry(node, "title")?.as_text()?.into(),
        rule: entry(node, "rule")?.as_text()?.into(),
        cases,
    })
}

fn entry<'a>(node: &'a Node, name: &str) -> Result<&'a Node, String> {
    node.get(name)
        .ok_or_else(|| node.error(format_args!("it has no {name}")))
}

fn check_names(node: &Node, names: &[&str]) -> Result<(), String> {
    match node.entries()?.iter().find(|(name, _)| !names.contains(&name.as_str())) {
        Some((name, value)) => Err(value.error(format_args!("unknown name {name}; names are {}", names.join(", ")))),
        None => Ok(()),
    }
}

/// Makes the variables and definitions of a file known.
fn know(file: &Node, scope: &mut Scope<'_>, replaced: &Replaced<'_>) -> Result<(), String> {
    for (name, value) in file.get("let").map_or(Ok(&[][..]), Node::entries)? {
        let value = match replaced.iter().find(|(replaced, _)| replaced == name) {
            Some((_, number)) => value.number(*number),
            None => expand::node(value, scope)?,
        };
        scope.set(name, &value.clone(), value)?;
    }
    for (name, definition) in file.get("define").map_or(Ok(&[][..]), Node::entries)? {
        check_names(definition, &["takes", "do"])?;
        let definition = Definition {
            name: definition.clone(),
            takes: typed(entry(definition, "takes")?)?,
            body: entry(definition, "do")?.clone(),
        };
        scope.define(name, definition)?;
    }
    Ok(())
}

/// Reads the node as a value of a type. An error names the line and the path of the part that is wrong.
fn typed<T: DeserializeOwned>(node: &Node) -> Result<T, String> {
    serde_path_to_error::deserialize(node.to_json()).map_err(|error| {
        let mut wrong = node;
        for segment in error.path() {
            let inner = match segment {
                Segment::Seq { index } => wrong.items().ok().and_then(|items| items.get(*index)),
                Segment::Map { key } => wrong.get(key),
                Segment::Enum { variant } => wrong.get(variant),
                Segment::Unknown => None,
            };
            let Some(inner) = inner else { break };
            wrong = inner;
        }
        let name = node.get("name").map_or_else(String::new, |name| format!("{name}: "));
        wrong.error(format_args!("{name}{}: {}", error.path(), error.inner()))
    })
}

#[cfg(test)]
mod tests;
