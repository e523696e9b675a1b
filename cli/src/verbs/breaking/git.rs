//! What the program `git` knows of a file.

use std::io::ErrorKind;
use std::path::Path;
use std::process::{Command, Output};

use semver::Version;

use crate::writer;

/// How to get what a shallow clone lacks.
const WHOLE: &str = "run `git fetch --unshallow --tags`, in GitHub Actions check out with `fetch-depth: 0`";

/// A file in a repository.
pub(super) struct Repository<'a> {
    file: &'a Path,
    shallow: bool,
}

impl<'a> Repository<'a> {
    /// The repository that a file is in.
    ///
    /// # Errors
    /// A message: it is in none, or there is no git.
    pub(super) fn of(file: &'a Path) -> Result<Self, String> {
        let mut this = Self { file, shallow: false };
        if file == Path::new("-") {
            return Err(
                "stdin is in no git repository: give the path of the new API_JSON, or --against a file".to_owned(),
            );
        }
        let output = this.git(&["rev-parse", "--is-shallow-repository"])?;
        if !output.status.success() {
            let said = String::from_utf8_lossy(&output.stderr);
            return Err(match said.contains("not a git repository") {
                true => format!("{} is in no git repository: give --against a file", file.display()),
                false => format!("git: {}", said.trim_end()),
            });
        }
        this.shallow = text(&output).trim() == "true";
        Ok(this)
    }

    /// The tag of the highest version among the ancestors of HEAD. Versions before a release (`1.0.0-rc.1`) are none.
    ///
    /// # Errors
    /// A message: there is none.
    pub(super) fn last_release(&self) -> Result<String, String> {
        let tags = self.git(&["tag", "--merged", "HEAD"])?;
        let tags = text(&tags);
        let released = tags.lines().filter_map(|tag| Some((version(tag)?, tag)));
        match released.max() {
            Some((_, tag)) => Ok(format!("refs/tags/{tag}")),
            None if self.shallow => Err(format!(
                "there is no tag of a release here, and the clone is shallow: {WHOLE}"
            )),
            None => Err(
                "there is no tag of a release, as `v1.4.0`, before HEAD: name a commit with --against git:REF"
                    .to_owned(),
            ),
        }
    }

    /// What the file is at a commit.
    ///
    /// # Errors
    /// A message: there is no such commit, or the file is not there.
    pub(super) fn file_at(&self, commit: &str) -> Result<Vec<u8>, String> {
        if !self.has_commit(commit)? {
            return Err(self.no_commit(commit)?);
        }
        let place = format!("{commit}:{}", self.place());
        if !self.git(&["cat-file", "-e", &place])?.status.success() {
            return Err(format!(
                "{commit} has no {}: commit the api.json, or compare with a commit that has it",
                self.file.display()
            ));
        }
        let shown = self.git(&["cat-file", "blob", &place])?;
        match shown.status.success() {
            true => Ok(shown.stdout),
            false => Err(format!("git: {}", String::from_utf8_lossy(&shown.stderr).trim_end())),
        }
    }

    /// Whether the file differs from that of HEAD.
    ///
    /// # Errors
    /// A message: git cannot be run.
    pub(super) fn is_changed(&self) -> Result<bool, String> {
        let status = self.git(&["status", "--porcelain", "--", &self.place()])?;
        Ok(status.status.success() && !status.stdout.is_empty())
    }

    fn no_commit(&self, commit: &str) -> Result<String, String> {
        let name = commit.trim_start_matches("refs/tags/");
        if self.shallow {
            return Ok(format!("git knows no `{name}`, and the clone is shallow: {WHOLE}"));
        }
        let remote = format!("origin/{name}");
        Ok(match self.has_commit(&remote)? {
            true => format!("git knows no `{name}`, but `{remote}`: use --against git:{remote}"),
            false => format!("git knows no `{name}`: it is no branch, tag or commit of this repository"),
        })
    }

    fn has_commit(&self, name: &str) -> Result<bool, String> {
        let output = self.git(&["rev-parse", "--verify", "--quiet", &format!("{name}^{{commit}}")])?;
        Ok(output.status.success())
    }

    /// The file from its folder, where git runs.
    fn place(&self) -> String {
        let name = self.file.file_name().unwrap_or_default();
        format!("./{}", name.to_string_lossy())
    }

    fn git(&self, arguments: &[&str]) -> Result<Output, String> {
        let folder = writer::folder_of(self.file);
        let folder = if folder.as_os_str().is_empty() {
            Path::new(".")
        } else {
            folder
        };
        let output = Command::new("git")
            .args(arguments)
            .current_dir(folder)
            .env("LC_ALL", "C")
            .output();
        output.map_err(|error| match (error.kind(), folder.is_dir()) {
            (_, false) => format!("there is no folder {}", folder.display()),
            (ErrorKind::NotFound, _) => "git is not installed: give --against a file".to_owned(),
            _ => format!("git: {error}"),
        })
    }
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The version of a tag: `v1.4.0`, `1.4.0` and `jobs-v1.4.0` are of releases.
fn version(tag: &str) -> Option<Version> {
    let number = tag.rsplit(['-', '/', '@']).next()?;
    let version = Version::parse(number.strip_prefix('v').unwrap_or(number)).ok()?;
    // What comes before a release has a part of its own: `v1.0.0-rc.1`.
    version.pre.is_empty().then_some(version)
}

#[cfg(test)]
mod tests {
    use super::version;

    #[test]
    fn tags_of_releases_have_versions() {
        for (tag, expected) in [
            ("v1.4.0", Some("1.4.0")),
            ("1.4.0", Some("1.4.0")),
            ("jobs-v2.0.1", Some("2.0.1")),
            ("clients/go/v1.0.0", Some("1.0.0")),
            ("v1.0.0-rc.1", None),
            ("nightly", None),
            ("v1.4", None),
        ] {
            assert_eq!(
                version(tag).map(|version| version.to_string()).as_deref(),
                expected,
                "{tag}"
            );
        }
    }
}
