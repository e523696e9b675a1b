//! What every package has, of an API or of the runtime: the files of its licence, and those that its target wants.

use rapace_gen_core::{Files, Options};

use crate::choices::Target;
use crate::javascript;
use crate::view::{TsConfig, render};

/// Adds the files that hold the licence, and returns their names.
pub(crate) fn license_files<'a>(options: &'a Options, files: &mut Files) -> Vec<&'a str> {
    let names = options.license_files.iter().map(|(name, text)| {
        files.add(name, text);
        name.as_str()
    });
    names.collect()
}

/// The package for a target: with what is made of its TypeScript, and with that unless it is not wanted.
pub(crate) fn made_for(target: Target, mut files: Files) -> Files {
    if target != Target::TypeScript {
        javascript::add(&mut files);
    }
    if target == Target::JavaScript {
        return files.without(|path| path.starts_with("src/"));
    }
    files.add("tsconfig.json", render(&TsConfig {}));
    files
}
