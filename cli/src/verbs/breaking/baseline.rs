//! What an API is compared with.

use std::path::{Path, PathBuf};

use rapace_schema::Api;

use super::git::Repository;
use crate::failure::Failure;
use crate::{description, printer};

/// Where the old `api.json` is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Baseline {
    /// A file.
    File(PathBuf),
    /// A commit of the repository, by any name that git knows.
    Commit(String),
    /// The last release: the tag of the highest version that is an ancestor of HEAD.
    LastRelease,
}

/// The old side.
pub(super) struct Old {
    /// What it is called: `v1.4.0:clients/api.json`.
    pub(super) name: String,
    /// Its description.
    pub(super) api: Api,
}

impl Baseline {
    /// Of the argument of `--against`.
    ///
    /// # Errors
    /// A message: it names nothing.
    pub(super) fn parse(text: &str) -> Result<Self, Failure> {
        let named = |name: &str| match name.is_empty() || name.starts_with('-') {
            true => Err(Failure::Usage(format!(
                "--against {text}: `{name}` is no name that git could know"
            ))),
            false => Ok(name.to_owned()),
        };
        match text.split_once(':') {
            Some(("git", name)) => named(name).map(Self::Commit),
            Some(("tag", "latest")) => Ok(Self::LastRelease),
            Some(("tag", name)) => named(name).map(|name| Self::Commit(format!("refs/tags/{name}"))),
            _ => Ok(Self::File(text.into())),
        }
    }

    /// Reads it. In git it is at the place that the new file has.
    ///
    /// # Errors
    /// A message: there is nothing, or something else.
    pub(super) fn read(&self, new: &Path) -> Result<Old, Failure> {
        let name = match self {
            Self::File(path) => {
                return Ok(Old {
                    name: path.display().to_string(),
                    api: description::read(path)?,
                });
            }
            Self::Commit(name) => name.clone(),
            Self::LastRelease => Repository::of(new)?.last_release()?,
        };
        let repository = Repository::of(new)?;
        let bytes = repository.file_at(&name)?;
        let called = format!("{}:{}", name.trim_start_matches("refs/tags/"), new.display());
        let api = rapace_schema::read_bytes(&bytes).map_err(|why| format!("{called}: {why}"))?;
        if repository.is_changed()? {
            printer::line(&format!(
                "note: {} differs from HEAD: what is compared is the file as it is now",
                new.display()
            ));
        }
        Ok(Old { name: called, api })
    }
}

#[cfg(test)]
mod tests {
    use super::Baseline;

    #[test]
    fn what_begins_with_git_or_tag_is_in_git() {
        for (text, expected) in [
            ("git:main", Baseline::Commit("main".into())),
            ("git:HEAD~3", Baseline::Commit("HEAD~3".into())),
            ("tag:v1.0.0", Baseline::Commit("refs/tags/v1.0.0".into())),
            ("tag:latest", Baseline::LastRelease),
            ("old/api.json", Baseline::File("old/api.json".into())),
            (r"C:\old\api.json", Baseline::File(r"C:\old\api.json".into())),
        ] {
            assert_eq!(Baseline::parse(text).unwrap(), expected);
        }
        for text in ["git:", "git:--output=x", "tag:"] {
            assert!(Baseline::parse(text).is_err(), "{text}");
        }
    }
}
